"""The compiled parts of a build: numbering, sorting by unit, and dealing out by name. Arrays only."""

import numba
import numpy as np

from tragt.lake.index.arrays import I32, I64, U8, U16, U32, U64, Bool

__all__ = [
    "cut",
    "dealt",
    "entered",
    "flagged",
    "keyed",
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


@numba.njit(cache=True, nogil=True)
def numbered(hashes: tuple[U64, U64], table: tuple[U64, U64, I32], known: int, found: I32, new: I64) -> int:
    """The number of each hash, by open addressing; new ones are numbered as they come.

    Args:
        hashes: Hash of each row, and a second by which equal first hashes of different texts are noticed.
        table: First hashes, second hashes and numbers (−1 where free); the length is a power of two.
        known: How many numbers are given.
        found: Receives the numbers.
        new: Receives the row of each new number.

    Returns:
        How many rows were done before half of the table was full; −1 where two texts have one hash.
    """
    first, second, number = table
    mask = np.uint64(len(first) - 1)
    fresh = 0
    for row in range(len(found)):
        one, other = hashes[0][row], hashes[1][row]
        if row and one == hashes[0][row - 1] and other == hashes[1][row - 1]:
            found[row] = found[row - 1]
            continue
        place = one & mask
        while number[place] >= 0 and first[place] != one:
            place = (place + np.uint64(1)) & mask
        if number[place] < 0:
            if 2 * (known + fresh) >= len(first):
                return row
            first[place], second[place], number[place] = one, other, known + fresh
            new[fresh] = row
            fresh += 1
        elif second[place] != other:
            return -1
        found[row] = number[place]
    return len(found)


@numba.njit(cache=True, nogil=True)
def spread(old: tuple[U64, U64, I32], new: tuple[U64, U64, I32]) -> None:
    """Enter what a table holds into a larger one."""
    mask = np.uint64(len(new[0]) - 1)
    for place in range(len(old[0])):
        if old[2][place] < 0:
            continue
        there = old[0][place] & mask
        while new[2][there] >= 0:
            there = (there + np.uint64(1)) & mask
        new[0][there], new[1][there], new[2][there] = old[0][place], old[1][place], old[2][place]


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
def keyed(entries: U64, hashes: U64) -> None:
    """Put the hash of each code into the upper half of an entry in place of the code."""
    for row in range(len(entries)):
        block = entries[row] & np.uint64(0xFFFFFFFF)
        entries[row] = hashes[entries[row] >> np.uint64(32)] << np.uint64(32) | block


@numba.njit(cache=True, nogil=True)
def entered(codes: I32, first: int, size: int, last: I32) -> tuple[I32, I32]:
    """In which blocks of a file each code stands, each pair once.

    Args:
        codes: Codes of the rows, negative where there is none.
        first: Number of the file's first block.
        size: Rows of a block.
        last: For each code the block it was last seen in; changed.

    Returns:
        Codes and blocks.
    """
    whose = np.empty(len(codes), np.int32)
    where = np.empty(len(codes), np.int32)
    found = 0
    for row in range(len(codes)):
        code, block = codes[row], first + row // size
        if code >= 0 and last[code] != block:
            last[code] = block
            whose[found], where[found] = code, block
            found += 1
    return whose[:found].copy(), where[:found].copy()


@numba.njit(cache=True, nogil=True)
def shortened(entries: U64) -> tuple[U32, I64, U8]:
    """Lists of blocks as differences of seven bits a byte.

    Args:
        entries: A hash in the upper and a block in the lower half, ascending; repeated ones count once.

    Returns:
        The hashes, each once; where the list of each ends; the lists.
    """
    hashes = np.empty(len(entries), np.uint32)
    ends = np.empty(len(entries), np.int64)
    lists = np.empty(5 * len(entries), np.uint8)
    number, size, before = 0, 0, np.uint64(0)
    for place in range(len(entries)):
        if place and entries[place] == entries[place - 1]:
            continue
        whose, block = entries[place] >> np.uint64(32), entries[place] & np.uint64(0xFFFFFFFF)
        if place == 0 or whose != entries[place - 1] >> np.uint64(32):
            hashes[number] = whose
            number += 1
            before = np.uint64(0)
        left = block - before
        before = block
        while left >= np.uint64(128):
            lists[size] = (left & np.uint64(127)) | np.uint64(128)
            left >>= np.uint64(7)
            size += 1
        lists[size] = left
        size += 1
        ends[number - 1] = size
    return hashes[:number].copy(), ends[:number].copy(), lists[:size].copy()


@numba.njit(cache=True, nogil=True)
def listed(lists: U8, low: I64, high: I64, found: Bool) -> None:
    """Mark the blocks of some lists.

    Args:
        lists: As from `shortened`.
        low: Where each list begins.
        high: Where it ends.
        found: For each block; set to true.
    """
    for which in range(len(low)):
        block, value, bits = np.int64(0), np.int64(0), 0
        for place in range(low[which], high[which]):
            byte = np.int64(lists[place])
            value |= (byte & 127) << bits
            bits += 7
            if byte < 128:
                block += value
                found[block] = True
                value, bits = np.int64(0), 0


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
