"""What units do on their way through a funnel: before they enter, between two steps, and afterwards.

The unit of observation is the attempt that the report counts. What is told here describes; it does not show that
doing something makes anybody pass.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import PROPERTY, EventLog
from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import MISSING, OUTCOMES, Attempts
from tragt.funnel.condition import expression
from tragt.funnel.definition import Funnel
from tragt.funnel.members import Members, members_and_events
from tragt.funnel.paths.preceding import met_between
from tragt.funnel.paths.sequences import Paths, paths_of
from tragt.funnel.paths.timeline import Stretch, Timeline
from tragt.funnel.paths.touches import Touches, effort_of, touches_of
from tragt.funnel.question import Period
from tragt.funnel.run import Context
from tragt.funnel.steps import Step
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["PASSED", "Between", "Journeys", "journeys"]

PASSED = "passed"
"""How a path ends that leads to the next required step."""

_ENDED_BY_AN_EVENT = (Outcome.LOST, Outcome.EXCLUDED)


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between a step and the next required one: ``entered = passed + dropped``, as in the report.

    Attributes:
        step: Title of the step.
        following: Title of the next required step.
        passed: Paths of those who passed, from the one step to the other.
        dropped: Paths of those who did not, from the step to the end of their attempt, or as far as it was watched.
        names: What they met there, a row a name: ``passed`` and ``dropped``, how many attempts met it at least once;
            ``passed_share`` and ``dropped_share`` with ``_low`` and ``_high`` (Wilson; missing where nobody passed or
            dropped); ``lift`` with ``_low`` and ``_high``, how many times as many of those who passed had met it as of
            the others who were on the way at the same age (see `tragt.funnel.paths.preceding`; where none of these had,
            ``lift`` and ``lift_high`` are missing, for there is no finite upper end, and ``lift_low`` where none of
            either had); ``rank``, the median, over those who passed and met it, of its rank among their first
            occurrences. Most frequent among those who passed first.
    """

    step: str
    following: str
    passed: Paths
    dropped: Paths
    names: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Journeys:
    """The attempts that a report counts, with all events of their units.

    Attributes:
        funnel: The definition.
        members: The attempts and their units.
        timeline: The events of these units.
        unit: Number of each attempt's unit in the timeline, shape (attempts,).
        frame: The events as they were counted.
        level: Confidence level of the shares.
    """

    funnel: Funnel
    members: Members
    timeline: Timeline
    unit: IntArray
    frame: pl.DataFrame
    level: float = 0.95

    @property
    def attempts(self) -> Attempts:
        """The attempts."""
        return self.members.attempts

    def before(self, events: int = 5, top: int = 10) -> Paths:
        """The last events before the entry.

        Args:
            events: How many of them at most, counted before repeats are condensed.
            top: How many paths are told one by one.

        Returns:
            The paths of all attempts; each ends with ``passed``, for all enter.
        """
        _check_positive(events=events, top=top)
        entry = self.timeline.since(self.unit, self.attempts.entry)
        start = np.maximum(entry - events, self.timeline.starts[self.unit])
        return self._paths(self.timeline.stretch(start, entry), np.full(len(entry), PASSED), top)

    def between(self, step: int, top: int = 10) -> Between:
        """What happened strictly between a step and the next required one.

        For those who passed these are the events later than the moment the one was reached and earlier than the
        moment the other was; for those lost or excluded the events earlier than that; for the others all up to
        the end of the window, or of the log.

        Args:
            step: A required step but the last, counted from 0 over all steps as in the report.
            top: How many paths are told one by one.

        Raises:
            InvalidDefinition: There is no such step.
        """
        _check_positive(top=top)
        place = self._required(step)
        here, start, stop = self._way(step)
        passed = self.attempts.depth > place + 1
        gone, stayed = np.flatnonzero(here & passed), np.flatnonzero(here & ~passed)
        return Between(
            step=self.funnel.steps[step].title,
            following=self.funnel.steps[self.funnel.required[place + 1]].title,
            passed=self._paths(self.timeline.stretch(start[gone], stop[gone]), np.full(len(gone), PASSED), top),
            dropped=self._paths(self.timeline.stretch(start[stayed], stop[stayed]), self._outcomes()[stayed], top),
            names=self._met(np.flatnonzero(here), place, start, stop),
        )

    def after(self, outcome: str = Outcome.CONVERTED, step: int | None = None, events: int = 5, top: int = 10) -> Paths:
        """The next events after the last step, or after an attempt ended otherwise.

        Args:
            outcome: What became of the attempts: converted, lost, excluded or expired.
            step: The deepest required step they reached, counted from 0 over all steps; None is any.
            events: How many at most, counted before repeats are condensed.
            top: How many paths are told one by one.

        Returns:
            The paths up to the moment that was looked from; each ends with the outcome.

        Raises:
            InvalidDefinition: There is no such step, or attempts with this outcome have not ended.
        """
        _check_positive(events=events, top=top)
        ended = [one for one in OUTCOMES if one is not Outcome.OPEN]
        if outcome not in ended:
            raise InvalidDefinition(
                "paths.not_ended", f"Nothing comes after {outcome!r}; allowed are {', '.join(ended)}.", outcome=outcome
            )
        chosen = self.attempts.of(Outcome(outcome))
        if step is not None:
            chosen &= self.attempts.depth == self._required(step) + 1
        rows = np.flatnonzero(chosen)
        unit = self.unit[rows]
        start = self.timeline.after(unit, (self.attempts.entry + self.attempts.ended)[rows])
        stop = np.minimum(start + events, self.timeline.starts[unit + 1])
        return self._paths(self.timeline.stretch(start, stop), np.full(len(rows), str(outcome)), top)

    def touches(self, by: str | None = None) -> Touches:
        """How long and how complicated the way to the conversion is, for those who converted.

        Args:
            by: A property of the events, such as the channel, to count their touches by.
        """
        converted = np.flatnonzero(self.attempts.of(Outcome.CONVERTED))
        unit, entry = self.unit[converted], self.attempts.entry[converted]
        age = self.attempts.ages[converted, -1]
        stretch = self.timeline.stretch(self.timeline.after(unit, entry), self.timeline.since(unit, entry + age))
        values = None if by is None else self._property(by).gather(self.timeline.row[stretch.event])
        each = pl.DataFrame({"unit": self.members.units.gather(converted), "seconds": age / 1000})
        return touches_of(stretch, each, values, self.level)

    def effort(self, step: int, by: str | None = None, names: Collection[str] | None = None) -> pl.DataFrame:
        """How many touches it takes for each attempt that goes on from a step, by what the touches were.

        Args:
            step: A required step but the last, counted from 0 over all steps as in the report.
            by: A property of the events, such as the channel or the seller; None is the name of the event.
            names: Names of the events that are touches; None is all.

        Returns:
            As `tragt.funnel.paths.touches.effort_of` describes it.

        Raises:
            InvalidDefinition: There is no such step, or no such property.
        """
        rows, start, stop = self._way(step)
        here = np.flatnonzero(rows)
        stretch = self.timeline.stretch(start[here], stop[here])
        called = self.timeline.names.gather(stretch.name)
        values = called if by is None else self._property(by).gather(self.timeline.row[stretch.event])
        passed = self.attempts.depth[here] > self._required(step) + 1
        if names is not None:
            kept = called.is_in(list(names)).to_numpy()
            stretch = Stretch(stretch.attempts, stretch.attempt[kept], stretch.event[kept], stretch.name[kept])
            values = values.filter(pl.Series(kept))
        return effort_of(stretch, passed, values)

    def _way(self, step: int) -> tuple[BoolArray, IntArray, IntArray]:
        """Which attempts reached a step, and where in the timeline their way to the next one begins and ends."""
        place = self._required(step)
        if place == len(self.funnel.required) - 1:
            raise InvalidDefinition(
                "paths.last_step",
                f"Nothing comes between step {step}, the last, and a next one; ask what came after.",
                step=step,
            )
        attempts = self.attempts
        start = self.timeline.after(self.unit, attempts.entry + attempts.ages[:, place])
        passed = attempts.depth > place + 1
        stop = np.where(
            passed,
            self.timeline.since(self.unit, attempts.entry + attempts.ages[:, place + 1]),
            self._end_of_attempt(),
        )
        return attempts.depth > place, start, stop

    def _property(self, name: str) -> pl.Series:
        column = f"{PROPERTY}{name}"
        if column not in self.frame.columns:
            known = ", ".join(one.removeprefix(PROPERTY) for one in self.frame.columns if one.startswith(PROPERTY))
            raise InvalidDefinition(
                "paths.no_such_property", f"No event has the property {name!r}; there are {known or 'none'}.", name=name
            )
        return self.frame[column].cast(pl.String)

    def _required(self, step: int) -> int:
        """The place of a step among the required ones."""
        if step not in self.funnel.required:
            raise InvalidDefinition(
                "paths.no_such_step",
                f"Step {step} is no required step; those are {', '.join(map(str, self.funnel.required))}.",
                step=step,
            )
        return self.funnel.required.index(step)

    def _end_of_attempt(self) -> IntArray:
        """The place after the last event of each attempt, where it did not go on."""
        attempts = self.attempts
        over = attempts.entry + _ended_or_watched(attempts)
        by_event = np.logical_or.reduce([attempts.of(outcome) for outcome in _ENDED_BY_AN_EVENT])
        return np.where(by_event, self.timeline.since(self.unit, over), self.timeline.after(self.unit, over))

    def _outcomes(self) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        return np.array([str(outcome) for outcome in OUTCOMES])[self.attempts.outcome]

    def _paths(self, stretch: Stretch, endings: np.ndarray[tuple[int], np.dtype[np.str_]], top: int) -> Paths:
        return paths_of(stretch, self.timeline.names, pl.Series(endings, dtype=pl.String), top, self.level)

    def _met(self, rows: IntArray, place: int, start: IntArray, stop: IntArray) -> pl.DataFrame:
        """What the attempts that reached a step met on the way to the next one."""
        attempts = self.attempts.rows(rows)
        passed = attempts.depth > place + 1
        reached = attempts.ages[:, place]
        age = np.where(passed, attempts.ages[:, place + 1], _ended_or_watched(attempts)) - reached
        stretch = self.timeline.stretch(start[rows], stop[rows])
        since = (attempts.entry + reached)[stretch.attempt]
        events = pl.DataFrame(
            {
                "attempt": stretch.attempt,
                "code": stretch.name,
                "met": self.timeline.time[stretch.event] - since,
                "passed": passed[stretch.attempt],
            }
        )
        return met_between(events, self.timeline.names, age, passed, self.level)


