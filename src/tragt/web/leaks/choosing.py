"""By what leaks of a funnel are looked for, and in what money they are told, where nobody has chosen it.

The unit of observation is the property of an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tragt.funnel import Funnel, Value
from tragt.web.funnels.sources import PropertyFound, log_properties, property_values
from tragt.web.leaks.models import CURRENCY_LENGTH, NAME_LENGTH, VALUE_LENGTH
from tragt.web.money.queries import rates_into
from tragt.web.shell import organisation

__all__ = ["Money", "money_of", "money_offered", "telling", "telling_offered"]

MOST = 3
FEWEST_VALUES, MOST_VALUES = 3, 50
_EACH = 10
"""Values that come up less often than this on average are names of something, not groups."""

_LOOKED_AT = 12
_SHARE_FILLED = 0.2
_TESTS = ("arm", "experiment", "variant", "variation")
_TELL = (
    *("source", "utm_source", "channel", "medium", "utm_medium", "campaign", "utm_campaign", "market", "country"),
    *("region", "industry", "sector", "segment", "product", "plan", "device", "form", "sales_agent", "owner"),
)
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
    names = funnel.steps[funnel.required[0]].names
    found = [one for one in log_properties(names) if one.kind == "text" and _fits(one.name)]
    likely = sorted(found, key=lambda one: (_place(one.name, _TELL), -one.count))[:_LOOKED_AT]
    return [one for one in likely if _tells(property_values(names, one.name))]


def money_offered(funnel: Funnel) -> list[str]:
    """The properties of the last step that may be money, the likeliest first."""
    found = [one for one in log_properties(_last(funnel)) if one.kind == "number" and len(one.name) <= NAME_LENGTH]
    return [one.name for one in sorted(found, key=lambda one: (_place(one.name, _MONEY), -one.count))]


def money_of(funnel: Funnel, chosen: str = "") -> Money:
    """The money of a funnel: what somebody chose, else a property of the last step that is called as money is.

    Amounts are told in the organisation's currency, by the rates of their days. Where all are in one other currency
    and there are no rates for it, they are told in that one.

    Args:
        funnel: The definition with all spellings.
        chosen: The property that somebody chose; empty where nobody did.
    """
    likely = [one for one in money_offered(funnel) if _place(one, _MONEY) < len(_MONEY)]
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


def _place(name: str, known: Sequence[str]) -> int:
    folded = name.casefold()
    return known.index(folded) if folded in known else len(known)


def _fits(name: str) -> bool:
    return len(name) <= NAME_LENGTH and not any(word in name.casefold() for word in _TESTS)


def _tells(values: pl.DataFrame) -> bool:
    """Whether values divide events into groups."""
    column = values.columns[0]
    given = values.drop_nulls(column)
    if not FEWEST_VALUES <= given.height <= MOST_VALUES:
        return False
    events, texts = int(given["count"].sum()), given[column].cast(pl.String)
    longest = texts.str.len_chars().max()
    return (
        events >= _EACH * given.height
        and events >= _SHARE_FILLED * int(values["count"].sum())
        and isinstance(longest, int)
        and longest <= VALUE_LENGTH
        and not texts.str.contains("@", literal=True).any()
    )
