"""Reading what the firm knows of the markets it sells in. The unit of observation is the market."""

from tragt.web.crm.models import Market, MarketProfile

__all__ = ["profile_of", "profiles"]


def profiles() -> list[MarketProfile]:
    """All markets in their order; one of which nobody has said anything is empty."""
    known = {one.market: one for one in MarketProfile.objects.all()}
    return [known.get(market.value) or MarketProfile(market=market.value) for market in Market]


def profile_of(market: str) -> MarketProfile | None:
    """What is known of a market; None for no market, or one of which nobody has said anything."""
    return MarketProfile.objects.filter(market=market).first() if market else None
