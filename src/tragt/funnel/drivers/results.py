"""What the search for drivers found: plain results, without words for a page.

The unit of observation is the attempt. A driver goes along with passing or not passing; that it causes it is not
answered here, and `Notice.NO_CAUSE` says so in every result.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tragt.funnel.drivers.factors import Kind, Value
from tragt.stats.intervals import Rate

__all__ = [
    "Absence",
    "Candidate",
    "Driver",
    "Drivers",
    "Estimate",
    "Incident",
    "Label",
    "Notice",
    "Times",
    "ValueEffect",
]


class Notice(StrEnum):
    """What a reader must be told beside a result."""

    NO_CAUSE = "no_cause"
    """What goes along with passing need not bring it about."""

    KNOWN_NOW = "known_now"
    """The property is the unit's as it is known now; passing may have changed it."""

    AFTER_LANDMARK_ONLY = "after_landmark_only"
    """The comparison is among those who had not passed at the landmark."""


class Absence(StrEnum):
    """Why there is no answer."""

    NOBODY = "nobody_reached_the_step_before"
    NOBODY_OLD_ENOUGH = "nobody_is_old_enough"
    TOO_FEW_PASSED = "too_few_passed"
    TOO_FEW_STAYED = "too_few_stayed"
    NOTHING_TO_COMPARE = "nothing_to_compare"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval.

    Attributes:
        value: The estimate.
        low: Lower confidence limit.
        high: Upper confidence limit.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Times:
    """Whether those with a value who pass do so faster than the others who pass.

    Attributes:
        median: Median time from the step before, of those with the value.
        others: The same of the others.
        slower: Chance that one of them took longer than one of the others; equal times count half. .5 is no difference.
        p_value: Of Mann and Whitney's two-sided test.
    """

    median: timedelta
    others: timedelta
    slower: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ValueEffect:
    """What goes along with one value, everything else in the model being equal.

    Attributes:
        value: The value.
        entered: Attempts with it that reached the step before.
        passed: Those of them that reached the step.
        difference: By how much its passing rate differs from what it would be if the value meant what the others
            mean on average, -1 to 1; in an incident, if its rate had changed as those of the others did.
        odds_ratio: The same as a ratio of odds.
        explained: Attempts that would have passed besides; negative where fewer would.
        times: How fast they pass; None where it was not asked for, or fewer than 5 passed on a side.
    """

    value: Value
    entered: int
    passed: int
    difference: Estimate
    odds_ratio: Estimate
    explained: Estimate
    times: Times | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What a candidate is.

    Attributes:
        kind: Where it comes from.
        name: Name of the property or event.
        value: The value that is told from all others, in an incident; None where all values are told from each other.
    """

    kind: Kind
    name: str
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """A property or an event that separates those who pass from those who do not; in an incident one value.

    Attributes:
        label: What it is.
        p_value: That it separates nothing, given the other drivers; in an incident one-sided.
        adjusted: The same, adjusted for the number of candidates (Benjamini and Hochberg).
        explained: Attempts that would have passed besides, if the values that pass worse passed as the others; the
            drivers stand in the order of this. Those of several drivers do not add up. Of one value in
            an incident, negative where it got better: attempts that passed besides.
        values: The values, the one that costs most first; in an incident one.
        notices: What must be told beside it.
    """

    label: Label
    p_value: float
    adjusted: float
    explained: float
    values: tuple[ValueEffect, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was looked at, whether it separates or not.

    Attributes:
        label: What it is.
        p_value: That it separates nothing, given the drivers found.
        adjusted: The same, adjusted for the number of candidates.
        same_as: Drivers that say all that it could say; empty where it says something of its own.
    """

    label: Label
    p_value: float
    adjusted: float
    same_as: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Drivers:
    """What separates those who pass a step from those who do not.

    Attributes:
        step: Number of the step, counted from 0 over all steps.
        entered: Mature attempts that reached the step before.
        passed: Those of them that reached the step.
        drivers: What separates them, the one that explains most first; empty where nothing does.
        candidates: All that was looked at.
        landmark: The time after the step before in which events were looked for; None where none were.
        at_landmark: Attempts that had neither passed nor ended then.
        absence: Why there is no answer; None where there is one.
        notices: What must be told beside the result.
    """

    step: int
    entered: int
    passed: int
    drivers: tuple[Driver, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    landmark: timedelta | None = None
    at_landmark: int = 0
    absence: Absence | None = None
    notices: tuple[Notice, ...] = (Notice.NO_CAUSE,)


@dataclass(frozen=True, slots=True)
class Incident:
    """What explains that a step passes otherwise than before.

    Attributes:
        step: Number of the step, counted from 0 over all steps; None where only attempts were given.
        before: Rate of the earlier period; None where nobody entered.
        now: Rate of the later one.
        change: By how much the attempts of the later period pass otherwise than attempts with the same values did
            before, -1 to 1; how the attempts are made up plays no part in it. None without an answer.
        drivers: The values that got worse than the others, the one that costs most first.
        better: The values that got better than the others, the one that brings most first.
        candidates: All that was looked at.
        absence: Why there is no answer; None where there is one.
        notices: What must be told beside the result.
    """

    step: int | None
    before: Rate | None
    now: Rate | None
    change: Estimate | None = None
    drivers: tuple[Driver, ...] = ()
    better: tuple[Driver, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    absence: Absence | None = None
    notices: tuple[Notice, ...] = (Notice.NO_CAUSE,)
