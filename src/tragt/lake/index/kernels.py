"""The compiled parts of a build: numbering, sorting by unit, and dealing out by name. Arrays only."""

import numba
import numpy as np

from tragt.lake.index.arrays import I32, I64, U8, U16, U32, U64, Bool

__all__ = [
    "counted",
    "cut",
    "dealt",
    "distributed",
    "entered",
    "flagged",
    "listed",
    "numbered",
    "ordered",
    "renamed",
    "shortened",
    "siphash",
    "spread",
    "tied",
]

_FEW = 48
_NUMBER = np.uint64((1 << 31) - 1)
_FREE = np.uint64((1 << 64) - 1)


@numba.njit(cache=True, nogil=True)
def numbered(hashes: tuple[U64, U64], table: U64, known: int, found: I32, new: I64) -> int:
    """The number of each hash, by open addressing; new ones are numbered as they come.

    Args:
        hashes: Hash of each row, and a second by which equal first hashes of different texts are noticed.
        table: A row a place: the first hash, and the upper 33 bits of the second above the number; all bits are set
            where it is free. The length is a power of two.
        known: How many numbers are given.
        found: Receives the numbers.
        new: Receives the row of each new number.

    Returns:
        How many rows were done before half of the table was full; −1 where two texts have one hash.
    """
    first, second = hashes
    mask = np.uint64(len(table) - 1)
    fresh = 0
    for row in range(len(found)):
        one, other = first[row], second[row]
        if row and one == first[row - 1] and other == second[row - 1]:
            found[row] = found[row - 1]
            continue
        place = one & mask
        there = table[place, 1]
        while there != _FREE and table[place, 0] != one:
            place = (place + np.uint64(1)) & mask
            there = table[place, 1]
        if there == _FREE:
            if 2 * (known + fresh) >= len(table):
                return row
            there = (other & ~_NUMBER) | np.uint64(known + fresh)
            table[place, 0], table[place, 1] = one, there
            new[fresh] = row
            fresh += 1
        elif (there ^ other) > _NUMBER:
            return -1
        found[row] = np.int64(there & _NUMBER)
    return len(found)


@numba.njit(cache=True, nogil=True)
def spread(old: U64, new: U64) -> None:
    """Enter what a table holds into a larger one."""
    mask = np.uint64(len(new) - 1)
    for place in range(len(old)):
        if old[place, 1] == _FREE:
            continue
        there = old[place, 0] & mask
        while new[there, 1] != _FREE:
            there = (there + np.uint64(1)) & mask
        new[there, 0], new[there, 1] = old[place, 0], old[place, 1]


@numba.njit(cache=True, nogil=True)
def ordered(units: I32, times: I64, number: int) -> tuple[U32, I64]:
    """The order by unit and time; equals stay in their order.

    Args:
        units: Unit of each event, from 0.
        times: Time of each event.
        number: How many units there are.

    Returns:
        The events in their order, and where each unit begins (one more than there are units).
    """
    starts = np.zeros(number + 1, np.int64)
    for row in range(len(units)):
        starts[units[row] + 1] += 1
    for unit in range(number):
        starts[unit + 1] += starts[unit]
    cursor = starts[:-1].copy()
    order = np.empty(len(units), np.uint32)
    for row in range(len(units)):
        order[cursor[units[row]]] = row
        cursor[units[row]] += 1
    for unit in range(number):
        low, high = starts[unit], starts[unit + 1]
        if high - low > _FEW:
            own = order[low:high].copy()
            order[low:high] = own[np.argsort(times[own], kind="mergesort")]
            continue
        for place in range(low + 1, high):
            event = order[place]
            back = place
            while back > low and times[order[back - 1]] > times[event]:
                order[back] = order[back - 1]
                back -= 1
            order[back] = event
    return order, starts


@numba.njit(cache=True, nogil=True)
def tied(order: U32, starts: I64, times: I64, size: int) -> I64:
    """The places of events that share unit and moment with a neighbour.

    Args:
        order: Events by unit and time.
        starts: Where each unit begins in it.
        times: Time of each event.
        size: How many units of time are one moment.

    Returns:
        Places in the order, ascending; the first of each moment as its complement (−1 − place).
    """
    number = 0
    found = np.empty(len(order), np.int64) if len(order) < 1024 else np.empty(1024, np.int64)
    for unit in range(len(starts) - 1):
        run = False
        for place in range(starts[unit] + 1, starts[unit + 1]):
            if times[order[place]] // size != times[order[place - 1]] // size:
                run = False
                continue
            if number + 2 > len(found):
                longer = np.empty(2 * len(found) + 2, np.int64)
                longer[:number] = found[:number]
                found = longer
            if not run:
                found[number] = -place  # the complement of the place before
                number += 1
                run = True
            found[number] = place
            number += 1
    return found[:number].copy()


