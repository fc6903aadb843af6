"""Pages of a person and of a company: who it is, what was done about it, and all touches."""

from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_owners, owned_by
from tragt.web.accounts.views.asking import asker
from tragt.web.people import queries, timelines
from tragt.web.people.facts import facts_of
from tragt.web.people.panels import Place, panels_of
from tragt.web.people.queries import Named
from tragt.web.people.timelines import Opened, Shown
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.queries.names import beside, leave_out_unseen
from tragt.web.records.queries.tags import tags_of

__all__ = ["company", "company_touch", "person", "person_touch"]

_COLLEAGUES = 20


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def person(request: HttpRequest, key: int) -> HttpResponse:
    """A person: who it is, and all touches, the newest first."""
    found = _person(request, key)
    shown = _shown(lambda: timelines.of_person(found.id, request.GET, reverse("person", args=[key]), asker(request)))
    return _page(request, "people/person.html", {"person": found, "timeline": shown, **_beside(request, "person", key)})


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def person_touch(request: HttpRequest, key: int) -> HttpResponse:
    """A touch of a person with all that it came with."""
    found = _person(request, key)
    return _touch(request, found, timelines.opened(request.GET, person=found.id, user=asker(request)), "person")


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def company(request: HttpRequest, key: int) -> HttpResponse:
    """A company: its persons, and all touches of it and of them, the newest first."""
    found, user = _company(request, key), asker(request)
    shown = _shown(lambda: timelines.of_company(found.id, request.GET, reverse("company", args=[key]), user))
    people, number = queries.colleagues(key, _COLLEAGUES, user)
    inputs: dict[str, object] = {"company": found, "timeline": shown, "people": people, "number": number}
    inputs |= _beside(request, "company", key)
    return _page(request, "people/company.html", inputs)


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def company_touch(request: HttpRequest, key: int) -> HttpResponse:
    """A touch of a company with all that it came with."""
    found = _company(request, key)
    return _touch(request, found, timelines.opened(request.GET, company=found.id, user=asker(request)), "company")


def _person(request: HttpRequest, key: int) -> Named:
    """A person that the user may see."""
    found = queries.person_at(key) if _sees(request, "person", key) else None
    if found is None:
        raise Http404
    return found


def _company(request: HttpRequest, key: int) -> Named:
    """A company that the user may see."""
    found = queries.company_at(key) if _sees(request, "company", key) else None
    if found is None:
        raise Http404
    return found


def _sees(request: HttpRequest, kind: str, key: int) -> bool:
    assert isinstance(request.user, User)
    return kind_of(kind).visible(request.user).filter(pk=key).exists()


def _beside(request: HttpRequest, code: str, key: int) -> dict[str, object]:
    """What stands beside the timeline: custom fields, tags, owner, and what the apps above add.

    Nothing of it where only older touches are asked for.
    """
    if request.headers.get("HX-Request"):
        return {}
    kind, found, user = kind_of(code), panels_of(request, code, key), asker(request)
    record = kind.rows().select_related("owner", *kind.related).get(pk=key)
    leave_out_unseen(beside(kind, [record]), user)
    may = user.has_perm(kind.edit) and owned_by(changeable_owners(user), record.owner_id)
    return {
        "record": record,
        "facts": facts_of(kind, record, fields_of(kind), may=may),
        "may": may,
        "tagged": tags_of(kind, key),
        "kind": kind,
        "key": key,
        "main": [one.html for one in found if one.place == Place.MAIN],
        "beside": [one.html for one in found if one.place == Place.ASIDE],
        "styles": sorted({path for one in found for path in one.styles}),
        "scripts": sorted({path for one in found for path in one.scripts}),
    }


def _shown(page: Callable[[], Shown]) -> Shown:
    try:
        return page()
    except InvalidDefinition as problem:
        raise Http404(problem.message) from None


def _page(request: HttpRequest, whole: str, inputs: Mapping[str, object]) -> HttpResponse:
    """The page; where a part of it asks for older touches, these alone."""
    part = request.headers.get("HX-Request") and request.GET.get("before")
    return render(request, "people/_touches.html" if part else whole, dict(inputs))


def _touch(request: HttpRequest, whose: Named, opened: Opened | None, name: str) -> HttpResponse:
    if opened is None:
        raise Http404
    part = "people/_touch.html" if request.headers.get("HX-Request") else "people/touch.html"
    inputs = {"opened": opened, "whose": whose, "address": reverse(name, args=[whose.key])}
    return render(request, part, inputs)
