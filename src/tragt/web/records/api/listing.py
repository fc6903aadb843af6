"""Lists of records for programs: the filters and orders of the list pages, and pages that go on where the last ended.

What cannot be asked is refused with a sentence that says what can; the list pages leave it out. The unit of observation
is the list.
"""

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from django.http import HttpRequest, QueryDict
from ninja import Schema
from pydantic import Field, StringConstraints, create_model

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.api.paging import MOST, USUAL
from tragt.web.api.schemas import LARGEST_KEY
from tragt.web.records.kinds import Column, ColumnType, Kind, Record
from tragt.web.records.listing import LEAST_CONTAINED, LONGEST_TEXT, ME, TEXT, WORDS, Listing, Operator, operators, read
from tragt.web.records.models import Field as CustomField
from tragt.web.records.queries.fields import columns_of
from tragt.web.records.queries.pages import MOST_COUNTED, Place, count, following

__all__ = ["Asked", "Filtered", "Listed", "asked_of", "filters_of", "found", "listing_of"]

_LONGEST = 200
_LONGEST_CURSOR = 16_000
_YEARS = range(1900, 2201)
_PAGES = ("limit", "cursor", "count")
_OWN = frozenset({*_PAGES, "sort", TEXT})

T = TypeVar("T")
_Day = TypeVar("_Day", date, datetime)

_Text = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST)]
_Part = Annotated[str, StringConstraints(min_length=LEAST_CONTAINED, max_length=_LONGEST)]
_Key = Annotated[str, StringConstraints(pattern="^[0-9]{1,15}$")]
_User = Annotated[str, StringConstraints(pattern=f"^({ME}|[0-9]{{1,15}})$")]
_YesNo = Literal["yes", "no"]
_Amount = Annotated[float, Field(ge=-(10**15), le=10**15)]
_MANY = 50

_ONE_OF: Mapping[ColumnType, Any] = {ColumnType.USER: _User, ColumnType.CHOICE: _Text}
_COMPARED: Mapping[ColumnType, Any] = {
    ColumnType.NUMBER: _Amount,
    ColumnType.MONEY: _Amount,
    ColumnType.DATE: date,
    ColumnType.MOMENT: date,
    ColumnType.BOOLEAN: _YesNo,
}
_HINTS: Mapping[ColumnType, str] = {
    ColumnType.USER: f" Keys of users; `{ME}` is the user whom the key acts for.",
    ColumnType.TAGS: " Keys of tags; one of them is enough.",
    ColumnType.MONEY: " In whole units of the organisation's currency.",
    ColumnType.MOMENT: " A day in the organisation's time zone; `to` includes it.",
}


class Listed(Schema, Generic[T]):
    """A page of a list of records."""

    items: list[T] = Field(description="In the order of the list.")
    next: str | None = Field(None, description="Cursor of the next page; null on the last one.")
    count: int | None = Field(None, description=f"How many the filters leave, at most {MOST_COUNTED:,}; if asked for.")
    counted_all: bool | None = Field(None, description="Whether `count` is all of them; if asked for.")


class Filtered(Schema):
    """Which records of a list are meant."""

    takes_more: ClassVar[bool] = True
    """Filters of custom fields have names that no schema knows; `listing_of` checks them."""

    q: str | None = Field(
        None,
        min_length=1,
        max_length=LONGEST_TEXT,
        description="Only what holds all these words in what is searched of it: names, addresses, numbers.",
    )


