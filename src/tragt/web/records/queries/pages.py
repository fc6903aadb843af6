"""Pages of lists: 50 records at a time, from one place of an order to the next. The unit of observation is the record.

How many records there are is counted up to 10,000 and not beyond. Where the filters leave no more, an index finds them,
all at once, and they are sorted here; else the list is walked in its order by the index of its column. So a page costs
about the same wherever it stands. Records without a value stand last in either direction. The number of queries is the
same for every page, give or take one where a page holds the end of those with a value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import ExpressionWrapper, F, TextField, Value

from tragt.web.accounts.models import User
from tragt.web.records.expressions import after, before
from tragt.web.records.kinds import Column, ColumnType, Kind, Record, Rows
from tragt.web.records.listing import Listing
from tragt.web.records.queries.narrowing import empty, filled, narrowed

__all__ = ["MOST_COUNTED", "PER_PAGE", "Page", "batches", "count", "page"]

PER_PAGE = 50
MOST_COUNTED = 10_000
_BATCH = 1_000
_SORTED = "sorted_by"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    Attributes:
        records: In the order of the list.
        number: How many records the filters leave, at most one more than are counted.
        after: Key of the record that the next page comes after; None on the last page.
        before: Key of the record that the previous page comes before; None on the first page.
    """

    records: tuple[Record, ...]
    number: int
    after: int | None
    before: int | None

    @property
    def uncounted(self) -> bool:
        """Whether there are more than were counted."""
        return self.number > MOST_COUNTED


_Place = tuple[object, int]
"""Where a record stands in an order: its value, and its key."""


@dataclass(frozen=True, slots=True)
class _Order:
    """In what order rows stand.

    Attributes:
        column: By what they are sorted.
        descending: Whether from the end; those without a value stand last all the same.
    """

    column: Column
    descending: bool

    @property
    def read(self) -> Any:
        """What is sorted by, as the database writes it: to make 10,000 moments takes longer than to find them."""
        moment = self.column.type in (ColumnType.MOMENT, ColumnType.DATE) and connection.vendor == "sqlite"
        value = self.column.compared()
        return ExpressionWrapper(value, output_field=TextField()) if moment else value

    def sorted(self, places: Sequence[_Place]) -> list[_Place]:
        """Places in the order."""
        blank = [one for one in places if _is_blank(one)]
        there = sorted((one for one in places if not _is_blank(one)), reverse=self.descending)
        return [*there, *sorted(blank, key=lambda one: one[1], reverse=self.descending)]

    def passed(self, one: _Place, place: _Place) -> bool:
        """Whether a place stands before another one, or is it."""
        if _is_blank(one) != _is_blank(place):
            return _is_blank(place)
        mine, other = (one[1:], place[1:]) if _is_blank(one) else (one, place)
        return mine >= other if self.descending else mine <= other

    def stretches(self, rows: Rows, place: _Place | None, *, back: bool) -> list[Rows]:
        """The rows that follow on a place, or all: those with a value and those without, in the order of reading."""
        down = self.descending != back
        rows = rows.alias(**{_SORTED: self.column.compared()})
        if self.column.always:
            return [self._with_value(rows, place, down=down)]
        at_last = place is not None and _is_blank(place)
        first = self._with_value(rows, None if at_last else place, down=down)
        last = _by_key(rows.filter(empty(self.column, _SORTED)), place if at_last else None, down=down)
        ways = [last, first] if back else [first, last]
        return ways if place is None or at_last == back else ways[1:]

    def _with_value(self, rows: Rows, place: _Place | None, *, down: bool) -> Rows:
        way = "-" if down else ""
        rows = rows.order_by(f"{way}{_SORTED}", f"{way}pk")
        if not self.column.always and (place is None or down):
            rows = rows.filter(filled(self.column, _SORTED))
        if place is None:
            return rows
        value, key = place
        field = rows.query.annotations[_SORTED].output_field
        compared, bound = (before, "lte") if down else (after, "gte")
        # The bound says nothing new, but without it SQLite begins at the end of an index over an expression.
        rows = rows.filter(**{f"{_SORTED}__{bound}": value})
        order = (self.column.compared(), F("pk"))
        return rows.filter(compared(order, (Value(value, output_field=field), Value(key))))


def _by_key(rows: Rows, place: _Place | None, *, down: bool) -> Rows:
    rows = rows.order_by("-pk" if down else "pk")
    if place is None:
        return rows
    return rows.filter(pk__lt=place[1]) if down else rows.filter(pk__gt=place[1])


