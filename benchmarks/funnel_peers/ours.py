"""Tragt's funnel engine on postings in memory, and the bar it is held to: adding up the bytes that it must read.

Everything the benchmark knows of the engine is in this module.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.funnel_peers.data import DAY, DAYS, ORIGIN, SHIFT, SOURCES, STEPS, Events, Named, Numbers
from benchmarks.funnel_peers.question import WINDOW, Answer, Asked, Given, Question
from tragt.funnel import Funnel
from tragt.funnel.glance import Glance
from tragt.funnel.postings import Codes, Layered, Packing, Posting
from tragt.stats.arrays import IntArray

__all__ = ["ENGINE", "SUM", "Ours", "touched"]

ENGINE, SUM = "engine", "sum of the bytes"
UTC = ZoneInfo("UTC")
AS_OF = ORIGIN + DAYS * DAY - 1


class Ours:
    """Tragt, with the postings of all steps in memory."""

    def __init__(self, given: Given) -> None:
        self._threads = given.threads
        self._named = {name: given.events.named(name) for name in STEPS}
        self._persons = given.events.persons
        self._log = cache(self._layered)

    def ways(self, _question: Question) -> list[str]:
        return [ENGINE, SUM]

    def answer(self, question: Question, way: str) -> Answer:
        if way == SUM:
            _add_up(_arrays(self._named, question), self._threads)
            return {}
        log = self._log(question.values, question.dirty)
        glance = Glance(Funnel.of(*question.steps, window=f"{WINDOW}ms"), log, AS_OF, self._threads)
        match question.asked:
            case Asked.TIMES:
                return {"": [round(1000 * (median or 0)) for median in glance.median_times()]}
            case Asked.BY_SOURCE:
                return {str(value): list(counts) for value, counts in glance.entered_by("source").items()}
        return {"": list(glance.entered())}

    def _layered(self, values: int, dirty: float) -> Layered:
        clean = Postings(self._named, self._persons, values)
        if not dirty:
            return Layered(clean)
        changed = np.random.default_rng(7).random(self._persons) < dirty
        fresh = {name: _only(named, changed) for name, named in self._named.items()}
        return Layered(clean, changed, Postings(fresh, self._persons, values))


class Postings:
    """The benchmark's arrays as a source of postings."""

    def __init__(self, named: dict[str, Named], persons: int, values: int) -> None:
        self._named = named
        self._values = pl.Series("source", SOURCES[:values])
        self._codes = {name: (one.sources - 1) % np.uint32(values) + 1 for name, one in named.items()}
        self.packing = Packing(SHIFT, ORIGIN, AS_OF)
        self.units = persons
        self.zone = UTC

    def names(self) -> Sequence[str]:
        return sorted(self._named)

    def posting(self, name: str) -> Posting:
        return Posting(self._named[name].keys, self._named[name].numbers)

    def codes(self, name: str, property: str) -> Codes:  # noqa: A002 - the engine's word
        codes = self._codes[name]
        return Codes(codes if property == "source" else np.zeros_like(codes), self._values)

    def sessions(self, name: str) -> Numbers:
        return np.zeros(len(self._named[name].keys), dtype=np.uint32)

    def unit_names(self, numbers: IntArray) -> pl.Series:
        return pl.Series(numbers).cast(pl.String)


def touched(events: Events, question: Question) -> int:
    """Bytes of the postings that the question cannot do without."""
    return sum(array.nbytes for array in _arrays({name: events.named(name) for name in question.steps}, question))


def _arrays(named: dict[str, Named], question: Question) -> list[npt.NDArray[np.unsignedinteger]]:
    keys: list[npt.NDArray[np.unsignedinteger]] = [named[step].keys for step in question.steps]
    return [*keys, named[question.steps[0]].sources] if question.asked is Asked.BY_SOURCE else keys


def _add_up(arrays: list[npt.NDArray[np.unsignedinteger]], threads: int) -> int:
    """The sum of all numbers, each thread with a slice of every array."""

    def slice_of(thread: int) -> int:
        ends = [(len(array) * thread // threads, len(array) * (thread + 1) // threads) for array in arrays]
        return sum(int(array[start:end].sum()) for array, (start, end) in zip(arrays, ends, strict=True))

    if threads == 1:
        return slice_of(0)
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(slice_of, range(threads)))


def _only(named: Named, persons: npt.NDArray[np.bool_]) -> Named:
    kept = persons[(named.keys >> np.uint64(SHIFT)).astype(np.int64)]
    return Named(named.keys[kept], named.numbers[kept], named.sources[kept])
