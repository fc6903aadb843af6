"""Counting trends in the background: of one funnel that somebody waits for, and of all after the log has changed."""

import logging
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.funnel.question import Every
from tragt.web.funnels import queries
from tragt.web.funnels.actions.annotations import purge_annotations
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.failing import failed_lately
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.trends import trends
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.people.actions import build_index
from tragt.web.shell.acting import SYSTEM, Who

__all__ = ["after_warming", "ask_for_trend", "forget_annotations", "trend", "trends_of_all"]

log = logging.getLogger(__name__)


@job("funnels.trend", retries=1, priority=10, label=_("Counting a trend"))
def trend(progress: Progress, *, definition: str, period: str, start: str, end: str, stretches: str) -> None:
    """Count the trend of a definition over a period, and keep it."""
    progress.report(0, 2)
    first, last = (date.fromisoformat(day) if day else None for day in (start, end))
    asked = queries.ask(from_json(definition), SavedPeriod(PeriodKind(period), first, last))
    if counting.way_of(asked.funnel) is counting.Way.NOT_YET and not build_index(counting.kind_of(asked.funnel)):
        raise TryAgain("index.busy", "The index is being built by another job.", after=timedelta(minutes=1))
    progress.report(1, 2)
    trends.reckoned(asked, Every(stretches))
    progress.report(2, 2)


@job("funnels.trends", retries=1, label=_("Counting trends"), upkeep=True)
def trends_of_all(progress: Progress) -> None:
    """Count the trend by week of every saved funnel, so that nobody waits for it."""
    funnels = list(queries.saved_funnels())
    for number, saved in enumerate(funnels):
        progress.report(number, len(funnels), saved.name)
        try:
            trends.reckoned(queries.ask(saved.funnel, saved.saved_period), Every.WEEK)
        except TragtError:
            # What is wrong with one funnel its own page says.
            continue
        except (Exception, PanicException):
            log.exception("The trend of funnel %s cannot be counted.", saved.pk)
    progress.report(len(funnels), len(funnels))


@every("03:50")
@job("funnels.annotations", label=_("Removing deleted annotations"))
def forget_annotations(progress: Progress) -> None:
    """Remove the annotations whose removal can no longer be undone."""
    progress.report(purge_annotations(), None)


def ask_for_trend(saved: SavedFunnel, stretches: Every, key: str, who: Who, *, again: bool = False) -> Job:
    """Have a trend counted: the job that failed within the hour, else one that runs.

    Args:
        saved: The funnel.
        stretches: How long the stretches are.
        key: Under what its figures are kept.
        who: Who asks.
        again: Whether it is to be tried again where it failed.
    """
    subject = f"trend:{stretches}:{key[-32:]}"
    last = None if again else failed_lately(subject)
    if last is not None:
        return last
    period = saved.saved_period
    return enqueue(
        trend,
        who,
        title=saved.name,
        subject=subject,
        definition=saved.definition,
        period=str(period.kind),
        start=period.start.isoformat() if period.start else "",
        end=period.end.isoformat() if period.end else "",
        stretches=str(stretches),
    )


def after_warming(sender: object, **_rest: object) -> None:  # noqa: ARG001
    """Have the trends of all funnels counted: the log has changed."""
    enqueue(trends_of_all, SYSTEM, subject="trends")