def journeys(
    funnel: Funnel, log: EventLog, *, period: Period | None = None, context: Context | None = None
) -> Journeys:
    """The attempts that the report of a funnel counts, with everything their units did.

    An event that reaches a step with a condition and a label is called by that label, any other by its own name.

    Args:
        funnel: The definition.
        log: The events.
        period: Which entries count, and the moment to look from; as for `tragt.funnel.run`.
        context: What is known of the units besides.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty, so that there is no moment to look from.

    Example:
        >>> import polars as pl
        >>> from tragt import Funnel, read
        >>> log = read(pl.DataFrame({
        ...     "user": ["ann"] * 4, "event": ["Visited", "Read", "Read", "Paid"],
        ...     "time": [f"2026-01-0{day}T09:00:00Z" for day in (1, 2, 3, 4)]}))
        >>> between = journeys(Funnel.of("Visited", "Paid", window="14d"), log).between(0)
        >>> [(path.names, path.events, path.attempts) for path in between.passed.top]
        [(('Read',), (2,), 1)]
    """
    known, asked = context or Context(), period or Period()
    found, source = members_and_events(funnel, log, asked, known)
    frame = source.frame
    units = found.units.unique(maintain_order=True)
    numbers = pl.DataFrame({"unit": units, "number": np.arange(len(units), dtype=np.int64)})
    unit = pl.DataFrame({"unit": found.units}).join(numbers, on="unit", how="left", maintain_order="left")["number"]
    named = called(funnel, frame)
    return Journeys(funnel, found, Timeline.of(frame, units, named), unit.to_numpy(), frame, known.level)


def _ended_or_watched(attempts: Attempts) -> IntArray:
    """The age at which each attempt ended, or up to which it was watched."""
    return np.where(attempts.ended == MISSING, attempts.watched, attempts.ended)


def called(funnel: Funnel, frame: pl.DataFrame) -> pl.Expr:
    """What each event is called: the label of the step with a condition that it reaches, else its name."""
    name = pl.col("name").cast(pl.String)
    named = name
    for step in reversed(labelled(funnel)):
        reached = name.is_in(step.names) & expression(step.where, frame.schema)
        named = pl.when(reached).then(pl.lit(step.title)).otherwise(named)
    return named


def labelled(funnel: Funnel) -> list[Step]:
    """The steps that ask more than a name and were given a label of their own."""
    return [step for step in funnel.steps if step.where is not None and step.label != Step(step.names).label]


def _check_positive(**given: int) -> None:
    for name, value in given.items():
        if value < 1:
            raise InvalidDefinition(f"paths.{name}", f"{name} is {value}; it must be at least 1.", **{name: value})
