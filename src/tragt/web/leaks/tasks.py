"""What is done about leaks in the background: each saved funnel is gone through, one after the other."""

import logging

from django.utils.translation import gettext_lazy as _
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.web.funnels.actions.targets import bring_forward
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import saved_funnels
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.leaks import actions, alerting, watching
from tragt.web.leaks.alarms import attention
from tragt.web.leaks.continuing import watched_before
from tragt.web.leaks.models import Judged
from tragt.web.leaks.searching import search, state_of

__all__ = ["look", "tell", "watch"]

log = logging.getLogger(__name__)

UNEXPECTED = TragtError("leaks.unexpected", "The funnel could not be gone through; the log of the program says why.")


@every("04:20")
@job("leaks.look", label=_("Looking for leaks"), upkeep=True)
def look(progress: Progress) -> None:
    """Look for the leaks of every saved funnel whose events or definition have changed since it was gone through."""
    bring_forward()
    funnels = list(saved_funnels().values_list("pk", flat=True))
    for number, key in enumerate(funnels):
        saved = saved_funnels().filter(pk=key).first()  # as it is by now: going through one may take minutes
        if saved is not None:
            progress.report(number, len(funnels), saved.name)
            _look_at(saved)
    progress.report(len(funnels), len(funnels))


def _look_at(saved: SavedFunnel) -> None:
    """Go through one funnel; what is wrong with it stops no other."""
    state = ""
    try:
        state = state_of(saved)
        if Judged.objects.filter(funnel=saved, state=state).exists():
            return
        actions.keep(saved, state, search(saved))
    except TragtError as error:
        actions.keep_mistake(saved, state, error)
    except (Exception, PanicException):
        log.exception("Funnel %s cannot be gone through for leaks.", saved.pk)
        actions.keep_mistake(saved, "", UNEXPECTED)


@every("05:10")
@job("leaks.watch", label=_("Watching for leaks that begin"), upkeep=True)
def watch(progress: Progress) -> None:
    """Look for places of saved funnels that have begun to leak, up to the moment that each one's data reach."""
    funnels = list(saved_funnels().values_list("pk", flat=True))
    for number, key in enumerate(funnels):
        saved = saved_funnels().filter(pk=key).first()
        if saved is not None:
            progress.report(number, len(funnels), saved.name)
            _watch_over(saved, len(funnels))
    progress.report(len(funnels), len(funnels))


@every("07:10")
@job("leaks.tell", label=_("Telling of leaks that began"), upkeep=True)
def tell(progress: Progress) -> None:
    """Write a mail to everyone who wants to know of leaks that began since the last one."""
    progress.report(alerting.tell_all(), None)


def _watch_over(saved: SavedFunnel, funnels: int) -> None:
    """Watch one funnel; what is wrong with it stops no other."""
    try:
        alerting.keep_watched(saved, watching.watch(saved, watched_before(saved), attention(), funnels))
    except TragtError as error:
        alerting.keep_watched_mistake(saved, error)
    except (Exception, PanicException):
        log.exception("Funnel %s cannot be watched for leaks.", saved.pk)
        alerting.keep_watched_mistake(saved, UNEXPECTED)
