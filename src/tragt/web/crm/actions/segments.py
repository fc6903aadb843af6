"""Saving segments, changing and removing them. A removed one can be brought back."""

from collections.abc import Iterable, Iterator, Sequence

from django.http import QueryDict
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotAllowed
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.crm.models import Deal, Segment, SegmentKind, SegmentMember
from tragt.web.crm.queries.segments import (
    COLUMN,
    listing_of,
    removed_segment,
    rests_on,
    segment_seen,
    segments_seen,
)
from tragt.web.crm.segment_uses import uses_of
from tragt.web.people.bulk import insert, select
from tragt.web.people.models import Company, Identifier
from tragt.web.people.queries import identity
from tragt.web.records.kinds import ColumnType, Kind, kind_of
from tragt.web.records.listing import ME, Listing
from tragt.web.records.queries.narrowing import narrowed, unfolded
from tragt.web.shell.acting import Act, Who, acting
from tragt.web.shell.holding import hold, take_turn

__all__ = [
    "MOST",
    "PERMISSION",
    "add_members",
    "bring_back_segment",
    "change_segment",
    "copy_segment",
    "remove_members",
    "remove_segment",
    "save_chosen",
    "save_found",
    "save_live",
    "save_units",
]

PERMISSION = "segments.edit"
MOST = 100_000
"""So many members a fixed segment has at most."""

_LONGEST = 100
_LONGEST_QUERY = 10_000
_TURN = "segments"
"""What rests on what is looked at and written by one at a time."""
_OF_THE_PAGE = ("sort", "after", "before", "add")


def save_live(kind: Kind, query: str, name: str, *, who: Who, shared: bool = True) -> Segment:
    """Save what a filter leaves, now and later.

    Args:
        kind: Of which records.
        query: The filter, as the address of the list says it.
        name: What the segment is called.
        who: Who saves it; "me" in the filter is whoever that is.
        shared: Whether others may use it.

    Raises:
        InvalidDefinition: There is no name, or no filter, or one that cannot be.
    """
    with acting(who, PERMISSION, act="save", kind=kind.code) as act:
        take_turn(_TURN)
        listing = _asked(kind, query, who, shared=shared)
        segment = Segment(kind=kind.code, name=_name(name), live=True, query=listing.query(), shared=shared)
        return _made(act, segment)


def save_found(kind: Kind, query: str, name: str, *, who: Who, shared: bool = True) -> Segment:
    """Save those whom a filter leaves now, of those whom this one sees.

    Args:
        kind: Of which records.
        query: The filter, as the address of the list says it; none means all.
        name: What the segment is called.
        who: Who saves it.
        shared: Whether others may use it.

    Raises:
        InvalidDefinition: There is no name, the filter cannot be, or it leaves nobody or too many.
    """
    with acting(who, PERMISSION, act="save", kind=kind.code) as act:
        listing = _listing(kind, query)
        rows = narrowed(kind, _user(who), unfolded(listing, _user(who)).filters)
        keys = list(rows.values_list("pk", flat=True)[: MOST + 1])
        return _fixed(act, kind, name, keys, shared=shared)


def save_chosen(kind: Kind, keys: Sequence[int], name: str, *, who: Who, shared: bool = True) -> Segment:
    """Save some records, as far as this one sees them.

    Args:
        kind: What they are.
        keys: Of the records.
        name: What the segment is called.
        who: Who saves them.
        shared: Whether others may use the segment.

    Raises:
        InvalidDefinition: There is no name, or none of them, or they are too many.
    """
    with acting(who, PERMISSION, act="save", kind=kind.code) as act:
        return _fixed(act, kind, name, _seen(kind, keys, who), shared=shared)


def save_units(kind: Kind, units: Sequence[str], name: str, *, who: Who, shared: bool = True) -> Segment:
    """Save some units of the event log; those without a record too.

    Args:
        kind: What they are.
        units: As the log calls them: canonical actors, keys of companies, keys of deals.
        name: What the segment is called.
        who: Who saves them.
        shared: Whether others may use the segment.

    Raises:
        InvalidDefinition: There is no name, or none of them, or they are too many.
    """
    with acting(who, PERMISSION, act="save", kind=kind.code) as act:
        _check_number(len(units))
        segment = _made(act, Segment(kind=kind.code, name=_name(name), live=False, shared=shared))
        _hold_units(segment, list(dict.fromkeys(units)))
        act.details["members"] = len(units)
    return segment


