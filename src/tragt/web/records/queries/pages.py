"""Pages of lists: 50 records at a time, from one place of an order to the next. The unit of observation is the record.

How many records there are is counted up to 10,000 and not beyond. Where the filters leave no more, an index finds them,
all at once, and they are sorted here; else the list is walked in its order by the index of its column. So a page costs
about the same wherever it stands. Records without a value stand last in either direction. The number of queries is the
same for every page, give or take one where a page holds the end of those with a value.

What each filter leaves by itself is counted first, for an index knows that without looking at rows. Where the least of
several leaves more than 10,000, a sample of these says how many of them the others leave: there are at least so many,
and the shorter of the two ways is taken.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Case, ExpressionWrapper, F, Prefetch, TextField, Value, When

from tragt.web.accounts.models import User
from tragt.web.records.expressions import Aside, after, before
from tragt.web.records.kinds import Column, ColumnType, Kind, Record, Rows
from tragt.web.records.listing import Filter, Listing, Operator
from tragt.web.records.queries.narrowing import (
    Reach,
    empty,
    filled,
    groups,
    narrowed,
    reach,
    reached,
    sees_all,
    unfolded,
)
from tragt.web.records.queries.overlap import overlap

__all__ = ["MOST_COUNTED", "PER_PAGE", "Page", "Place", "batches", "count", "following", "page"]

PER_PAGE = 50
MOST_COUNTED = 10_000
_BATCH = 1_000
_SAMPLE = 4_000
_MOST_LOOKED_AT = 50_000
_MOST_FOUND_OUT = 15_000
_STEPS = 300
"""How many rows are walked past, for each that is wanted, before the walk is broken off: three times as many as
it takes to find those of whom there are 10,000 in a million."""
_LIKELY = 0.8
"""A walk is begun where it is likely to end before that share of the steps."""

_SORTED = "sorted_by"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    Attributes:
        records: In the order of the list.
        number: How many records the filters leave, as far as they were counted.
        uncounted: Whether there may be more than were counted.
        after: Key of the record that the next page comes after; None on the last page.
        before: Key of the record that the previous page comes before; None on the first page.
    """

    records: tuple[Record, ...]
    number: int
    uncounted: bool
    after: int | None
    before: int | None


Place = tuple[object, int]
"""Where a record stands in an order: its value, and its key."""


