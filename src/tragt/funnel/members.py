"""Who stands at a step: the units behind every count of a report.

The unit of observation is the attempt that counts. Nothing is estimated here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog
from tragt.funnel.attempts import MISSING, OUTCOMES, Attempts, Chosen
from tragt.funnel.definition import Funnel
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Period, Question
from tragt.funnel.run import Context, counted_events, moment_of
from tragt.funnel.selection import chooser_of
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["ENTERED", "OUTCOMES_AT_STEP", "Members", "members", "members_and_events", "members_on"]

ENTERED = "entered"
"""All who reached a step, whatever became of them."""

OUTCOMES_AT_STEP = ("passed", "lost", "excluded", "expired", "open")
"""What may have become of those who reached a step; together they are those who entered it."""


@dataclass(frozen=True, slots=True)
class Members:
    """The attempts that a report counts, each with its unit.

    Attributes:
        funnel: The definition.
        attempts: The attempts.
        units: The unit of each attempt, String, of the same length.
    """

    funnel: Funnel
    attempts: Attempts
    units: pl.Series

    def at(self, step: int, outcome: str = ENTERED) -> pl.DataFrame:
        """Those who stand so at a step, the latest first.

        Args:
            step: The step, counted from 0 over all steps.
            outcome: ``entered`` (all), ``passed``, ``lost``, ``excluded``, ``expired`` or ``open``.

        Returns:
            A row an attempt, as many as the report counts: ``unit``; ``started``, when it entered the funnel, and
            ``reached``, when it reached the step (UTC, to the millisecond; missing for an optional step);
            ``outcome``, one of `OUTCOMES_AT_STEP`.

        Raises:
            InvalidDefinition: There is no such step or outcome.
        """
        self._check(step, outcome)
        here, passed = self._here(step)
        kind = np.where(passed, 0, self._ending())
        rows = np.flatnonzero(here if outcome == ENTERED else here & (kind == OUTCOMES_AT_STEP.index(outcome)))
        frame = pl.DataFrame(
            {
                "unit": self.units.gather(rows),
                "started": self.attempts.entry[rows],
                "reached": self._reached(step)[rows],
                "outcome": pl.Series(kind[rows], dtype=pl.Int64).replace_strict(
                    dict(enumerate(OUTCOMES_AT_STEP)), return_dtype=pl.String
                ),
            }
        )
        moment = pl.Datetime("ms", "UTC")
        missing = pl.when(pl.col("reached") != MISSING).then(pl.col("reached"))
        frame = frame.with_columns(pl.col("started").cast(moment), reached=missing.cast(moment))
        return frame.sort(["reached", "started", "unit"], descending=[True, True, False], nulls_last=True)

    def _check(self, step: int, outcome: str) -> None:
        if not 0 <= step < len(self.funnel.steps):
            raise InvalidDefinition(
                "members.no_such_step", f"There is no step {step}; the steps are 0 to {len(self.funnel.steps) - 1}."
            )
        if outcome not in (ENTERED, *OUTCOMES_AT_STEP):
            raise InvalidDefinition(
                "members.no_such_outcome",
                f"{outcome!r} is no outcome; allowed are {', '.join((ENTERED, *OUTCOMES_AT_STEP))}.",
            )

    def _here(self, step: int) -> tuple[BoolArray, BoolArray]:
        """Which attempts reached the step, and which went on to the next required one."""
        depth, required = self.attempts.depth, self.funnel.required
        reached = sum(place <= step for place in required)
        here: BoolArray = depth >= reached
        if self.funnel.steps[step].optional:
            here = here & self.attempts.optional[:, step - reached]
        return here, here if reached == len(required) else here & (depth > reached)

    def _ending(self) -> IntArray:
        """For each attempt the place of its outcome among `OUTCOMES_AT_STEP`; converted counts as passed."""
        places = [0 if one == "converted" else OUTCOMES_AT_STEP.index(one) for one in OUTCOMES]
        return np.asarray(places, dtype=np.int64)[self.attempts.outcome]

    def _reached(self, step: int) -> IntArray:
        if self.funnel.steps[step].optional:
            return np.full(len(self.attempts), MISSING, dtype=np.int64)
        ages = self.attempts.ages[:, self.funnel.required.index(step)]
        return np.where(ages == MISSING, MISSING, self.attempts.entry + ages)


def members(funnel: Funnel, log: EventLog, *, period: Period | None = None, context: Context | None = None) -> Members:
    """The attempts that the report of a funnel on a log counts.

    Args:
        funnel: The definition.
        log: The events.
        period: Which entries count, and the moment to look from; as for `tragt.funnel.run`.
        context: What is known of the units besides.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty, so that there is no moment to look from.
    """
    return members_and_events(funnel, log, period or Period(), context or Context())[0]


def members_on(
    question: Question,
    log: Layered,
    *,
    context: Context | None = None,
    units: BoolArray | None = None,
    part: Callable[[object], bool] | None = None,
) -> Members:
    """The attempts that the report of a question on postings counts.

    Args:
        question: What is asked.
        log: The postings, and what has changed since they were made; as for `tragt.funnel.run.report_on`.
        context: How to compute.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.
        part: Of a question with a breakdown, which values are meant; None is all.

    Returns:
        Each with the name of its unit; the numbers of units and events are those of the layer it was found in.
    """
    fast = (context or Context()).fast
    attempts, named = [], []
    for layer, counted in log.layers(units):
        choose = chooser_of(question, Layered(layer), units=counted, fast=fast)
        chosen = choose(question.period).counted
        attempts.append(chosen.attempts if part is None else _of_part(chosen, part))
        named.append(layer.unit_names(attempts[-1].unit))
    return Members(question.funnel, Attempts.joined(attempts), pl.concat(named))


def _of_part(chosen: Chosen, meant: Callable[[object], bool]) -> Attempts:
    """The attempts with a value that is meant, each once."""
    parts = chosen.parts
    if parts is None:
        raise InvalidDefinition("members.no_breakdown", "A part is asked for, and the question has no breakdown.")
    wanted = np.array([meant(value) for value in parts.values], dtype=np.bool_)
    rows = np.zeros(len(chosen.attempts), dtype=np.bool_)
    rows[parts.rows[wanted[parts.codes]]] = True
    return chosen.attempts.rows(rows)


def members_and_events(funnel: Funnel, log: EventLog, period: Period, context: Context) -> tuple[Members, FrameSource]:
    """As `members`, with the events that were looked at, which the attempts' numbers are of."""
    moment: datetime = moment_of(period.as_of, log)
    source = FrameSource(counted_events(funnel, log, context, moment), log.zone)
    question = Question(funnel, int(moment.timestamp() * 1000), period, log.zone)
    counted = chooser_of(question, Layered(source), fast=context.fast)(period).counted.attempts
    return Members(funnel, counted, source.unit_names(counted.unit)), source