def _is_blank(place: _Place) -> bool:
    return place[0] is None or place[0] == ""


def count(listing: Listing, user: User | None) -> int:
    """How many records the filters leave, at most one more than are counted."""
    return narrowed(listing.kind, user, listing.filters).values("pk")[: MOST_COUNTED + 1].count()


def page(listing: Listing, user: User | None) -> Page:
    """The page of a list that is asked for; the first one where its place is gone.

    Args:
        listing: What is asked.
        user: Who looks; None sees everything.
    """
    order = _Order(listing.sort, listing.descending)
    few = _few(listing, user, order)
    value = order.column.compared() if few is None else order.read
    place = _place(listing.kind, user, value, listing.before or listing.after)
    back = listing.before is not None and place is not None
    if few is None:
        keys = _walked(listing, user, order, place, back=back, most=PER_PAGE + 1)
    else:
        keys = _stretch(few, order, place, back=back)
    more, keys = len(keys) > PER_PAGE, keys[:PER_PAGE]
    keys = keys[::-1] if back else keys
    return Page(
        records=tuple(_records(listing.kind, keys)),
        number=MOST_COUNTED + 1 if few is None else len(few),
        after=keys[-1] if keys and (more or back) else None,
        before=keys[0] if keys and (more if back else place is not None) else None,
    )


def batches(listing: Listing, user: User | None) -> Iterator[Sequence[Record]]:
    """All records of a list, in its order, some at a time.

    Args:
        listing: What is asked; its place does not matter.
        user: Who looks; None sees everything.
    """
    order = _Order(listing.sort, listing.descending)
    few = _few(listing, user, order)
    if few is not None:
        for start in range(0, len(few), _BATCH):
            yield _records(listing.kind, [key for _value, key in few[start : start + _BATCH]])
        return
    place = None
    while keys := _walked(listing, user, order, place, back=False, most=_BATCH):
        yield _records(listing.kind, keys)
        place = _place(listing.kind, user, order.column.compared(), keys[-1])
        if place is None or len(keys) < _BATCH:
            return


def _few(listing: Listing, user: User | None, order: _Order) -> list[_Place] | None:
    """All that the filters leave, in the order of the list; None where they are more than are counted.

    Without a filter most often there are more, which is cheap to find out; with one, finding them is what costs.
    """
    if not listing.filters and count(listing, user) > MOST_COUNTED:
        return None
    rows = narrowed(listing.kind, user, listing.filters).annotate(**{_SORTED: order.read})
    found = list(rows.values_list(_SORTED, "pk")[: MOST_COUNTED + 1])
    return order.sorted(found) if len(found) <= MOST_COUNTED else None


def _stretch(few: Sequence[_Place], order: _Order, place: _Place | None, *, back: bool) -> list[int]:
    """Keys of those that follow on a place, at most one more than a page holds."""
    start = sum(order.passed(one, place) for one in few) if place is not None else 0
    if not back:
        return [key for _value, key in few[start : start + PER_PAGE + 1]]
    there = start > 0 and place is not None and few[start - 1][1] == place[1]
    end = start - there
    return [key for _value, key in few[max(0, end - PER_PAGE - 1) : end]][::-1]


def _walked(
    listing: Listing, user: User | None, order: _Order, place: _Place | None, *, back: bool, most: int
) -> list[int]:
    """Keys of the rows that follow on a place, found by walking the list."""
    keys: list[int] = []
    rows = narrowed(listing.kind, user, listing.filters, listing.sort)
    for stretch in order.stretches(rows, place, back=back):
        keys += stretch.values_list("pk", flat=True)[: most - len(keys)]
        if len(keys) == most:
            break
    return keys


def _place(kind: Kind, user: User | None, value: Any, key: int | None) -> _Place | None:
    """Where a record stands in the order; None where it is gone."""
    if key is None:
        return None
    rows = kind.visible(user).filter(pk=key).annotate(**{_SORTED: value})
    found = rows.values_list(_SORTED, "pk").first()
    return (found[0], found[1]) if found else None


def _records(kind: Kind, keys: Sequence[int]) -> list[Record]:
    rows = kind.rows().filter(pk__in=keys).select_related(*kind.related)
    found = {row.pk: row for row in (rows.prefetch_related(kind.tags) if kind.tags else rows)}
    return [found[key] for key in keys if key in found]
