"""Reports made by hand, for tests of what shows a report."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tragt.funnel.definition import Funnel
from tragt.funnel.report import Report
from tragt.funnel.step_report import StepReport, Times
from tragt.funnel.steps import Step
from tragt.stats.intervals import Rate, bounded_rate, wilson

AS_OF = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
NOBODY = "nobody reached the step before"


def report(
    counts: Sequence[int],
    names: Sequence[str] | None = None,
    *,
    lost: float = 0.1,
    still_open: float = 0.05,
    days: float = 6,
    **rules: object,
) -> Report:
    """A report in which so many reached each step.

    Args:
        counts: How many reached each required step, never rising.
        names: Names of the steps.
        lost: Of those who stop at a step, the share that was lost.
        still_open: Of those who stop, the share that is still open; the rest expired.
        days: Median time to the second step; each further one takes as long again.
        **rules: Further rules of the funnel.
    """
    titles = names or [f"step_{place}" for place in range(1, len(counts) + 1)]
    funnel = Funnel.of(*(Step((title,)) for title in titles), **rules)
    lines = tuple(line(counts, place, title, lost, still_open, days) for place, title in enumerate(titles))
    return Report(funnel, lines, AS_OF, funnel.window is None, counts[0], counts[0], "first", 14 * 86_400.0)


def line(counts: Sequence[int], place: int, name: str, lost: float, still_open: float, days: float) -> StepReport:
    """One line of such a report."""
    entered, following = counts[place], counts[min(place + 1, len(counts) - 1)]
    stopped = entered - following
    were_lost, are_open = int(stopped * lost), int(stopped * still_open)
    before = counts[place - 1] if place else 0
    seconds = days * 86_400 * place
    return StepReport(
        name=name,
        optional=False,
        entered=entered,
        passed=following,
        lost=were_lost,
        excluded=0,
        expired=stopped - were_lost - are_open,
        open=are_open,
        from_previous=rate(entered, before) if place else None,
        from_first=rate(entered, counts[0]),
        expected_from_previous=expected(entered, before) if place else None,
        expected_from_first=expected(entered, counts[0]),
        time_from_previous=Times(seconds / 2, seconds, 2 * seconds, 3 * seconds) if place and entered else None,
        reason=NOBODY if place and not before else None,
    )


def rate(successes: int, trials: int) -> Rate | None:
    return wilson(successes, trials) if trials else None


def expected(successes: int, trials: int) -> Rate | None:
    share = min(1.1 * successes / trials, 1.0) if trials else 0.0
    return bounded_rate(share, 0.05 * share, trials) if trials else None


def with_optional(given: Report, after: int, name: str, taken: int, went_on: int) -> Report:
    """The report with an optional step behind one of its steps."""
    steps = list(given.funnel.steps)
    steps.insert(after + 1, Step((name,), optional=True))
    stopped = taken - went_on
    extra = StepReport(
        name=name,
        optional=True,
        entered=taken,
        passed=went_on,
        lost=0,
        excluded=0,
        expired=stopped,
        open=0,
        from_previous=rate(taken, given.steps[after].entered),
        from_first=rate(taken, given.steps[0].entered),
        time_from_previous=Times(3600, 7200, 10_800, 14_400),
        expected_reason="an optional step has observed rates only",
    )
    lines = list(given.steps)
    lines.insert(after + 1, extra)
    return replace(given, funnel=replace(given.funnel, steps=tuple(steps)), steps=tuple(lines))


def young(counts: Sequence[int] = (4000, 1500, 400), *, count: str = "best") -> Report:
    """A report most of whose attempts are still open, so that the expected rates lead."""
    names = ("product_view", "cart", "purchase")
    return report(counts, names, still_open=0.6, window=timedelta(days=14), count=count)


WEB = report(
    (18_420, 10_690, 1_262, 668, 301),
    ("Visited", "Joined a webinar", "Asked for a demo", "Got a proposal", "Won"),
    still_open=0.1,
    window="90d",
    name="Visitor to customer",
)
