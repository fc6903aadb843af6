"""Operations on weekly reports. The unit is the report: a funnel that a reader is sent every week."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router, Schema
from pydantic import Field

from tragt.errors import Conflict
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import Body, Key, KeyInPath
from tragt.web.api.versions import Outdated, mark, version_seen
from tragt.web.reports.actions import naming
from tragt.web.reports.actions.naming import Named
from tragt.web.reports.actions.sending import language_of
from tragt.web.reports.models import ADDRESS_LENGTH, Sent, Subscription
from tragt.web.reports.queries import sent_to, subscription_of, subscriptions
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Reports"])

Language = Annotated[
    Literal["en", "da", "sv", "nb"], Field(description="Language of the mail; a user is written to in their own.")
]
Weekday = Annotated[int, Field(ge=0, le=6, strict=True, description="On which day: 0 is Monday, 6 is Sunday.")]


class ReportMade(Body):
    """A report to be."""

    funnel: Key
    to: str = Field(
        min_length=3,
        max_length=ADDRESS_LENGTH,
        description="Address of the reader. A user is sent the report; anyone else is asked first, by a mail.",
        examples=["anna@example.org"],
    )
    language: Language = "en"
    weekday: Weekday = 0


class ReportChange(Body):
    """What is to be changed of a report."""

    language: Language = "en"
    weekday: Weekday = 0
    paused: bool = Field(False, strict=True, description="Whether nothing is sent for now.")


class ReportShown(Schema):
    """A report."""

    id: int
    funnel: int = Field(description="Key of the funnel.")
    funnel_name: str
    user: int | None = Field(description="Key of the user who reads it; null for a reader without an account.")
    address: str | None = Field(description="Address of a reader without an account.")
    language: str
    weekday: int = Field(description="0 is Monday, 6 is Sunday.")
    state: str = Field(
        description="`asked` (the reader has not said yes), `active`, `paused`, or `stopped` by the reader."
    )
    trouble: str = Field(
        description="Why none left though it was due: `nothing_new`, `no_figures`, `nobody`; "
        "`persons`: the funnel names persons, and the reader has no account; or empty."
    )
    created: datetime
    last_sent: datetime | None

    @classmethod
    def of(cls, row: Subscription) -> "ReportShown":
        """A report, as it is answered."""
        return cls(
            id=row.pk,
            funnel=row.funnel_id,
            funnel_name=row.funnel.name,
            user=row.user_id,
            address=row.address or None,
            language=language_of(row),
            weekday=row.weekday,
            state=row.state,
            trouble=row.reason_held,
            created=row.created,
            last_sent=getattr(row, "latest", None),
        )


class SentShown(Schema):
    """A report that left."""

    id: int
    week: date = Field(description="The Monday of the week in which it was due.")
    end: date = Field(description="The day after the last day that it told of.")
    at: datetime
    mail: str | None = Field(description="What became of the mail; null where that is not kept any more.")


class SentList(Schema):
    """The last reports that left, the newest first."""

    items: list[SentShown]


@operation(router, "GET ", permission=naming.EDIT, gives=Page[ReportShown])
def list_reports(request: HttpRequest, paging: Cursor) -> Page[ReportShown]:  # noqa: ARG001
    """List who is sent which funnel every week, those named first first."""
    rows, following = pages(subscriptions(), paging)
    return Page[ReportShown](items=[ReportShown.of(row) for row in rows], next=following)


@operation(router, "POST ", permission=naming.EDIT, gives=ReportShown, status=201)
def make_report(request: HttpRequest, body: ReportMade, response: HttpResponse) -> ReportShown:
    """Let somebody have a funnel by mail every week."""
    named = Named(body.funnel, body.to, body.language, body.weekday)
    row = naming.name_reader(named, who=_who(request))
    response.headers["Location"] = reverse("api:read_report", args=[row.pk])
    mark(response, row.version)
    return ReportShown.of(row)


@operation(router, "GET /{report}", permission=naming.EDIT, gives=ReportShown)
def read_report(request: HttpRequest, report: KeyInPath, response: HttpResponse) -> ReportShown:  # noqa: ARG001
    """Read a report."""
    row = subscription_of(report)
    mark(response, row.version)
    return ReportShown.of(row)


@operation(router, "PATCH /{report}", permission=naming.EDIT, gives=ReportShown, versioned=True)
def change_report(request: HttpRequest, report: KeyInPath, body: ReportChange, response: HttpResponse) -> ReportShown:
    """Change, pause or resume a report.

    One that its reader stopped cannot be resumed by others.
    """
    given, who, version = body.given(), _who(request), version_seen(request)
    paused = given.pop("paused", None)
    try:
        row = naming.alter(report, given, paused=paused, who=who, version=version)
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None
    mark(response, row.version)
    return ReportShown.of(subscription_of(row.pk))


@operation(router, "DELETE /{report}", permission=naming.EDIT, status=204, versioned=True)
def remove_report(request: HttpRequest, report: KeyInPath) -> None:
    """Remove a report."""
    try:
        naming.remove(report, who=_who(request), version=version_seen(request))
    except Conflict as changed:
        raise Outdated(changed.code, changed.message, **changed.fields) from None


@operation(router, "POST /{report}/restore", permission=naming.EDIT, gives=ReportShown)
def restore_report(request: HttpRequest, report: KeyInPath, response: HttpResponse) -> ReportShown:
    """Bring a report back that was removed within two weeks."""
    row = naming.undo(report, who=_who(request))
    mark(response, row.version)
    return ReportShown.of(row)


@operation(router, "GET /{report}/sent", permission=naming.EDIT, gives=SentList)
def list_sent_reports(request: HttpRequest, report: KeyInPath) -> SentList:  # noqa: ARG001
    """List the last reports that left."""
    return SentList(items=[_sent(one) for one in sent_to(subscription_of(report))])


def _sent(row: Sent) -> SentShown:
    return SentShown(id=row.pk, week=row.week, end=row.end, at=row.at, mail=row.mail.state if row.mail else None)


def _who(request: HttpRequest) -> Who:
    return Who.of(user_of(request))
