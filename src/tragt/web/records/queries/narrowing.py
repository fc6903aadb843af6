"""Records that filters leave. The unit of observation is the record.

There are two ways to the same rows. Where few are left, an index finds them. Where many are, the list is walked in its
order and the filters are looked at on the way, for which no index may be asked: the database would find, and sort, all
of them. Of several filters one is asked of its index, whose rows the others are looked at in: a database that does not
know how many rows each leaves would choose any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

import numpy as np
import numpy.typing as npt
from babel.numbers import get_currency_precision
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.records.expressions import Aside, following, listed, variants
from tragt.web.records.kinds import Asked, Column, ColumnType, Kind, Rows, kind_of
from tragt.web.records.listing import ANYWHERE, ME, Filter, Listing, Operator
from tragt.web.shell import organisation

__all__ = [
    "Keys", "Reach", "empty", "filled", "groups", "indexed", "keys_named", "matching", "named", "narrowed", "reach",
    "reached", "sees_all", "unfolded",
]  # fmt: skip

Keys = npt.NDArray[np.int64]


def narrowed(
    kind: Kind,
    user: User | None,
    filters: Sequence[Filter],
    walked_by: Column | None = None,
    *,
    found_by: Sequence[Filter] | None = None,
    inner: bool = False,
) -> Rows:
    """The records that a user may see and that filters leave.

    Args:
        kind: Of which records.
        user: Who looks; None sees everything.
        filters: All of them hold.
        walked_by: The column in whose order the list is walked; None where an index finds the few there are.
        found_by: Those filters of which alone an index is asked; None lets the database choose.
        inner: Whether the rows stand inside another question.
    """
    rows = kind.visible(user, aside=walked_by is not None or found_by is not None)
    asked = filters if found_by is None else found_by
    if walked_by is not None:
        asked = [one for one in filters if one.column.code == walked_by.code]
    return _left(rows, filters, _Way(kind, user, tuple(asked), walks=walked_by is not None, inner=inner))


def unfolded(listing: Listing, user: User | None) -> Listing:
    """A list in which filters that stand for others are replaced by these, so that their indexes find the records.

    Args:
        listing: What is asked.
        user: Who looks.
    """
    meant: list[Filter] = []
    waiting = list(listing.filters)
    while waiting:
        one = waiting.pop(0)
        others = one.column.unfold(one.values, user) if one.column.unfold else None
        if others is None:
            meant.append(one)
        else:
            waiting = [*others, *waiting]
    return replace(listing, filters=tuple(meant))


def groups(filters: Sequence[Filter]) -> list[tuple[Filter, ...]]:
    """Filters that one index answers together: of a column, of a table beside, and all texts that are searched."""
    found: dict[str, list[Filter]] = {}
    for one in filters:
        texts = _is_searched(one) or one.column is ANYWHERE
        found.setdefault("" if texts else _table(one) or one.column.code, []).append(one)
    return [tuple(group) for group in found.values()]


def reached(kind: Kind, user: User | None, group: Sequence[Filter]) -> Rows:
    """All records that a group of filters leaves, seen or not, there or gone: an index knows them without their rows.

    Args:
        kind: Of which records.
        user: Whom a filter means by "me".
        group: One of `groups`; none leaves all records.
    """
    manager: Any = kind.model._default_manager  # noqa: SLF001 - Django's public name
    return _left(manager.order_by(), group, _Way(kind, user, tuple(group), walks=False, inner=True))


@dataclass(frozen=True, slots=True)
class Reach:
    """What an index names for a group of filters, without a look at the records.

    Attributes:
        group: The filters.
        number: How many records, as far as they were counted; one of several tags counts for each of them.
        keys: Their keys, where finding them is what costs.
    """

    group: tuple[Filter, ...]
    number: int
    keys: Sequence[int] | None = None

    @property
    def certain(self) -> bool:
        """Whether every record was counted once."""
        return not any(one.column.type == ColumnType.TAGS and len(one.values) > 1 for one in self.group)

    def rows(self, kind: Kind, user: User | None, filters: Sequence[Filter]) -> Rows:
        """Those of the records that a user sees and that all of some filters leave, found by this index alone."""
        if self.keys is None:
            return narrowed(kind, user, filters, found_by=self.group)
        others = [one for one in filters if one not in self.group]
        return narrowed(kind, user, others, found_by=()).filter(pk__in=listed(self.keys))


def reach(kind: Kind, user: User | None, group: tuple[Filter, ...], most: int) -> Reach:
    """What an index names for a group of filters.

    Args:
        kind: Of which records.
        user: Whom a filter means by "me".
        group: One of `groups`; none means all records.
        most: How many are counted.
    """
    if group and connection.vendor == "sqlite" and (_all_searched(group) or _found_out(group)):
        try:
            number, keys = keys_named(*named(kind, user, group), most)
        except EmptyResultSet:  # no record can be as the filters say
            return Reach(group, 0, ())
        return Reach(group, number, keys.tolist() if number < most else None)
    if len(group) == 1 and group[0].operator == Operator.ANY and group[0].column.type == ColumnType.TAGS:
        through: Any = getattr(kind.model, kind.tags).through
        marked = through.objects.filter(tag__in=list(group[0].values))
        return Reach(group, marked.values("pk")[:most].count())
    rows = _beside(kind, user, group) if group and _table(group[0]) else reached(kind, user, group)
    return Reach(group, rows.values("pk")[:most].count())


def indexed(group: Sequence[Filter]) -> bool:
    """Whether an index names all that a group of filters leaves, and nothing else."""
    return all(_is_searched(one) or _of_an_index(one) for one in group)


def _all_searched(group: Sequence[Filter]) -> bool:
    return all(_is_searched(one) for one in group)


def _found_out(group: Sequence[Filter]) -> bool:
    """Whether of each record it must be found out if a group leaves it: what was found is worth keeping."""
    return any(one.column.condition is not None for one in group)


def _of_an_index(one: Filter) -> bool:
    column, operator = one.column, one.operator
    if column is ANYWHERE or column.condition is not None or operator == Operator.CONTAINS:
        return False
    if column.type in (ColumnType.TAGS, ColumnType.RECORD):
        return column.type == ColumnType.TAGS and operator == Operator.ANY
    return not column.link or bool(_table(one))


def named(kind: Kind, user: User | None, group: Sequence[Filter]) -> tuple[str, Sequence[Any]]:
    """The question which keys a group of filters leaves, of SQLite, of its index alone where they are `indexed`.

    Args:
        kind: Of which records.
        user: Whom a filter means by "me".
        group: One of `groups`.

    Returns:
        The question, whose only column is ``pk``, and what it is given. A key may be named more than once.
    """
    if _all_searched(group):
        table, found = _found_in(kind, [text for one in group for text in _texts(one)])
        return f'SELECT rowid AS "pk" FROM {table} WHERE {table} MATCH %s', [found]
    if len(group) == 1 and group[0].column.type == ColumnType.TAGS:
        through: Any = getattr(kind.model, kind.tags).through
        rows = through.objects.filter(tag__in=list(group[0].values)).values_list(F(f"{kind.link}_id"))
    else:
        rows = (_beside(kind, user, group) if _table(group[0]) else reached(kind, user, group)).values_list("pk")
    text, given = rows.order_by().query.sql_with_params()
    return f'WITH named("pk") AS ({text}) SELECT "pk" FROM named', given


def keys_named(question: str, given: Sequence[Any], most: int | None) -> tuple[int, Keys]:
    """What a question of `named` is answered: how many keys, and which.

    Args:
        question: As `named` gives it.
        given: Likewise.
        most: How many are read; None means all. Where there are so many, there may be more, and no keys are given.
    """
    some = "" if most is None else f" LIMIT {most}"
    with connection.cursor() as cursor:
        # As one text: to make a row of each takes three times as long.
        cursor.execute(f'SELECT COUNT(*), group_concat("pk") FROM ({question}{some})', given)
        number, text = cursor.fetchone()
    whole = number and (most is None or number < most)
    return number, np.fromstring(text, np.int64, sep=",") if whole else np.empty(0, np.int64)


def _beside(kind: Kind, user: User | None, group: Sequence[Filter]) -> Rows:
    """What a group leaves in the table beside that of the records, where all its values stand."""
    name = group[0].column.link
    table: Any = kind.model._meta.get_field(name).related_model  # noqa: SLF001 - Django's public name
    own = [replace(one, column=replace(one.column, source=one.column.field.removeprefix(f"{name}__"))) for one in group]
    rows = table._default_manager.order_by()  # noqa: SLF001 - Django's public name
    return _left(rows, own, _Way(kind, user, tuple(own), walks=False, inner=True))


def _table(one: Filter) -> str:
    """The link to the table beside that of the records in which those that a filter leaves have a row; else empty."""
    none = (one.operator == Operator.EMPTY and one.values[0]) or (one.column.condition and not one.values[0])
    return "" if none else one.column.link


def sees_all(kind: Kind, user: User | None) -> bool:
    """Whether a user sees every record of a kind."""
    return user is None or not kind.owner or visible_owners(user) is None


@dataclass(frozen=True, slots=True)
class _Way:
    """How rows are found: of which kind, for whom, by the indexes of which filters, by a walk, inside a question."""

    kind: Kind
    user: User | None
    asked: tuple[Filter, ...]
    walks: bool
    inner: bool


def _left(rows: Rows, filters: Sequence[Filter], way: _Way) -> Rows:
    """Those of some rows that filters leave."""
    contained: list[tuple[Column | None, str]] = []
    for number, one in enumerate(filters):
        aside = one not in way.asked
        if _is_searched(one) and not way.walks and not aside:
            contained += _texts(one)
        elif one.column is ANYWHERE:
            rows = _anywhere(way.kind, rows, one, aside=aside)
        elif one.column.condition is not None:
            path = f"{one.column.link}__" * bool(one.column.link)
            asked = Asked(one.operator, one.values[0], way.user, aside, path, one.values)
            rows = rows.filter(one.column.condition(asked))
        elif _hides(one, way.user):
            rows = rows.filter(_names_none(one, way.user) if one.values[0] else _names_one(one, way.user, aside=aside))
        elif one.column.type == ColumnType.TAGS:
            rows = rows.filter(_tagged(way.kind, one, aside=aside))
        else:
            name = f"filtered_{number}"
            compared = F(f"{one.column.field}_id") if _is_key(one.column) else one.column.compared()
            if not aside and (link := _table(one)):
                rows = rows.filter(**{f"{link}__isnull": False})
            rows = rows.alias(**{name: Aside(compared) if aside else compared})
            if not aside and (between := _between(name, one)):
                rows = rows.alias(**{f"{name}_there": Aside(compared)}).filter(between)
                name = f"{name}_there"
            rows = rows.filter(_condition(name, one, way.user))
    return matching(way.kind, rows, contained, inner=way.inner) if contained else rows


def matching(kind: Kind, rows: Rows, contained: Sequence[tuple[Column | None, str]], *, inner: bool = False) -> Rows:
    """The rows in which texts are contained, found by the search index; capitals do not matter.

    Args:
        kind: Of which records.
        rows: Some of them.
        contained: Texts of three letters or more, each with the column that it is in, or None for any.
        inner: Whether the rows stand inside another question, which needs all of them.
    """
    if connection.vendor == "postgresql":
        for column, text in contained:
            columns = kind.searched if column is None else (column,)
            rows = rows.filter(reduce(or_, (Q(**{f"{one.field}__holds": text}) for one in columns)))
        return rows
    table = connection.ops.quote_name(kind.table)
    index, asked = _found_in(kind, contained)
    if inner:
        return rows.filter(pk__in=RawSQL(f"SELECT rowid FROM {index} WHERE {index} MATCH %s", [asked]))
    where = f"{index} MATCH %s AND {index}.rowid = {table}.id"
    return rows.extra(tables=[kind.search_table], where=[where], params=[asked])


def _found_in(kind: Kind, contained: Sequence[tuple[Column | None, str]]) -> tuple[str, str]:
    """The search index of SQLite, and what it is asked."""
    asked = " AND ".join(f"{f'{column.field} : ' if column else ''}{_phrase(text)}" for column, text in contained)
    return connection.ops.quote_name(kind.search_table), asked


def _hides(one: Filter, user: User | None) -> bool:
    """Whether a filter asks if another record is named, of which the user does not see every one."""
    of_others = one.operator == Operator.EMPTY and one.column.type == ColumnType.RECORD
    return of_others and not sees_all(kind_of(one.column.kind), user)


def _names_none(one: Filter, user: User | None) -> Q:
    """The condition that a record names no other one that the user sees."""
    seen = kind_of(one.column.kind).visible(user, aside=True).filter(pk=OuterRef(f"{one.column.field}_id"))
    return Q(**{f"{one.column.field}__isnull": True}) | ~Q(Exists(seen))


def _names_one(one: Filter, user: User | None, *, aside: bool) -> Q:
    """The condition that a record names another one that the user sees."""
    seen = kind_of(one.column.kind).visible(user, aside=aside)
    if aside:
        return Q(Exists(seen.filter(pk=OuterRef(f"{one.column.field}_id"))))
    return Q(**{f"{one.column.field}__in": seen.values("pk")})


def _texts(one: Filter) -> list[tuple[Column | None, str]]:
    """What the search index is asked for a filter: texts, each with the column that it is in, or None for any."""
    if one.column is ANYWHERE:
        return [(None, str(word)) for word in one.values]
    return [(one.column, str(one.values[0]))]


def _anywhere(kind: Kind, rows: Rows, one: Filter, *, aside: bool) -> Rows:
    """The rows in whose searched columns all words of a filter are, or of which one begins with its text."""
    begins = one.operator == Operator.STARTS
    names = {column.code: f"anywhere_{column.code}" for column in kind.searched}
    away = aside or not begins
    compared = {names[column.code]: column.compared() for column in kind.searched}
    rows = rows.alias(**{name: Aside(value) if away else value for name, value in compared.items()})
    return rows.filter(reduce(and_, (_in_any(kind, names, str(word), begins=begins) for word in one.values)))


def _in_any(kind: Kind, names: Mapping[str, str], word: str, *, begins: bool) -> Q:
    """The condition that a text is in a searched column, or that one begins with it."""
    found = Q(pk__in=())
    for column in kind.searched:
        if not begins:
            texts = _cases(word)
        else:
            spelled = column.spelled(word)
            texts = [] if not spelled else variants(spelled) if column.folded else [spelled]
        for text in texts:
            found |= Q(**{f"{names[column.code]}__{'begins' if begins else 'holds'}": text})
    return found


def _is_searched(one: Filter) -> bool:
    return one.operator == Operator.CONTAINS and one.column.searched


def _phrase(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _between(name: str, one: Filter) -> Q:
    """The one stretch of an index in which all beginnings of a filter lie, where a text may be stored in several ways.

    Asked for each of them the database would find all rows, and sort them.
    """
    spelled = _beginnings(one) if one.operator == Operator.STARTS else []
    if len(spelled) < 2:
        return Q()
    return Q(**{f"{name}__gte": min(spelled)}) & Q(**{f"{name}__lt": following(max(spelled))})


def _beginnings(one: Filter) -> list[str]:
    text = str(one.values[0])
    return variants(text) if one.column.folded or one.column.expression is not None else [text]


def empty(column: Column, name: str) -> Q:
    """The condition that a record has no value in a column, under the name that the query knows its value by."""
    blank = column.type == ColumnType.TEXT and column.expression is None
    return Q(**{name: ""}) if blank else Q(**{f"{name}__isnull": True})


def _condition(name: str, one: Filter, user: User | None) -> Q:
    column, value = one.column, one.values[0]
    match one.operator:
        case Operator.EMPTY:
            return empty(column, name) if value else filled(column, name)
        case Operator.ANY:
            return Q(**{f"{name}__in": _keys(one.values, user)})
        case Operator.FROM:
            return Q(**{f"{name}__gte": _amount(column, value)})
        case Operator.TO:
            return Q(**{f"{name}__{'lt' if column.type == ColumnType.MOMENT else 'lte'}": _amount(column, value)})
    if column.type == ColumnType.BOOLEAN:
        return Q(**{name: ("true" if value else "false") if column.expression is not None else value})
    if column.type == ColumnType.RECORD:
        if one.operator == Operator.IS:
            return Q(**{name: value}) & Q(Exists(kind_of(column.kind).visible(user).filter(pk=value)))
        return Q(**{f"{name}__in": _others(one, user)})
    lookup = {Operator.IS: "exact", Operator.STARTS: "begins", Operator.CONTAINS: "holds"}[one.operator]
    spelled = _beginnings(one)
    if one.operator == Operator.CONTAINS:
        spelled = _cases(str(value))
    return reduce(or_, (Q(**{f"{name}__{lookup}": text}) for text in spelled))


def filled(column: Column, name: str) -> Q:
    """The condition that a record has a value in a column, under the name that the query knows its value by."""
    blank = column.type == ColumnType.TEXT and column.expression is None
    return Q(**{f"{name}__gt": ""}) if blank else Q(**{f"{name}__isnull": False})


def _cases(text: str) -> list[str]:
    """A text as it must be asked for: in the order of letters' numbers no database knows all capitals."""
    return [text.lower()] if connection.vendor == "postgresql" else variants(text)


