"""What a list shows, made of a page of records: heads, rows and cells in words. The unit is the cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape

from babel.numbers import get_currency_precision
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tragt.web.records.kinds import Column, ColumnType, Kind, Record
from tragt.web.records.listing import ANYWHERE, ME, WORDS, Filter, Listing, Operator, operators
from tragt.web.records.models import Field, Tag
from tragt.web.records.queries.fields import column_of
from tragt.web.records.values import fits
from tragt.web.shell import formats, organisation

__all__ = ["Cell", "Chip", "Head", "Line", "Names", "cell", "chips", "heads", "in_words", "lines", "plain"]

_FIGURES = (ColumnType.NUMBER, ColumnType.MONEY)


@dataclass(frozen=True, slots=True)
class Names:
    """What keys in filters and custom fields are called.

    Attributes:
        users: Users by key, those who left too.
        tags: All tags.
        others: Records of other kinds that filters name, by kind and key.
        choices: What the choices of columns are called, by the column's code and the value.
    """

    users: Mapping[int, str]
    tags: Sequence[Tag]
    others: Mapping[tuple[str, int], str]
    choices: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a record.

    Attributes:
        label: What its column is called.
        text: The value in words; empty where there is none.
        url: Where it leads; empty where it leads nowhere.
        tags: Tags, of the column of tags.
        figure: Whether it is a number.
        unfit: Whether a source told something that the field does not take.
        day: Whether it is a date, which stands in one line.
        warns: Whether it asks to be looked at.
    """

    label: str
    text: str
    url: str = ""
    tags: tuple[Tag, ...] = ()
    figure: bool = False
    unfit: bool = False
    day: bool = False
    warns: bool = False

    @property
    def written(self) -> SafeString:
        """As a cell of a table, which says its column on a phone. Put together by hand, for a page has hundreds."""
        inside = escape(self.text)
        if self.tags:
            inside = " ".join(f'<span class="tag {escape(tag.colour)}">{escape(tag.name)}</span>' for tag in self.tags)
        elif self.url:
            inside = f'<a href="{escape(self.url)}">{inside}</a>'
        elif self.warns:
            inside = f'<span class="tag warn">{inside}</span>'
        elif self.unfit:
            inside = f'{inside} <span class="tag warn">{escape(_("as told"))}</span>'
        figure = ' class="num"' if self.figure else ' class="day"' if self.day else ""
        return mark_safe(f'<td data-label="{escape(self.label)}"{figure}>{inside}</td>')


@dataclass(frozen=True, slots=True)
class Line:
    """A record in a list.

    Attributes:
        key: Its key.
        label: What it is called.
        url: Its page.
        cells: Those after the first column.
        mark: What the box is called by which it is chosen, before its name; empty where none can be.
    """

    key: int
    label: str
    url: str
    cells: tuple[Cell, ...]
    mark: str = ""

    @property
    def written(self) -> SafeString:
        """As a row of a table. A template that looks at each cell takes as long as all else together."""
        label, box = escape(self.label), ""
        if self.mark:
            named = f"{escape(self.mark)} {label}"
            box = f'<input type="checkbox" name="key" value="{self.key}" form="many" aria-label="{named}">'
            box = f'<td class="mark">{box}</td>'
        head = f'<th scope="row"><a href="{escape(self.url)}">{label}</a></th>'
        return SafeString(f"<tr>{box}{head}{''.join(cell.written for cell in self.cells)}</tr>\n")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column.

    Attributes:
        title: What it is called.
        query: Sorts by it; empty where that cannot be.
        sorted: ``ascending``, ``descending``, or empty.
        figure: Whether its values are numbers.
    """

    title: str
    query: str
    sorted: str
    figure: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words.

    Attributes:
        title: What its column is called.
        text: How it is compared, and with what.
        query: The list without it.
        change: The list with its form open.
    """

    title: str
    text: str
    query: str
    change: str


def heads(listing: Listing) -> list[Head]:
    """The heads of a list."""
    made = []
    for column in listing.shown:
        now = column.code == listing.sort.code
        turned = f"{'' if now and listing.descending else '-' if now else ''}{column.code}"
        query = listing.query(sort=turned) if column.sorts else ""
        way = ("descending" if listing.descending else "ascending") if now else ""
        made.append(Head(str(column.title), query, way, column.type in _FIGURES))
    return made


def chips(listing: Listing, names: Names) -> list[Chip]:
    """The filters of a list in words, without the text that is looked for, which stands in its own field."""
    return [
        Chip(
            str(one.column.title),
            in_words(one, names),
            listing.query(without=one.name),
            listing.query(add=one.column.code),
        )
        for one in listing.filters
        if one.column is not ANYWHERE
    ]


def in_words(one: Filter, names: Names) -> str:
    """How a filter compares, and with what."""
    if one.operator == Operator.EMPTY:
        return _("is empty") if one.values[0] else _("is filled in")
    said = (_said(one, value, given, names) for value, given in zip(one.values, one.given, strict=True))
    return f"{WORDS[one.operator]} {', '.join(said)}"


