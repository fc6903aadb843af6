"""What reports do by themselves: weeks are counted, reports leave on their day, and what is over is forgotten."""

import logging

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from polars.exceptions import PanicException

from tragt.errors import NotFound, TragtError
from tragt.web.funnels.counting.sources import log_version
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.reports.actions import sending
from tragt.web.reports.models import Counted
from tragt.web.reports.queries import due_on
from tragt.web.reports.weeks import count, state_of
from tragt.web.shell import formats

__all__ = ["count_weeks", "forget", "send_reports"]

log = logging.getLogger(__name__)


@every(minutes=60)
@job("reports.count_weeks", label=_("Counting what happened week by week"), upkeep=True)
def count_weeks(progress: Progress) -> None:
    """Count the weeks of every saved funnel whose events or definition have changed since."""
    funnels = list(saved_funnels())
    for number, saved in enumerate(funnels):
        progress.report(number, len(funnels), saved.name)
        _count(saved)
    progress.report(len(funnels), len(funnels))


def _count(saved: SavedFunnel) -> None:
    """Count the weeks of one funnel; what is wrong with it stops no other."""
    version = log_version()
    state = state_of(saved, version)
    if Counted.objects.filter(funnel=saved, state=state).exists():
        return
    told: dict[str, object] = {"state": state, "mistake": "", "starts": [], "steps": []}
    try:
        weeks = count(saved)
        told |= {"starts": [day.isoformat() for day in weeks.starts], "steps": [list(one) for one in weeks.steps]}
    except TragtError as error:
        # What passes by itself is tried again: the index that is not built yet.
        told |= {"mistake": error.code, "state": "" if error.code == "funnels.no_index" else state}
    except (Exception, PanicException):
        log.exception("The weeks of funnel %s cannot be counted.", saved.pk)
        told |= {"mistake": "reports.unexpected", "state": ""}
    if saved_funnels().filter(pk=saved.pk).exists():
        Counted.objects.update_or_create(funnel=saved, defaults={**told, "computed": timezone.now()})


@every("07:00")
@job("reports.send", retries=3, label=_("Sending weekly reports"))
def send_reports(progress: Progress) -> None:
    """Send the reports that are due; one that did not leave on its day leaves on the next day of its week."""
    due = due_on(timezone.localdate(timezone=formats.zone()))
    letters = sending.Letters()
    for number, key in enumerate(due.keys):
        progress.report(number, len(due.keys))
        try:
            sending.send_due(key, due.week, letters)
        except NotFound:
            continue
        except (Exception, PanicException):
            log.exception("Report %s cannot be sent.", key)
    progress.report(len(due.keys), len(due.keys))


@every("03:50")
@job("reports.forget", label=_("Forgetting reports that were removed"))
def forget(progress: Progress) -> None:
    """Forget reports that were removed a while ago, and readers who never answered."""
    progress.report(sending.forget(), None)
