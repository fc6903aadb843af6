"""Trials: of each attempt, at which steps it had its full time, and whether it got on.

The unit of observation is the attempt. Only attempts that had as much time as all others in a comparison are trials;
young ones have had less, and would look like leaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.funnel.attempts import MISSING, NO_END, Attempts, Membership
from tragt.funnel.question import Breakdown
from tragt.stats.arrays import BoolArray, FloatArray, IntArray
from tragt.stats.dispersion import DayCounts

__all__ = [
    "Grouping",
    "Trials",
    "Usual",
    "by_day",
    "day_of",
    "grouped",
    "passing",
    "standing",
    "usual_age",
    "usual_stay",
]

LEAST_SEEN = 20
"""From fewer than this nobody can tell how long something usually takes."""

USUAL = 0.9
FAR_LONGER = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Attempts with the full time at some steps. Steps are the passages between required steps, k - 1 of them.

    Attributes:
        unit: Number of the unit, shape (n,).
        day: Day on which the trial began, in days since 1970 in the organisation's zone, shape (n, k - 1).
        entered: Whether it is a trial of the passage, shape (n, k - 1).
        kept: Whether it got on, of the same shape; only where it entered.
        converted: Whether it reached the last step, shape (n,).
        value: What the conversion was worth, shape (n,); NaN where there is none or it is not known.
    """

    unit: IntArray
    day: IntArray
    entered: BoolArray
    kept: BoolArray
    converted: BoolArray
    value: FloatArray

    def during(self, start: int, end: int) -> "Trials":
        """Only those that began on days from `start` up to, and not on, `end`."""
        inside = (self.day >= start) & (self.day < end)
        return replace(self, entered=self.entered & inside, kept=self.kept & inside)

    @classmethod
    def joined(cls, several: Sequence["Trials"]) -> "Trials":
        """One after the other."""
        return cls(*(np.concatenate([getattr(one, name) for one in several]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Usual:
    """How long things usually take, as it was told once, so that days that were judged are judged alike ever after.

    Attributes:
        age: By which age most conversions have come, in milliseconds; None where that was not told.
        stays: How long those who go on hardly ever stay at a step, in milliseconds, by its title; others were not told.
    """

    age: int | None = None
    stays: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which group of a breakdown each attempt belongs to.

    Attributes:
        by: The breakdown; None is all attempts as one group.
        values: The value of each group; the last one gathers the rest where `other`.
        rows: Row of the attempt, shape (p,); a row stands more than once where groups overlap.
        codes: Number of its group, shape (p,).
        other: Whether the last group gathers the values that do not stand alone.
    """

    by: Breakdown | None
    values: tuple[object, ...]
    rows: IntArray
    codes: IntArray
    other: bool = False

    @classmethod
    def whole(cls, number: int) -> "Grouping":
        """All attempts as one group."""
        return cls(None, (None,), np.arange(number), np.zeros(number, dtype=np.int64))


def grouped(by: Breakdown, parts: Sequence[Membership], sizes: Sequence[int]) -> Grouping:
    """The groups of a breakdown over several selections of attempts, the most frequent values alone.

    Args:
        by: The breakdown.
        parts: The parts of each selection.
        sizes: How many attempts each selection has.
    """
    numbers: dict[object, int] = {}
    for part in parts:
        for value in part.values:
            numbers.setdefault(value, len(numbers))
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    rows = np.concatenate([part.rows + offset for part, offset in zip(parts, offsets[:-1], strict=True)])
    codes = np.concatenate([np.array([numbers[v] for v in part.values], dtype=np.int64)[part.codes] for part in parts])
    count = np.bincount(codes, minlength=len(numbers))
    values = list(numbers)
    order = sorted(range(len(values)), key=lambda code: (-count[code], str(values[code])))
    alone = order[: by.top]
    place = np.full(len(values), len(alone), dtype=np.int64)
    place[alone] = np.arange(len(alone))
    other = len(alone) < len(values)
    rows, groups = np.unique(np.column_stack([rows, place[codes]]), axis=0).T
    standing_alone = tuple(values[code] for code in alone)
    return Grouping(by, (*standing_alone, *([None] if other else [])), rows, groups, other)


def passing(attempts: Attempts, value: FloatArray, zone: ZoneInfo, age: int | None) -> Trials:
    """Who passed each step in the time all had; the day is that of the entry.

    Args:
        attempts: Mature attempts.
        value: What each conversion was worth.
        zone: The organisation's.
        age: Without a window: the age at which all are compared, in milliseconds; None where there is a window.
    """
    if age is None:
        old = (attempts.matures == NO_END) | (attempts.watched >= attempts.matures)
        reached = attempts.ages != MISSING
    else:
        old = attempts.watched >= age
        reached = (attempts.ages != MISSING) & (attempts.ages <= age)
    entered = reached[:, :-1] & old[:, None]
    day = np.repeat(day_of(attempts.entry, zone)[:, None], entered.shape[1], axis=1)
    converted = reached[:, -1] & old
    return Trials(attempts.unit, day, entered, entered & reached[:, 1:], converted, np.where(converted, value, np.nan))


def standing(attempts: Attempts, value: FloatArray, zone: ZoneInfo, stay: IntArray) -> Trials:
    """Who was no longer standing at each step after the usual stay; the day is that of reaching the step.

    Args:
        attempts: Attempts of any age.
        value: What each conversion was worth.
        zone: The organisation's.
        stay: Far longer than it usually takes from each step to the next, in milliseconds, shape (k - 1,);
            `MISSING` where that is not known.
    """
    here, there = attempts.ages[:, :-1], attempts.ages[:, 1:]
    limit = here + stay
    entered = (here != MISSING) & (stay != MISSING) & (attempts.watched[:, None] >= limit)
    over = (attempts.ended != MISSING)[:, None] & (attempts.ended[:, None] <= limit)
    kept = entered & (((there != MISSING) & (there <= limit)) | over)
    converted = attempts.ages[:, -1] != MISSING
    day = day_of((attempts.entry[:, None] + np.maximum(here, 0)).ravel(), zone).reshape(here.shape)
    return Trials(attempts.unit, day, entered, kept, converted, np.where(converted, value, np.nan))


def usual_age(attempts: Attempts) -> int | None:
    """The age by which nine of ten conversions have come, in milliseconds; None with fewer than 20 of them."""
    ages = attempts.ages[:, -1]
    ages = ages[ages != MISSING]
    return int(np.quantile(ages, USUAL)) if len(ages) >= LEAST_SEEN else None


def usual_stay(attempts: Attempts) -> IntArray:
    """The time from each step to the next that 19 of 20 who passed did not exceed, in milliseconds, shape (k - 1,).

    `MISSING` where fewer than 20 passed. Steps that only a later stage filled have no time.
    """
    stays = []
    for step in range(attempts.ages.shape[1] - 1):
        here, there = attempts.ages[:, step], attempts.ages[:, step + 1]
        timed = (there != MISSING) & ~attempts.filled[:, step] & ~attempts.filled[:, step + 1]
        took = (there - here)[timed]
        stays.append(max(int(np.quantile(took, FAR_LONGER)), 1) if len(took) >= LEAST_SEEN else MISSING)
    return np.array(stays, dtype=np.int64)


def by_day(trials: Trials, grouping: Grouping, step: int, days: tuple[int, int]) -> DayCounts:
    """The trials of one passage by group and day.

    Args:
        trials: The trials.
        grouping: The groups.
        step: Which passage, from 0.
        days: First day and first day after; trials of other days are left out.
    """
    start, end = days
    shape = (len(grouping.values), end - start)
    day = trials.day[grouping.rows, step] - start
    inside = (day >= 0) & (day < end - start)
    counts = []
    for chosen in (trials.entered, trials.kept):
        rows = inside & chosen[grouping.rows, step]
        place = grouping.codes[rows] * shape[1] + day[rows]
        counts.append(np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64))
    return DayCounts(counts[0], counts[1], np.arange(start, end))


def day_of(moments: IntArray, zone: ZoneInfo) -> IntArray:
    """Days since 1970 in a zone, of moments in ms since 1970 in UTC."""
    there = pl.Series(moments).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(str(zone))
    return there.dt.date().cast(pl.Int32).to_numpy().astype(np.int64)
