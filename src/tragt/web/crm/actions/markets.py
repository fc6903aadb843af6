"""Saying how customers of a market buy."""

from collections.abc import Mapping

from tragt.errors import InvalidDefinition
from tragt.web.crm.models import Market, MarketProfile
from tragt.web.shell.acting import Who, acting

__all__ = ["FIELDS", "describe_market"]

FIELDS = (
    "organisation", "deciders", "procurement", "cycle_days", "deal_size", "sensitivity", "approach", "touch",
)  # fmt: skip
"""What can be said of a market."""


def describe_market(market: str, told: Mapping[str, object], *, who: Who) -> MarketProfile:
    """Say what is known of a market.

    Args:
        market: A `Market`.
        told: Any of `FIELDS`; the deal size in minor units of the organisation's currency.
        who: Who says so.

    Raises:
        InvalidDefinition: There is no such market.
    """
    if market not in Market.values:
        raise InvalidDefinition(
            "crm.no_market", f"There is no market '{market}'; there are {', '.join(Market.values)}.", field="market"
        )
    with acting(who, "pipelines.edit", f"market {market}", act="market", fields=sorted(told)):
        row, _new = MarketProfile.objects.get_or_create(market=market)
        for name in FIELDS:
            setattr(row, name, told.get(name, getattr(row, name)))
        row.save()
    return row