@numba.njit(cache=True, nogil=True)
def cut(order: U32, starts: I64, times: I64, gap: int) -> tuple[I64, I64]:
    """Pieces of units, where more than a gap passes without an event.

    Returns:
        Where each piece begins (one more than there are pieces), and the first piece of each unit.
    """
    pieces = np.empty(len(order) + 1, np.int64)
    firsts = np.empty(len(starts) - 1, np.int64)
    number = 0
    for unit in range(len(starts) - 1):
        firsts[unit] = number
        for place in range(starts[unit], starts[unit + 1]):
            if place == starts[unit] or times[order[place]] - times[order[place - 1]] > gap:
                pieces[number] = place
                number += 1
    pieces[number] = len(order)
    return pieces[: number + 1].copy(), firsts


@numba.njit(cache=True, nogil=True)
def dealt(order: U32, starts: I64, moments: I64, names: U16, packing: tuple[int, int], cursor: I64) -> tuple[U64, U32]:
    """Deal events in their order out to their names.

    Args:
        order: Events by unit, moment and id.
        starts: Where each unit begins in it.
        moments: Moment of each event.
        names: Name of each event.
        packing: Bits of the moment in a key, and the moment that is 0.
        cursor: Where each name begins; changed.

    Returns:
        The keys by name, and the place of each among all events.
    """
    shift, origin = packing
    keys = np.empty(len(order), np.uint64)
    numbers = np.empty(len(order), np.uint32)
    for unit in range(len(starts) - 1):
        for place in range(starts[unit], starts[unit + 1]):
            event = order[place]
            there = cursor[names[event]]
            keys[there] = np.uint64(unit) << np.uint64(shift) | np.uint64(moments[event] - origin)
            numbers[there] = place
            cursor[names[event]] = there + 1
    return keys, numbers


@numba.njit(cache=True, nogil=True)
def counted(names: U16, flags: U8, number: int) -> tuple[I64, Bool]:
    """How many events each name has, and whether any of them has a flag."""
    counts, some = np.zeros(number, np.int64), np.zeros(number, np.bool_)
    for event in range(len(names)):
        counts[names[event]] += 1
        some[names[event]] |= flags[event] > 0
    return counts, some


@numba.njit(cache=True, nogil=True)
def flagged(order: U32, names: U16, flags: U8, cursor: I64, size: int) -> U8:
    """Flags in the order of the postings, of the names that have any.

    Args:
        order: Events by unit, moment and id.
        names: Name of each event.
        flags: Flags of each event.
        cursor: Where the flags of each name begin, −1 where it has none; changed.
        size: How many there are.
    """
    found = np.empty(size, np.uint8)
    for place in range(len(order)):
        event = order[place]
        there = cursor[names[event]]
        if there >= 0:
            found[there] = flags[event]
            cursor[names[event]] = there + 1
    return found


@numba.njit(cache=True, nogil=True)
def renamed(codes: I32, new: I32) -> None:
    """Put the new number of each code in its place."""
    for row in range(len(codes)):
        codes[row] = new[codes[row]]


@numba.njit(cache=True, nogil=True)
def entered(codes: I32, blocks: tuple[int, int, int], seen: I32, parts: U8) -> tuple[I32, I32, U8]:
    """In which blocks of a file each code stands, and in which part of the file's time the newest of it there lies.

    Args:
        codes: Codes of the rows, negative where there is none.
        blocks: Number of the file's first block, rows of a block, and a number for this column of codes, 0 to 7.
        seen: For each code the block and column it was last seen in, how often it was entered, and where here; changed.
        parts: Part of each row.

    Returns:
        Codes, blocks and parts; a pair comes again where a code was in another block or column meanwhile.
    """
    first, size, column = blocks
    whose = np.empty(len(codes), np.int32)
    where = np.empty(len(codes), np.int32)
    newest = np.empty(len(codes), np.uint8)
    found = 0
    for row in range(len(codes)):
        code, block = codes[row], first + row // size
        if code < 0:
            continue
        if seen[code, 0] != 8 * block + column:
            seen[code, 0] = 8 * block + column
            seen[code, 1] += 1
            seen[code, 2] = found
            whose[found], where[found], newest[found] = code, block, parts[row]
            found += 1
        elif newest[seen[code, 2]] < parts[row]:
            newest[seen[code, 2]] = parts[row]
    return whose[:found].copy(), where[:found].copy(), newest[:found].copy()


@numba.njit(cache=True, nogil=True)
def distributed(entries: tuple[I32, I32, U8], cursor: I64, blocks: I32, newest: U8) -> None:
    """Put blocks into the lists of their codes.

    Args:
        entries: Codes, blocks and parts, as from `entered`.
        cursor: Where the next block of each code goes; changed.
        blocks: The lists; changed.
        newest: The parts of the lists; changed.
    """
    whose, where, parts = entries
    for row in range(len(whose)):
        place = cursor[whose[row]]
        blocks[place], newest[place] = where[row], parts[row]
        cursor[whose[row]] = place + 1


