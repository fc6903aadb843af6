"""Which events the page shows, and in which order: the choices of its reader, as its address has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.lexicon.queries import Listed
from tragt.web.shell.palette import plain

__all__ = ["Choice", "Column", "Filter", "Head", "Tab"]


class Filter(StrEnum):
    """Which events are shown."""

    ALL = "all"
    NEW = "new"
    VANISHED = "vanished"
    UNDESCRIBED = "undescribed"
    HIDDEN = "hidden"

    @property
    def label(self) -> Promise:
        """What the page calls it."""
        return _LABELS[self]

    def takes(self, one: Listed) -> bool:
        """Whether it shows an event."""
        return _TAKES[self](one)


_LABELS: dict[Filter, Promise] = {
    Filter.ALL: pgettext_lazy("events", "All"),
    Filter.NEW: pgettext_lazy("events", "New"),
    Filter.VANISHED: pgettext_lazy("events", "Vanished"),
    Filter.UNDESCRIBED: pgettext_lazy("events", "Without a description"),
    Filter.HIDDEN: pgettext_lazy("events", "Hidden"),
}
_TAKES: dict[Filter, Callable[[Listed], bool]] = {
    Filter.ALL: lambda one: not one.hidden,
    Filter.NEW: lambda one: one.new,
    Filter.VANISHED: lambda one: one.vanished is not None,
    Filter.UNDESCRIBED: lambda one: not one.description and not one.hidden,
    Filter.HIDDEN: lambda one: one.hidden,
}


class Column(StrEnum):
    """What the list can be ordered by."""

    NAME = "name"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"
    FIRST = "first"
    LAST = "last"

    @property
    def label(self) -> Promise:
        """What stands above it."""
        return _HEADS[self]

    def of(self, one: Listed) -> Any:
        """What an event is ordered by."""
        return one.called.casefold() if self is Column.NAME else getattr(one.counted, self)


_HEADS: dict[Column, Promise] = {
    Column.NAME: _("Event"),
    Column.WEEK: _("7 days"),
    Column.MONTH: _("30 days"),
    Column.TOTAL: _("Total"),
    Column.FIRST: _("First seen"),
    Column.LAST: _("Last seen"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A filter, and how many events it shows."""

    filter: Filter
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column that the list can be ordered by.

    Attributes:
        column: Which.
        sorted: ``ascending`` or ``descending`` where it is ordered by this one, else empty.
        next: What a press on it asks for.
    """

    column: Column
    sorted: str
    next: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader asked for.

    Attributes:
        filter: Which events.
        text: What must stand in their names or descriptions; empty is anything.
        column: What they are ordered by.
        falling: Whether the largest comes first.
    """

    filter: Filter = Filter.ALL
    text: str = ""
    column: Column = Column.TOTAL
    falling: bool = True

    @classmethod
    def of(cls, given: QueryDict) -> "Choice":
        """The choice of an address; what cannot be understood is as if it were not there."""
        wanted, order = given.get("show", ""), given.get("order", "")
        falling, name = order.startswith("-"), order.removeprefix("-")
        known = name in list(Column)
        return cls(
            Filter(wanted) if wanted in list(Filter) else Filter.ALL,
            plain(given.get("text", "")),
            Column(name) if known else Column.TOTAL,
            falling or not known,
        )

    def shown(self, events: Sequence[Listed]) -> list[Listed]:
        """Those of some events that are shown, in their order; equals by name."""
        found = [one for one in events if self.filter.takes(one) and (not self.text or one.holds(self.text))]
        found.sort(key=lambda one: one.name)
        return sorted(found, key=self.column.of, reverse=self.falling)

    def tabs(self, events: Sequence[Listed]) -> list[Tab]:
        """The filters; those that show nothing are left out, but for all and the chosen one."""
        counts = {one: sum(map(one.takes, events)) for one in Filter}
        shown = (one for one in Filter if counts[one] or one in (Filter.ALL, self.filter))
        return [Tab(one, counts[one], one is self.filter) for one in shown]

    @property
    def heads(self) -> dict[str, Head]:
        """The columns, by what they are ordered by."""
        return {str(one): self._head(one) for one in Column}

    def _head(self, column: Column) -> Head:
        if column is self.column:
            return Head(column, "descending" if self.falling else "ascending", column if self.falling else f"-{column}")
        return Head(column, "", column if column is Column.NAME else f"-{column}")