@dataclass(frozen=True, slots=True)
class _Order:
    """In what order rows stand.

    Attributes:
        column: By what they are sorted.
        descending: Whether from the end; those without a value stand last all the same.
        aside: Whether no index is asked for it: the rows are found otherwise, and sorted.
        blank: Whether only those without a value are meant, or only those with one; None means all.
    """

    column: Column
    descending: bool
    aside: bool = False
    blank: bool | None = None

    @classmethod
    def of(cls, listing: Listing) -> "_Order":
        """The order of a list."""
        asked = (one for one in listing.filters if one.column == listing.sort and one.operator == Operator.EMPTY)
        empty_ones = next(asked, None)
        return cls(listing.sort, listing.descending, blank=None if empty_ones is None else bool(empty_ones.values[0]))

    @property
    def value(self) -> Any:
        """What is sorted by."""
        return Aside(self.column.compared()) if self.aside else self.column.compared()

    @property
    def read(self) -> Any:
        """What is sorted by, as the database writes it: to make 10,000 moments takes longer than to find them."""
        moment = self.column.type in (ColumnType.MOMENT, ColumnType.DATE) and connection.vendor == "sqlite"
        value = self.column.compared()
        return ExpressionWrapper(value, output_field=TextField()) if moment else value

    def as_read(self, place: Place) -> Place:
        """A place as `read` gives it: of moments SQLite says no zone."""
        value, key = place
        if isinstance(value, datetime) and connection.vendor == "sqlite":
            return value.astimezone(UTC).replace(tzinfo=None), key
        return place

    def as_given(self, place: Place) -> Place:
        """A place that `read` gave, its moment with its zone."""
        value, key = place
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC), key
        return place

    def sorted(self, places: Sequence[Place]) -> list[Place]:
        """Places in the order."""
        # Written out, for there may be 10,000.
        there = sorted((one for one in places if one[0] is not None and one[0] != ""), reverse=self.descending)
        if len(there) == len(places):
            return there
        blank = [one for one in places if _is_blank(one)]
        return [*there, *sorted(blank, key=lambda one: one[1], reverse=self.descending)]

    def passed(self, one: Place, place: Place) -> bool:
        """Whether a place stands before another one, or is it."""
        if _is_blank(one) != _is_blank(place):
            return _is_blank(place)
        mine, other = (one[1:], place[1:]) if _is_blank(one) else (one, place)
        return mine >= other if self.descending else mine <= other

    def stretches(self, rows: Rows, place: Place | None, *, back: bool, bounded: bool = False) -> list[Rows]:
        """The rows that follow on a place, or all: those with a value and those without, in the order of reading.

        Args:
            rows: Any.
            place: On which they follow.
            back: Whether towards the beginning.
            bounded: Whether `until` says where they end.
        """
        down = self.descending != back
        rows = rows.annotate(**{_SORTED: self.value})
        if self.column.always:
            return [self._with_value(rows, place, down=down, bounded=bounded)]
        at_last = place is not None and _is_blank(place)
        first = self._with_value(rows, None if at_last else place, down=down, bounded=bounded)
        last = _by_key(rows.filter(empty(self.column, _SORTED)), place if at_last else None, down=down)
        if self.blank is not None:
            # The filter says so too, but the database would look for those that are both.
            return [last if self.blank else first]
        ways = [last, first] if back else [first, last]
        return ways if place is None or at_last == back else ways[1:]

    def until(self, rows: Rows, place: Place, *, back: bool) -> Rows:
        """Those of a stretch that stand before a place, or have the same value."""
        value, key = place
        down = self.descending != back
        name, bound = ("pk", key) if _is_blank(place) else (_SORTED, value)
        return rows.filter(**{f"{name}__{'gte' if down else 'lte'}": bound})

    def at_once(self, rows: Rows) -> Rows:
        """All rows, those without a value last, as one question: each is looked at once."""
        way = "-" if self.descending else ""
        blank = Case(When(empty(self.column, _SORTED), then=Value(1)), default=Value(0))
        whole: Rows = rows.annotate(**{_SORTED: self.value}).order_by(blank, f"{way}{_SORTED}", f"{way}pk")
        return whole

    def _with_value(self, rows: Rows, place: Place | None, *, down: bool, bounded: bool) -> Rows:
        way = "-" if down else ""
        last = "pk"
        if self.column.link and not self.aside:
            # Only who has a row in the table beside: its index gives the order, and then the order of the keys.
            last = f"{self.column.link}__pk"
            rows = rows.filter(**{f"{self.column.link}__isnull": False})
        rows = rows.order_by(f"{way}{_SORTED}", f"{way}{last}")
        # Of two lower bounds SQLite may take the lower one, and walk on to it.
        if not self.column.always and (place is None or down) and not (down and bounded):
            rows = rows.filter(filled(self.column, _SORTED))
        if place is None:
            return rows
        value, key = place
        field = rows.query.annotations[_SORTED].output_field
        compared, bound = (before, "lte") if down else (after, "gte")
        # The bound says nothing new, but without it SQLite begins at the end of an index over an expression.
        rows = rows.filter(**{f"{_SORTED}__{bound}": value})
        order = (self.value, F(last))
        return rows.filter(compared(order, (Value(value, output_field=field), Value(key))))


def _by_key(rows: Rows, place: Place | None, *, down: bool) -> Rows:
    rows = rows.order_by("-pk" if down else "pk")
    if place is None:
        return rows
    return rows.filter(pk__lt=place[1]) if down else rows.filter(pk__gt=place[1])


def _is_blank(place: Place) -> bool:
    return place[0] is None or place[0] == ""


