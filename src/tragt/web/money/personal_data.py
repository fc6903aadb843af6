"""Rates tell of nobody."""

from tragt.web.shell.personal import Store

__all__ = ["STORES"]

STORES: tuple[Store, ...] = (Store("tragt_money.DayRates", other=frozenset({"day", "per_euro", "changed"})),)
