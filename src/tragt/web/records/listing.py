"""What somebody asks of a list: filters, an order, columns, and the place to go on from. The unit is the address.

Whatever an address asks that cannot be is left out, and a sentence says what was given and what is allowed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tragt.web.records.kinds import Column, ColumnType, Kind, Text
from tragt.web.shell import formats

__all__ = [
    "ANYWHERE",
    "LEAST_CONTAINED",
    "LONGEST_TEXT",
    "ME",
    "OPERATORS",
    "TEXT",
    "WORDS",
    "Filter",
    "Listing",
    "Operator",
    "operators",
    "read",
]

LEAST_CONTAINED = 3
"""A text that others are to contain has at least so many letters: the index is of letters in threes."""

TEXT = "q"
"""What an address calls the text that is looked for in all that is searched of a record."""

LONGEST_TEXT = 100

ANYWHERE = Column(TEXT, gettext_lazy("Search"), searched=True, shown=False)
"""Stands in a filter for every column that is searched; no list shows it."""

ME = "me"
_LONGEST = 200
_MOST = 50
_LARGEST = Decimal(10) ** 15


class Operator(StrEnum):
    """How a filter compares."""

    CONTAINS = "contains"
    STARTS = "starts"
    IS = "is"
    FROM = "from"
    TO = "to"
    ANY = "any"
    EMPTY = "empty"


WORDS: Mapping[Operator, Text] = {
    Operator.CONTAINS: pgettext_lazy("filter", "contains"),
    Operator.STARTS: pgettext_lazy("filter", "starts with"),
    Operator.IS: pgettext_lazy("filter", "is"),
    Operator.FROM: pgettext_lazy("filter", "from"),
    Operator.TO: pgettext_lazy("filter", "to"),
    Operator.ANY: pgettext_lazy("filter", "is one of"),
    Operator.EMPTY: pgettext_lazy("filter", "is empty"),
}

_RANGE = (Operator.FROM, Operator.TO, Operator.EMPTY)
OPERATORS: Mapping[ColumnType, tuple[Operator, ...]] = {
    ColumnType.TEXT: (Operator.CONTAINS, Operator.STARTS, Operator.IS, Operator.EMPTY),
    ColumnType.LINK: (Operator.STARTS, Operator.IS, Operator.EMPTY),
    ColumnType.NUMBER: _RANGE,
    ColumnType.MONEY: _RANGE,
    ColumnType.DATE: _RANGE,
    ColumnType.MOMENT: _RANGE,
    ColumnType.CHOICE: (Operator.ANY, Operator.EMPTY),
    ColumnType.BOOLEAN: (Operator.IS, Operator.EMPTY),
    ColumnType.USER: (Operator.ANY, Operator.EMPTY),
    ColumnType.TAGS: (Operator.ANY, Operator.EMPTY),
    ColumnType.RECORD: (Operator.CONTAINS, Operator.STARTS, Operator.IS, Operator.EMPTY),
}

_YES_NO = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}


class _Wrong(Exception):
    """What is wrong with a value, as a sentence."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column.

    Attributes:
        column: The column.
        operator: How it is compared.
        values: With what, typed: text, number, day, key. Of `EMPTY`, whether it is to be empty.
        given: What the address said.
    """

    column: Column
    operator: Operator
    values: tuple[object, ...]
    given: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name in an address."""
        return TEXT if self.column is ANYWHERE else f"{self.column.code}.{self.operator}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked of a list.

    Attributes:
        kind: Of which records.
        columns: All that it may show, in their order.
        shown: Those that it shows; the first column is always among them.
        filters: Conditions, all of which hold.
        sort: By what it is sorted.
        descending: Whether from the end.
        after: Key of the record that the page comes after; None where it does not.
        before: Key of the record that the page comes before; None where it does not.
        wrong: What was left out, and why.
    """

    kind: Kind
    columns: tuple[Column, ...]
    shown: tuple[Column, ...]
    filters: tuple[Filter, ...]
    sort: Column
    descending: bool
    after: int | None = None
    before: int | None = None
    wrong: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is looked for; empty where none is."""
        return next((one.given[0] for one in self.filters if one.column is ANYWHERE), "")

    @property
    def order(self) -> str:
        """The order as an address says it."""
        return f"{'-' if self.descending else ''}{self.sort.code}"

    def left_out(self, asked: QueryDict) -> bool:
        """Whether anything that an address asked is not asked here, so that there may be more records than it meant."""
        known = {one.name for one in self.filters}
        return bool(self.wrong) or any("." in name and name not in known for name in asked)

    def query(self, *, without: str = "", **changed: str) -> str:
        """The query of an address that asks the same, from the first page.

        Args:
            without: Name of a filter that is left out.
            **changed: What it asks besides or otherwise.
        """
        asked = {one.name: one.given for one in self.filters if one.name != without}
        if self.order != self.kind.sort:
            asked["sort"] = (self.order,)
        asked |= {name: (value,) for name, value in changed.items()}
        return urlencode([(name, value) for name, given in asked.items() for value in given])


def operators(column: Column) -> tuple[Operator, ...]:
    """How a column may be filtered."""
    if not column.filters:
        return ()
    found = OPERATORS[column.type]
    if column.type == ColumnType.TEXT and not column.searched:
        found = tuple(one for one in found if one != Operator.CONTAINS)
    return tuple(one for one in found if one != Operator.EMPTY) if column.always else found


