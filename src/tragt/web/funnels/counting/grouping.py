"""By which properties those who enter can be told apart in groups that name nobody. The unit is the property."""

import re
import unicodedata
from collections.abc import Sequence

import polars as pl

from tragt.web.funnels.counting.sources import PropertyFound, log_properties, property_values

__all__ = ["groups_offered", "names_colleagues", "place_among"]

FEWEST_VALUES, MOST_VALUES = 3, 50
LONGEST_NAME = 200
LONGEST_VALUE = 100

_EACH = 10
"""Values that come up less often than this on average are names of something, not groups."""

_WORDS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zæøåäöé])(?=[A-ZÆØÅÄÖ])|(?<=[A-ZÆØÅÄÖ])(?=[A-ZÆØÅÄÖ][a-zæøåäö])")
_ROOTS = (
    *("owner", "seller", "salesperson", "salesman", "salesrep", "salesagent", "manager", "employee", "colleague"),
    *("assignee", "assigned", "responsib", "representative", "consultant", "advisor", "adviser"),
    *("sælger", "saelger", "selger", "säljare", "saljare", "ansvarlig", "ansvarig", "repræsentant", "representant"),
    *("konsulent", "rådgiver", "rådgivare", "medarbejder", "medarbeider", "medarbetare"),
    *("ägare", "handläggare", "kollega"),
)
_WHOLE = frozenset(
    {
        *("rep", "reps", "agent", "agents", "agenten", "agenter", "staff", "sdr", "bdr", "csm", "kam", "executive"),
        *("setter", "closer", "ejer", "ejeren", "eier", "eieren", "agare", "leder", "lederen", "konsult", "konsulten"),
    }
)
_DONE = frozenset({"sold", "handled", "booked", "created", "closed", "called", "owned", "served"})
_OTHERS = frozenset({"reseller", "resellers", "bestseller", "bestsellers", "homeowner", "homeowners"})

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


def names_colleagues(name: str) -> bool:
    """Whether the values of a property are likely to be colleagues, by a word of its name.

    Whoever sees their own records alone is not told how others do, nor is anybody outside. A name that only sounds so
    hides a comparison; one that is missed tells it to those whom it does not concern. So it rather says yes.

    Args:
        name: Of a property, in whatever way its words are joined: ``deal_owner``, ``accountManager``, ``Sælger``.
    """
    parts = _WORDS.findall(unicodedata.normalize("NFC", name))
    words = [word.casefold() for part in parts for word in _HUMP.split(part)]
    said = any(map(_is_colleague, [*words, *map(str.casefold, parts)]))
    return said or (words[-1:] == ["by"] and not _DONE.isdisjoint(words))


def _is_colleague(word: str) -> bool:
    return word in _WHOLE or (word not in _OTHERS and any(root in word for root in _ROOTS))


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
