"""The attempts at a step: who reached the step before, which of them passed, and what is known of each.

The unit of observation is the attempt. All are watched equally long: those of a funnel with a window to its end,
those without for a time that is the same for all. Whether anything they have matters is not answered here.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import PROPERTY, EventLog
from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, NO_END, OUTCOMES, Attempts
from tragt.funnel.condition import expression
from tragt.funnel.definition import Entry, Funnel, Skips
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Period, Question
from tragt.funnel.run import Context, counted_events, moment_of
from tragt.funnel.selection import chooser_of
from tragt.funnel.steps import Match
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["Landing", "Scene", "meant", "scene"]

_OVER = [OUTCOMES.index(Outcome.LOST), OUTCOMES.index(Outcome.EXCLUDED)]

FOLLOWED = 0.9
"""Without a window attempts are followed until this share of those who passed had passed."""


@dataclass(frozen=True, slots=True)
class Landing:
    """The attempts that reached the step before; n rows, moments in ms since 1970 in UTC.

    Attributes:
        unit: Name of each attempt's unit, String, shape (n,).
        entry: When it entered the funnel.
        before: When it reached the step before.
        after: When it reached the step; `MISSING` where it did not, or later than it is followed.
        ended: When it was lost or excluded; `MISSING` where it was not.
        until: Up to when it is followed.
        day: Number of the day it entered, in the organisation's zone.
        followed: Without a window, how long after the step before each is followed, in ms; None with one.
        young: How many more reached the step before and cannot be followed so long yet.
    """

    unit: pl.Series
    entry: IntArray
    before: IntArray
    after: IntArray
    ended: IntArray
    until: IntArray
    day: IntArray
    followed: int | None = None
    young: int = 0

    def __len__(self) -> int:
        return len(self.entry)

    @property
    def passed(self) -> BoolArray:
        """Which attempts reached the step, shape (n,)."""
        return np.asarray(self.after != MISSING)

    @property
    def waited(self) -> IntArray:
        """Time in ms from the step before to the step, of those who passed, shape (passed,)."""
        return (self.after - self.before)[self.passed]

    def rows(self, chosen: IntArray | BoolArray) -> "Landing":
        """Some of the attempts."""
        places = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        kept: dict[str, Any] = {name: getattr(self, name)[places] for name in _MOMENTS}
        return replace(self, unit=self.unit.gather(places), **kept)

    def followed_by(self, other: "Landing") -> "Landing":
        """These attempts and then those of another period."""
        both: dict[str, Any] = {name: np.concatenate((getattr(self, name), getattr(other, name))) for name in _MOMENTS}
        return replace(self, unit=pl.concat((self.unit, other.unit)), **both)


_MOMENTS = ("entry", "before", "after", "ended", "until", "day")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a log holds for a funnel, looked at from one moment.

    Attributes:
        funnel: The definition.
        place: Place of the step among the required ones, counted from 0.
        log: The log.
        source: The events that count.
        question: What is asked of it.
        context: What is known besides.
    """

    funnel: Funnel
    place: int
    log: EventLog
    source: FrameSource
    question: Question
    context: Context

    @property
    def frame(self) -> pl.DataFrame:
        """The events that count, with their ``unit``."""
        return self.source.frame

    def landing(self, period: Period, followed: int | None = None) -> Landing:
        """The mature attempts of a period that reached the step before.

        Args:
            period: Which entries count.
            followed: Without a window, how long each is followed from the step before, in ms; None finds it.
        """
        selected = chooser_of(self.question, Layered(self.source), fast=self.context.fast)(period)
        mature = selected.mature.attempts
        attempts = mature.rows(mature.depth >= self.place)
        units = self.source.unit_names(attempts.unit)
        young = int(np.sum(selected.counted.attempts.depth >= self.place)) - len(attempts)
        landing = replace(self._all(attempts, units), young=max(young, 0))
        return _followed(landing, self.question.as_of, followed)

    def _all(self, attempts: Attempts, units: pl.Series) -> Landing:
        entry = attempts.entry
        ages = attempts.ages[:, [self.place - 1, self.place]]
        moments = np.where(ages == MISSING, MISSING, entry[:, None] + ages)
        over = np.isin(attempts.outcome, _OVER) & (attempts.ended != MISSING)
        unending = attempts.matures == NO_END
        days = pl.Series(entry).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(str(self.log.zone))
        return Landing(
            unit=units,
            entry=entry,
            before=moments[:, 0],
            after=moments[:, 1],
            ended=np.where(over, entry + attempts.ended, MISSING),
            until=np.where(unending, NO_END, entry + np.where(unending, 0, attempts.matures)),
            day=days.dt.date().cast(pl.Int32).to_numpy().astype(np.int64),
        )

    @property
    def today(self) -> date:
        """The day it is looked from, in the organisation's zone."""
        return datetime.fromtimestamp(self.question.as_of / 1000, self.log.zone).date()

    def at_entry(self, landing: Landing) -> pl.DataFrame:
        """The event that opened each attempt, with its properties; rows as in the landing.

        Of several at that moment the one with the smallest id is taken, as breakdowns do.
        """
        opening = pl.any_horizontal(meant(self.frame, match) for match in _openings(self.funnel))
        events = (
            self.frame.lazy()
            .filter(opening)
            .with_columns(pl.col("unit").cast(pl.String), moment=pl.col("time").dt.epoch("ms"))
            .sort("id")
            .unique(["unit", "moment"], keep="first", maintain_order=True)
            .select("unit", "moment", pl.col(f"^{PROPERTY}.*$"))
            .collect()
        )
        asked = pl.DataFrame({"unit": landing.unit, "moment": landing.entry})
        return asked.join(events, on=["unit", "moment"], how="left", maintain_order="left")