@numba.njit(cache=True, nogil=True)
def shortened(hashes: U64, order: I64, starts: I64, blocks: I32, newest: U8) -> tuple[U32, I64, U8]:
    """Lists of blocks by hash, as differences of seven bits a byte, a part behind each.

    Args:
        hashes: Of each code.
        order: Codes by hash.
        starts: Where the list of each code begins in ``blocks``, one more than there are.
        blocks: The lists.
        newest: The parts of the lists.

    Returns:
        The hashes, each once; where the list of each ends; the lists, ascending, each block once.
    """
    found = np.empty(len(hashes), np.uint32)
    until = np.empty(len(hashes), np.int64)
    lists = np.empty(6 * len(blocks), np.uint8)
    number, size, begin = 0, 0, 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and hashes[order[end]] == hashes[order[begin]]:
            end += 1
        found[number] = hashes[order[begin]]
        until[number] = _list(_joined(order[begin:end], starts, blocks, newest), lists, size)
        if until[number] > size:
            size = until[number]
            number += 1
        begin = end
    return found[:number].copy(), until[:number].copy(), lists[:size].copy()


@numba.njit(cache=True, nogil=True)
def _joined(codes: I64, starts: I64, blocks: I32, newest: U8) -> I64:
    """The blocks of some codes in order, each followed by its part in the lowest eight bits."""
    number = 0
    for code in codes:
        number += starts[code + 1] - starts[code]
    own = np.empty(number, np.int64)
    number = 0
    for code in codes:
        for place in range(starts[code], starts[code + 1]):
            one = np.int64(blocks[place]) << 8 | np.int64(newest[place])
            back = number
            while back and own[back - 1] > one:
                own[back] = own[back - 1]
                back -= 1
            own[back] = one
            number += 1
    return own


@numba.njit(cache=True, nogil=True)
def _list(own: I64, lists: U8, size: int) -> int:
    """Write blocks with their parts as one list behind others, of one block the newest part; where it ends."""
    before = np.int64(0)
    for place in range(len(own)):
        block = own[place] >> 8
        if place + 1 < len(own) and own[place + 1] >> 8 == block:
            continue
        left = block - before
        while left >= 128:
            lists[size] = (left & 127) | 128
            left >>= 7
            size += 1
        lists[size], lists[size + 1] = left, own[place] & 255
        size += 2
        before = block
    return size


@numba.njit(cache=True, nogil=True)
def listed(lists: U8, low: I64, high: I64) -> tuple[I32, I32, U8]:
    """The blocks of some lists.

    Args:
        lists: As from `shortened`.
        low: Where each list begins.
        high: Where it ends.

    Returns:
        The place of the list among those asked for, the block and its newest part; one list after another.
    """
    room = (high - low).sum() // 2
    which, blocks, newest = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.uint8)
    number = 0
    for one in range(len(low)):
        block, value, bits, place = np.int64(0), np.int64(0), 0, low[one]
        while place < high[one]:
            byte = np.int64(lists[place])
            value |= (byte & 127) << bits
            bits += 7
            place += 1
            if byte < 128:
                block += value
                which[number], blocks[number], newest[number] = one, block, lists[place]
                number += 1
                value, bits = np.int64(0), 0
                place += 1
    return which[:number], blocks[:number], newest[:number]


@numba.njit(cache=True, nogil=True)
def _turned(value: np.uint64, bits: int) -> np.uint64:
    return value << np.uint64(bits) | value >> np.uint64(64 - bits)


@numba.njit(cache=True, nogil=True)
def _round(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    v0, v2 = v0 + v1, v2 + v3
    v1, v3 = _turned(v1, 13) ^ v0, _turned(v3, 16) ^ v2
    v0, v2 = _turned(v0, 32) + v3, v2 + v1
    v1, v3 = _turned(v1, 17) ^ v2, _turned(v3, 21) ^ v0
    return v0, v1, _turned(v2, 32), v3


@numba.njit(cache=True, nogil=True)
def siphash(letters: U8, ends: I64, first: np.uint64, second: np.uint64) -> U64:
    """SipHash-2-4 of texts.

    Args:
        letters: The bytes of all texts, one after another.
        ends: Where each ends.
        first: First half of the key.
        second: Second half.
    """
    found = np.empty(len(ends), np.uint64)
    low = 0
    for which in range(len(ends)):
        high = ends[which]
        v0, v1 = first ^ np.uint64(0x736F6D6570736575), second ^ np.uint64(0x646F72616E646F6D)
        v2, v3 = first ^ np.uint64(0x6C7967656E657261), second ^ np.uint64(0x7465646279746573)
        for word in range((high - low) // 8 + 1):
            start = low + 8 * word
            value = np.uint64(high - low) << np.uint64(56) if start + 8 > high else np.uint64(0)
            for place in range(min(8, high - start)):
                value |= np.uint64(letters[start + place]) << np.uint64(8 * place)
            v3 ^= value
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0 ^= value
        v2 ^= np.uint64(255)
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        found[which] = v0 ^ v1 ^ v2 ^ v3
        low = high
    return found
