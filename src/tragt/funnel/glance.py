"""A glance at a funnel: what the attempts that count come to, at the speed of a click, without rates or intervals.

The unit of observation is the attempt that counts. Plain funnels are answered from keys alone; any other goes the way
of the report, and takes as long.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, Attempts
from tragt.funnel.definition import Count, Funnel
from tragt.funnel.durations import milliseconds
from tragt.funnel.engine.settling import start_of_day
from tragt.funnel.engine.steps import entered_between, is_short, step_postings
from tragt.funnel.postings import Keys, Layered, Posting, Source
from tragt.funnel.question import Breakdown, Period, Question
from tragt.funnel.reading import Counting, values_at
from tragt.funnel.selection import chooser_of
from tragt.funnel.step_report import Times
from tragt.stats.arrays import BoolArray, IntArray

if TYPE_CHECKING:
    from tragt.funnel.attempts import Selected
    from tragt.funnel.engine.plain import Asked

__all__ = ["Glance"]

_FAR = 1 << 62
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
        period: Which entries count; its moment to look from plays no part.
        units: Of which units of ``log.clean``, shape (units,); None is all. Those of ``log.fresh`` all count.

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
    period: Period = field(default_factory=Period)
    units: BoolArray | None = None

    @property
    def plain(self) -> bool:
        """Whether it is answered from keys alone."""
        return self._plain is not None

    def entered(self) -> tuple[int, ...]:
        """How many attempts that count reached each required step."""
        if self._plain is None:
            return _reached(self._attempts.depth, len(self.funnel.required))
        return self._counted(self._plain)

    def mature(self) -> tuple[int, ...]:
        """The same of those that have had their whole time, on which the observed rates rest."""
        if self._plain is None:
            return _reached(self.selected.mature.attempts.depth, len(self.funnel.required))
        return self._counted([layer.ripe() for layer in self._plain])

    def open(self) -> tuple[int, ...]:
        """How many attempts that count stand at each required step and may still go on."""
        steps = len(self.funnel.required)
        if self._plain is None:
            found = self._attempts
            waiting = found.depth[found.of(Outcome.OPEN)]
            return tuple(np.bincount(waiting, minlength=steps + 1)[1:].tolist())
        total = np.zeros(steps, dtype=np.int64)
        for layer in self._plain:
            total += layer.young(self.threads)
        total[-1] = 0
        return tuple(total.tolist())

    def _counted(self, layers: "Sequence[_Layer]") -> tuple[int, ...]:
        from tragt.funnel.engine import plain  # noqa: PLC0415 - the compiler takes long to load

        total = np.zeros(len(self.funnel.steps), dtype=np.int64)
        for layer in layers:
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
            parts = self._chosen(Breakdown(name)).counted.parts
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
        return tuple(_median(step) for step in self._waits)

    def times(self) -> tuple[Times | None, ...]:
        """The quantiles of the same times, without their histogram; of very many those of one in several.

        None where nobody reached the step.
        """
        return tuple(_quantiles(step) for step in self._waits)

    @cached_property
    def _waits(self) -> list[IntArray]:
        """The time from each required step to the next of those that reached it, ms."""
        if self._plain is None:
            ages = pairwise(self._attempts.ages.T)
            return [(here - before)[here != MISSING] for before, here in ages]
        waits = [layer.waits(self.threads) for layer in self._plain]
        return [step[0] if len(step) == 1 else np.concatenate(step) for step in zip(*waits, strict=True)]

    @cached_property
    def _plain(self) -> "list[_Layer] | None":
        """The layers with the keys of each step; None where the funnel is not plain."""
        if not is_short(self.funnel):
            return None
        clean = _Layer.of(self, self.log.clean, self.units, self.log.dirty)
        layers = [clean, *([] if self.log.fresh is None else [_Layer.of(self, self.log.fresh, None, None)])]
        return [layer for layer in layers if layer is not None] if all(layers) else None

    @cached_property
    def selected(self) -> "Selected":
        """The attempts of a funnel that keys alone do not answer."""
        return self._chosen(None)

    @property
    def _attempts(self) -> Attempts:
        return self.selected.counted.attempts

    def _chosen(self, by: Breakdown | None) -> "Selected":
        question = Question(self.funnel, self.as_of, self.period, self.log.clean.zone, by)
        return chooser_of(question, self.log, units=self.units)(self.period)


@dataclass(frozen=True)
class _Layer:
    """One source, and the keys of each step."""

    source: Source
    postings: Sequence[Posting]
    asked: "Asked"
    dirty: BoolArray | None

    @classmethod
    def of(cls, glance: Glance, source: Source, units: BoolArray | None, dirty: BoolArray | None) -> "_Layer | None":
        from tragt.funnel.engine.plain import Asked  # noqa: PLC0415 - the compiler takes long to load

        funnel, period = glance.funnel, glance.period
        postings = step_postings(funnel, source, Counting(glance.as_of, funnel.robots, funnel.own, units))
        if postings is None:
            return None
        start, end = (
            default if day is None else start_of_day(day, source.zone)
            for day, default in ((period.start, -_FAR), (period.end, _FAR))
        )
        entries = entered_between(source.packing, postings[0], start, end)
        if funnel.count is Count.FIRST:
            entries = _first_of_units(source, entries)
        window = None if funnel.length is None else milliseconds(funnel.length)
        asked = Asked(source.packing, window, glance.as_of)
        return cls(source, [entries, *postings[1:]], asked, dirty if dirty is not None and dirty.any() else None)

    def ripe(self) -> "_Layer":
        """With only those entries whose window is over."""
        window = self.asked.window
        if window is None:
            return self
        until = self.asked.as_of - window + 1
        return replace(
            self, postings=[entered_between(self.source.packing, self.postings[0], -_FAR, until), *self.postings[1:]]
        )

    @property
    def keys(self) -> list[Keys]:
        return [posting.keys for posting in self.postings]

    def young(self, threads: int | None) -> IntArray:
        """How many units reached each step and no more with a deepest attempt whose window is not over."""
        from tragt.funnel.engine import plain  # noqa: PLC0415

        entries = self.postings[0].keys
        if self.asked.window is None:
            codes = np.ones(len(entries), dtype=np.uint8)
        else:
            began = self.source.packing.times(entries)
            codes = (began > self.asked.as_of - self.asked.window).astype(np.uint8)
        found: IntArray = plain.deepest(self.keys, self.asked, threads, codes=codes, values=2, without=self.dirty)[1]
        return found

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


def _first_of_units(source: Source, entries: Posting) -> Posting:
    """The first entry of each unit."""
    if not len(entries):
        return entries
    units = entries.keys >> np.uint64(source.packing.shift)
    rows = np.flatnonzero(np.concatenate([[True], units[1:] != units[:-1]]))
    return Posting(entries.keys[rows], entries.numbers[rows])


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


def _quantiles(times: IntArray) -> Times | None:
    """Quantiles of times in ms, in seconds; of several that lie in the middle the smallest."""
    if len(times) == 0:
        return None
    some = times[:: -(-len(times) // _MANY)]
    places = [(len(some) - 1) * share // 100 for share in (25, 50, 75, 90)]
    ordered = np.partition(some, places)
    quarter, median, three_quarters, ninety = (float(ordered[place]) / 1000 for place in places)
    return Times(quarter, median, three_quarters, ninety)


def _around_the_middle(times: IntArray) -> tuple[int, int]:
    """Two times that the median most probably lies between: of so many, few have to be put in order.

    References:
        Floyd, R. W. and Rivest, R. L. (1975). Expected time bounds for selection. Communications of the ACM 18.
    """
    sample = np.sort(times[:: len(times) // _SAMPLE])
    middle, margin = len(sample) // 2, math.isqrt(len(sample))
    return int(sample[middle - margin]), int(sample[middle + margin])
