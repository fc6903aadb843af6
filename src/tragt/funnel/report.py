"""The report of a funnel: counts that sum up, rates with intervals, times.

The unit of observation is the attempt. A figure that is undefined is None and the step's
``reason`` says why; it is never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tragt.funnel.definition import Funnel
from tragt.funnel.question import Breakdown, Period
from tragt.stats.intervals import Rate

OPEN_SHARE = 0.2
"""Above this share of open attempts the expected rates are shown first."""

ROUNDING = 1e-9

__all__ = ["Part", "Report", "StepReport", "Times"]


@dataclass(frozen=True, slots=True)
class Times:
    """Quantiles of a time in seconds, among those who will pass within the horizon.

    Args:
        quarter: 25th percentile.
        median: 50th percentile.
        three_quarters: 75th percentile.
        ninety: 90th percentile.
        edges: Edges of the histogram's bins in seconds, logarithmic; one more than there are counts.
        counts: How many of those who passed took a time in each bin.
    """

    quarter: float
    median: float
    three_quarters: float
    ninety: float
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StepReport:
    """One line of the report: ``entered = passed + lost + excluded + expired + open``.

    Args:
        name: The step's title.
        optional: Whether the step is optional; then the line splits those who took it.
        entered: Attempts that reached the step.
        passed: Those that reached the next required step; at the last step all.
        lost: Those lost here, as their deepest required step.
        excluded: Those excluded here.
        expired: Those whose window ended here.
        open: Those that may still go on.
        from_previous: Observed rate from the previous required step; None at the first step.
        from_first: Observed rate from the first step.
        expected_from_previous: Expected rate from the previous step, open attempts allowed for.
        expected_from_first: Expected rate from the first step.
        time_from_previous: Time since the previous required step was reached.
        time_from_first: Time since the entry.
        to_end: Observed chance to reach the last step from here.
        expected_to_end: Expected chance to reach the last step from here.
        time_to_end: Time from here to the last step, among those who will reach it within the horizon.
        reason: Why the observed rates are absent, or None.
        expected_reason: Why the expected rates are absent, or None.
        named: With any order, attempts with a valid assignment that includes the step of this name.
        skipped: In a funnel over stages, attempts that reached this stage only through a later one.
    """

    name: str
    optional: bool
    entered: int
    passed: int
    lost: int
    excluded: int
    expired: int
    open: int
    from_previous: Rate | None = None
    from_first: Rate | None = None
    expected_from_previous: Rate | None = None
    expected_from_first: Rate | None = None
    time_from_previous: Times | None = None
    time_from_first: Times | None = None
    to_end: Rate | None = None
    expected_to_end: Rate | None = None
    time_to_end: Times | None = None
    reason: str | None = None
    expected_reason: str | None = None
    named: int | None = None
    skipped: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The steps of one part of the attempts: a value of a breakdown, or a stretch of the period.

    Args:
        value: The value, or the first day of the stretch; None where the property is absent.
        other: Whether this part gathers the values that do not stand alone.
        mature: Whether every attempt of the part is mature; None without a window.
        steps: The lines of the part.
    """

    value: object
    steps: tuple[StepReport, ...]
    other: bool = False
    mature: bool | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a funnel says about a log.

    Args:
        funnel: The definition.
        steps: One line a step, optional ones in their place.
        as_of: The moment up to which the log was read, in the organisation's zone.
        observed_so_far: Whether the observed rates are "so far", for want of a window.
        mature: How many attempts the observed rates rest on.
        attempts: How many attempts there are.
        expected_from: Which attempts the expected rates and the times rest on: ``first``, ``first_ever`` or ``every``.
        horizon_seconds: Age since entry up to which the expected rates look; None where they are absent.
        of_those_closed: Of those converted or lost, the share converted; None without losses.
        stationary: Whether young cohorts behave as old ones did; None where it cannot be tested.
        loss_reasons: Reasons of those lost, most frequent first.
        backwards: In a funnel over stages, how many moves to an earlier stage there were.
        reopened: How many losses a later event made void.
        breakdown: How it was split, or None.
        parts: The parts of the breakdown, largest first.
        trend: The same by entry date, in order of time.
        undated: Units that have a stage but no date: in the pipeline, not in the flow.
        period: Which entries count; None is all.
    """

    funnel: Funnel
    steps: tuple[StepReport, ...]
    as_of: datetime
    observed_so_far: bool
    mature: int
    attempts: int
    expected_from: str
    horizon_seconds: float | None = None
    of_those_closed: Rate | None = None
    stationary: bool | None = None
    loss_reasons: Mapping[str, int] | None = None
    backwards: int | None = None
    reopened: int | None = None
    breakdown: Breakdown | None = None
    parts: tuple[Part, ...] = ()
    trend: tuple[Part, ...] = ()
    undated: int = 0
    period: Period | None = None

    @property
    def expected_leads(self) -> bool:
        """Whether to show the expected rates first: more than a fifth of those entered are still open.

        Not where an expected rate lies below the share that has already passed. That happens where the best
        attempts count and the first ones do worse, or where many pass later than enough have been watched.
        """
        required = [step for step in self.steps if not step.optional]
        entered = required[0].entered
        return sum(step.open for step in required) > OPEN_SHARE * entered and all(
            step.expected_from_first is not None and step.expected_from_first.rate >= step.entered / entered - ROUNDING
            for step in required
        )
