"""What the page of a person or a company shows of deals, of activities, and of the lifecycle."""

from collections.abc import Iterator

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.template.loader import render_to_string

from tragt.web.accounts.models import User
from tragt.web.crm.forms.activities import EntryForm
from tragt.web.crm.forms.lifecycle import LeadForm
from tragt.web.crm.models import Deal, Status
from tragt.web.crm.queries.activities import activities_about, as_seen
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.pipelines import lifecycle
from tragt.web.crm.queries.standings import standing_of
from tragt.web.people.panels import Panel, Place

__all__ = ["panels"]

_MOST_DEALS = 10
_MOST_ACTIVITIES = 20


def panels(request: HttpRequest, kind: str, key: int) -> Iterator[Panel]:
    """Notes and tasks about a record, its deals, and of a person the stage of the lifecycle.

    Args:
        request: Of the user who looks.
        kind: ``person`` or ``company``.
        key: Key of the record.
    """
    user = request.user
    if not isinstance(user, User) or not user.has_perm("deals.see"):
        return
    yield _activities(request, user, kind, key)
    if kind == "person":
        yield from _standing(request, user, key)
    yield _deals(request, user, kind, key)


def _activities(request: HttpRequest, user: User, kind: str, key: int) -> Panel:
    about = {"person": key} if kind == "person" else {"company": key}
    found = as_seen(activities_about(user, **about)[: _MOST_ACTIVITIES + 1], user)
    inputs = {
        "activities": found[:_MOST_ACTIVITIES],
        "more": len(found) > _MOST_ACTIVITIES,
        "entry": EntryForm(initial={"kind": "note", kind: key}),
        "here": request.path,
        "may": user.has_perm("activities.edit"),
    }
    html = render_to_string("crm/panels/activities.html", inputs, request)
    return Panel(Place.MAIN, html, ("crm/activities.css",))


def _standing(request: HttpRequest, user: User, key: int) -> Iterator[Panel]:
    standing, known = standing_of(key), lifecycle()
    may = known is not None and user.has_perm("people.edit")
    if standing is None and not may:
        return
    form = LeadForm(known, standing) if known is not None and may else None
    inputs = {"standing": standing, "form": form, "key": key, "here": request.get_full_path()}
    yield Panel(Place.ASIDE, render_to_string("crm/panels/standing.html", inputs, request))


def _deals(request: HttpRequest, user: User, kind: str, key: int) -> Panel:
    found = list(_related(user, kind, key)[: _MOST_DEALS + 1])
    inputs = {
        "deals": found[:_MOST_DEALS],
        "more": len(found) > _MOST_DEALS,
        "kind": kind,
        "key": key,
        "may": user.has_perm("deals.edit"),
    }
    return Panel(Place.ASIDE, render_to_string("crm/panels/deals.html", inputs, request))


def _related(user: User, kind: str, key: int) -> QuerySet[Deal]:
    """The deals of a record: the open ones first, then the newest."""
    rows = visible_deals(user)
    rows = rows.filter(members__person=key).distinct() if kind == "person" else rows.filter(company=key)
    closed = Case(When(status=Status.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.annotate(closed_now=closed).order_by("closed_now", "-created", "-pk").select_related("stage", "company")