def change_segment(
    key: int,
    *,
    who: Who,
    name: str | None = None,
    shared: bool | None = None,
    query: str | None = None,
    version: int | None = None,
) -> Segment:
    """Call a segment otherwise, share it or not, or let a live one ask something else.

    Args:
        key: Its key.
        who: Who changes it.
        name: What it is called; None leaves it.
        shared: Whether others may use it; None leaves it.
        query: What a live one asks; None leaves it.
        version: The version that was seen; None takes any.

    Raises:
        NotFound: There is none, or this one may not know of it.
        NotAllowed: It is somebody else's.
        Conflict: Somebody changed it meanwhile; or it is counted, and this one hides it, or sees not all whom it asks.
        InvalidDefinition: The name or the filter cannot be.
    """
    with acting(who, PERMISSION, f"segment {key}", act="change") as act:
        take_turn(_TURN)
        segment = _own(key, who, version)
        if name is not None:
            segment.name = _name(name)
        if segment.shared and shared is False:
            _check_uncounted(segment)
        if shared is not None:
            segment.shared = shared
        if not segment.shared:
            _check_unused(segment)
        if query is not None or (segment.live and shared):
            if not segment.live:
                raise InvalidDefinition("segments.fixed", "A fixed segment asks nothing; it has members.")
            asked = segment.query if query is None else query
            kind = kind_of(segment.kind)
            listing = _asked(kind, asked, who, shared=segment.shared, below=segment.pk)
            if rests_on(listing.filters):
                _check_unused(segment, also_own=True)
            if listing.query() != segment.query:
                _check_may_count_others(segment, who)
            segment.query = listing.query()
        act.details["fields"] = [
            field for field, told in (("name", name), ("shared", shared), ("query", query)) if told is not None
        ]
        return _saved(segment)


def copy_segment(key: int, name: str, *, who: Who) -> Segment:
    """Make another segment with the same filter or the same members; it is this one's.

    Args:
        key: Key of the segment.
        name: What the copy is called.
        who: Who makes it.

    Raises:
        NotFound: There is none, or this one may not know of it.
        InvalidDefinition: The name cannot be.
    """
    with acting(who, PERMISSION, act="copy") as act:
        take_turn(_TURN)
        found = segment_seen(key, _user(who))
        copy = Segment(kind=found.kind, name=_name(name), live=found.live, query=found.query, shared=found.shared)
        _made(act, copy)
        held = SegmentMember.objects.filter(segment=found).values_list("key", "person_id", "company_id", "deal_id")
        insert(SegmentMember, _FIELDS, ((copy.pk, *row) for row in list(held)))
    return copy


def remove_segment(key: int, *, who: Who, version: int | None = None) -> Segment:
    """Remove a segment; it can be brought back.

    Args:
        key: Its key.
        who: Who removes it.
        version: The version that was seen; None takes any.

    Raises:
        NotFound: There is none, or this one may not know of it.
        NotAllowed: It is somebody else's.
        Conflict: Somebody changed it meanwhile, or another segment rests on it.
    """
    with acting(who, PERMISSION, f"segment {key}", act="remove"):
        take_turn(_TURN)
        segment = _own(key, who, version)
        _check_unused(segment, also_own=True)
        _check_uncounted(segment)
        segment.deleted = timezone.now()
        return _saved(segment)


def bring_back_segment(key: int, *, who: Who) -> Segment:
    """Bring a removed segment back.

    Args:
        key: Its key.
        who: Who brings it back.

    Raises:
        NotFound: None of this key was removed, or this one may not know of it.
        NotAllowed: It is somebody else's.
        InvalidDefinition: What it rests on rests on others meanwhile.
    """
    with acting(who, PERMISSION, f"segment {key}", act="bring back"):
        take_turn(_TURN)
        hold(Segment, key)
        segment = removed_segment(key, _user(who))
        _check_own(segment, who)
        listing = listing_of(kind_of(segment.kind), segment.query) if segment.live else None
        _check_flat(Segment.objects.filter(pk__in=rests_on(listing.filters) if listing else ()))
        segment.deleted = None
        return _saved(segment)


def add_members(key: int, records: Sequence[int], *, who: Who, version: int | None = None) -> Segment:
    """Add records to a fixed segment, as far as this one sees them; who is in it already stays.

    Args:
        key: Key of the segment.
        records: Keys of the records.
        who: Who adds them.
        version: The version that was seen; None takes any.

    Raises:
        NotFound: There is no such segment, or this one may not know of it.
        NotAllowed: It is somebody else's.
        Conflict: Somebody changed it meanwhile; or it is counted, and this one sees not all records.
        InvalidDefinition: It is a live one, or there would be too many.
    """
    with acting(who, PERMISSION, f"segment {key}", act="add members") as act:
        segment = _with_others(key, who, version)
        seen = _seen(kind_of(segment.kind), records, who)
        held = SegmentMember.objects.filter(segment=segment)
        there = set(held.filter(**{f"{segment.kind}__in": seen}).values_list(f"{segment.kind}_id", flat=True))
        new = [one for one in seen if one not in there]
        _check_number(held.count() + len(new))
        _hold(segment, new)
        act.details["members"] = len(new)
        return _saved(segment)


