"""The report that a glance gives: counts, observed rates and times; the expected rates take longer.

The unit of observation is the attempt that counts. Counts and observed rates are those of the full report. The times
are of those who have passed, whereas the full report allows for those who may still pass.
"""

from dataclasses import replace
from datetime import UTC, datetime

from tragt.funnel.definition import Count
from tragt.funnel.glance import Glance
from tragt.funnel.lines import NOBODY_BEFORE, NOBODY_ENTERED, NOBODY_MATURE, NOBODY_YET
from tragt.funnel.question import Period, Question
from tragt.funnel.report import Report
from tragt.funnel.run import reported
from tragt.funnel.step_report import StepReport
from tragt.stats.intervals import Rate, wilson

__all__ = ["glanced"]


def glanced(glance: Glance, level: float = 0.95) -> Report:
    """The report of a funnel as far as a glance tells.

    Args:
        glance: The funnel on its log.
        level: Confidence level of the intervals.
    """
    return _of_keys(glance, level) if glance.plain else _of_attempts(glance, level)


def _of_attempts(glance: Glance, level: float) -> Report:
    """The report of a funnel that keys alone do not answer."""
    funnel = glance.funnel
    question = Question(funnel, glance.as_of, glance.period, glance.log.clean.zone)
    found = reported(question, glance.selected, level=level, expected=False)
    times = dict(zip(funnel.required[1:], glance.times(), strict=True))
    steps = (replace(line, time_from_previous=times.get(place)) for place, line in enumerate(found.steps))
    return replace(found, steps=tuple(steps), period=None if glance.period == Period() else glance.period)


def _of_keys(glance: Glance, level: float) -> Report:
    funnel, entered, mature = glance.funnel, glance.entered(), glance.mature()
    waiting = glance.open() if entered[0] else (0,) * len(entered)
    times = [None, *(glance.times() if entered[0] else (None,) * (len(entered) - 1))]
    windowed = funnel.length is not None
    steps = []
    for place, step in enumerate(funnel.steps):
        last = place == len(entered) - 1
        passed = entered[place] if last else entered[place + 1]
        line = StepReport(
            name=step.title,
            optional=False,
            entered=entered[place],
            passed=passed,
            lost=0,
            excluded=0,
            expired=entered[place] - passed - waiting[place],
            open=waiting[place],
            time_from_previous=times[place],
        )
        steps.append(_rated(line, place, entered, mature, level, windowed=windowed))
    moment = datetime.fromtimestamp(glance.as_of / 1000, UTC).astimezone(glance.log.clean.zone)
    return Report(
        funnel=funnel,
        steps=tuple(steps if entered[0] else (replace(line, reason=NOBODY_ENTERED) for line in steps)),
        as_of=moment,
        observed_so_far=not windowed,
        mature=mature[0],
        attempts=entered[0],
        expected_from=str(Count.FIRST if funnel.count == Count.BEST else funnel.count),
        period=None if glance.period == Period() else glance.period,
    )


def _rated(
    line: StepReport, place: int, entered: tuple[int, ...], mature: tuple[int, ...], level: float, *, windowed: bool
) -> StepReport:
    """A line with its observed rates, or why it has none."""
    before, here = mature[max(place - 1, 0)], mature[place]
    reason = None
    if not mature[0]:
        reason = NOBODY_MATURE if windowed else NOBODY_ENTERED
    elif not before:
        reason = NOBODY_YET if entered[place - 1] else NOBODY_BEFORE
    return replace(
        line,
        from_previous=_rate(here, before, level) if place else None,
        from_first=_rate(here, mature[0], level),
        to_end=_rate(mature[-1], here, level),
        reason=reason,
    )


def _rate(successes: int, trials: int, level: float) -> Rate | None:
    return wilson(successes, trials, level) if trials else None
