"""By what leaks of a funnel are looked for, and in what money they are told, where nobody has chosen it.

The unit of observation is the property of an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tragt.funnel import Funnel, Value
from tragt.web.funnels.counting.grouping import groups_offered, place_among
from tragt.web.funnels.counting.sources import PropertyFound, log_properties, property_values
from tragt.web.leaks.models import CURRENCY_LENGTH, NAME_LENGTH
from tragt.web.money.queries import rates_into
from tragt.web.shell import organisation

__all__ = ["Money", "money_of", "money_offered", "telling", "telling_offered"]

MOST = 3

_MONEY = ("value", "amount", "revenue", "total", "price", "close_value", "deal_value", "order_value", "mrr", "arr")
_CURRENCIES = ("currency", "currency_code")


@dataclass(frozen=True, slots=True)
class Money:
    """What says what reaching the end is worth.

    Attributes:
        value: The property and its currency; None where there is none.
        lacking: Currencies of amounts that there is no rate for, which count as nothing.
    """

    value: Value | None
    lacking: tuple[str, ...] = ()


def telling(funnel: Funnel) -> list[str]:
    """The properties of the entry by which leaks are looked for where nobody chose any.

    They tell groups apart without naming anyone: three to fifty values, each of which comes up again and again. The
    arms of an experiment are no leaks, and with two values there are no peers to compare with.

    Args:
        funnel: The definition with all spellings.
    """
    return [one.name for one in telling_offered(funnel)[:MOST]]


def telling_offered(funnel: Funnel) -> list[PropertyFound]:
    """The properties of the entry by which leaks can be looked for, those that tell most first."""
    return groups_offered(funnel.steps[funnel.required[0]].names)


def money_offered(funnel: Funnel) -> list[str]:
    """The properties of the last step that may be money, the likeliest first."""
    found = [one for one in log_properties(_last(funnel)) if one.kind == "number" and len(one.name) <= NAME_LENGTH]
    return [one.name for one in sorted(found, key=lambda one: (place_among(one.name, _MONEY), -one.count))]


def money_of(funnel: Funnel, chosen: str = "") -> Money:
    """The money of a funnel: what somebody chose, else a property of the last step that is called as money is.

    Amounts are told in the organisation's currency, by the rates of their days. Where all are in one other currency
    and there are no rates for it, they are told in that one.

    Args:
        funnel: The definition with all spellings.
        chosen: The property that somebody chose; empty where nobody did.
    """
    likely = [one for one in money_offered(funnel) if place_among(one, _MONEY) < len(_MONEY)]
    amount = chosen or next(iter(likely), "")
    if not amount:
        return Money(None)
    names = _last(funnel)
    there = {one.name for one in log_properties(names) if one.kind == "text"}
    currency = next((one for one in _CURRENCIES if one in there), None)
    if currency is None:
        return Money(Value(amount))
    into = organisation.current().currency
    rates = rates_into(into)
    used = property_values(names, currency)[f"properties.{currency}"].drop_nulls().cast(pl.String).to_list()
    lacking = tuple(sorted({*used} - {into, *rates["currency"].unique()}))
    if len(used) == 1 and lacking and len(used[0]) <= CURRENCY_LENGTH:
        return Money(Value(amount, currency=currency, into=used[0]))
    return Money(Value(amount, currency=currency, into=into, rates=rates), lacking)


def _last(funnel: Funnel) -> Sequence[str]:
    return funnel.steps[funnel.required[-1]].names
