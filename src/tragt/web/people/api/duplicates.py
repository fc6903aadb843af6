"""Operations on who is who: pairs of persons who may be one, and saying that two are one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_owners
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page, Paging, cursor_of
from tragt.web.api.schemas import Body, Key, KeyInPath
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.registry import find
from tragt.web.people import actions
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Edge, EdgeKind
from tragt.web.people.queries import Named, Pair, pairs, pairs_at, person_at
from tragt.web.records.api.found import one_seen
from tragt.web.shell.acting import Who

__all__ = ["of_duplicates", "of_merges"]

of_duplicates = Router(tags=["Persons"])
of_merges = Router(tags=["Persons"])

_LOOKING = "duplicates"


class OneOfTwo(Schema):
    """One of two who may be one."""

    id: int | None = Field(description="Key of the person; null of a visitor whom nothing describes.")
    identifier: str = Field(description="By what the event log knows them.")
    label: str = Field(description="What they are called.")
    email: str

    @classmethod
    def of(cls, one: Named) -> "OneOfTwo":
        """One of a pair, as it is answered."""
        return cls(id=one.key, identifier=one.id, label=one.label, email=one.email)


class PairShown(Schema):
    """Two persons who may be one."""

    id: int = Field(description="Key of the pair.")
    first: OneOfTwo
    second: OneOfTwo
    reasons: list[str] = Field(description="Why, in words.")

    @classmethod
    def of(cls, pair: Pair) -> "PairShown":
        """A pair, as it is answered."""
        return cls(
            id=pair.key, first=OneOfTwo.of(pair.first), second=OneOfTwo.of(pair.second), reasons=list(pair.reasons)
        )


class PairsAsked(Paging):
    """Which pairs are asked for."""

    standing: Literal["open", "merged", "dismissed"] = Field("open", description="What became of them.")


class Two(Body):
    """Two persons who are one."""

    first: Key
    second: Key


class MergeShown(Schema):
    """That two are one."""

    id: int
    at: datetime
    undone: datetime | None = Field(description="When it was taken back; null while it stands.")

    @classmethod
    def of(cls, row: Edge) -> "MergeShown":
        """A merge, as it is answered."""
        return cls(id=row.pk, at=row.at, undone=row.undone)


@operation(of_duplicates, "GET", permission="people.edit", gives=Page[PairShown])
def list_duplicates(request: HttpRequest, asked: Annotated[PairsAsked, Query()]) -> Page[PairShown]:
    """Pairs of persons who may be one, in the order in which they were found.

    A page holds fewer than its limit where pairs have become one in another way.
    """
    _decider(request)
    # Of what a pair is counted by, its key is one; the plug-in of the types knows fields alone.
    rows: QuerySet[Any, Any] = pairs(asked.standing)
    found = list(rows.filter(key__gt=asked.after or 0).order_by("key")[: asked.limit + 1])
    shown = found[: asked.limit]
    following = cursor_of(shown[-1]["key"]) if len(found) > len(shown) else None
    return Page[PairShown](items=[PairShown.of(one) for one in pairs_at(shown, asked.standing)], next=following)


@operation(of_duplicates, "POST /{pair}/join", permission="people.edit", gives=MergeShown)
def join_pair(request: HttpRequest, pair: KeyInPath) -> MergeShown:
    """Say that the two of a pair are one person."""
    return MergeShown.of(actions.join_duplicate(pair, who=Who.of(_decider(request))))


@operation(of_duplicates, "POST /{pair}/part", permission="people.edit", status=204)
def part_pair(request: HttpRequest, pair: KeyInPath) -> None:
    """Take back that the two of a pair are one person; it waits for a decision again."""
    actions.part_duplicate(pair, who=Who.of(_decider(request)))


@operation(of_duplicates, "POST /{pair}/dismiss", permission="people.edit", status=204)
def dismiss_pair(request: HttpRequest, pair: KeyInPath) -> None:
    """Say that the two of a pair are two persons; nobody is asked about them again."""
    actions.dismiss_duplicate(pair, who=Who.of(_decider(request)))


@operation(of_duplicates, "POST /{pair}/recall", permission="people.edit", status=204)
def recall_pair(request: HttpRequest, pair: KeyInPath) -> None:
    """Let a dismissed pair wait for a decision again."""
    actions.recall_duplicate(pair, who=Who.of(_decider(request)))


@operation(of_duplicates, "POST /look", permission="people.edit", status=202)
def look_for_duplicates(request: HttpRequest) -> None:
    """Compare all persons now; a worker does it in a minute."""
    user = _decider(request)
    enqueue(find("people.find_duplicates"), Who.of(user), subject=_LOOKING)


@operation(of_merges, "POST", permission="people.edit", gives=MergeShown, status=201)
def merge_persons(request: HttpRequest, body: Two) -> MergeShown:
    """Say that two persons are one, so that what both did counts as one person's.

    No row goes away, so that taking it back restores everything.
    """
    user = _decider(request)
    first, second = (_actor(key, user, field) for key, field in ((body.first, "first"), (body.second, "second")))
    who = Who.of(user)
    if first.startswith("a:") != second.startswith("a:"):
        visitor, known = sorted((first, second))
        return MergeShown.of(actions.claim(visitor, known, who=who))
    return MergeShown.of(actions.merge(first, second, who=who))


@operation(of_merges, "DELETE /{merge}", permission="people.edit", gives=MergeShown)
def unmerge_persons(request: HttpRequest, merge: KeyInPath) -> MergeShown:
    """Take back that two persons are one."""
    user = _decider(request)
    edge = Edge.objects.filter(pk=merge).first()
    if edge is None:
        raise NotFound("people.no_merge", f"There is no merge {merge}.")
    (actions.unclaim if edge.kind == EdgeKind.CLAIM else actions.unmerge)(merge, who=Who.of(user))
    edge.refresh_from_db()
    return MergeShown.of(edge)


def _decider(request: HttpRequest) -> User:
    """The user, who must reach everyone's persons: pairs name persons of every owner, and a merge changes both.

    Raises:
        NotAllowed: They reach only some.
    """
    user = user_of(request)
    if changeable_owners(user) is not None:
        raise NotAllowed(
            "people.not_everyone", "Who is one with whom is decided by those who may change everyone's persons."
        )
    return user


def _actor(key: int, user: User, field: str) -> str:
    try:
        one_seen(PERSON, user, key)
        named = person_at(key)
    except NotFound:
        named = None
    if named is None:
        raise InvalidDefinition("people.no_person", f"There is no person {key}.", field=field)
    return named.id
