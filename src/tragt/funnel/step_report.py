"""One line of a report: what became of the attempts that reached a step.

The unit of observation is the attempt. A figure that is undefined is None and the step's ``reason`` says why; it is
never 0. The line only holds figures: how they are worked out, other modules say.
"""

from dataclasses import dataclass

from tragt.stats.intervals import Rate

__all__ = ["Amount", "StepReport", "Times"]


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
class Amount:
    """What some attempts are worth.

    Args:
        total: The sum of their values.
        mean: Its mean over those that have one; None where none has.
        attempts: How many have a value.
        missing: How many have none.
    """

    total: float
    mean: float | None
    attempts: int
    missing: int


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
        value_passed: What those who went on are worth, by the event that reached this step; None where no money
            property was chosen, and at optional steps.
        value_leaked: What those are worth who were lost, excluded or expired here.
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
    value_passed: Amount | None = None
    value_leaked: Amount | None = None
