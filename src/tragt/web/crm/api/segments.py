"""Operations on segments: saved groups of persons, companies or deals."""

from datetime import datetime
from typing import Annotated, Literal, cast

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, Paging, pages
from tragt.web.api.schemas import Body, Key, KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import segments as acts
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import unsent
from tragt.web.crm.models import Segment
from tragt.web.crm.queries.segments import members_counted, members_seen, segment_seen, segments_seen
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.pages import MOST_COUNTED
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Segments"])

SEE = "people.see"
_MOST_NAMED = 10_000

KindOf = Literal["person", "company", "deal"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
Filter = Annotated[str, Field(max_length=8_000)]
Records = Annotated[list[Key], Field(min_length=1, max_length=_MOST_NAMED, description="Keys of records.")]


class SegmentShown(Schema):
    """A saved group of records."""

    id: int
    kind: KindOf = Field(description="What its members are.")
    name: str
    live: bool = Field(description="Whether it is whatever its filter leaves; else it has fixed members.")
    filter: str = Field(description="Of a live one, the query of the list: `name.starts=A&owner.any=3`.")
    shared: bool = Field(description="Whether others may use it.")
    owner: int | None = Field(description="Key of the user who made it.")
    created: datetime
    version: int

    @classmethod
    def of(cls, row: Segment) -> "SegmentShown":
        """A segment, as it is answered."""
        return cls(
            id=row.pk,
            kind=cast("KindOf", row.kind),
            name=row.name,
            live=row.live,
            filter=row.query,
            shared=row.shared,
            owner=row.owner_id,
            created=row.created,
            version=row.version,
        )


class SegmentRead(SegmentShown):
    """A segment, with how many are in it."""

    count: int = Field(description=f"How many of its members the key sees, at most {MOST_COUNTED:,}.")
    counted_all: bool = Field(description="Whether `count` is all of them.")


class MemberShown(Schema):
    """A member of a segment."""

    id: int = Field(description="Key of the record.")
    label: str = Field(description="What it is called.")


class NewSegment(Body):
    """A segment that is saved: a live one by its filter, a fixed one by its filter now or by its records."""

    kind: KindOf
    name: Name
    live: bool = Field(description="Whether it is whatever the filter leaves, also later.")
    filter: Filter | None = Field(None, description="As the list of the kind takes it: `name.starts=A`.")
    records: Records | None = Field(None, description="Of a fixed one without a filter; those seen are taken.")
    shared: bool = Field(True, description="Whether others may use it.")


class SegmentChange(Body):
    """What is to be changed of a segment."""

    name: Name = Field(default_factory=unsent)
    shared: bool = Field(default_factory=unsent)
    filter: Filter = Field(default_factory=unsent, description="Of a live one.")


class CopyName(Body):
    """What a copy is called."""

    name: Name


class MembersNamed(Body):
    """Records that go into a segment or out of it."""

    records: Records


class SegmentsAsked(Paging):
    """Which segments are asked for."""

    kind: KindOf | None = Field(None, description="Only those of this kind.")


@operation(router, "GET", permission=SEE, gives=Page[SegmentShown])
def list_segments(request: HttpRequest, asked: Annotated[SegmentsAsked, Query()]) -> Page[SegmentShown]:
    """Segments that are shared or the key's own, in the order in which they were made."""
    rows = segments_seen(user_of(request))
    found, following = pages(rows.filter(kind=asked.kind) if asked.kind else rows, asked)
    return Page[SegmentShown](items=[SegmentShown.of(row) for row in found], next=following)


@operation(router, "GET /{segment}", permission=SEE, gives=SegmentRead)
def read_segment(request: HttpRequest, segment: KeyInPath, response: HttpResponse) -> SegmentRead:
    """A segment, and how many of its members the key sees."""
    user = user_of(request)
    row = segment_seen(segment, user)
    number = members_counted(row, user)
    mark(response, row.version)
    said = SegmentShown.of(row).model_dump()
    return SegmentRead(**said, count=min(number, MOST_COUNTED), counted_all=number <= MOST_COUNTED)


@operation(router, "POST", permission=acts.PERMISSION, gives=SegmentShown, status=201)
def save_segment(request: HttpRequest, body: NewSegment, response: HttpResponse) -> SegmentShown:
    """Save a segment."""
    made = _save(body, user_of(request))
    response.headers["Location"] = f"{PREFIX}/segments/{made.pk}"
    return _answer(made, response)


@operation(router, "PATCH /{segment}", permission=acts.PERMISSION, gives=SegmentShown, versioned=True)
def change_segment(
    request: HttpRequest, segment: KeyInPath, body: SegmentChange, response: HttpResponse
) -> SegmentShown:
    """Call a segment otherwise, share it or not, or let a live one ask something else."""
    given = body.given()
    if "filter" in given:
        given["query"] = given.pop("filter")
    with heeding(request):
        row = acts.change_segment(segment, who=Who.of(user_of(request)), version=version_seen(request), **given)
    return _answer(row, response)


@operation(router, "DELETE /{segment}", permission=acts.PERMISSION, status=204, versioned=True)
def remove_segment(request: HttpRequest, segment: KeyInPath) -> None:
    """Remove a segment. It can be brought back."""
    with heeding(request):
        acts.remove_segment(segment, who=Who.of(user_of(request)), version=version_seen(request))


@operation(router, "POST /{segment}/bring-back", permission=acts.PERMISSION, gives=SegmentShown)
def bring_back_segment(request: HttpRequest, segment: KeyInPath, response: HttpResponse) -> SegmentShown:
    """Bring a removed segment back."""
    return _answer(acts.bring_back_segment(segment, who=Who.of(user_of(request))), response)


@operation(router, "POST /{segment}/copy", permission=acts.PERMISSION, gives=SegmentShown, status=201)
def copy_segment(request: HttpRequest, segment: KeyInPath, body: CopyName, response: HttpResponse) -> SegmentShown:
    """Make another segment with the same filter or the same members."""
    made = acts.copy_segment(segment, body.name, who=Who.of(user_of(request)))
    response.headers["Location"] = f"{PREFIX}/segments/{made.pk}"
    return _answer(made, response)


@operation(router, "GET /{segment}/members", permission=SEE, gives=Page[MemberShown])
def list_segment_members(request: HttpRequest, segment: KeyInPath, paging: Cursor) -> Page[MemberShown]:
    """The records in a segment that the key sees; the lists of records take `segment.any` as a filter as well."""
    user = user_of(request)
    row = segment_seen(segment, user)
    found, following = pages(members_seen(row, user), paging)
    label = kind_of(row.kind).label
    return Page[MemberShown](items=[MemberShown(id=one.pk, label=label(one)) for one in found], next=following)


@operation(router, "POST /{segment}/members", permission=acts.PERMISSION, gives=SegmentShown, versioned=True)
def add_segment_members(
    request: HttpRequest, segment: KeyInPath, body: MembersNamed, response: HttpResponse
) -> SegmentShown:
    """Add records to a fixed segment, those of them that the key sees."""
    with heeding(request):
        who, seen = Who.of(user_of(request)), version_seen(request)
        return _answer(acts.add_members(segment, body.records, who=who, version=seen), response)


@operation(router, "POST /{segment}/members/remove", permission=acts.PERMISSION, gives=SegmentShown, versioned=True)
def remove_segment_members(
    request: HttpRequest, segment: KeyInPath, body: MembersNamed, response: HttpResponse
) -> SegmentShown:
    """Take records out of a fixed segment, those of them that the key sees."""
    with heeding(request):
        who, seen = Who.of(user_of(request)), version_seen(request)
        return _answer(acts.remove_members(segment, body.records, who=who, version=seen), response)


def _save(body: NewSegment, user: User) -> Segment:
    kind, who = kind_of(body.kind), Who.of(user)
    if (body.filter is None) == (body.records is None):
        raise InvalidDefinition(
            "segments.one_way", "Say who is in it by `filter` or by `records`, one of the two.", field="filter"
        )
    if body.records is not None:
        if body.live:
            raise InvalidDefinition("segments.no_filter", "A live segment needs a filter.", field="filter")
        return acts.save_chosen(kind, body.records, body.name, who=who, shared=body.shared)
    saving = acts.save_live if body.live else acts.save_found
    return saving(kind, body.filter or "", body.name, who=who, shared=body.shared)


def _answer(row: Segment, response: HttpResponse) -> SegmentShown:
    mark(response, row.version)
    return SegmentShown.of(row)