def remove_members(key: int, records: Sequence[int], *, who: Who, version: int | None = None) -> Segment:
    """Take records out of a fixed segment, as far as this one sees them.

    Args:
        key: Key of the segment.
        records: Keys of the records.
        who: Who takes them out.
        version: The version that was seen; None takes any.

    Raises:
        NotFound: There is no such segment, or this one may not know of it.
        NotAllowed: It is somebody else's.
        Conflict: Somebody changed it meanwhile; or it is counted, and this one sees not all records.
        InvalidDefinition: It is a live one.
    """
    with acting(who, PERMISSION, f"segment {key}", act="remove members") as act:
        segment = _with_others(key, who, version)
        seen = _seen(kind_of(segment.kind), records, who)
        held = SegmentMember.objects.filter(segment=segment, **{f"{segment.kind}__in": seen})
        act.details["members"] = held.delete()[0]
        return _saved(segment)


_FIELDS = ("segment", "key", "person", "company", "deal")


def _user(who: Who) -> User | None:
    return who.user if isinstance(who.user, User) else None


def _name(given: str) -> str:
    name = " ".join(given.replace("\0", " ").split())
    if not 0 < len(name) <= _LONGEST:
        raise InvalidDefinition(
            "segments.name", f"A segment has a name of 1 to {_LONGEST} letters; {len(name)} were given.", field="name"
        )
    return name


def _listing(kind: Kind, query: str) -> Listing:
    asked = QueryDict(query[:_LONGEST_QUERY], mutable=True)
    for name in _OF_THE_PAGE:
        asked.pop(name, None)
    listing = listing_of(kind, asked.urlencode())
    if listing is None or len(query) > _LONGEST_QUERY:
        raise InvalidDefinition(
            "segments.filter", "This is no filter of the list, or a part of it means nothing any more.", field="query"
        )
    return listing


def _asked(kind: Kind, query: str, who: Who, *, shared: bool, below: int | None = None) -> Listing:
    """The filter of a live segment: without "me", which is somebody else for whoever looks.

    Args:
        kind: Of which records.
        query: As the address of the list has it.
        who: Who asks.
        shared: Whether the segment is shared: then it rests on no segment that is not.
        below: The segment's key, so that it does not rest on itself; None of a new one.
    """
    own = QueryDict(_listing(kind, query).query(), mutable=True)
    for one in _listing(kind, query).filters:
        if one.column.type == ColumnType.USER and ME in one.values:
            key = str(who.user.pk) if who.user else ""
            own.setlist(one.name, [key if value == ME else value for value in one.given])
    listing = _listing(kind, own.urlencode())
    if not listing.filters:
        raise InvalidDefinition(
            "segments.no_filter", "A live segment needs a filter: filter the list, then save it.", field="query"
        )
    named = set(rests_on(listing.filters))
    seen = segments_seen(_user(who)).filter(pk__in=named, kind=kind.code)
    known = {one.pk for one in seen if (one.shared or not shared) and (below is None or one.pk < below)}
    if named - known:
        raise InvalidDefinition(
            "segments.rests",
            "A segment can only rest on segments that are older, and a shared one only on shared ones.",
            field="query",
        )
    _check_flat(seen)
    return listing


def _check_flat(named: Iterable[Segment]) -> None:
    """Refuse to rest on segments that rest on others: what is asked would grow with every floor."""
    if any(f"{COLUMN}.any" in QueryDict(one.query) for one in named):
        raise InvalidDefinition(
            "segments.deep", "A segment cannot rest on one that rests on others; name those instead.", field="query"
        )


def _made(act: Act, segment: Segment) -> Segment:
    segment.owner = _user(act.who)
    segment.save()
    act.target = f"segment {segment.pk}"
    return segment


def _saved(segment: Segment) -> Segment:
    segment.version += 1
    segment.save()
    return segment


def _fixed(act: Act, kind: Kind, name: str, keys: Sequence[int], *, shared: bool) -> Segment:
    _check_number(len(keys))
    segment = _made(act, Segment(kind=kind.code, name=_name(name), live=False, shared=shared))
    _hold(segment, keys)
    act.details["members"] = len(keys)
    return segment


def _check_number(number: int) -> None:
    if not number:
        raise InvalidDefinition("segments.empty", "There is nobody to save. Choose some, or take a filter away.")
    if number > MOST:
        raise InvalidDefinition(
            "segments.too_many", f"A fixed segment has at most {MOST} members; save this as a live one.", most=MOST
        )


def _seen(kind: Kind, keys: Sequence[int], who: Who) -> list[int]:
    """Those of some records that this one sees."""
    if len(keys) > MOST:
        _check_number(len(keys))
    return sorted(kind.visible(_user(who)).filter(pk__in=list(keys)).values_list("pk", flat=True))


