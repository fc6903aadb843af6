"""Which unit each event of the lake belongs to, said in tables that can be compared: the unit of observation.

An event asks the sources that its kind of unit knows, one after another; the first that gives a unit decides:

* person: its actor, who is the person of the span in which the time lies, else itself; without an actor, its deal.
* company: the company it names, the company of its deal, the company of its actor at that time.
* deal: the deal it names, else the deals its actor is a contact of at that time.
* session: the session it names, else its person; cut where 30 minutes pass without an event of it.

What this does not know: how the tables come about (`tragt.lake.index.assigning`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

__all__ = ["DEAL_SPANS", "SPANS", "STRUCK", "TABLES", "Assignment", "Change", "Kind", "changed"]

_TIME = pl.Datetime("us", "UTC")
SPANS = pl.Schema({"actor": pl.String(), "start": _TIME, "end": _TIME, "unit": pl.String()})
DEAL_SPANS = pl.Schema({"deal": pl.String(), "start": _TIME, "end": _TIME, "unit": pl.String()})
STRUCK = pl.Schema({"actor": pl.String(), "start": _TIME, "end": _TIME})
TABLES = ("spans", "of_deals", "struck", "people")


class Kind(StrEnum):
    """What is counted."""

    PERSON = "person"
    COMPANY = "company"
    DEAL = "deal"
    SESSION = "session"

    @property
    def own(self) -> str | None:
        """The column of the log that names the unit; None where none does."""
        return None if self is Kind.PERSON else str(self)

    @property
    def itself(self) -> bool:
        """Whether an actor without spans is a unit of its own."""
        return self in (Kind.PERSON, Kind.SESSION)

    @property
    def deal_first(self) -> bool:
        """Whether an event's deal is asked before its actor."""
        return self is Kind.COMPANY


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Which unit each event belongs to, and which events count.

    Attributes:
        kind: What is counted.
        spans: ``actor``, ``start`` (inclusive) and ``end`` (exclusive; null means without bound) and ``unit``. Spans
            of one actor and unit do not overlap; those of different units may. An actor that is absent is a unit of
            its own (persons, sessions) or belongs to none (companies, deals).
        of_deals: ``deal``, ``start``, ``end`` and ``unit``, alike.
        hidden: Batches that no figure shows.
        struck: ``actor``, ``start`` and ``end``: events that no figure shows.
        people: Who each actor is and when, as spans; for what a person does without a session's id.
        spelled: How a company is called that an event names; a pure function that never changes.
    """

    kind: Kind
    spans: pl.DataFrame = field(default_factory=SPANS.to_frame)
    of_deals: pl.DataFrame = field(default_factory=DEAL_SPANS.to_frame)
    hidden: frozenset[str] = frozenset()
    struck: pl.DataFrame = field(default_factory=STRUCK.to_frame)
    people: pl.DataFrame = field(default_factory=SPANS.to_frame)
    spelled: Callable[[pl.Series], pl.Series] | None = None

    @property
    def of_sessions(self) -> "Assignment":
        """To which session events belong, cut nowhere."""
        return Assignment(Kind.SESSION, self.people, hidden=self.hidden, struck=self.struck)


@dataclass(frozen=True, slots=True)
class Change:
    """What two assignments tell apart.

    Attributes:
        actors: Actors whose spans differ, or who were struck or no longer are (String).
        deals: Deals whose spans differ (String).
        batches: Batches that are hidden in one of them.
    """

    actors: pl.Series
    deals: pl.Series
    batches: frozenset[str]

    def __bool__(self) -> bool:
        return bool(len(self.actors) or len(self.deals) or self.batches)


def changed(old: Assignment, new: Assignment) -> Change:
    """Where two assignments of one kind differ.

    Args:
        old: The one.
        new: The other.
    """
    tables = [(old.spans, new.spans), (old.people, new.people), (old.struck, new.struck)]
    actors = [_differing(before, after, "actor") for before, after in tables]
    return Change(
        pl.concat(actors).unique().sort(),
        _differing(old.of_deals, new.of_deals, "deal").unique().sort(),
        old.hidden ^ new.hidden,
    )


def _differing(old: pl.DataFrame, new: pl.DataFrame, column: str) -> pl.Series:
    if old is new or old.equals(new):
        return pl.Series(column, dtype=pl.String)
    both = old.columns
    return pl.concat(
        [
            old.join(new.select(both), on=both, how="anti", nulls_equal=True)[column],
            new.select(both).join(old, on=both, how="anti", nulls_equal=True)[column],
        ]
    )
