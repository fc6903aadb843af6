"""Operations on the people of a deal: its buying committee."""

from datetime import datetime
from typing import Annotated, Literal

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page, Paging
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import committee as acts
from tragt.web.crm.actions.committee import local_day
from tragt.web.crm.actions.deals import locked
from tragt.web.crm.api.deal_shapes import DealSomeone
from tragt.web.crm.api.ordered import in_order
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Day, Exact, Flag, unsent
from tragt.web.crm.models import Deal, Member
from tragt.web.crm.queries.deals import deal_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Deals"])

Role = Literal["contact", "champion", "decider", "influencer", "user", "procurement", "legal", "blocker"]


class DealMember(Schema):
    """Somebody on a deal, in a role, from a day until another."""

    id: int = Field(description="Key of the membership.")
    person: int
    name: str
    email: str
    role: str
    primary: bool = Field(description="Whether later events of the deal are this person's.")
    since: datetime
    until: datetime | None = Field(description="When the person left the deal; null while on it.")

    @classmethod
    def of(cls, row: Member) -> "DealMember":
        """A membership with its person, as it is answered."""
        return cls(
            id=row.pk,
            person=row.person_id,
            name=str(row.person),
            email=row.person.email,
            role=row.role,
            primary=row.primary,
            since=row.since,
            until=row.until,
        )


class MembersAsked(Paging):
    """Which people of a deal are asked for."""

    ended: Flag = Field(False, description="Those who left the deal in place of those who are on it.")


class NewMember(DealSomeone):
    """Somebody who joins a deal: by key, or somebody new by name and e-mail address."""

    role: Role
    primary: bool = Field(False, description="Whether the person becomes the primary contact.")
    since: Day | None = Field(None, description="The first day on the deal; null is from now on.")


class MemberChange(Exact):
    """What is to be changed of a membership."""

    role: Role = Field(default_factory=unsent, description="The old role ends, so that both keep their days.")
    primary: Literal[True] = Field(default_factory=unsent, description="The person becomes the primary contact.")
    since: Day = Field(default_factory=unsent, description="The first day on the deal, in the organisation's zone.")
    until: Day | None = Field(
        None, description="The last day on the deal; null says that the person is on it, also again."
    )


@operation(router, "GET /{deal}/members", permission="deals.see", gives=Page[DealMember])
def list_members(request: HttpRequest, deal: KeyInPath, asked: Annotated[MembersAsked, Query()]) -> Page[DealMember]:
    """Who is on a deal, the primary contact first, as far as the key sees these persons."""
    user = user_of(request)
    row = deal_of(deal, user)
    there = Q(until__isnull=not asked.ended) & seen_by(user, "person__owner")
    rows = Member.objects.filter(there, deal=row, person__struck=None).select_related("person")
    shown, following = in_order(rows, asked)
    return Page[DealMember](items=[DealMember.of(one) for one in shown], next=following)


@operation(router, "POST /{deal}/members", permission="deals.edit", gives=DealMember, status=201, versioned=True)
def add_member(request: HttpRequest, deal: KeyInPath, body: NewMember, response: HttpResponse) -> DealMember:
    """Put somebody on a deal. The first one is its primary contact."""
    who = Who.of(user_of(request))
    with heeding(request, deal), transaction.atomic():
        locked(deal, who, version_seen(request))
        if body.person is not None:
            row = acts.add_member(deal, body.person, body.role, who=who, primary=body.primary, since=body.since)
        else:
            new = (body.name, body.email, body.role)
            row = acts.add_new_member(deal, *new, who=who, primary=body.primary, since=body.since)
    response.headers["Location"] = f"{PREFIX}/deals/{deal}/members"
    return _answer(row, response)


@operation(router, "PATCH /{deal}/members/{member}", permission="deals.edit", gives=DealMember, versioned=True)
def change_member(
    request: HttpRequest, deal: KeyInPath, member: KeyInPath, body: MemberChange, response: HttpResponse
) -> DealMember:
    """Give somebody on a deal another role or other days, or let them be its primary contact.

    Another role is another membership, with a key of its own. Of somebody who left only the days are changed.
    """
    given, user = body.given(), user_of(request)
    who = Who.of(user)
    with heeding(request, deal), transaction.atomic():
        standing = locked(deal, who, version_seen(request))
        row = _member(standing, member, user, ended=not {"role", "primary"} & set(given))
        if "since" in given or "until" in given:
            since = body.since if "since" in given else local_day(row.since)
            until = body.until if "until" in given else row.until and local_day(row.until)
            row = acts.change_days(deal, member, since, until, who=who)
        if "role" in given and body.role != row.role:
            row = acts.change_role(deal, member, body.role, who=who)
        if given.get("primary"):
            row = acts.make_primary(deal, row.pk, who=who)
    return _answer(row, response)


@operation(router, "DELETE /{deal}/members/{member}", permission="deals.edit", status=204, versioned=True)
def end_membership(request: HttpRequest, deal: KeyInPath, member: KeyInPath) -> None:
    """Say that somebody is on a deal no longer.

    If it was the primary contact, who is on the deal longest is that now.
    """
    user = user_of(request)
    who = Who.of(user)
    with heeding(request, deal), transaction.atomic():
        _member(locked(deal, who, version_seen(request)), member, user)
        acts.end_membership(deal, member, who=who)


def _member(deal: Deal, key: int, user: User, *, ended: bool = False) -> Member:
    """Somebody who is on a deal, or where that is enough was, whom a user sees."""
    there = Member.objects.filter(seen_by(user, "person__owner"), pk=key, deal=deal, person__struck=None)
    found = (there if ended else there.filter(until=None)).select_related("person").first()
    if found is None:
        raise NotFound("crm.no_member", "This person is not on the deal any more.")
    found.deal = deal
    return found


def _answer(row: Member, response: HttpResponse) -> DealMember:
    mark(response, row.deal.version)
    return DealMember.of(row)
