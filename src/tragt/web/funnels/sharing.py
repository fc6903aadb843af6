"""Links by which people without an account see a funnel, and what they see. The unit is the link."""

from django.db.models import QuerySet
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.tokens import digest
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.models import SavedFunnel, SharedLink
from tragt.web.shell.acting import SYSTEM

__all__ = ["figures_shared", "link_of", "links_of"]


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


def figures_shared(saved: SavedFunnel) -> Figures | None:
    """The figures of a funnel over its own period; None where a job works them out, or there are none.

    Args:
        saved: The funnel.
    """
    answer = Asking(saved.definition, saved.saved_period, saved.name, SYSTEM).at_once()
    return answer if isinstance(answer, Figures) else None