def count(listing: Listing, user: User | None) -> int:
    """How many records the filters leave, at most one more than are counted."""
    return narrowed(listing.kind, user, unfolded(listing, user).filters).values("pk")[: MOST_COUNTED + 1].count()


def page(listing: Listing, user: User | None) -> Page:
    """The page of a list that is asked for; the first one where its place is gone.

    Args:
        listing: What is asked.
        user: Who looks; None sees everything.
    """
    listing = unfolded(listing, user)
    order = _Order.of(listing)
    found = _found(listing, user, order)
    value = order.column.compared() if found.few is None else order.read
    place = _place(listing.kind, user, value, listing.before or listing.after)
    back = listing.before is not None and place is not None
    if found.few is None:
        walked = _Walk(listing, user, order, found.least).places(place, most=PER_PAGE + 1, back=back)
        keys = [key for _value, key in walked]
    else:
        keys = _stretch(found.few, order, place, back=back)
    more, keys = len(keys) > PER_PAGE, keys[:PER_PAGE]
    keys = keys[::-1] if back else keys
    return Page(
        records=tuple(_shown(listing.kind, keys)),
        number=max(found.number, len(keys)),
        uncounted=found.few is None,
        after=keys[-1] if keys and (more or back) else None,
        before=keys[0] if keys and (more if back else place is not None) else None,
    )


def batches(listing: Listing, user: User | None) -> Iterator[Sequence[Record]]:
    """All records of a list, in its order, some at a time.

    Args:
        listing: What is asked; its place does not matter.
        user: Who looks; None sees everything.
    """
    listing = unfolded(listing, user)
    order = _Order.of(listing)
    found = _found(listing, user, order)
    if found.few is not None:
        for start in range(0, len(found.few), _BATCH):
            yield _shown(listing.kind, [key for _value, key in found.few[start : start + _BATCH]])
        return
    walk = _Walk(listing, user, order, found.least)
    place: Place | None = None
    while places := walk.places(place, most=_BATCH):
        yield _shown(listing.kind, [key for _value, key in places])
        place = places[-1]
        if len(places) < _BATCH:
            return


def following(
    listing: Listing, user: User | None, place: Place | None, most: int
) -> tuple[Sequence[Record], Place | None]:
    """The records that follow on a place, and the place to go on from; None where nothing follows.

    A place is a value and a key, so it stays where it is whatever becomes of the record that stood there.

    Args:
        listing: What is asked; its own place does not matter.
        user: Who looks; None sees everything.
        place: Where to go on, as it was given; None means from the first.
        most: How many records at most.
    """
    listing = unfolded(listing, user)
    order = _Order.of(listing)
    found = _found(listing, user, order)
    if found.few is None:
        places = _Walk(listing, user, order, found.least).places(place, most=most + 1)
    else:
        start = sum(order.passed(one, order.as_read(place)) for one in found.few) if place else 0
        places = found.few[start : start + most + 1]
    shown = places[:most]
    end = order.as_given(shown[-1]) if len(places) > most else None
    return _records(listing.kind, [key for _value, key in shown]), end


@dataclass(frozen=True, slots=True)
class _Found:
    """What the filters of a list leave.

    Attributes:
        few: All of it in the order of the list; None where it is more than is counted, or walking is shorter.
        number: How many records, at least; where they are few, exactly.
        least: What the index names that names least.
    """

    few: list[Place] | None
    number: int
    least: Reach


def _found(listing: Listing, user: User | None, order: _Order) -> _Found:
    """What the filters of a list leave, found by the one that leaves least, or how much that is at least."""
    kind, most = listing.kind, MOST_COUNTED + _gone(listing.kind)
    named = [reach(kind, user, group, most + 1) for group in groups(listing.filters) or [()]]
    least = min(named, key=lambda one: one.number)
    many = least.number > most
    if many:
        if len(named) == 1 and least.certain and sees_all(kind, user):
            return _Found(None, MOST_COUNTED, least)
        least = _least_of_many(listing, user, named)
        hits = _hits(listing, user, least.group)
        if _walk_is_shorter(listing, user, least, hits):
            return _Found(None, _rounded(hits), least)
        least = overlap(kind, user, least, listing.filters)
        all_answered = least.keys is not None and len(least.group) == len(listing.filters)
        if all_answered and least.number > most and sees_all(kind, user):
            return _Found(None, MOST_COUNTED, least)
    rows = _all(listing, user, least, many=many).annotate(**{_SORTED: order.read})
    found = list(rows.values_list(_SORTED, "pk")[: MOST_COUNTED + 1])
    few = order.sorted(found) if len(found) <= MOST_COUNTED else None
    return _Found(few, min(len(found), MOST_COUNTED), least)