class Asked(Filtered):
    """Which page of a list of records is asked for."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="How many items a page holds.")
    cursor: str | None = Field(
        None, min_length=1, max_length=_LONGEST_CURSOR, description="`next` of the page before; none for the first."
    )
    count: bool = Field(False, description=f"Whether to count what the filters leave, up to {MOST_COUNTED:,}.")


def asked_of(kind: Kind) -> type[Asked]:
    """What an operation that lists records of a kind takes: a parameter for each filter of its own columns.

    Those of custom fields are called ``f<key>.<operator>``; `/fields` has the keys. They are checked by `found`.

    Args:
        kind: The kind.
    """
    made: type[Asked] = create_model(f"{kind.code.title()}Asked", __base__=Asked, **_parameters(kind))
    return made


def filters_of(kind: Kind) -> type[Filtered]:
    """What an operation takes that is about all that the filters of a list leave: as `asked_of`, without pages.

    Args:
        kind: The kind.
    """
    made: type[Filtered] = create_model(f"{kind.code.title()}Filtered", __base__=Filtered, **_parameters(kind))
    return made


def _parameters(kind: Kind) -> dict[str, Any]:
    sorts = "|".join([*(column.code for column in kind.listed if column.sorts), "f[0-9]{1,15}"])
    order = (
        f"By what the list is sorted, from the end with `-` before it; `{kind.sort}` unless said. `f7` is the custom "
    )
    given: dict[str, Any] = {
        "sort": (
            Annotated[str | None, StringConstraints(pattern=f"^-?({sorts})$")],
            Field(None, description=order + "field with the key 7."),
        )
    }
    for column in kind.listed:
        for operator in operators(column):
            name = f"{column.code}.{operator}"
            given[name.replace(".", "__")] = _parameter(column, operator, name)
    return given


def _parameter(column: Column, operator: Operator, name: str) -> Any:
    said = f"{column.code} {WORDS[operator]}.{_HINTS.get(column.type, '')}"
    if operator == Operator.EMPTY:
        return (_YesNo | None, Field(None, alias=name, description=f"Whether {column.code} is empty."))
    if operator == Operator.ANY:
        several = Field(None, alias=name, description=said, min_length=1, max_length=_MANY)
        one = _Key if column.offers else _ONE_OF.get(column.type, _Key)
        return (list[one] | None, several)  # type: ignore[valid-type] # made for each column
    if operator == Operator.CONTAINS:
        return (_Part | None, Field(None, alias=name, description=said))
    if column.type == ColumnType.RECORD and operator == Operator.IS:
        return (_Key | None, Field(None, alias=name, description=f"Key of the {column.code}."))
    return (_COMPARED.get(column.type, _Text) | None, Field(None, alias=name, description=said))


def found(
    kind: Kind, fields: Sequence[CustomField], request: HttpRequest, asked: Asked, user: User
) -> tuple[Sequence[Record], dict[str, Any]]:
    """The records of a page, and what `Listed` says besides.

    Args:
        kind: Of which records.
        fields: Its custom fields in use.
        request: What is asked for; its query holds the filters.
        asked: Which page.
        user: Who asks; only what they may see is found.

    Raises:
        InvalidDefinition: Something is asked that cannot be.
    """
    listing = _listing(kind, columns_of(kind, fields), request.GET)
    place = _place(asked.cursor, listing) if asked.cursor is not None else None
    records, end = following(listing, user, place, asked.limit)
    besides: dict[str, Any] = {"next": None if end is None else _cursor(listing, end)}
    if asked.count:
        number = count(listing, user)
        besides |= {"count": min(number, MOST_COUNTED), "counted_all": number <= MOST_COUNTED}
    return records, besides


def listing_of(kind: Kind, fields: Sequence[CustomField], request: HttpRequest, besides: Sequence[str] = ()) -> Listing:
    """The list that the filters of a query ask for, without pages.

    Args:
        kind: Of which records.
        fields: Its custom fields in use.
        request: What is asked for.
        besides: Names in the query that are no filters.

    Raises:
        InvalidDefinition: Something is asked that cannot be.
    """
    query = request.GET.copy()
    for name in besides:
        query.pop(name, None)
    for name in _PAGES:
        if name in query:
            raise InvalidDefinition("api.unknown_name", f"'{name}' means nothing here: there are no pages.", field=name)
    return _listing(kind, columns_of(kind, fields), query)


def _listing(kind: Kind, columns: Sequence[Column], query: QueryDict) -> Listing:
    by_code = {column.code: column for column in columns}
    for name, values in query.lists():
        if name not in _OWN:
            _check_filter(by_code, name, values)
    order = query.get("sort", kind.sort)
    sorted_by = by_code.get(order.removeprefix("-"))
    if sorted_by is None or not sorted_by.sorts:
        allowed = ", ".join(column.code for column in columns if column.sorts)
        raise InvalidDefinition(
            "records.sort", f"The list cannot be sorted by '{order[:_LONGEST]}'; it can by {allowed}.", field="sort"
        )
    listing = read(kind, columns, query)
    if listing.wrong:
        raise InvalidDefinition("records.filter", " ".join(listing.wrong))
    return listing


def _check_filter(columns: Mapping[str, Column], name: str, values: Sequence[str]) -> None:
    code, _dot, operator = name.rpartition(".")
    column = columns.get(code)
    allowed = operators(column) if column else ()
    said = ""
    if not allowed:
        those = ", ".join(column.code for column in columns.values() if operators(column))
        said = (
            f"'{name[:_LONGEST]}' is no filter of this list. Filters are called column.operator; columns are {those}."
        )
    elif operator not in allowed:
        said = (
            f"'{code}' is filtered by {', '.join(f'{code}.{one}' for one in allowed)}, not by '{operator[:_LONGEST]}'."
        )
    elif operator != Operator.ANY and len(values) > 1:
        said = f"'{name}' takes one value; {len(values)} were given."
    elif len(values) > _MANY or not all(0 < len(value.strip()) <= _LONGEST for value in values):
        said = f"'{name}' takes values of one to {_LONGEST} letters, {_MANY} at most."
    if said:
        raise InvalidDefinition("records.filter", said, field=name[:_LONGEST])


def _cursor(listing: Listing, place: Place) -> str:
    """A place as a text; with the order, in which alone it means something."""
    said = msgspec.json.encode([listing.order, *place])
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def _place(cursor: str, listing: Listing) -> Place:
    try:
        said = base64.b64decode((cursor + "=" * (-len(cursor) % 4)).encode(), altchars=b"-_", validate=True)
        order, value, key = msgspec.json.decode(said, type=tuple[str, str | int | float | None, int])
        if order == listing.order and 0 < key <= LARGEST_KEY:
            return _typed(listing.sort, value), key
    except (binascii.Error, UnicodeError, ValueError):
        pass
    raise InvalidDefinition(
        "api.cursor", "A cursor is what `next` of a page of the same order said. Begin without one.", field="cursor"
    )


def _typed(column: Column, value: str | float | None) -> object:
    """The value of a place as the database compares it.

    Raises:
        ValueError: The column has no such values.
    """
    if value is None and not column.always:
        return None
    if column.type in (ColumnType.NUMBER, ColumnType.MONEY):
        if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LARGEST_KEY:
            return value
    elif isinstance(value, str) and "\0" not in value:
        if column.type == ColumnType.MOMENT:
            return _within(datetime.fromisoformat(value)).astimezone(UTC)
        if column.type == ColumnType.DATE and column.expression is None:
            return _within(date.fromisoformat(value))
        return value
    raise ValueError


def _within(day: _Day) -> _Day:
    if day.year not in _YEARS or (isinstance(day, datetime) and day.tzinfo is None):
        raise ValueError
    return day