def _hold(segment: Segment, records: Sequence[int]) -> None:
    """Write records as members, with what the log calls them."""
    called: dict[int, str] = {}
    match segment.kind:
        case SegmentKind.PERSON:
            rows = select(Identifier, ("person", "actor"), "person", list(records))
            # A user tells more of who somebody is than a visitor does.
            called = dict(sorted(rows, key=lambda row: (str(row[1]).startswith("u:"), row[1])))
        case SegmentKind.COMPANY:
            called = dict(select(Company, ("id", "key"), "id", list(records)))
        case SegmentKind.DEAL:
            called = dict(select(Deal, ("id", "key"), "id", list(records)))
    _write(segment, ((called.get(record, ""), record) for record in records))


def _hold_units(segment: Segment, units: Sequence[str]) -> None:
    """Write units as members, with their records where there are any."""
    match segment.kind:
        case SegmentKind.PERSON:
            # A person of several users may have rows for others of them only.
            joined = identity().persons
            mates = dict(joined.filter(joined["person"].is_in(list(units))).select("actor", "person").iter_rows())
            rows_of = select(Identifier, ("actor", "person"), "actor", [*units, *mates])
            found = sorted(((mates.get(one, one), row) for one, row in rows_of), key=lambda pair: pair[1], reverse=True)
            found += [pair for pair in rows_of if pair[0] not in mates or mates[pair[0]] == pair[0]]
        case SegmentKind.COMPANY:
            found = select(Company, ("key", "id"), "key", list(units))
        case _:
            found = select(Deal, ("key", "id"), "key", list(units))
    records = dict(found)
    taken: set[int] = set()
    rows: list[tuple[str, int | None]] = []
    for unit in units:
        record = records.get(unit)
        if record is None or record not in taken:
            rows.append((unit, record))
        taken |= {record} if record is not None else set()
    _write(segment, rows)


def _write(segment: Segment, rows: Iterable[tuple[str, int | None]]) -> None:
    place = {SegmentKind.PERSON: 0, SegmentKind.COMPANY: 1, SegmentKind.DEAL: 2}[SegmentKind(segment.kind)]
    insert(
        SegmentMember,
        _FIELDS,
        ((segment.pk, key, *(record if each == place else None for each in range(3))) for key, record in rows),
    )


def _own(key: int, who: Who, version: int | None) -> Segment:
    """A segment that this one may change, held until the act is over."""
    hold(Segment, key)
    segment = segment_seen(key, _user(who))
    _check_own(segment, who)
    if version is not None and version != segment.version:
        raise Conflict(
            "segments.changed", "Somebody changed this segment meanwhile. Look at it again.", version=segment.version
        )
    return segment


def _fixed_one(key: int, who: Who, version: int | None) -> Segment:
    segment = _own(key, who, version)
    if segment.live:
        raise InvalidDefinition("segments.live", "The members of a live segment are whom its filter leaves.")
    return segment


def _with_others(key: int, who: Who, version: int | None) -> Segment:
    """A fixed segment whose members this one may change."""
    segment = _fixed_one(key, who, version)
    _check_may_count_others(segment, who)
    return segment


def _check_may_count_others(segment: Segment, who: Who) -> None:
    """Refuse to put others into what is counted, where this one sees not all records.

    What counts a segment counts everybody's: its figures would tell of records that this one does not see.
    """
    user = _user(who)
    if user is not None and visible_owners(user) is not None:
        _check_uncounted(segment)
        for other in _resting_on(segment):
            _check_uncounted(other)


def _check_own(segment: Segment, who: Who) -> None:
    theirs = segment.owner_id is None or who.user is None or who.user.pk == segment.owner_id
    if not theirs and not who.may("pipelines.edit"):
        raise NotAllowed(
            "segments.not_yours", "This segment is somebody else's. Copy it, or ask them or a manager to change it."
        )


def _check_uncounted(segment: Segment) -> None:
    """Refuse where something of apps above, such as a funnel, uses a segment that goes, or goes from others' sight."""
    if used := ", ".join(uses_of(segment.pk)):
        raise Conflict("segments.counted", f"These use this segment: {used}. Change them first.", names=used)


def _check_unused(segment: Segment, *, also_own: bool = False) -> None:
    """Refuse where other segments rest on one that goes, or goes from the sight of others."""
    if any(also_own or other.shared for other in _resting_on(segment)):
        raise Conflict("segments.used", "Another segment rests on this one. Change that one first.")


def _resting_on(segment: Segment) -> Iterator[Segment]:
    """The live segments that ask for those of a segment."""
    for other in Segment.objects.filter(deleted=None, live=True, kind=segment.kind).exclude(pk=segment.pk):
        if f"{COLUMN}.any" in other.query:
            listing = listing_of(kind_of(other.kind), other.query)
            if listing is not None and segment.pk in rests_on(listing.filters):
                yield other
