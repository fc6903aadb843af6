"""What funnels do in the background: figures that take too long for a page, and keeping those of all funnels warm."""

import logging
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.lake.index import Kind
from tragt.web.funnels import actions, queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.knowing import know_few_valued
from tragt.web.funnels.counting.standing import keep_members
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.signals import warmed
from tragt.web.funnels.trends.trending import forget_annotations, trend, trends_of_all
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.people.actions import build_index, refresh_index
from tragt.web.people.indexed import indexed_kinds

__all__ = ["forget_annotations", "prepare", "purge_deleted", "reckon", "trend", "trends_of_all", "warm"]

log = logging.getLogger(__name__)


@job("funnels.reckon", retries=1, priority=10, label=_("Counting a funnel"))
def reckon(progress: Progress, *, definition: str, period: str, start: str, end: str, people: bool = True) -> None:
    """Work out the figures of a definition over a period, and keep them; and who stands where, where that is asked."""
    progress.report(0, 3)
    first, last = (date.fromisoformat(day) if day else None for day in (start, end))
    asked = queries.ask(from_json(definition), SavedPeriod(PeriodKind(period), first, last))
    if counting.way_of(asked.funnel) is counting.Way.NOT_YET and not build_index(counting.kind_of(asked.funnel)):
        raise TryAgain("index.busy", "The index is being built by another job.", after=timedelta(minutes=1))
    progress.report(1, 3)
    figures = queries.reckoned(asked)
    progress.report(2, 3)
    if people:
        keep_members(asked, figures)


@job("funnels.prepare", retries=1, priority=10, label=_("Preparing properties for funnels"), upkeep=True)
def prepare(progress: Progress, *, kind: str, names: Sequence[str], properties: Sequence[str]) -> None:
    """Make an index know some properties of some events, so that whoever asks for them need not wait."""
    progress.report(0, len(properties))
    for number, one in enumerate(properties):
        counting.make_known(Kind(kind), names, one)
        progress.report(number + 1, len(properties))


@job("funnels.warm", retries=1, label=_("Counting all funnels"), upkeep=True)
def warm(progress: Progress) -> None:
    """Work out the figures of every saved funnel after the log has changed, on indexes that have grown with it."""
    funnels = list(queries.saved_funnels())
    for kind in indexed_kinds():
        progress.report(0, len(funnels))
        refresh_index(kind)
    for number, saved in enumerate(funnels):
        progress.report(number, len(funnels), saved.name)
        try:
            queries.reckoned(queries.ask(saved.funnel, saved.saved_period))
        except TragtError:
            # What is wrong with one funnel its own page says.
            continue
        except (Exception, PanicException):
            log.exception("Funnel %s cannot be counted.", saved.pk)
    know_few_valued(indexed_kinds())
    progress.report(len(funnels), len(funnels))
    warmed.send(SavedFunnel)


@every("03:40")
@job("funnels.purge", label=_("Removing deleted funnels"))
def purge_deleted(progress: Progress) -> None:
    """Remove the funnels whose deletion can no longer be undone."""
    progress.report(actions.purge(), None)