def _least_of_many(listing: Listing, user: User | None, named: Sequence[Reach]) -> Reach:
    """What an index names that names least, where all name more than is counted; with about how many that is."""
    further = (replace(one, number=_about(listing, user, one.group)) for one in named)
    return min(further, key=lambda one: one.number)


def _all(listing: Listing, user: User | None, least: Reach, *, many: bool) -> Rows:
    """All records that the filters leave, found by the index that names least, or where that names many by several."""
    if many and connection.vendor == "postgresql":
        # It lays what several indexes name over one another before it looks at a row.
        return narrowed(listing.kind, user, listing.filters)
    return least.rows(listing.kind, user, listing.filters)


def _gone(kind: Kind) -> int:
    """How many records of a kind are gone but have a row: as many more may an index name than there are."""
    manager: Any = kind.model._default_manager  # noqa: SLF001 - Django's public name
    return int(manager.filter(**{f"{kind.gone}__isnull": False}).count()) if kind.gone else 0


def _hits(listing: Listing, user: User | None, group: tuple[Filter, ...]) -> int:
    """How many of the first records of a group are seen and left by the other filters."""
    sample = reached(listing.kind, user, group).values("pk")[:_SAMPLE]
    others = [one for one in listing.filters if one not in group]
    return int(narrowed(listing.kind, user, others, found_by=()).filter(pk__in=sample).count())


def _walk_is_shorter(listing: Listing, user: User | None, least: Reach, hits: int) -> bool:
    """Whether a page is found sooner by walking the list than by looking at all records of a group.

    Args:
        listing: What is asked.
        user: Who looks.
        least: What the index names for the filters that leave least.
        hits: How many of a sample of the group's records are left.
    """
    records = _walked(listing, user, least)
    left = least.number * hits / _SAMPLE
    return bool(PER_PAGE * records < least.number * left and records < _LIKELY * _STEPS * left)


def _walked(listing: Listing, user: User | None, least: Reach) -> int:
    """About how many records a walk goes past: those alone that the filters on the column of its order leave."""
    own = tuple(_on_the_way(listing))
    number = least.number if own == least.group else _about(listing, user, own) if own else _MOST_LOOKED_AT
    if number < _MOST_LOOKED_AT:
        return number
    manager: Any = listing.kind.model._default_manager  # noqa: SLF001 - Django's public name
    return manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def _on_the_way(listing: Listing) -> list[Filter]:
    """The filters that the index serves in whose order a list is walked."""
    return [one for one in listing.filters if one.column == listing.sort and one.operator != Operator.CONTAINS]


def _about(listing: Listing, user: User | None, group: tuple[Filter, ...]) -> int:
    """About how many records a group leaves, at most 50,000: PostgreSQL would look at the rows to count them."""
    if connection.vendor != "postgresql":
        # No index names what a condition leaves: of each record it must be found out.
        most = _MOST_FOUND_OUT if any(one.column.condition for one in group) else _MOST_LOOKED_AT
        number = reach(listing.kind, user, group, most).number
        return number if number < most else _MOST_LOOKED_AT
    (plan,) = json.loads(reached(listing.kind, user, group).values("pk").explain(format="json"))
    return min(int(plan["Plan"]["Plan Rows"]), _MOST_LOOKED_AT)


def _rounded(number: int) -> int:
    """A number with two digits that say something: there are at least so many."""
    unit: int = 10 ** max(len(str(number)) - 2, 0)
    return number // unit * unit