def read(kind: Kind, columns: Sequence[Column], asked: QueryDict, chosen: Sequence[str] = ()) -> Listing:
    """What an address asks.

    Args:
        kind: Of which records.
        columns: All that a list of them may show.
        asked: The query of the address; names that mean nothing here are passed over.
        chosen: Codes of the columns that somebody chose to see; empty means those that are shown unless chosen.
    """
    by_code = {column.code: column for column in columns}
    wrong: list[str] = []
    sort, descending = _order(kind, by_code, asked.get("sort", ""), wrong)
    usual = [column for column in columns if column.shown and not column.bare]
    seen = [by_code[code] for code in chosen if code in by_code and not by_code[code].bare] or usual
    first = columns[0]
    return Listing(
        kind=kind,
        columns=tuple(columns),
        shown=(first, *(column for column in seen if column is not first)),
        filters=(*_anywhere(asked.get(TEXT, "")), *_filters(by_code, asked, wrong)),
        sort=sort,
        descending=descending,
        after=_key(asked.get("after")),
        before=_key(asked.get("before")),
        wrong=tuple(wrong),
    )


def _order(kind: Kind, columns: Mapping[str, Column], asked: str, wrong: list[str]) -> tuple[Column, bool]:
    usual = kind.sort
    column = columns.get((asked or usual).removeprefix("-"))
    if column is None or not column.sorts:
        wrong.append(
            _("The list cannot be sorted by “%(given)s”. It is sorted as usual.") % {"given": asked[:_LONGEST]}
        )
        asked, column = usual, columns[usual.removeprefix("-")]
    return column, (asked or usual).startswith("-")


def _anywhere(typed: str) -> Iterator[Filter]:
    """What somebody looks for in all that is searched of a record: all of its words, in any order.

    Of words of three letters and more the index knows the records that hold them; shorter ones are looked for in those.
    Where all are short the records are those in which a column begins with the text.
    """
    text = " ".join(typed.replace("\0", " ").split())[:LONGEST_TEXT].strip()
    words = text.lower().split()
    long = tuple(word for word in words if len(word) >= LEAST_CONTAINED)
    short = tuple(word for word in words if len(word) < LEAST_CONTAINED)
    if long:
        yield Filter(ANYWHERE, Operator.CONTAINS, long, (text,))
    if short:
        yield Filter(ANYWHERE, Operator.IS if long else Operator.STARTS, short if long else (text.lower(),), (text,))


def _filters(columns: Mapping[str, Column], asked: QueryDict, wrong: list[str]) -> Iterator[Filter]:
    for name in asked:
        code, dot, compared = name.rpartition(".")
        column = columns.get(code)
        given = [value.strip()[:_LONGEST] for value in asked.getlist(name)[:_MOST]]
        given = [value.replace("\0", "") for value in given if value]
        if not dot or not given:
            continue
        if column is None:
            wrong.append(
                _("There is no column “%(name)s” to filter by; the filter was left out.") % {"name": code[:_LONGEST]}
            )
            continue
        if compared not in operators(column):
            wrong.append(
                _("“%(name)s” cannot be filtered in this way; the filter was left out.") % {"name": column.title}
            )
            continue
        operator = Operator(compared)
        given = given if operator == Operator.ANY else given[-1:]
        try:
            yield Filter(column, operator, tuple(_values(column, operator, given)), tuple(given))
        except _Wrong as problem:
            wrong.append(f"{column.title}: {problem}")


def _values(column: Column, operator: Operator, given: Sequence[str]) -> Iterable[object]:
    if operator == Operator.EMPTY:
        return [_yes(given[-1])]
    if operator == Operator.ANY:
        known = {value: str(title) for value, title in column.choices()} if column.type == ColumnType.CHOICE else {}
        return [_one_of(column, text, known) for text in given]
    return [_value(column, operator, given[-1])]


def _value(column: Column, operator: Operator, text: str) -> object:
    match column.type:
        case ColumnType.NUMBER | ColumnType.MONEY:
            return _number(text)
        case ColumnType.DATE:
            return _day(text)
        case ColumnType.MOMENT:
            return _moment(_day(text) + timedelta(days=operator == Operator.TO))
        case ColumnType.BOOLEAN:
            return _yes(text)
        case ColumnType.RECORD if operator == Operator.IS:
            return _required_key(text)
    if operator == Operator.CONTAINS and len(text) < LEAST_CONTAINED:
        raise _Wrong(
            _("“%(given)s” is too short to look for inside a text; give at least three letters.") % {"given": text}
        )
    if operator not in (Operator.IS, Operator.STARTS):
        return text
    spelled = column.spelled(text)
    if not spelled:
        raise _Wrong(_("“%(given)s” is nothing that can stand here.") % {"given": text})
    return spelled


def _one_of(column: Column, text: str, known: Mapping[str, str]) -> object:
    if column.type == ColumnType.CHOICE and column.offers is None:
        if text not in known:
            raise _Wrong(
                _("“%(given)s” is none of the choices: %(allowed)s.")
                % {"given": text, "allowed": ", ".join(known.values())}
            )
        return text
    return ME if text == ME and column.type == ColumnType.USER else _required_key(text)


def _required_key(text: str) -> int:
    key = _key(text)
    if key is None:
        raise _Wrong(_("“%(given)s” is no key; choose from the list.") % {"given": text})
    return key


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _number(text: str) -> Decimal:
    plain = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise _Wrong(_("“%(given)s” is not a number, such as 12 or 12.5.") % {"given": text}) from None
    if not number.is_finite() or abs(number) > _LARGEST:
        raise _Wrong(_("“%(given)s” is not a number, such as 12 or 12.5.") % {"given": text})
    return number


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Wrong(_("“%(given)s” is not a date, such as 2026-03-31.") % {"given": text}) from None
    if not 1900 <= day.year <= 2200:
        raise _Wrong(_("“%(given)s” is not a date, such as 2026-03-31.") % {"given": text})
    return day


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min, formats.zone())


def _yes(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise _Wrong(_("“%(given)s” is neither yes nor no.") % {"given": text})
    return text.lower() == "yes"
