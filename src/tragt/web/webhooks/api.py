"""Operations on webhooks and their messages. The unit is the webhook, and the message."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Path, Query, Router, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from tragt.errors import Conflict
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import LARGEST_KEY, Body, KeyInPath
from tragt.web.api.versions import Outdated, mark, version_seen
from tragt.web.shell.acting import Who
from tragt.web.webhooks.actions import again, endpoints
from tragt.web.webhooks.actions.endpoints import Draft
from tragt.web.webhooks.messages import CHOICES
from tragt.web.webhooks.models import ADDRESS_LENGTH, NAME_LENGTH, Delivery, Endpoint
from tragt.web.webhooks.queries import deliveries
from tragt.web.webhooks.queries import endpoints as queries

__all__ = ["router"]

router = Router(tags=["Webhooks"])

Type = Literal[
    "deal.created",
    "deal.changed",
    "deal.stage_entered",
    "deal.won",
    "deal.lost",
    "deal.reopened",
    "deal.removed",
    "person.created",
    "person.changed",
    "person.stage_entered",
    "person.marked",
    "person.merged",
    "person.erased",
    "company.created",
    "company.changed",
    "activity.done",
    "activity.planned",
    "activity.changed",
    "activity.removed",
]
Types = Annotated[
    list[Type],
    Field(max_length=len(CHOICES), description="Types of messages it is told; none means all, those to come as well."),
]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, description="What people call it.")]
Address = Annotated[
    str,
    Field(
        min_length=8,
        max_length=ADDRESS_LENGTH,
        pattern="^https?://",
        description="Where messages are sent, by POST; `https`, and not into the network of the server.",
        examples=["https://hooks.example.org/tragt"],
    ),
]
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")
_YEARS = (1990, 9000)


def _written(given: object) -> object:
    """A moment as RFC 3339 writes it; a number of seconds is none."""
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        raise ValueError("Write a moment with its zone: 2026-10-31T14:02:00+01:00.")
    return given


def _within(moment: datetime) -> datetime:
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError(f"Give a moment of the years {_YEARS[0]} to {_YEARS[1]}.")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_within)]
MessageInPath = Annotated[int, Path(ge=1, le=LARGEST_KEY, description="Key of the message.")]


class WebhookMade(Body):
    """A webhook to be."""

    name: Name
    address: Address
    types: Types = []


class WebhookChange(Body):
    """What is to be changed of a webhook."""

    name: Name = Field(default_factory=str)
    address: Address = Field(default_factory=str)
    types: Types = Field(default_factory=list)
    paused: bool = Field(
        False, strict=True, description="Whether it is sent nothing for now; false starts one that was stopped."
    )


class WebhookShown(Schema):
    """A webhook."""

    id: int
    name: str
    address: str
    types: list[str] = Field(description="Types of messages it is told; none means all.")
    maker: int = Field(description="Key of the user who made it. It is told what that user sees.")
    stopped: str = Field(
        description="Empty while it works; else `paused`, `gone` (it answered 410), `failing`, or `right` (its maker "
        "may not manage webhooks any more)."
    )
    silent: str = Field(
        description="Why it is told nothing whoever starts it: `inactive` (its maker cannot sign in), `revoked` (the "
        "key that made it), `right`; empty where it may be told."
    )
    failing_since: datetime | None = Field(description="Since when nothing was taken.")
    two_secrets_until: datetime | None = Field(description="Until when messages bear the signature before as well.")
    created: datetime

    @classmethod
    def of(cls, row: Endpoint) -> "WebhookShown":
        """A webhook, as it is answered."""
        return cls(**_known(row))


class WebhookSecret(WebhookShown):
    """A webhook with its secret."""

    secret: str = Field(description="`whsec_…`, with which messages are signed. It is answered this once.")


class MessageShown(Schema):
    """A message of a webhook."""

    id: int
    message: str = Field(description="Its `webhook-id`: the same each time that it is sent.")
    type: str
    record: int | None = Field(description="Key of the record it tells of; null for a test.")
    at: datetime = Field(description="When it happened.")
    state: str = Field(
        description="`waiting`, `taken`, `failed`, or `withheld` where its maker does not see the record."
    )
    attempts: int
    next_attempt: datetime | None
    last_attempt: datetime | None
    status: int | None = Field(description="What was answered last.")
    cause: str = Field(
        description="Why it was not taken: `status`, `time`, `name`, `connection`, `certificate`, `answer`, `address`, "
        "`secret`, `unseen`, `stopped` (it happened while the webhook was stopped)."
    )

    @classmethod
    def of(cls, row: Delivery) -> "MessageShown":
        """A message, as it is answered."""
        return cls(**_told(row))


class MessageRead(MessageShown):
    """A message with what was told and answered."""

    body: str = Field(description="JSON as it was sent; empty before.")
    answer: str = Field(description="The beginning of the last answer.")


class Since(Body):
    """From when on messages are sent again."""

    since: Moment = Field(description="Of what happened from this moment on.")


class Number(Schema):
    """How many."""

    number: int


class Wanted(Schema):
    """Which messages are asked for."""

    state: Literal["waiting", "taken", "failed", "withheld"] | None = Field(
        None, description="Only those in this state."
    )


@operation(router, "GET ", permission="webhooks.see", gives=Page[WebhookShown])
def list_webhooks(request: HttpRequest, paging: Cursor) -> Page[WebhookShown]:  # noqa: ARG001
    """Webhooks, those made first first."""
    rows, following = pages(queries.endpoints(), paging)
    return Page[WebhookShown](items=[WebhookShown.of(row) for row in rows], next=following)


@operation(router, "POST ", permission="webhooks.edit", gives=WebhookSecret, status=201)
def make_webhook(request: HttpRequest, body: WebhookMade, response: HttpResponse) -> WebhookSecret:
    """Make a webhook.

    It is told what the user sees for whom the key acts. Messages are signed as Standard Webhooks describes it.
    """
    row, secret = endpoints.make_endpoint(Draft(body.name, body.address, body.types), who=_who(request))
    response.headers["Location"] = reverse("api:read_webhook", args=[row.pk])
    mark(response, row.version)
    return WebhookSecret(**_known(row), secret=secret)


@operation(router, "GET /{webhook}", permission="webhooks.see", gives=WebhookShown)
def read_webhook(request: HttpRequest, webhook: KeyInPath, response: HttpResponse) -> WebhookShown:  # noqa: ARG001
    """A webhook."""
    row = queries.endpoint_of(webhook)
    mark(response, row.version)
    return WebhookShown.of(row)


@operation(router, "PATCH /{webhook}", permission="webhooks.edit", gives=WebhookShown, versioned=True)
def change_webhook(
    request: HttpRequest, webhook: KeyInPath, body: WebhookChange, response: HttpResponse
) -> WebhookShown:
    """Change, pause or start a webhook."""
    given = body.given()
    paused = given.pop("paused", None)
    try:
        row = endpoints.alter_endpoint(webhook, given, paused=paused, who=_who(request), version=version_seen(request))
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None
    mark(response, row.version)
    return WebhookShown.of(row)


@operation(router, "DELETE /{webhook}", permission="webhooks.edit", status=204, versioned=True)
def remove_webhook(request: HttpRequest, webhook: KeyInPath) -> None:
    """Remove a webhook with its messages."""
    try:
        endpoints.remove_endpoint(webhook, who=_who(request), version=version_seen(request))
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None


@operation(router, "POST /{webhook}/rotate", permission="webhooks.edit", gives=WebhookSecret, versioned=True)
def rotate_webhook_secret(request: HttpRequest, webhook: KeyInPath, response: HttpResponse) -> WebhookSecret:
    """Give a webhook another secret.

    For a day messages bear a signature with the secret before as well.
    """
    try:
        row, secret = endpoints.rotate_secret(webhook, who=_who(request), version=version_seen(request))
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None
    mark(response, row.version)
    return WebhookSecret(**_known(row), secret=secret)


@operation(router, "POST /{webhook}/test", permission="webhooks.edit", gives=MessageShown, status=202)
def test_webhook(request: HttpRequest, webhook: KeyInPath) -> MessageShown:
    """Send a webhook a message of the type `webhook.test`."""
    return MessageShown.of(again.send_test(webhook, who=_who(request)))


@operation(router, "POST /{webhook}/replay", permission="webhooks.edit", gives=Number, status=202)
def replay_failed_messages(request: HttpRequest, webhook: KeyInPath, body: Since) -> Number:
    """Send again all messages that were not taken, of what happened since a moment."""
    return Number(number=again.replay_failed(webhook, body.since, who=_who(request)))


@operation(router, "GET /{webhook}/messages", permission="webhooks.see", gives=Page[MessageShown])
def list_webhook_messages(
    request: HttpRequest,  # noqa: ARG001
    webhook: KeyInPath,
    paging: Cursor,
    wanted: Annotated[Wanted, Query()],
) -> Page[MessageShown]:
    """Messages of a webhook, the newest first, for as long as they are kept."""
    endpoint = queries.endpoint_of(webhook)
    rows, following = pages(deliveries.deliveries(endpoint.pk, wanted.state or ""), paging, newest_first=True)
    return Page[MessageShown](items=[MessageShown.of(row) for row in rows], next=following)


@operation(router, "GET /{webhook}/messages/{message}", permission="webhooks.see", gives=MessageRead)
def read_webhook_message(request: HttpRequest, webhook: KeyInPath, message: MessageInPath) -> MessageRead:  # noqa: ARG001
    """A message with what was told and what was answered."""
    row = deliveries.delivery_of(webhook, message)
    return MessageRead(**_told(row), body=row.body, answer=row.answer)


@operation(
    router, "POST /{webhook}/messages/{message}/replay", permission="webhooks.edit", gives=MessageShown, status=202
)
def replay_webhook_message(request: HttpRequest, webhook: KeyInPath, message: MessageInPath) -> MessageShown:
    """Send a message again, under the `webhook-id` that it had."""
    return MessageShown.of(again.replay(webhook, message, who=_who(request)))


def _who(request: HttpRequest) -> Who:
    return Who.of(user_of(request))


def _known(row: Endpoint) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "address": row.address,
        "types": row.types,
        "maker": row.maker_id,
        "stopped": row.stopped,
        "silent": row.silent,
        "failing_since": row.failing,
        "two_secrets_until": row.previous_until,
        "created": row.created,
    }


def _told(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "message": row.message,
        "type": row.type,
        "record": row.record,
        "at": row.at,
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt": row.next,
        "last_attempt": row.tried,
        "status": row.status,
        "cause": row.cause,
    }