def _stretch(few: Sequence[Place], order: _Order, place: Place | None, *, back: bool) -> list[int]:
    """Keys of those that follow on a place, at most one more than a page holds."""
    start = sum(order.passed(one, place) for one in few) if place is not None else 0
    if not back:
        return [key for _value, key in few[start : start + PER_PAGE + 1]]
    there = start > 0 and place is not None and few[start - 1][1] == place[1]
    end = start - there
    return [key for _value, key in few[max(0, end - PER_PAGE - 1) : end]][::-1]


@dataclass(frozen=True, slots=True)
class _Walk:
    """A list that is walked in its order.

    Attributes:
        listing: What is asked.
        user: Who looks.
        order: Its order.
        least: What the index names that names least.
    """

    listing: Listing
    user: User | None
    order: _Order
    least: Reach

    def places(self, place: Place | None, *, most: int, back: bool = False) -> list[Place]:
        """The places of the rows that follow on a place.

        Where filters leave many, and yet hardly any of the rows that come next, for they have to do with the order, the
        walk is broken off and all rows of an index are looked at.
        """
        found: list[Place] = []
        filters, kind = self.listing.filters, self.listing.kind
        rows = narrowed(kind, self.user, filters, self.listing.sort)
        on_the_way = _on_the_way(self.listing)
        others = [one for one in filters if one not in on_the_way]
        every = self.order.stretches(reached(kind, self.user, on_the_way), place, back=back) if others else []
        for number, stretch in enumerate(self.order.stretches(rows, place, back=back)):
            far = every[number].values_list(_SORTED, "pk")[_STEPS * most :].first() if others else None
            near = stretch
            if far is not None:
                bounded = self.order.stretches(rows, place, back=back, bounded=True)
                near = self.order.until(bounded[number], far, back=back)
            found += near.values_list(_SORTED, "pk")[: most - len(found)]
            if len(found) == most:
                break
            if far is not None:
                return self.all(place, most=most, back=back)
        return found

    def all(self, place: Place | None, *, most: int, back: bool = False) -> list[Place]:
        """The same by looking at all that the filters leave."""
        found: list[Place] = []
        least = overlap(self.listing.kind, self.user, self.least, self.listing.filters)
        rows = _all(self.listing, self.user, least, many=True)
        order = replace(self.order, aside=True)
        if place is None and order.blank is None:
            return list(order.at_once(rows).values_list(_SORTED, "pk")[:most])
        for stretch in order.stretches(rows, place, back=back):
            found += stretch.values_list(_SORTED, "pk")[: most - len(found)]
            if len(found) == most:
                break
        return found


def _place(kind: Kind, user: User | None, value: Any, key: int | None) -> Place | None:
    """Where a record stands in the order; None where it is gone."""
    if key is None:
        return None
    rows = kind.visible(user).filter(pk=key).annotate(**{_SORTED: value})
    found = rows.values_list(_SORTED, "pk").first()
    return (found[0], found[1]) if found else None


def _records(kind: Kind, keys: Sequence[int]) -> list[Record]:
    rows = kind.rows().filter(pk__in=keys).select_related(*kind.joined)
    return _in_order(rows.prefetch_related(kind.tags) if kind.tags else rows, keys)


def _shown(kind: Kind, keys: Sequence[int]) -> list[Record]:
    """Records for the cells of a list, which find tags in the slot of their column and users by their keys.

    Tags as a list, for to make a question of each record's takes longer than to read those of all.
    """
    users = {column.field for column in kind.columns if column.type == ColumnType.USER}
    rows = kind.rows().filter(pk__in=keys)
    if beside := [name for name in kind.joined if name not in users]:
        rows = rows.select_related(*beside)
    for column in kind.columns:
        if column.type == ColumnType.TAGS:
            rows = rows.prefetch_related(Prefetch(column.field, to_attr=column.slot))
    return _in_order(rows, keys)


def _in_order(rows: Rows, keys: Sequence[int]) -> list[Record]:
    found = {row.pk: row for row in rows}
    return [found[key] for key in keys if key in found]