def lines(
    kind: Kind,
    records: Sequence[Record],
    listing: Listing,
    fields: Sequence[Field],
    names: Names,
    *,
    mark: str = "",
) -> list[Line]:
    """Records as the rows of a list.

    Args:
        kind: What they are.
        records: Those of a page.
        listing: The list, which says the columns.
        fields: The custom fields of the kind.
        names: What keys in values are called.
        mark: As `Line` has it.
    """
    of_code = {column_of(kind, field).code: field for field in fields}
    # To translate a title takes longer than all else that a cell is made of.
    shown = [(column, of_code.get(column.code), str(column.title)) for column in listing.shown[1:]]
    return [
        Line(
            record.pk,
            kind.label(record),
            kind.url(record.pk),
            tuple(cell(column, record, field, names, title) for column, field, title in shown),
            mark,
        )
        for record in records
    ]


def plain(kind: Kind, columns: Sequence[Column], record: Record, names: Names) -> Iterator[object]:
    """A record as the row of a file: numbers and dates as such, all else in words."""
    for column in columns:
        value = kind.label(record) if column is kind.columns[0] else column.of(record)
        if isinstance(value, bool) or column.type in (ColumnType.CHOICE, ColumnType.USER, ColumnType.TAGS):
            yield _text(column, value, record, names)
        elif column.type == ColumnType.MONEY and isinstance(value, int):
            yield float(Decimal(value).scaleb(-get_currency_precision(_currency(column, record))))
        elif isinstance(value, datetime):
            yield value.astimezone(formats.zone())
        else:
            yield value if isinstance(value, int | float | date) else _text(column, value, record, names)


def cell(column: Column, record: Record, field: Field | None, names: Names, title: str = "") -> Cell:
    """The value of a record in a column.

    Args:
        column: The column.
        record: The record.
        field: The custom field that the column is of; None where it is of none.
        names: What keys in values are called.
        title: What the column is called, where that was translated already.
    """
    label, value = title or str(column.title), column.of(record)
    if column.type == ColumnType.TAGS and isinstance(value, tuple):
        return Cell(label, "", tags=value)
    unfit = field is not None and value is not None and not fits(field, value)
    text = str(value) if unfit else _text(column, value, record, names)
    url = column.url(record) if column.url else ""
    if column.type == ColumnType.LINK and text and not unfit:
        url = text
    day = column.type in (ColumnType.DATE, ColumnType.MOMENT)
    warns = column.warns and value is True
    return Cell(label, text, url, figure=column.type in _FIGURES, unfit=unfit, day=day, warns=warns)


def _text(column: Column, value: object, record: Record, names: Names) -> str:
    if value is None or value == "":
        return ""
    match column.type:
        case ColumnType.TAGS if isinstance(value, tuple):
            return ", ".join(map(str, value))
        case ColumnType.NUMBER if isinstance(value, int | float):
            return formats.number(value, 0 if float(value).is_integer() else 2)
        case ColumnType.MONEY if isinstance(value, int):
            return formats.money(value, _currency(column, record))
        case ColumnType.MOMENT if isinstance(value, datetime):
            return f"{formats.day(value)} · {_days_since(value)}" if column.aged else formats.day(value)
        case ColumnType.DATE:
            return formats.day(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]))
        case ColumnType.CHOICE:
            return names.choices.get(column.code, {}).get(str(value), str(value))
        case ColumnType.BOOLEAN:
            return _("Yes") if value else _("No")
        case ColumnType.USER if isinstance(value, int):
            return names.users.get(value, "")
    return str(value)


def _days_since(moment: datetime) -> str:
    days = max((timezone.now() - moment).days, 0)
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": formats.number(days)}


def _currency(column: Column, record: Record) -> str:
    for name in filter(None, column.currency.split("__")):
        record = getattr(record, name, None)
    return str(record) if column.currency and record else organisation.current().currency


def _said(one: Filter, value: object, given: str, names: Names) -> str:
    match one.column.type:
        case ColumnType.USER:
            return _("me") if value == ME else names.users.get(_key(value), given)
        case ColumnType.TAGS:
            return next((tag.name for tag in names.tags if tag.pk == value), given)
        case ColumnType.CHOICE:
            return names.choices.get(one.column.code, {}).get(given, given)
        case ColumnType.BOOLEAN:
            return _("yes") if value else _("no")
        case ColumnType.RECORD if one.operator == Operator.IS:
            return names.others.get((one.column.kind, _key(value)), given)
        case ColumnType.MOMENT | ColumnType.DATE:
            return formats.day(date.fromisoformat(given))
    return f"“{given}”" if one.column.type in (ColumnType.TEXT, ColumnType.LINK, ColumnType.RECORD) else given


def _key(value: object) -> int:
    return value if isinstance(value, int) else 0


def offered(listing: Listing) -> list[tuple[str, str]]:
    """The columns that a filter may be added for: what they are called, and the list with that form open."""
    return [(str(one.title), listing.query(add=one.code)) for one in listing.columns if operators(one)]
