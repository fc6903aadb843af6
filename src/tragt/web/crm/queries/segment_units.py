"""Segments as the event log has them: units by what the log calls them, for everybody. The unit is the unit.

Persons are canonical actors, companies and deals their keys. Members that the log does not know are left out.
"""

import hashlib
from collections.abc import Sequence

import polars as pl
from django.core.cache import cache
from django.db.models import Count, Max, Sum
from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.crm.models import Deal, Segment, SegmentKind, SegmentMember
from tragt.web.crm.queries.segments import filter_of, listing_of, rests_on
from tragt.web.log.queries import acts_of, revision
from tragt.web.people.bulk import frame
from tragt.web.people.models import Identifier
from tragt.web.people.queries import identity
from tragt.web.records.kinds import Rows, kind_of
from tragt.web.records.queries.narrowing import narrowed, unfolded

__all__ = ["canonical", "digest_of", "records_state", "segments_named", "state_of", "units_in"]

AS_OF_SECONDS = 60
"""So old what is known of the members of live segments may be: owners and tags of records change without a trace."""

_TEXT = pl.String


def segments_named(names: Sequence[str]) -> dict[str, Segment]:
    """The segments that a definition names by their keys.

    Args:
        names: Keys, as texts.

    Raises:
        InvalidDefinition: One of them is gone.
    """
    keys = [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 16]
    found = {str(one.pk): one for one in Segment.objects.filter(pk__in=keys, deleted=None)}
    for name in names:
        if name not in found:
            raise InvalidDefinition(
                "segments.gone", f"There is no segment {name} any more; choose another one.", segment=name
            )
    return found


def units_in(segment: Segment) -> pl.Series:
    """The units in a segment, sorted, each once.

    Args:
        segment: The segment.

    Raises:
        InvalidDefinition: It is a live one, and a part of what it asks means nothing any more.
    """
    found = _units_left(segment) if segment.live else _units_held(segment)
    return found.drop_nulls().unique().sort().alias("unit")


def state_of(segments: Sequence[Segment]) -> str:
    """A text that changes when the units in some segments have; a minute later at most.

    Args:
        segments: The segments.
    """
    kinds = {one.kind for one in segments}
    named = sorted((one.pk, one.version) for one in segments)
    key = f"segments.state.{digest_of([repr(named), records_state(kinds)])}"
    found = cache.get(key)
    if not isinstance(found, str):
        found = digest_of([f"{one.pk}:{digest_of(units_in(one).to_list())}" for one in segments])
        cache.set(key, found, AS_OF_SECONDS)
    return found


def digest_of(texts: Sequence[str]) -> str:
    """Some texts in their order as one short one."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


def records_state(kinds: set[str], *, by_minute: bool = True) -> str:
    """A text that changes soon when records of some kinds do: with acts at once, else within a minute.

    Args:
        kinds: Codes of kinds of records.
        by_minute: Whether it changes every minute, for what changes without a trace.
    """
    parts: list[object] = [acts_of(revision())]
    if by_minute:
        parts.append(int(timezone.now().timestamp() // AS_OF_SECONDS))
    parts.append(list(Segment.objects.order_by().aggregate(Max("pk"), Sum("version"), Max("deleted")).values()))
    if SegmentKind.DEAL in kinds:
        parts.append(list(Deal.objects.order_by().aggregate(Count("pk"), Sum("version"), Max("touched")).values()))
    return repr(parts)


def canonical(actors: pl.Series) -> pl.Series:
    """The persons that actors are now; a visitor whom several users claimed is each of them.

    Args:
        actors: Actors of the log, as they were kept.
    """
    known = identity()
    given = actors.cast(_TEXT).alias("actor").to_frame().unique()
    spans = known.spans.select(pl.col("actor").cast(_TEXT), pl.col("person").cast(_TEXT)).unique()
    claimed = given.join(spans, on="actor", how="left")
    own = known.canonical(claimed["actor"])
    return claimed.select(pl.coalesce("person", own.alias("own")))["person"]


def _units_held(segment: Segment) -> pl.Series:
    """The units of a fixed segment: as they were kept, and as its records are called now."""
    rows = SegmentMember.objects.filter(segment=segment, **{f"{segment.kind}__isnull": False})
    bare = SegmentMember.objects.filter(segment=segment, person=None, company=None, deal=None)
    kept = list(bare.values_list("key", flat=True))
    if segment.kind == SegmentKind.PERSON:
        now = Identifier.objects.filter(person__in=rows.values("person")).values_list("actor", flat=True)
        kept += [*rows.exclude(key="").values_list("key", flat=True), *now]
        return canonical(pl.Series("actor", kept, dtype=_TEXT))
    return pl.Series("unit", [*kept, *rows.values_list(f"{segment.kind}__key", flat=True)], dtype=_TEXT)


def _units_left(segment: Segment) -> pl.Series:
    """The units of those records that the filter of a live segment leaves."""
    rows = _rows_left(segment)
    if segment.kind == SegmentKind.PERSON:
        actors = Identifier.objects.filter(person__in=rows.values("pk")).values_list("actor")
        return canonical(frame(actors, {"actor": pl.String})["actor"])
    return frame(rows.order_by().values_list("key"), {"unit": pl.String})["unit"]


def _rows_left(segment: Segment) -> Rows:
    kind = kind_of(segment.kind)
    listing = listing_of(kind, segment.query)
    stale = listing is None
    if listing is not None:
        whole = unfolded(listing, None)
        below = Segment.objects.filter(pk__in=rests_on(whole.filters), deleted=None)
        wanted = set(rests_on(whole.filters))
        stale = {one.pk for one in below} != wanted or any(one.live and filter_of(one) is None for one in below)
    if listing is None or stale:
        raise InvalidDefinition(
            "segments.stale",
            # Who reads this may not know of the segment, and so not of its name.
            f"What the segment {segment.pk} asks means nothing any more; open the segment and save it anew.",
            segment=segment.pk,
        )
    return narrowed(kind, None, whole.filters, inner=True)
