"""What stands of the market of a company on its page and on the pages of its deals."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string

from tragt.web.accounts.models import User
from tragt.web.crm.models import Market
from tragt.web.crm.queries.markets import profile_of
from tragt.web.people.panels import Panel, Place
from tragt.web.records.kinds import kind_of
from tragt.web.shell.organisation import current

__all__ = ["market_panel"]


def market_panel(request: HttpRequest, kind: str, key: int) -> Iterator[Panel]:
    """The market of a company, on its page and on those of its deals; nothing where it has none.

    Args:
        request: Of the user who looks.
        kind: ``person``, ``company`` or ``deal``.
        key: Key of the record.
    """
    user = request.user
    if kind == "person" or not isinstance(user, User) or not user.has_perm("deals.see"):
        return
    of = {"pk": key} if kind == "company" else {"deals": key}
    market = kind_of("company").visible(user).filter(**of).values_list("market", flat=True).first()
    if market:
        yield Panel(Place.ASIDE, render_to_string("crm/_market.html", _inputs(market), request), ("crm/deal.css",))


def _inputs(market: str) -> dict[str, object]:
    return {"market": Market(market).label, "profile": profile_of(market), "currency": current().currency}
