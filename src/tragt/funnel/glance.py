"""A glance at a funnel: what the attempts that count come to, at the speed of a click, without rates or intervals.

The unit of observation is the attempt that counts. Plain funnels are answered from keys alone; any other goes the way
of the report, and takes as long.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tragt.funnel.attempts import MISSING, Attempts
from tragt.funnel.definition import Count, Funnel
from tragt.funnel.durations import milliseconds
from tragt.funnel.engine.steps import is_short, step_postings
from tragt.funnel.postings import Keys, Layered, Posting, Source
from tragt.funnel.question import Breakdown, Period, Question
from tragt.funnel.reading import Counting, values_at
from tragt.funnel.selection import chooser_of
from tragt.stats.arrays import BoolArray, IntArray

if TYPE_CHECKING:
    from tragt.funnel.attempts import Chosen
    from tragt.funnel.engine.plain import Asked

__all__ = ["Glance"]

_MANY = 100_000
_SAMPLE = 4_000


@dataclass(frozen=True)
class Glance:
    """What a funnel comes to on a log.

    Attributes:
        funnel: The definition.
        log: The log, as an index or a frame gives it.
        as_of: The moment to look from, ms since 1970 in UTC.
        threads: How many threads may work; None is two.

    Example:
        >>> import polars as pl
        >>> from zoneinfo import ZoneInfo
        >>> frame = pl.DataFrame({"unit": ["ann", "ann", "bo"], "id": ["1", "2", "3"],
        ...     "name": ["Visit", "Pay", "Visit"], "time": ["2026-01-01", "2026-01-02", "2026-01-03"]})
        >>> frame = frame.with_columns(pl.col("time").str.to_datetime(time_zone="UTC"), precision=pl.lit("exact"))
        >>> from tragt.funnel.postings import FrameSource
        >>> log = Layered(FrameSource(frame, ZoneInfo("UTC")))
        >>> Glance(Funnel(["Visit", "Pay"], window="7d"), log, 1_767_600_000_000).entered()
        (2, 1)
    """

    funnel: Funnel
    log: Layered
    as_of: int
    threads: int | None = None

    def entered(self) -> tuple[int, ...]:
        """How many attempts that count reached each required step."""
        if self._plain is None:
            return _reached(self._attempts.depth, len(self.funnel.required))
        from tragt.funnel.engine import plain  # noqa: PLC0415 - the compiler takes long to load

        total = np.zeros(len(self.funnel.steps), dtype=np.int64)
        for layer in self._plain:
            if layer.dirty is None:
                total += plain.entered(layer.keys, layer.asked, self.threads)
            else:
                total += _at_least(plain.deepest(layer.keys, layer.asked, self.threads, without=layer.dirty))[0]
        return tuple(total.tolist())

    def entered_by(self, name: str) -> dict[object, tuple[int, ...]]:
        """The same for each value that a property has at the entry; None is absent.

        Args:
            name: The property.
        """
        steps = len(self.funnel.required)
        if self._plain is None:
            parts = self._chosen(Breakdown(name)).parts
            depth = self._attempts.depth
            values = () if parts is None else parts.values
            codes = np.zeros(0, dtype=np.int64) if parts is None else parts.codes
            return {value: _reached(depth[codes == code], steps) for code, value in enumerate(values)}
        total: dict[object, IntArray] = {}
        for layer in self._plain:
            for value, counts in layer.by_value(self.funnel, name, self.threads):
                total[value] = total.get(value, np.zeros(steps, dtype=np.int64)) + counts
        return {value: tuple(counts.tolist()) for value, counts in total.items()}

    def median_times(self) -> tuple[float | None, ...]:
        """The median time from the required step before to each one after the first, in seconds.

        Of those that reached it, whatever the rest will do: the times of a report allow for attempts that are open.
        None where nobody reached it; of two in the middle the smaller.
        """
        if self._plain is None:
            ages = pairwise(self._attempts.ages.T)
            times = [(here - before)[here != MISSING] for before, here in ages]
        else:
            waits = [layer.waits(self.threads) for layer in self._plain]
            times = [step[0] if len(step) == 1 else np.concatenate(step) for step in zip(*waits, strict=True)]
        return tuple(_median(step) for step in times)

    @cached_property
    def _plain(self) -> "list[_Layer] | None":
        """The layers with the keys of each step; None where the funnel is not plain."""
        if not is_short(self.funnel) or self.funnel.count != Count.BEST:
            return None
        layers = [_Layer.of(self.funnel, self.log.clean, self.as_of, self.log.dirty)]
        if self.log.fresh is not None:
            layers.append(_Layer.of(self.funnel, self.log.fresh, self.as_of, None))
        return [layer for layer in layers if layer is not None] if all(layers) else None

    @cached_property
    def _attempts(self) -> Attempts:
        return self._chosen(None).attempts

    def _chosen(self, by: Breakdown | None) -> "Chosen":
        question = Question(self.funnel, self.as_of, Period(), self.log.clean.zone, by)
        return chooser_of(question, self.log)(Period()).counted


@dataclass(frozen=True)
class _Layer:
    """One source, and the keys of each step."""

    source: Source
    postings: Sequence[Posting]
    asked: "Asked"
    dirty: BoolArray | None

    @classmethod
    def of(cls, funnel: Funnel, source: Source, as_of: int, dirty: BoolArray | None) -> "_Layer | None":
        from tragt.funnel.engine.plain import Asked  # noqa: PLC0415 - the compiler takes long to load

        postings = step_postings(funnel, source, Counting(as_of, funnel.robots, funnel.own))
        if postings is None:
            return None
        window = None if funnel.length is None else milliseconds(funnel.length)
        return cls(
            source, postings, Asked(source.packing, window, as_of), dirty if dirty is not None and dirty.any() else None
        )

    @property
    def keys(self) -> list[Keys]:
        return [posting.keys for posting in self.postings]

    def by_value(self, funnel: Funnel, name: str, threads: int | None) -> Iterator[tuple[object, IntArray]]:
        """For each value at the entry how many units reached each step."""
        from tragt.funnel.engine import plain  # noqa: PLC0415

        codes, values = self._codes(funnel, name)
        sizes = plain.deepest(self.keys, self.asked, threads, codes=codes, values=len(values), without=self.dirty)
        return ((value, counts) for value, counts in zip(values, _at_least(sizes), strict=True) if counts[0])

    def _codes(self, funnel: Funnel, name: str) -> tuple[NDArray[np.integer], tuple[object, ...]]:
        """The value at each event of the first step as a place among the values."""
        names = funnel.steps[0].names
        if len(names) == 1 and len(self.source.posting(names[0])) == len(self.postings[0]):
            coded = self.source.codes(names[0], name)
            return coded.codes, (None, *coded.values.to_list())
        read = values_at(self.source, names, np.asarray(self.postings[0].numbers).astype(np.int64), name)
        return read.codes, read.values

    def waits(self, threads: int | None) -> list[IntArray]:
        """The time from step to step of those that reached it, ms."""
        from tragt.funnel.engine import plain  # noqa: PLC0415

        return plain.waits(self.keys, self.asked, threads, without=self.dirty)


def _at_least(deepest: IntArray) -> IntArray:
    """How many reached each number of steps, from how many reached that many and no more."""
    return np.cumsum(deepest[:, ::-1], axis=1)[:, ::-1]


def _reached(depth: IntArray, steps: int) -> tuple[int, ...]:
    """How many reached each step, from how deep each got."""
    deepest = np.bincount(depth, minlength=steps + 1)
    return tuple(np.cumsum(deepest[::-1])[::-1][1:].tolist())


def _median(times: IntArray) -> float | None:
    if len(times) == 0:
        return None
    middle, below = (len(times) - 1) // 2, 0
    if len(times) > _MANY:
        low, high = _around_the_middle(times)
        before, inside = int(np.count_nonzero(times < low)), times[(times >= low) & (times <= high)]
        if before <= middle < before + len(inside):
            times, below = inside, before
    return float(np.partition(times, middle - below)[middle - below]) / 1000


def _around_the_middle(times: IntArray) -> tuple[int, int]:
    """Two times that the median most probably lies between: of so many, few have to be put in order.

    References:
        Floyd, R. W. and Rivest, R. L. (1975). Expected time bounds for selection. Communications of the ACM 18.
    """
    sample = np.sort(times[:: len(times) // _SAMPLE])
    middle, margin = len(sample) // 2, math.isqrt(len(sample))
    return int(sample[middle - margin]), int(sample[middle + margin])
