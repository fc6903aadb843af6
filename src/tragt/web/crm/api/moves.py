"""Operations that move deals: to a stage, won, lost, open again, renewed, taken back; and how a deal moved."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import BeforeValidator, Field

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions.activities import Entry
from tragt.web.crm.actions.moving import lose_deal as lose
from tragt.web.crm.actions.moving import to_go_on_in
from tragt.web.crm.actions.passing import Answers, lose_after_all, open_again, pass_on, take_back, win_after_all
from tragt.web.crm.actions.passing import renew_deal as renew
from tragt.web.crm.api.deal_shapes import DealShown, DealSomeone, shown_deal, someone
from tragt.web.crm.api.ordered import in_order
from tragt.web.crm.api.referring import (
    check_company,
    check_owner,
    check_person,
    check_reason,
    named_company,
    told_fields,
)
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Amount, Day, Exact, Key, Title
from tragt.web.crm.models import ActivityKind, Deal, MemberRole, Move
from tragt.web.crm.queries.deals import deal_of
from tragt.web.crm.queries.pipelines import stage_of_deals
from tragt.web.records.api.custom import Told
from tragt.web.shell import formats
from tragt.web.shell.acting import Who

__all__ = ["FilledIn", "move_one", "nothing_filled", "router"]

router = Router(tags=["Deals"])

_AT = "filled."
_PLAIN = ("value", "expected", "company", "owner")


def _worded(given: object) -> object:
    """What somebody says to be true, in its words: a bare yes could be said to criteria that nobody read."""
    if not isinstance(given, str):
        raise ValueError("Send the `criteria` of the stage as they were read, where they are met: a text, not true.")
    return given


Confirmed = Annotated[
    str,
    BeforeValidator(_worded),
    Field(
        max_length=20_000,
        description="The `criteria` of the stage, word for word as they were read, where they are met; who says so is "
        "kept with the move. Other words confirm nothing.",
    ),
]


class NextTask(Exact):
    """What is to be done next about a deal."""

    title: Annotated[str, Field(min_length=1, max_length=300)]
    due: Day


class FilledIn(Exact):
    """What a stage asks for, filled in on the way."""

    value: Amount | None = Field(None, description="In minor units of the deal's currency.")
    expected: Day | None = None
    company: Key | None = None
    company_name: Title = Field("", description="Of a company in place of its key; one that is not known is made.")
    owner: Key | None = None
    contact: DealSomeone | None = Field(None, description="Somebody who joins the deal as a contact.")
    decider: DealSomeone | None = Field(None, description="Somebody who joins the deal as its decider.")
    next_task: NextTask | None = None
    fields: Told = Field(default_factory=dict)
    confirmed: Confirmed = ""


def nothing_filled() -> FilledIn:
    """Nothing that was filled in."""
    return FilledIn.model_validate({})


class MoveBody(Exact):
    """Where a deal is to go."""

    stage: Key = Field(description="Of this or another pipeline.")
    filled: FilledIn = Field(default_factory=nothing_filled)


class WinBody(Exact):
    """That a deal is won."""

    filled: FilledIn = Field(default_factory=nothing_filled)


class LoseBody(Exact):
    """That a deal is lost."""

    reason: Key
    text: Annotated[str, Field(max_length=500)] = Field("", description="What happened.")


class ReopenBody(Exact):
    """That a closed deal goes on."""

    stage: Key | None = Field(None, description="Where it goes on; the stage it was closed in where it is left out.")
    then: Literal["won", "lost"] | None = Field(
        None, description="It is closed so at once, both or neither; then no stage is named, and the win alone asks."
    )
    reason: Key | None = Field(None, description="Why it is lost; needed where `then` is `lost`.")
    text: Annotated[str, Field(max_length=500)] = Field("", description="What happened, where `then` is `lost`.")
    filled: FilledIn = Field(default_factory=nothing_filled)


class TakeBackBody(Exact):
    """Which move is taken back."""

    move: Key = Field(description="The last move of the deal.")


class MoveShown(Schema):
    """How a deal moved. Stages have the names that they had then."""

    id: int
    kind: str = Field(description="`created`, `entered`, `won`, `lost` or `reopened`.")
    pipeline: int
    origin: int | None = Field(description="The stage it came from.")
    origin_name: str
    stage: int = Field(description="The stage it is in afterwards.")
    stage_name: str
    at: datetime
    left: datetime | None = Field(description="When it moved on; null while it has not.")
    value: int | None = Field(description="What it was worth then, in minor units.")
    currency: str
    by: int | None = Field(description="The user who moved it; null for files and for what happens by itself.")
    confirmed: str = Field(description="The criteria of the stage that they said are met; empty where there were none.")

    @classmethod
    def of(cls, row: Move) -> "MoveShown":
        """A move, as it is answered."""
        return cls(
            id=row.pk,
            kind=row.kind,
            pipeline=row.pipeline_id,
            origin=row.origin_id,
            origin_name=row.origin_name,
            stage=row.stage_id,
            stage_name=row.stage_name,
            at=row.at,
            left=row.left,
            value=row.value,
            currency=row.currency,
            by=row.by_id,
            confirmed=row.confirmed,
        )


@operation(router, "GET /{deal}/moves", permission="deals.see", gives=Page[MoveShown])
def list_moves(request: HttpRequest, deal: KeyInPath, paging: Cursor) -> Page[MoveShown]:
    """How a deal moved, the last move first."""
    row = deal_of(deal, user_of(request))
    rows, following = in_order(Move.objects.filter(deal=row).order_by("-at", "-pk"), paging)
    return Page[MoveShown](items=[MoveShown.of(one) for one in rows], next=following)


@operation(router, "POST /{deal}/move", permission="deals.edit", gives=DealShown, versioned=True)
def move_deal(request: HttpRequest, deal: KeyInPath, body: MoveBody, response: HttpResponse) -> DealShown:
    """Move a deal to another stage.

    What the stage asks for and the deal does not have is sent as `filled`; where the stage has criteria and they are
    met, their text is sent as `confirmed`, so that nobody confirms other words than were read. What is missing is
    named, each field. A deal that is in the stage already stays as it is.
    """
    user = user_of(request)
    with heeding(request, deal, at=_AT):
        row = move_one(deal, body.stage, body.filled, user, version_seen(request))
    return _answer(row, user, response)


@operation(router, "POST /{deal}/win", permission="deals.edit", gives=DealShown, versioned=True)
def win_deal(request: HttpRequest, deal: KeyInPath, body: WinBody, response: HttpResponse) -> DealShown:
    """Close a deal as won.

    What the last stage of its pipeline asks for must be there, as for a move to it. Where its pipeline says so, the
    deal of its renewal is opened, or brought up to date where it stands already.
    """
    user = user_of(request)
    with heeding(request, deal, at=_AT):
        row = move_one(deal, None, body.filled, user, version_seen(request))
    return _answer(row, user, response)


@operation(router, "POST /{deal}/lose", permission="deals.edit", gives=DealShown, versioned=True)
def lose_deal(request: HttpRequest, deal: KeyInPath, body: LoseBody, response: HttpResponse) -> DealShown:
    """Close a deal as lost, for a reason."""
    user = user_of(request)
    deal_of(deal, user)
    reason = check_reason(body.reason)
    with heeding(request, deal):
        row = lose(deal, reason.pk, who=Who.of(user), text=body.text, version=version_seen(request))
    return _answer(row, user, response)


@operation(router, "POST /{deal}/reopen", permission="deals.edit", gives=DealShown, versioned=True)
def reopen_deal(request: HttpRequest, deal: KeyInPath, body: ReopenBody, response: HttpResponse) -> DealShown:
    """Open a closed deal again, or close it otherwise.

    What the stage asks for must be there, as for a move to it. The renewal of a deal that was won goes, unless somebody
    worked on it or it is older than 30 days.
    """
    user = user_of(request)
    with heeding(request, deal, at=_AT):
        before = deal_of(deal, user)
        _check_heeded(body)
        if body.then is not None:
            return _answer(_closed_otherwise(before, body, user, version_seen(request)), user, response)
        stage = stage_of_deals(body.stage) if body.stage is not None else to_go_on_in(before.stage)
        answers = _answers(body.filled, before, user)
        row = open_again(deal, stage.pk, answers, who=Who.of(user), version=version_seen(request))
    return _answer(row, user, response)


@operation(router, "POST /{deal}/renew", permission="deals.edit", gives=DealShown, status=201, versioned=True)
def renew_deal(request: HttpRequest, deal: KeyInPath, response: HttpResponse) -> DealShown:
    """Open the deal by which a won deal is renewed."""
    user = user_of(request)
    with heeding(request, deal):
        row = renew(deal, who=Who.of(user), version=version_seen(request))
    response.headers["Location"] = f"{PREFIX}/deals/{row.pk}"
    return _answer(row, user, response)


@operation(router, "POST /{deal}/take-back", permission="deals.edit", gives=DealShown, versioned=True)
def take_move_back(request: HttpRequest, deal: KeyInPath, body: TakeBackBody, response: HttpResponse) -> DealShown:
    """Bring a deal back to where it was before its last move.

    That is a move of its own: the history keeps both. Nothing is asked of the deal again; the renewal that came of a
    win goes, unless somebody worked on it. It is for slips: it can be done for 30 days.
    """
    user = user_of(request)
    with heeding(request, deal):
        row = take_back(deal, body.move, who=Who.of(user), version=version_seen(request))
    return _answer(row, user, response)


def move_one(key: int, stage: int | None, filled: FilledIn, user: User, version: int | None) -> Deal:
    """Move a deal to a stage, or win it where that is None, with what a body fills in."""
    deal = deal_of(key, user)
    return pass_on(key, stage, _answers(filled, deal, user), who=Who.of(user), version=version)


def _check_heeded(body: ReopenBody) -> None:
    """Refuse what would be passed over: a reason of no loss, and what is filled in where nothing is asked.

    Raises:
        InvalidDefinition: The body has such a field.
    """
    given = {"reason": body.reason is not None, "text": bool(body.text)}
    for name, there in given.items() if body.then != "lost" else ():
        if there:
            raise InvalidDefinition(
                "crm.no_loss", f"Send `{name}` only where `then` is `lost`; else leave it out.", field=name
            )
    if body.then == "lost" and body.filled.given():
        raise InvalidDefinition(
            "crm.loss_asks_nothing",
            "A loss asks for nothing: leave `filled` out where `then` is `lost`.",
            field="filled",
        )


def _closed_otherwise(deal: Deal, body: ReopenBody, user: User, version: int | None) -> Deal:
    """Close a closed deal as the body says.

    Raises:
        InvalidDefinition: The body names a stage too, or no reason for the loss.
    """
    if body.stage is not None:
        raise InvalidDefinition("crm.stage_and_then", "Name a stage or what comes then, not both.", field="stage")
    if body.then == "won":
        return win_after_all(deal.pk, _answers(body.filled, deal, user), who=Who.of(user), version=version)
    if body.reason is None:
        raise InvalidDefinition("crm.no_reason_given", "Say why the deal was lost: name a reason.", field="reason")
    reason = check_reason(body.reason)
    return lose_after_all(deal.pk, reason.pk, who=Who.of(user), text=body.text, version=version)


def _answers(filled: FilledIn, deal: Deal, user: User) -> Answers:
    if filled.company is not None and filled.company_name:
        raise InvalidDefinition(
            "crm.two_companies", "Name the company by its key or by its name, not by both.", field="filled.company_name"
        )
    check_company(filled.company, user, deal.company_id)
    check_owner(filled.owner, deal.owner_id)
    given = filled.given()
    fields = {name: getattr(filled, name) for name in _PLAIN if name in given}
    if filled.fields:
        fields["custom"] = told_fields(filled.fields)
    if filled.company_name:
        fields["company"] = named_company(filled.company_name, user)
    people = _people(filled)
    for one in people.values():
        check_person(one.person, user)
    roles = {role: someone(one) for role, one in people.items()}
    return Answers(fields, roles, _task(filled), filled.confirmed)


def _people(filled: FilledIn) -> Mapping[MemberRole, DealSomeone]:
    named = {MemberRole.CONTACT: filled.contact, MemberRole.DECIDER: filled.decider}
    return {role: one for role, one in named.items() if one is not None}


def _task(filled: FilledIn) -> Entry | None:
    if filled.next_task is None:
        return None
    due = datetime.combine(filled.next_task.due, time.min, formats.zone())
    return Entry(ActivityKind.TASK, filled.next_task.title, due=due)


def _answer(row: Deal, user: User, response: HttpResponse) -> DealShown:
    mark(response, row.version)
    return shown_deal(row, user)
