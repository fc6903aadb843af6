"""Segments: which somebody may know of, and the records that are in them. The unit of observation is the record.

Who looks at a list through a segment sees of its members what they see anyway, and a live one is asked with their eyes:
a filter on the name of a company finds nobody by one that they do not see.
"""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.models import Segment, SegmentKind, SegmentMember
from tragt.web.records.kinds import Asked, Column, Kind, Rows, kind_of
from tragt.web.records.listing import Filter, Listing, read
from tragt.web.records.queries.fields import columns_of, fields_of
from tragt.web.records.queries.narrowing import narrowed, sees_all, unfolded
from tragt.web.records.queries.pages import MOST_COUNTED, count

__all__ = [
    "COLUMN",
    "filter_of",
    "fixed_counted",
    "in_segments",
    "listing_of",
    "members_counted",
    "members_seen",
    "offered_segments",
    "removed_segment",
    "rests_on",
    "segment_names",
    "segment_seen",
    "segments_seen",
    "stale_segments",
    "unfold_segment",
    "visitors_in",
]

COLUMN = "segment"
"""What addresses of lists call the filter on segments."""


def segments_seen(user: User | None) -> QuerySet[Segment]:
    """The segments that a user may know of: those that are shared, and their own.

    Args:
        user: Who looks; None is a command line or a job, which sees everything.
    """
    rows = Segment.objects.filter(deleted=None)
    if user is None:
        return rows
    codes = [code for code in SegmentKind.values if _may(user, code)]
    return rows.filter(Q(shared=True) | Q(owner=user), kind__in=codes)


def segment_seen(key: int, user: User | None) -> Segment:
    """A segment that a user may know of.

    Args:
        key: Its key.
        user: Who looks, as of `segments_seen`.

    Raises:
        NotFound: There is none of this key, or this one may not know of it.
    """
    found = segments_seen(user).filter(pk=key).select_related("owner").first()
    if found is None:
        raise NotFound("segments.unknown", "There is no such segment; it may have been removed.", key=key)
    return found


def removed_segment(key: int, user: User | None) -> Segment:
    """A segment that was removed, as somebody sees it who may bring it back.

    Args:
        key: Its key.
        user: Who looks; None sees everything.

    Raises:
        NotFound: None of this key was removed, or this one may not know of it.
    """
    rows = Segment.objects.filter(pk=key, deleted__isnull=False)
    if user is not None:
        rows = rows.filter(Q(shared=True) | Q(owner=user))
    found = rows.first()
    if found is None or (user is not None and not _may(user, found.kind)):
        raise NotFound("segments.unknown", "No such segment was removed.", key=key)
    return found


def segment_names(keys: Iterable[int]) -> dict[int, str]:
    """What segments are called, by key, for the audit; those that are somebody's own are not named to others."""
    return dict(Segment.objects.filter(pk__in=list(keys), shared=True).values_list("pk", "name"))


def offered_segments(kind: str) -> Callable[[User | None], Sequence[tuple[str, str]]]:
    """Gives the segments of a kind that a list offers to somebody.

    Args:
        kind: Code of the kind.
    """

    def offers(user: User | None) -> Sequence[tuple[str, str]]:
        rows = segments_seen(user).filter(kind=kind).values_list("pk", "name")
        return [(str(key), name) for key, name in rows]

    return offers


def listing_of(kind: Kind, query: str) -> Listing | None:
    """The list that a query asks for; None where it asks for something that means nothing, or no more.

    Args:
        kind: Of which records.
        query: As the address of the list has it.
    """
    asked = QueryDict(query)
    listing = read(kind, columns_of(kind, fields_of(kind)), asked)
    return None if listing.left_out(asked) else listing


def filter_of(segment: Segment) -> Sequence[Filter] | None:
    """What a live segment asks; None where a part of it means nothing any more: then nobody is in it.

    Args:
        segment: The segment.
    """
    listing = listing_of(kind_of(segment.kind), segment.query)
    return None if listing is None else listing.filters


def stale_segments(segments: Iterable[Segment]) -> frozenset[int]:
    """Keys of those live segments that ask something of which a part means nothing any more.

    Args:
        segments: Any segments; the fields of each kind are looked up once for all of them.
    """
    columns: dict[str, Sequence[Column]] = {}
    found = set()
    for one in segments:
        if one.live:
            kind, asked = kind_of(one.kind), QueryDict(one.query)
            if one.kind not in columns:
                columns[one.kind] = columns_of(kind, fields_of(kind))
            if read(kind, columns[one.kind], asked).left_out(asked):
                found.add(one.pk)
    return frozenset(found)