def scene(funnel: Funnel, log: EventLog, step: int, period: Period, context: Context) -> Scene:
    """Make ready to look at a step.

    Args:
        funnel: The definition.
        log: The events.
        step: The step, counted from 0 over all steps.
        period: From when it is looked.
        context: What is known besides.

    Raises:
        InvalidDefinition: There is no such step, or nobody can pass to it: the first one, or an optional one.
        NotEnoughData: The log is empty.
    """
    allowed = funnel.required[1:]
    if step not in allowed:
        raise InvalidDefinition(
            "drivers.no_such_step",
            f"Step {step!r} is none that attempts pass to; choose one of {', '.join(map(str, allowed))} "
            "(required steps after the first, counted from 0).",
            step=step,
        )
    moment = moment_of(period.as_of, log)
    source = FrameSource(counted_events(funnel, log, context, moment), log.zone)
    question = Question(funnel, int(moment.timestamp() * 1000), period, log.zone)
    return Scene(funnel, funnel.required.index(step), log, source, question, context)


def _followed(landing: Landing, as_of: int, given: int | None) -> Landing:
    """Those who can be followed equally long, and what of them lies within that time."""
    if len(landing) == 0 or landing.until.max() < NO_END:
        return landing
    waited = landing.waited
    if given is None:
        given = int(np.quantile(waited, FOLLOWED, method="higher")) if len(waited) else 0
    until = landing.before + given
    after = np.where(landing.after <= until, landing.after, MISSING)
    old = until <= as_of
    whole = replace(landing, after=after, until=until, followed=given, young=landing.young + int(np.sum(~old)))
    return whole.rows(old)


def meant(frame: pl.DataFrame, match: Match) -> pl.Expr:
    """Which events of a frame are meant, never null."""
    return pl.col("name").cast(pl.String).is_in(match.names) & expression(match.where, frame.schema)


def _openings(funnel: Funnel) -> list[Match]:
    """What may open an attempt."""
    if funnel.entry is Entry.ANY or funnel.skips is Skips.FILL:
        return [step.match for step in funnel.steps]
    return [funnel.steps[0].match]
