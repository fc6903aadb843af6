"""The operation that opens, changes and moves many deals at once. The unit is the item: each is done on its own."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.problems import Problem, problem_of
from tragt.web.crm.api.deal_shapes import DealChange, DealSomeone, NewDealBody
from tragt.web.crm.api.deals import change_one, open_one
from tragt.web.crm.api.moves import FilledIn, move_one, nothing_filled
from tragt.web.crm.api.refusals import heeding, wrong_of
from tragt.web.crm.api.values import Exact, Key
from tragt.web.crm.models import Deal
from tragt.web.people.api.unseen import check_hidden, unseen_addresses, unseen_companies
from tragt.web.people.normal import company_key, email

__all__ = ["router"]

router = Router(tags=["Deals"])

MOST = 500
AT_ONCE = 20
"""So many items are committed together: to make sure that one stays takes longer than to do it."""

_CHANGED = HTTPStatus.PRECONDITION_FAILED

Version = Annotated[int, Field(ge=1, lt=2**31)]


class OpenItem(Exact):
    """A deal that is to be opened."""

    do: Literal["open"]
    deal: NewDealBody


class ChangeItem(Exact):
    """A deal that is to be changed."""

    do: Literal["change"]
    id: Key
    version: Version | None = Field(None, description="The version it was read in; it is changed only if it still is.")
    changes: DealChange


class MoveItem(Exact):
    """A deal that is to be moved."""

    do: Literal["move"]
    id: Key
    version: Version | None = Field(None, description="The version it was read in; it is moved only if it still is.")
    stage: Key
    filled: FilledIn = Field(default_factory=nothing_filled)


Item = Annotated[OpenItem | ChangeItem | MoveItem, Field(discriminator="do")]


class BulkBody(Exact):
    """What is to be done."""

    items: list[Item] = Field(min_length=1, max_length=MOST)


class BulkAnswer(Schema):
    """What became of an item."""

    status: int = Field(description="As the operation on one deal would have answered.")
    id: int | None = Field(None, description="Key of the deal.")
    version: int | None = None
    problem: Problem | None = Field(None, description="Why it was refused.")


class BulkAnswers(Schema):
    """What became of all items."""

    items: list[BulkAnswer] = Field(description="In the order of the items.")
    refused: int = Field(description="How many were refused.")


@operation(router, "POST /bulk", permission="deals.edit", gives=BulkAnswers)
def change_deals(request: HttpRequest, body: BulkBody) -> BulkAnswers:
    """Open, change and move many deals.

    Each item is done on its own and in its order: one that is refused leaves the others as they are. Where more than
    five name persons or companies that are there and not for the key to see, nothing is done.
    """
    user = user_of(request)
    check_hidden(request, _hidden(body.items, user))
    parts = (body.items[start : start + AT_ONCE] for start in range(0, len(body.items), AT_ONCE))
    answers = [answer for part in parts for answer in _answered(request, part, user)]
    return BulkAnswers(items=answers, refused=sum(one.problem is not None for one in answers))


def _hidden(items: Sequence[Item], user: User) -> int:
    """How many items name a company or somebody new who is there already, and not for the user to see."""
    named = [(_company_of(item), [one.email for one in _people_of(item) if one.person is None]) for item in items]
    companies = unseen_companies((name for name, _emails in named if name), user)
    addresses = unseen_addresses((one for _name, emails in named for one in emails if one), user)
    return sum(
        bool(name and company_key(name) in companies) or any(email(one) in addresses for one in emails)
        for name, emails in named
    )


def _company_of(item: Item) -> str:
    match item:
        case OpenItem():
            return item.deal.company_name
        case ChangeItem():
            return item.changes.company_name or ""
        case MoveItem():
            return item.filled.company_name


def _people_of(item: Item) -> Sequence[DealSomeone]:
    match item:
        case OpenItem():
            named = [item.deal.contact]
        case MoveItem():
            named = [item.filled.contact, item.filled.decider]
        case ChangeItem():
            named = []
    return [one for one in named if one is not None]


def _answered(request: HttpRequest, items: Sequence[Item], user: User) -> list[BulkAnswer]:
    """Some items, committed together; what is refused leaves the others as they are."""
    alone = not transaction.get_connection().in_atomic_block
    keys = [item.id for item in items if not isinstance(item, OpenItem)]
    try:
        with transaction.atomic():
            # All in one order, so that of two requests with the same deals one waits for the other.
            list(Deal.objects.filter(pk__in=keys).order_by("pk").select_for_update().values_list("pk", flat=True))
            return [_answer(request, item, user) for item in items]
    except OperationalError:
        if not alone:
            raise
    # Somebody held what these waited for, and waited for what these held. One item by itself holds little.
    return [_answer(request, item, user) for item in items]


def _answer(request: HttpRequest, item: OpenItem | ChangeItem | MoveItem, user: User) -> BulkAnswer:
    try:
        with heeding(request, None if isinstance(item, OpenItem) else item.id, at=_at(item)), transaction.atomic():
            deal = _done(item, user)
    except (TragtError, IntegrityError) as refusal:
        said = Problem.model_validate(json.loads(problem_of(request, refusal).content))
        said.errors = wrong_of(refusal) if isinstance(refusal, TragtError) else []
        if said.code == "crm.changed":
            said.status, said.title = _CHANGED, _CHANGED.phrase
        return BulkAnswer(status=said.status, id=None if isinstance(item, OpenItem) else item.id, problem=said)
    status = HTTPStatus.CREATED if isinstance(item, OpenItem) else HTTPStatus.OK
    return BulkAnswer(status=status, id=deal.pk, version=deal.version, problem=None)


def _done(item: OpenItem | ChangeItem | MoveItem, user: User) -> Deal:
    match item:
        case OpenItem():
            return open_one(item.deal, user)
        case ChangeItem():
            if not item.changes.given():
                raise InvalidDefinition("api.nothing", "Nothing is to be changed. Send at least one field.")
            return change_one(item.id, item.changes, user, item.version)
        case MoveItem():
            return move_one(item.id, item.stage, item.filled, user, item.version)


def _at(item: OpenItem | ChangeItem | MoveItem) -> str:
    return "filled." if isinstance(item, MoveItem) else "deal." if isinstance(item, OpenItem) else "changes."