def rests_on(filters: Sequence[Filter]) -> list[int]:
    """Keys of the segments that filters name."""
    return [int(str(value)) for one in filters if one.column.code == COLUMN for value in one.values]


def unfold_segment(kind: str) -> Callable[[Sequence[object], User | None], Sequence[Filter] | None]:
    """Gives the filters of a live segment, where a filter names one alone.

    Args:
        kind: Code of the kind.
    """

    def unfold(values: Sequence[object], user: User | None) -> Sequence[Filter] | None:
        if len(values) != 1:
            return None
        found = segments_seen(user).filter(pk__in=_keys(values), kind=kind, live=True).first()
        return None if found is None else filter_of(found)

    return unfold


def in_segments(kind: str) -> Callable[[Asked], Q]:
    """Gives the condition that a record is in one of some segments; nothing is in one that is not known.

    Args:
        kind: Code of the kind.
    """

    def condition(asked: Asked) -> Q:
        found = list(segments_seen(asked.user).filter(pk__in=_keys(asked.values), kind=kind))
        fixed = [one.pk for one in found if not one.live]
        held = Q(pk__in=())
        if fixed:
            members = _members(kind).filter(segment__in=fixed)
            one_of = Exists(members.filter(**{kind: OuterRef("pk")}))
            held = Q(one_of) if asked.aside else Q(pk__in=members.values(kind))
        for one in found:
            if one.live:
                held |= _left(one, asked)
        return held

    return condition


def members_counted(segment: Segment, user: User | None) -> int:
    """How many records are in a segment, of those that a user sees; at most one more than lists count.

    Args:
        segment: The segment.
        user: Who looks; None sees everything.
    """
    listing = listing_of(kind_of(segment.kind), f"{COLUMN}.any={segment.pk}")
    return 0 if listing is None else count(listing, user)


def fixed_counted(segments: Iterable[Segment], user: User | None) -> dict[int, int]:
    """How many records are in fixed segments, by key: of the kinds of which a user sees every record.

    Args:
        segments: Of those that are live nothing is said.
        user: Who looks; None sees everything.
    """
    fixed: dict[str, dict[int, int]] = {}
    for one in segments:
        if not one.live:
            fixed.setdefault(one.kind, {})[one.pk] = 0
    found: dict[int, int] = {}
    for code, keys in fixed.items():
        kind = kind_of(code)
        if sees_all(kind, user) and (user is None or _may(user, code)):
            rows = _members(code).filter(segment__in=list(keys), **{f"{code}__in": kind.rows().values("pk")})
            found |= keys | dict(rows.order_by().values_list("segment").annotate(Count("pk")))
    return found


def members_seen(segment: Segment, user: User | None) -> Rows:
    """The records in a segment that a user sees.

    Args:
        segment: The segment.
        user: Who looks; None sees everything.
    """
    kind = kind_of(segment.kind)
    listing = listing_of(kind, f"{COLUMN}.any={segment.pk}")
    return kind.rows().none() if listing is None else narrowed(kind, user, unfolded(listing, user).filters)


def visitors_in(segment: Segment) -> int:
    """How many of the members of a fixed segment have no record: the log alone knows them."""
    return SegmentMember.objects.filter(segment=segment, person=None, company=None, deal=None).count()


def _members(kind: str) -> QuerySet[SegmentMember]:
    """The members that have a record; said so that the index of their kind is asked."""
    return SegmentMember.objects.filter(**{f"{kind}__isnull": False})


def _keys(values: Sequence[object]) -> list[int]:
    return [value for value in values if isinstance(value, int)]


def _left(segment: Segment, asked: Asked) -> Q:
    """The condition that a record is one that the filter of a live segment leaves.

    Of few the keys are found first. Of many each row is looked at: to find them all would take longer than to see that
    there are many.
    """
    kind = kind_of(segment.kind)
    listing = listing_of(kind, segment.query)
    if listing is None:
        return Q(pk__in=())
    filters = unfolded(listing, asked.user).filters
    if not asked.aside:
        few = narrowed(kind, asked.user, filters, inner=True).values("pk")
        if few[: MOST_COUNTED + 1].count() <= MOST_COUNTED:
            return Q(pk__in=few)
    return Q(Exists(narrowed(kind, asked.user, filters, found_by=(), inner=True).filter(pk=OuterRef("pk"))))


def _may(user: User, code: str) -> bool:
    return user.has_perm(kind_of(code).see)
