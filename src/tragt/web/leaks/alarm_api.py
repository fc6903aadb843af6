"""Operations on alarms about leaks that begin. The unit is the alarm."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page, Paging, pages
from tragt.web.api.schemas import LARGEST_KEY, KeyInPath
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Exact, unsent
from tragt.web.leaks import alarms, alerting
from tragt.web.leaks.models import Alarm, Attention
from tragt.web.leaks.queries import told_to
from tragt.web.leaks.voicing import voiced
from tragt.web.shell.acting import Who

__all__ = ["router", "wanted"]

router = Router(tags=["Leaks"])
wanted = Router(tags=["Leaks"])

SEE, EDIT = "leaks.see", "leaks.edit"
MOST = 10**12


class AlarmsAsked(Paging):
    """Which alarms are asked for."""

    state: Literal["open", "over"] = Field("open", description="Those that stand, or those that are over.")
    funnel: int | None = Field(None, ge=1, le=LARGEST_KEY, description="Key of the funnel.")


class AlarmShown(Schema):
    """That a place of a funnel has begun to do worse."""

    id: int
    funnel: int = Field(description="Key of the funnel.")
    funnel_name: str
    previous_step: str = Field(description="The step at which they leak.")
    step: str = Field(description="The step that fewer reach.")
    by: str | None = Field(description="The property by which entries are divided; null for the step as a whole.")
    value: str | None
    fate: str = Field(description="`drifted` or `stuck`: what becomes of those who leak.")
    began: date = Field(description="The day of the data on which the evidence sufficed.")
    opened: datetime = Field(description="When it was raised.")
    closed: datetime | None
    why_closed: str | None = Field(description="`recovered`, `late`, `changed` or `acted`; null while it is open.")
    snoozed: date | None = Field(description="Until that day it is not spoken of.")
    small: bool = Field(description="Whether it costs less than the organisation wants to hear of.")
    entered: int = Field(description="How many came to the step before, in the week before that day and since.")
    kept: int = Field(description="How many of them got on.")
    rate: float
    reference: float = Field(description="The rate before.")
    lost_a_month: float
    cost_a_month: float | None = Field(description="In whole units of the currency; null where that is not known.")
    currency: str | None

    @classmethod
    def all_of(cls, rows: Iterable[Alarm]) -> list["AlarmShown"]:
        """Alarms, as they are answered."""
        return [
            cls(
                id=one.row.pk,
                funnel=one.row.funnel_id,
                funnel_name=one.row.funnel.name,
                previous_step=one.before,
                step=one.step,
                by=one.row.by or None,
                value=one.row.value or None,
                why_closed=one.row.why_closed or None,
                small=one.row.minor,
                lost_a_month=one.row.figures["lost"],
                cost_a_month=one.row.figures["cost"],
                currency=one.row.currency or None,
                **{name: getattr(one.row, name) for name in ("fate", "began", "opened", "closed", "snoozed")},
                **{name: one.row.figures[name] for name in ("entered", "kept", "rate", "reference")},
            )
            for one in voiced(rows)
        ]


class Rest(Exact):
    """For how long an alarm is not spoken of."""

    days: Annotated[int, Field(ge=0, le=alerting.LONGEST_SNOOZE, description="0 speaks of it again.")]


class AttentionShown(Schema):
    """What the organisation wants to be alarmed about."""

    false_alarm: float = Field(description="Probability of any false alarm over all funnels in 90 days.")
    least: int = Field(description="What a leak must cost a month, in whole units of the organisation's currency.")

    @classmethod
    def of(cls, row: Attention) -> "AttentionShown":
        """What is wanted, as it is answered."""
        return cls(false_alarm=row.false_alarm, least=row.least)


class AttentionChange(Exact):
    """What is to be wanted."""

    false_alarm: Annotated[float, Field(ge=0.01, le=0.5)] = Field(default_factory=unsent)
    least: Annotated[int, Field(ge=0, le=MOST)] = Field(default_factory=unsent)


@operation(router, "GET", permission=SEE, gives=Page[AlarmShown])
def list_alarms(request: HttpRequest, asked: Annotated[AlarmsAsked, Query()]) -> Page[AlarmShown]:
    """List the alarms, the newest first.

    Each saved funnel is watched every night, day by day, for places where fewer go on than before by more than chance
    explains. An alarm that was raised is never taken back; it is closed, with the reason.
    """
    rows = alarms.open_alarms() if asked.state == "open" else alarms.alarms().exclude(closed=None)
    rows = told_to(rows if asked.funnel is None else rows.filter(funnel=asked.funnel), user_of(request))
    found, following = pages(rows, asked, newest_first=True)
    return Page[AlarmShown](items=AlarmShown.all_of(found), next=following)


@operation(router, "GET /{alarm}", permission=SEE, gives=AlarmShown)
def read_alarm(request: HttpRequest, alarm: KeyInPath, response: HttpResponse) -> AlarmShown:
    """Read an alarm, also one that is over."""
    return _marked(alarms.alarm_of(alarm, user_of(request)), response)


@operation(router, "POST /{alarm}/act", permission=EDIT, gives=AlarmShown, versioned=True)
def act_on_alarm(request: HttpRequest, alarm: KeyInPath, response: HttpResponse) -> AlarmShown:
    """Say that somebody does something about it: the alarm is over, and evidence is gathered anew.

    The days until today are not held against the remedy.
    """
    with heeding(request):
        alerting.act_on(_who(request), alarm, version=version_seen(request))
    return _marked(alarms.alarm_of(alarm, user_of(request)), response)


@operation(router, "POST /{alarm}/snooze", permission=EDIT, gives=AlarmShown, versioned=True)
def snooze_alarm(request: HttpRequest, alarm: KeyInPath, body: Rest, response: HttpResponse) -> AlarmShown:
    """Do not speak of an alarm for some days."""
    with heeding(request):
        alerting.snooze(_who(request), alarm, body.days, version=version_seen(request))
    return _marked(alarms.alarm_of(alarm, user_of(request)), response)


@operation(wanted, "GET", permission=SEE, gives=AttentionShown)
def read_alarm_settings(request: HttpRequest, response: HttpResponse) -> AttentionShown:  # noqa: ARG001
    """Read what the organisation wants to be alarmed about."""
    return _wanted(alarms.attention(), response)


@operation(wanted, "PATCH", permission=EDIT, gives=AttentionShown, versioned=True)
def change_alarm_settings(request: HttpRequest, body: AttentionChange, response: HttpResponse) -> AttentionShown:
    """Say how many false alarms are taken, and what a leak must cost."""
    row, given, seen = alarms.attention(), body.given(), version_seen(request)
    with heeding(request):
        changed = alerting.attend(
            _who(request),
            given.get("false_alarm", row.false_alarm),
            given.get("least", row.least),
            version=row.version if seen is None else seen,
        )
    return _wanted(changed, response)


def _wanted(row: Attention, response: HttpResponse) -> AttentionShown:
    mark(response, row.version)
    return AttentionShown.of(row)


def _marked(row: Alarm, response: HttpResponse) -> AlarmShown:
    mark(response, row.version)
    return AlarmShown.all_of([row])[0]


def _who(request: HttpRequest) -> Who:
    return Who.of(user_of(request))
