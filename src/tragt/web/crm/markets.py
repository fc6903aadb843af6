"""What the firm knows of a market, on the pages of its companies and deals, and as the beginning of new deals."""

from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from tragt.web.accounts.models import User
from tragt.web.crm.forms.amounts import written_amount
from tragt.web.crm.models import Market, MarketProfile
from tragt.web.crm.queries.markets import profile_of
from tragt.web.people.panels import Panel, Place
from tragt.web.records.kinds import kind_of
from tragt.web.shell.formats import zone
from tragt.web.shell.organisation import current

__all__ = ["market_panel", "typical"]


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


def typical(profile: MarketProfile | None) -> dict[str, str]:
    """What a new deal of a market is taken to be until somebody knows better, as the form of a deal takes it.

    Args:
        profile: What is known of the market; None where nothing is.
    """
    found: dict[str, str] = {}
    if profile is not None and profile.deal_size is not None:
        found["value"] = written_amount(profile.deal_size, current().currency)
    if profile is not None and profile.cycle_days is not None:
        today = timezone.now().astimezone(zone()).date()
        found["expected"] = (today + timedelta(days=profile.cycle_days)).isoformat()
    return found


def _inputs(market: str) -> dict[str, object]:
    return {"market": Market(market).label, "profile": profile_of(market), "currency": current().currency}
