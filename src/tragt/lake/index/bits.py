"""The compiled parts of ascending numbers in few bits. Arrays only.

A block of `BLOCK` numbers keeps its first in 32 bits, and the distance of each from it in as many bits as the greatest
takes; its words of 64 bits are twice as many as these bits, so that where blocks begin tells how many they are.
"""

import numba
import numpy as np

from tragt.lake.index.arrays import I64, U32, U64
from tragt.lake.index.ascending import BLOCK

__all__ = ["Packed", "gathered", "packed", "sought", "unpacked"]

_SHIFT, _WITHIN = np.uint64(BLOCK.bit_length() - 1), np.uint64(BLOCK - 1)
Packed = tuple[U64, U32, U32]
"""The words; the first number of each block; where the words of each begin, one more than there are blocks."""


@numba.njit(cache=True, nogil=True)
def packed(numbers: U32, counts: I64) -> Packed:
    """Pack lists of ascending numbers; every list begins with a block of its own.

    Args:
        numbers: The lists, one after another.
        counts: How many numbers each has.
    """
    starts = _blocks(counts)
    first, begins = np.empty(len(starts) - 1, np.uint32), np.zeros(len(starts), np.uint32)
    for block in range(len(first)):
        first[block] = numbers[starts[block]]
        bits, span = 0, np.int64(numbers[starts[block + 1] - 1]) - np.int64(first[block])
        while span >> bits:
            bits += 1
        begins[block + 1] = begins[block] + 2 * bits
    words = np.zeros(begins[-1], np.uint64)
    for block in range(len(first)):
        own = numbers[starts[block] : starts[block + 1]]
        _fill(words, np.int64(begins[block]), np.int64(begins[block + 1] - begins[block]) // 2, own)
    return words, first, begins


@numba.njit(cache=True, nogil=True)
def _blocks(counts: I64) -> I64:
    """Where each block begins, one more than there are."""
    number = 0
    for count in counts:
        number += (count + BLOCK - 1) // BLOCK
    found = np.zeros(number + 1, np.int64)
    block, begin = 0, 0
    for count in counts:
        for place in range(0, count, BLOCK):
            found[block] = begin + place
            block += 1
        begin += count
    found[block] = begin
    return found


@numba.njit(cache=True, nogil=True)
def _fill(words: U64, begin: np.int64, bits: np.int64, numbers: U32) -> None:
    """Write the numbers of a block."""
    if bits == 0:
        return
    for place in range(len(numbers)):
        distance = np.uint64(numbers[place] - numbers[0])
        word, used = begin + place * bits // 64, np.uint64(place * bits % 64)
        words[word] |= distance << used
        if used + np.uint64(bits) > np.uint64(64):
            words[word + 1] |= distance >> (np.uint64(64) - used)


@numba.njit(cache=True, nogil=True)
def _number(words: U64, first: U32, begins: U32, place: np.uint64) -> np.uint64:
    """The number at a place."""
    block = place >> _SHIFT
    begin = np.uint64(begins[block])
    bits = (np.uint64(begins[block + np.uint64(1)]) - begin) >> np.uint64(1)
    if bits == np.uint64(0):
        return np.uint64(first[block])
    bit = (place & _WITHIN) * bits
    word, used = begin + (bit >> np.uint64(6)), bit & np.uint64(63)
    value = words[word] >> used
    if used + bits > np.uint64(64):
        value |= words[word + np.uint64(1)] << (np.uint64(64) - used)
    return np.uint64(np.uint64(first[block]) + (value & ((np.uint64(1) << bits) - np.uint64(1))))


@numba.njit(cache=True, nogil=True)
def gathered(pack: Packed, places: I64) -> U32:
    """The numbers at some places."""
    words, first, begins = pack
    found = np.empty(len(places), np.uint32)
    for row in range(len(places)):
        found[row] = _number(words, first, begins, np.uint64(places[row]))
    return found


@numba.njit(cache=True, nogil=True)
def unpacked(pack: Packed, count: int) -> U32:
    """The first numbers, so many."""
    words, first, begins = pack
    found = np.empty(count, np.uint32)
    for block in range(len(first)):
        low, base, begin = block * BLOCK, np.uint64(first[block]), np.uint64(begins[block])
        bits = (np.uint64(begins[block + 1]) - begin) >> np.uint64(1)
        most, bit = (np.uint64(1) << bits) - np.uint64(1), np.uint64(0)
        found[low] = base
        for place in range(low + 1, min(low + BLOCK, count)):
            bit += bits
            word, used = begin + (bit >> np.uint64(6)), bit & np.uint64(63)
            value = words[word] >> used
            if used + bits > np.uint64(64):
                value |= words[word + np.uint64(1)] << (np.uint64(64) - used)
            found[place] = base + (value & most)
    return found


@numba.njit(cache=True, nogil=True)
def sought(pack: Packed, count: int, values: I64) -> I64:
    """The place of the first number that is not smaller than each value."""
    words, first, begins = pack
    found = np.empty(len(values), np.int64)
    for row in range(len(values)):
        low, high = 0, len(first)  # of the blocks whose first number is smaller
        while low < high:
            middle = (low + high) >> 1
            if first[middle] < values[row]:
                low = middle + 1
            else:
                high = middle
        low, high = max(low - 1, 0) * BLOCK, min(low * BLOCK, count)
        while low < high:
            middle = (low + high) >> 1
            if np.int64(_number(words, first, begins, np.uint64(middle))) < values[row]:
                low = middle + 1
            else:
                high = middle
        found[row] = low
    return found
