"""Reading what the firm knows of the markets it sells in. The unit of observation is the market."""

from django.db.models import Exists, OuterRef, Q

from tragt.web.accounts.reach import seen_by
from tragt.web.crm.models import Market, MarketProfile
from tragt.web.people.models import Company
from tragt.web.records.kinds import Asked

__all__ = ["deals_of_markets", "profile_of", "profiles"]


def profiles() -> list[MarketProfile]:
    """All markets in their order; one of which nobody has said anything is empty."""
    known = {one.market: one for one in MarketProfile.objects.all()}
    return [known.get(market.value) or MarketProfile(market=market.value) for market in Market]


def profile_of(market: str) -> MarketProfile | None:
    """What is known of a market; None for no market, or one of which nobody has said anything."""
    return MarketProfile.objects.filter(market=market).first() if market else None


def deals_of_markets(asked: Asked) -> Q:
    """The condition that the company of a deal is of one of some markets; one that is not seen is of none."""
    companies = Company.objects.filter(seen_by(asked.user), market__in=asked.values)
    if asked.aside:
        return Q(Exists(companies.filter(pk=OuterRef("company_id"))))
    return Q(company__in=companies.values("pk"))
