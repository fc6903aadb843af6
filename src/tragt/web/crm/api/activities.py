"""Operations on activities: notes, calls, meetings, e-mails and tasks; and what is to be done today."""

from itertools import islice
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.api.authentication import user_of
from tragt.web.api.limits import spend_rows
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import activities as acts
from tragt.web.crm.api.activity_shapes import (
    ActivitiesAsked,
    ActivityChange,
    ActivityShown,
    FinishBody,
    Finished,
    NewActivity,
    TodayAsked,
    TodayShown,
    shown_activities,
)
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.models import Activity
from tragt.web.crm.queries.activities import visible_activities
from tragt.web.crm.queries.today import tasks_of
from tragt.web.shell.acting import Who
from tragt.web.shell.formats import zone

__all__ = ["of_today", "router"]

router = Router(tags=["Activities"])
of_today = Router(tags=["Activities"])

EDIT = "activities.edit"
PARTS = ("overdue", "today", "coming", "later", "someday")


@operation(of_today, "GET", permission="deals.see", gives=TodayShown)
def read_today(request: HttpRequest, asked: Annotated[TodayAsked, Query()]) -> TodayShown:
    """What the key's user, a team or everyone has to do today, what was left, and what comes."""
    user = user_of(request)
    tasks = tasks_of(user, zone(), asked.asked())
    parts = {part: getattr(tasks, part) for part in PARTS}
    every = [row for rows in parts.values() for row in rows]
    spend_rows(request, len(every))
    shown = iter(shown_activities(every, user))
    return TodayShown(
        **{part: list(islice(shown, len(rows))) for part, rows in parts.items()},
        number=tasks.number,
        late=tasks.late,
        ahead=tasks.ahead,
        more=tasks.more,
    )


@operation(router, "GET", permission="deals.see", gives=Page[ActivityShown])
def list_activities(
    request: HttpRequest, paging: Cursor, asked: Annotated[ActivitiesAsked, Query()]
) -> Page[ActivityShown]:
    """Activities that the key sees, the last added first."""
    user = user_of(request)
    rows = visible_activities(user).filter(**asked.conditions(user))
    found, following = pages(rows, paging, newest_first=True)
    return Page[ActivityShown](items=shown_activities(found, user), next=following)


@operation(router, "GET /{activity}", permission="deals.see", gives=ActivityShown)
def read_activity(request: HttpRequest, activity: KeyInPath, response: HttpResponse) -> ActivityShown:
    """An activity."""
    user = user_of(request)
    return _answer(_one(activity, user), user, response)


@operation(router, "POST", permission=EDIT, gives=ActivityShown, status=201)
def add_activity(request: HttpRequest, body: NewActivity, response: HttpResponse) -> ActivityShown:
    """Note what was done, or plan what is to be done."""
    row = acts.add_activity(body.entry(), body.about(), who=Who.of(user_of(request)))
    response.headers["Location"] = f"{PREFIX}/activities/{row.pk}"
    return _answer(row, user_of(request), response)


@operation(router, "PATCH /{activity}", permission=EDIT, gives=ActivityShown, versioned=True)
def change_activity(
    request: HttpRequest, activity: KeyInPath, body: ActivityChange, response: HttpResponse
) -> ActivityShown:
    """Change an activity, or correct what was done."""
    who = Who.of(user_of(request))
    with heeding(request):
        row = acts.edit_activity(activity, body.given(), who=who, version=version_seen(request))
    return _answer(row, user_of(request), response)


@operation(router, "POST /{activity}/finish", permission=EDIT, gives=Finished, versioned=True)
def finish_activity(request: HttpRequest, activity: KeyInPath, body: FinishBody, response: HttpResponse) -> Finished:
    """Say that something planned is done; what repeats is planned anew."""
    user = user_of(request)
    with heeding(request), transaction.atomic():
        again = acts.finish_activity(activity, body.came(), who=Who.of(user), version=version_seen(request))
        done = _answer(_one(activity, user), user, response)
    return Finished(done=done, following=shown_activities([again], user)[0] if again else None)


@operation(router, "POST /{activity}/reopen", permission=EDIT, gives=ActivityShown, versioned=True)
def reopen_activity(request: HttpRequest, activity: KeyInPath, response: HttpResponse) -> ActivityShown:
    """Take back that a task is done."""
    with heeding(request):
        row = acts.reopen_activity(activity, who=Who.of(user_of(request)), version=version_seen(request))
    return _answer(row, user_of(request), response)


@operation(router, "DELETE /{activity}", permission=EDIT, status=204, versioned=True)
def remove_activity(request: HttpRequest, activity: KeyInPath) -> None:
    """Remove an activity. The event log keeps that a call or a meeting took place."""
    with heeding(request):
        acts.remove_activity(activity, who=Who.of(user_of(request)), version=version_seen(request))


def _one(key: int, user: User) -> Activity:
    found = visible_activities(user).filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_activity", f"There is no activity {key}, or it is not for this key to see.")
    return found


def _answer(row: Activity, user: User, response: HttpResponse) -> ActivityShown:
    mark(response, row.version)
    return shown_activities([row], user)[0]
