"""What the page of a person or a company shows of deals, of activities, and of the lifecycle, and what happened."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from tragt.web.accounts.models import User
from tragt.web.crm.forms.activities import EntryForm
from tragt.web.crm.forms.lifecycle import LeadForm
from tragt.web.crm.happened import MOST, happened
from tragt.web.crm.queries.activities import activities_about, as_seen
from tragt.web.crm.queries.memberships import OnDeal, deals_of_company, deals_of_person, with_roles
from tragt.web.crm.queries.pipelines import lifecycle
from tragt.web.crm.queries.rotting import person_rots
from tragt.web.crm.queries.standings import latest_passages, standing_of
from tragt.web.crm.whose_timeline import OfCompany, OfPerson
from tragt.web.people.panels import Panel, Place
from tragt.web.people.queries import Named

__all__ = ["panels", "tell_timeline"]

_MOST_DEALS = 10
_MOST_ACTIVITIES = 20
_MOST_PASSAGES = 50
_FIRST = 20
"""How much of the timeline stands on the page, so that a phone comes to what follows."""


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


def tell_timeline(request: HttpRequest, kind: str, record: Named) -> SafeString | None:
    """All that happened to a record as one list; the lines alone where older ones are asked for.

    Args:
        request: Of the user who looks.
        kind: ``person`` or ``company``.
        record: The record, which they see.

    Returns:
        The part of the page; None for those who may see no deals.

    Raises:
        InvalidDefinition: The place is none.
    """
    user = request.user
    if not isinstance(user, User) or not user.has_perm("deals.see"):
        return None
    whose = OfPerson(record, user) if kind == "person" else OfCompany(record, user)
    part = bool(request.headers.get("HX-Request") and request.GET.get("before"))
    shown = happened(whose, request.GET, request.path, log=True, most=MOST if part else _FIRST)
    template = "crm/_did.html" if part else "people/_timeline.html"
    return render_to_string(template, {"timeline": shown, "whose": record.label, "entries": "crm/_did.html"}, request)


def _activities(request: HttpRequest, user: User, kind: str, key: int) -> Panel:
    about = {"person": key} if kind == "person" else {"company": key}
    found = as_seen(activities_about(user, **about).filter(at=None)[: _MOST_ACTIVITIES + 1], user)
    inputs = {
        "activities": found[:_MOST_ACTIVITIES],
        "more": len(found) > _MOST_ACTIVITIES,
        "kind": kind,
        "key": key,
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
    passages = latest_passages(key, _MOST_PASSAGES + 1)
    inputs = {
        "standing": standing,
        "days": (timezone.now() - standing.since).days if standing else 0,
        "rots": standing is not None and person_rots(standing),
        "passages": passages[:_MOST_PASSAGES],
        "more": len(passages) > _MOST_PASSAGES,
        "form": form,
        "key": key,
        "here": request.get_full_path(),
    }
    yield Panel(Place.ASIDE, render_to_string("crm/panels/standing.html", inputs, request))


def _deals(request: HttpRequest, user: User, kind: str, key: int) -> Panel:
    if kind == "person":
        found = with_roles(deals_of_person(user, key)[: _MOST_DEALS + 1], key)
        every = reverse("person_deals", args=[key])
    else:
        found = [OnDeal(deal) for deal in deals_of_company(user, key)[: _MOST_DEALS + 1]]
        every = f"{reverse('deals')}?company.is={key}"
    inputs = {
        "deals": found[:_MOST_DEALS],
        "every": every if len(found) > _MOST_DEALS else "",
        "kind": kind,
        "key": key,
        "may": user.has_perm("deals.edit"),
    }
    return Panel(Place.ASIDE, render_to_string("crm/panels/deals.html", inputs, request))
