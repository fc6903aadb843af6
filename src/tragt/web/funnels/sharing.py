"""Links by which people without an account see a funnel, and what they see. The unit is the link."""

from dataclasses import replace

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.tokens import digest
from tragt.web.funnels.blanking import blanked, names_somebody
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.failing import failed
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.funnels.showing.mistakes import Mistake, unexpected
from tragt.web.jobs.models import Job
from tragt.web.shell.acting import SYSTEM

__all__ = ["address_of", "blanked", "figures_shared", "link_of", "links_of", "names_somebody"]


def address_of(token: str) -> str:
    """Where a link leads, as people outside reach it.

    Args:
        token: The secret part.
    """
    return settings.TRAGT.public_address.rstrip("/") + reverse("funnel_shared", args=[token])


def links_of(saved: SavedFunnel) -> QuerySet[SharedLink]:
    """The links to a funnel, the newest first, also those that are good no longer.

    Args:
        saved: The funnel.
    """
    return saved.links.select_related("by").order_by("-pk")


def link_of(token: str) -> SharedLink:
    """The link with a secret part, with its funnel.

    Args:
        token: The secret part.

    Raises:
        NotFound: There is none that is good, or its funnel is deleted.
    """
    good = SharedLink.objects.filter(revoked=None, expires__gt=timezone.now(), funnel__deleted=None)
    found = good.select_related("funnel").filter(digest=digest(token)).first()
    if found is None:
        raise NotFound("funnels.no_link", "There is no such link. It may have expired, or have been taken back.")
    return found


def figures_shared(saved: SavedFunnel) -> Figures | Mistake | None:
    """The figures of a funnel over its own period, with nobody named; or why there are none.

    None where a job works them out. Counts of some of those who count are none for whoever cannot see all.

    Args:
        saved: The funnel.
    """
    answer = Asking(saved.definition, saved.saved_period, saved.name, SYSTEM).at_once()
    match answer:
        case Figures():
            return None if answer.one_in > 1 else _discreet(answer)
        case Job():
            return unexpected() if failed(answer) else None
    return answer


def _discreet(figures: Figures) -> Figures:
    report = figures.report
    return replace(figures, report=replace(report, funnel=blanked(report.funnel)))