def _is_key(column: Column) -> bool:
    return column.expression is None and column.type in (ColumnType.USER, ColumnType.RECORD)


def _keys(values: Sequence[object], user: User | None) -> list[object]:
    return [user.pk if user else None if value == ME else value for value in values] if ME in values else list(values)


def _amount(column: Column, value: object) -> object:
    """A number as the table has it: money in minor units."""
    if column.type == ColumnType.MONEY and isinstance(value, Decimal):
        return int(value.scaleb(get_currency_precision(organisation.current().currency)))
    if column.type == ColumnType.DATE and column.expression is not None:
        return str(value)
    return float(value) if isinstance(value, Decimal) and column.expression is not None else value


def _others(one: Filter, user: User | None) -> Rows:
    """The records of another kind, of those that the user sees, whose name is as a filter says."""
    other = kind_of(one.column.kind)
    named = Filter(other.columns[0], one.operator, one.values, one.given)
    return narrowed(other, user, [named], found_by=[named], inner=True).values("pk")


def _tagged(kind: Kind, one: Filter, *, aside: bool) -> Any:
    """The condition that a record has one of some tags, or none at all."""
    through: Any = getattr(kind.model, kind.tags).through
    if one.operator == Operator.EMPTY:
        found = Exists(through.objects.filter(**{kind.link: OuterRef("pk")}))
        return ~found if one.values[0] else found
    if len(one.values) == 1 and not aside:
        return Q(**{kind.tags: one.values[0]})
    tagged = through.objects.filter(tag__in=list(one.values))
    if aside:
        return Exists(tagged.filter(**{kind.link: OuterRef("pk")}))
    return Q(pk__in=tagged.values(kind.link))
