"""By which properties those who enter can be told apart in groups that name nobody. The unit is the property."""

from collections.abc import Sequence

import polars as pl

from tragt.web.funnels.counting.sources import PropertyFound, log_properties, property_values

__all__ = ["NAMING", "groups_offered", "place_among"]

NAMING = ("owner", "sales_agent", "seller", "sales_rep", "agent")
"""Properties whose values are colleagues: who sees their own records alone is not told how others do."""

FEWEST_VALUES, MOST_VALUES = 3, 50
LONGEST_NAME = 200
LONGEST_VALUE = 100

_EACH = 10
"""Values that come up less often than this on average are names of something, not groups."""

_LOOKED_AT = 12
_SHARE_FILLED = 0.2
_TESTS = ("arm", "experiment", "variant", "variation")
_TELL = (
    *("source", "utm_source", "channel", "medium", "utm_medium", "campaign", "utm_campaign", "market", "country"),
    *("region", "industry", "sector", "segment", "product", "plan", "device", "form", "sales_agent", "owner"),
)


def groups_offered(names: Sequence[str]) -> list[PropertyFound]:
    """The properties of some events that tell groups apart without naming anyone, those that tell most first.

    They have three to fifty values, each of which comes up again and again. The arms of an experiment are not among
    them, for these are compared where the experiment is.

    Args:
        names: Of the events by which somebody enters.
    """
    found = [one for one in log_properties(names) if one.kind == "text" and _fits(one.name)]
    likely = sorted(found, key=lambda one: (place_among(one.name, _TELL), -one.count))[:_LOOKED_AT]
    return [one for one in likely if _tells(property_values(names, one.name))]


def place_among(name: str, known: Sequence[str]) -> int:
    """The place of a name among known ones, whatever its capitals; behind the last where it is none of them."""
    folded = name.casefold()
    return known.index(folded) if folded in known else len(known)


def _fits(name: str) -> bool:
    return len(name) <= LONGEST_NAME and not any(word in name.casefold() for word in _TESTS)


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
        and longest <= LONGEST_VALUE
        and not texts.str.contains("@", literal=True).any()
    )
