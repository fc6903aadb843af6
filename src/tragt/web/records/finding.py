"""Records of all kinds by a text: for the command palette."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tragt.web.accounts.models import User
from tragt.web.records.listing import TEXT
from tragt.web.records.queries.names import beside, leave_out_unseen
from tragt.web.records.queries.search import Found, found
from tragt.web.shell.rooms import Hit

__all__ = ["find_records"]

MOST = 12


def find_records(request: HttpRequest, text: str) -> Iterable[Hit]:
    """The records that a text finds, of those that the user may see.

    Args:
        request: Who asks.
        text: What was typed.
    """
    if not isinstance(request.user, User):
        return []
    hits = found(text, request.user, MOST)
    leave_out_unseen((named for one in hits for named in beside(one.kind, [one.record])), request.user)
    return [*map(_hit, hits), *([_all(text)] if hits else [])]


def _all(text: str) -> Hit:
    """The page of all that a text finds: it stands last, however much was found."""
    address = f"{reverse('search_results')}?{urlencode({TEXT: text})}"
    return Hit(_("All results for “%(text)s”") % {"text": text}, address, _("Search"), "search", last=True)


def _hit(one: Found) -> Hit:
    label, hint = one.kind.label(one.record), one.kind.hint(one.record)
    title = f"{label} · {hint}" if hint and hint != label else label
    return Hit(title, one.kind.url(one.record.pk), one.kind.one, one.kind.icon)
