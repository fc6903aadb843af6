"""Records of all kinds by a text: for the command palette."""

from collections.abc import Iterable

from django.http import HttpRequest

from tragt.web.accounts.models import User
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
    return [_hit(one) for one in hits]


def _hit(one: Found) -> Hit:
    label, hint = one.kind.label(one.record), one.kind.hint(one.record)
    title = f"{label} · {hint}" if hint and hint != label else label
    return Hit(title, one.kind.url(one.record.pk), one.kind.one, one.kind.icon)
