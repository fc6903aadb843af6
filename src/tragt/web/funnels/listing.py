"""Those who stand at a step, with what is known of them: for the page, and as the rows of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from tragt.funnel.definition import Unit
from tragt.web.funnels.counting.sources import names_of
from tragt.web.funnels.counting.traits import Traits
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.people.queries import Named
from tragt.web.shell import formats, organisation

__all__ = ["HEADS", "OF_ONE", "Fact", "Listing", "Standing"]

_TOGETHER = 5_000
_DECIMALS = 2

OF_ONE: dict[str, Promise] = {
    "passed": pgettext_lazy("of one person or deal", "Passed"),
    "lost": pgettext_lazy("of one person or deal", "Lost"),
    "excluded": pgettext_lazy("of one person or deal", "Excluded"),
    "expired": pgettext_lazy("of one person or deal", "Expired"),
    "open": pgettext_lazy("of one person or deal", "Open"),
}
HEADS: dict[str, Promise] = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "company": gettext_lazy("Company"),
    "entered_step": gettext_lazy("Reached the step"),
    "entered_funnel": gettext_lazy("Entered the funnel"),
    "outcome": gettext_lazy("Since then"),
}
_BESIDE = {"person": Unit.PERSON, "company": Unit.COMPANY}
_WITH_PAGES = (Unit.PERSON, Unit.COMPANY, Unit.DEAL)
_BESIDE_HEADS = {"person": gettext_lazy("Person"), "company": gettext_lazy("Company")}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of somebody.

    Attributes:
        head: What.
        value: As the log has it; None where it is not known.
        kind: As `Trait.kind` has it.
        url: Where more is told of it; empty where nothing is.
    """

    head: str
    value: object
    kind: str
    url: str = ""

    @property
    def text(self) -> str:
        """The value as a page shows it."""
        return _written(self.value)

    @property
    def is_number(self) -> bool:
        """Whether it stands to the right of its column."""
        return self.kind == "number"


def _written(value: object) -> str:
    match value:
        case None:
            return formats.ABSENT
        case bool():
            return gettext("yes") if value else gettext("no")
        case int():
            return formats.number(value)
        case float():
            return formats.number(value, 0 if value.is_integer() else _DECIMALS)
        case datetime():
            return formats.moment(value)
        case date():
            return formats.day(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Standing:
    """One who stands at a step.

    Attributes:
        named: Who, as the page calls them.
        reached: When they reached the step; None for an optional one.
        started: When they entered the funnel.
        outcome: What became of them there.
        unit: What they are.
        facts: What else is known of them.
    """

    named: Named
    reached: datetime | None
    started: datetime
    outcome: str
    unit: Unit = Unit.PERSON
    facts: tuple[Fact, ...] = ()

    @property
    def url(self) -> str:
        """The page of its record; empty where there is none."""
        return _page(self.unit, self.named.key)

    @property
    def company_url(self) -> str:
        """The page of the company beside a person; empty where there is none."""
        return _page(Unit.COMPANY, self.named.company_key)

    @property
    def outcome_words(self) -> Promise:
        """What became of them there, in words."""
        return OF_ONE[self.outcome]


class Listing(Sequence[Standing]):
    """Those of a frame, named and described only as far as they are looked at.

    Args:
        frame: As `Members.at` gives it.
        unit: What they are.
        traits: What is known of such units.
        names: What people call properties.
    """

    def __init__(self, frame: pl.DataFrame, unit: Unit, traits: Traits, names: Lexicon) -> None:
        self.frame = frame
        self.unit = unit
        self.traits = traits.traits
        self._known = traits
        self._names = names

    def __len__(self) -> int:
        return self.frame.height

    def __getitem__(self, place: object) -> "Sequence[Standing]":  # type: ignore[override]
        if not isinstance(place, slice):
            raise TypeError
        rows = self.frame[place]
        units = rows["unit"].to_list()
        facts = self._facts(units)
        return [
            Standing(named, reached, started, outcome, self.unit, facts[number])
            for number, (named, (started, reached, outcome)) in enumerate(
                zip(names_of(self.unit, units), rows.select("started", "reached", "outcome").iter_rows(), strict=True)
            )
        ]

    @property
    def heads(self) -> list[str]:
        """What is known, as heads of columns."""
        called = self._names.property_as
        return [str(_BESIDE_HEADS[one.kind]) if one.kind in _BESIDE else called(one.name) for one in self.traits]

    @cached_property
    def are_days(self) -> bool:
        """Whether all of the times are known by their day alone, and stand at its start."""
        zone = organisation.current().time_zone
        at = pl.col("started", "reached").dt.convert_time_zone(zone).dt.time()
        return bool(self.frame.select(pl.all_horizontal((at == time(0)).all())).item())

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Everything as rows of a file, the heads first.

        Yields:
            Unit, name, e-mail, company, when they reached the step and the funnel (a date, or a moment in the
            organisation's zone), outcome; then what is known of them.
        """
        yield (str(self.unit), *HEADS, *(one.name for one in self.traits))
        zone = ZoneInfo(organisation.current().time_zone)

        def at(moment: datetime | None) -> date | None:
            return None if moment is None else moment.astimezone(zone).date() if self.are_days else local(moment)

        def local(value: object) -> Any:
            return value.astimezone(zone) if isinstance(value, datetime) else value

        for begin in range(0, len(self), _TOGETHER):
            for one in self[begin : begin + _TOGETHER]:
                named = one.named
                yield (
                    *(named.id, named.label, named.email, named.company),
                    *(at(one.reached), at(one.started), one.outcome),
                    *(local(fact.value) for fact in one.facts),
                )

    def _facts(self, units: Sequence[str]) -> list[tuple[Fact, ...]]:
        columns: list[list[object]] = [list(column) for column in zip(*self._known.of(units), strict=True)]
        made = [self._column(place, column) for place, column in enumerate(columns)]
        return list(zip(*made, strict=True)) if made else [()] * len(units)

    def _column(self, place: int, values: Sequence[object]) -> list[Fact]:
        """The facts of one trait; units beside by what they are called."""
        head, kind = self.heads[place], self.traits[place].kind
        beside = _BESIDE.get(kind)
        if beside is None:
            return [Fact(head, value, kind) for value in values]
        known = _called(beside, values)
        return [
            Fact(head, None, kind)
            if value is None
            else Fact(head, known[str(value)].label, kind, _page(beside, known[str(value)].key))
            for value in values
        ]


def _called(unit: Unit, keys: Sequence[object]) -> dict[str, Named]:
    """What units beside are called, by their keys."""
    there = [str(key) for key in dict.fromkeys(keys) if key is not None]
    return {named.id: named for named in names_of(unit, there)} if there else {}


def _page(unit: Unit, key: int | None) -> str:
    """The page of a record; empty where there is none."""
    return reverse(str(unit), args=[key]) if key is not None and unit in _WITH_PAGES else ""
