"""What funnels do in the background: figures that take too long for a page, and keeping those of all funnels warm."""

import logging
from datetime import date

from django.utils.translation import gettext_lazy as _
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.web.funnels import actions, queries
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.standing import keep_members
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every

__all__ = ["purge_deleted", "reckon", "warm"]

log = logging.getLogger(__name__)


@job("funnels.reckon", retries=1, priority=10, label=_("Counting a funnel"))
def reckon(progress: Progress, *, definition: str, period: str, start: str, end: str) -> None:
    """Work out the figures of a definition over a period, and keep them."""
    progress.report(0, 2)
    first, last = (date.fromisoformat(day) if day else None for day in (start, end))
    asked = queries.ask(from_json(definition), SavedPeriod(PeriodKind(period), first, last))
    figures = queries.reckoned(asked)
    progress.report(1, 2)
    keep_members(asked, figures)


@job("funnels.warm", retries=1, label=_("Counting all funnels"))
def warm(progress: Progress) -> None:
    """Work out the figures of every saved funnel after the log has changed."""
    funnels = list(queries.saved_funnels())
    for number, saved in enumerate(funnels):
        progress.report(number, len(funnels), saved.name)
        try:
            queries.reckoned(queries.ask(saved.funnel, saved.saved_period))
        except TragtError:
            # What is wrong with one funnel its own page says.
            continue
        except (Exception, PanicException):
            log.exception("Funnel %s cannot be counted.", saved.pk)
    progress.report(len(funnels), len(funnels))


@every("03:40")
@job("funnels.purge", label=_("Removing deleted funnels"))
def purge_deleted(progress: Progress) -> None:
    """Remove the funnels whose deletion can no longer be undone."""
    progress.report(actions.purge(), None)
