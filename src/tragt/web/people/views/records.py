"""Pages of a person and of a company: who it is, what was done about it, and all touches."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tragt.errors import InvalidDefinition
from tragt.web.accounts.reach import changeable_owners, owned_by
from tragt.web.accounts.views.asking import asker
from tragt.web.people import queries, timelines
from tragt.web.people.facts import facts_of, hide_company
from tragt.web.people.models import Company, Person
from tragt.web.people.panels import Place, panels_of, timeline_told
from tragt.web.people.queries import Named
from tragt.web.people.timelines import Opened, Shown
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.queries.tags import tags_of

__all__ = ["company", "company_touch", "person", "person_touch"]

WHOLE = "timeline"
"""What the address says that asks for the timeline too."""

_COLLEAGUES = 20


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def person(request: HttpRequest, key: int) -> HttpResponse:
    """A person: who it is, and all touches, the newest first, which the page asks for once it stands."""
    record, found = _person(request, key)
    address, user = reverse("person", args=[key]), asker(request)
    told = _told(request, "person", found, lambda: timelines.of_person(found.id, request.GET, address, user))
    if _part(request):
        return HttpResponse(told)
    inputs: dict[str, object] = {"person": found, "told": told}
    return render(request, "people/person.html", inputs | _beside(request, "person", record))


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def person_touch(request: HttpRequest, key: int) -> HttpResponse:
    """A touch of a person with all that it came with."""
    _record, found = _person(request, key)
    return _touch(request, found, timelines.opened(request.GET, person=found.id, user=asker(request)), "person")


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def company(request: HttpRequest, key: int) -> HttpResponse:
    """A company: its persons, and all touches of it and of them, the newest first, asked for as those of a person."""
    record, found = _company(request, key)
    address, user = reverse("company", args=[key]), asker(request)
    told = _told(request, "company", found, lambda: timelines.of_company(found.id, request.GET, address, user))
    if _part(request):
        return HttpResponse(told)
    people, number = queries.colleagues(key, _COLLEAGUES, user)
    inputs: dict[str, object] = {"company": found, "told": told, "people": people, "number": number}
    return render(request, "people/company.html", inputs | _beside(request, "company", record))


@require_GET
@never_cache
@permission_required("people.see", raise_exception=True)
def company_touch(request: HttpRequest, key: int) -> HttpResponse:
    """A touch of a company with all that it came with."""
    _record, found = _company(request, key)
    return _touch(request, found, timelines.opened(request.GET, company=found.id, user=asker(request)), "company")


def _person(request: HttpRequest, key: int) -> tuple[Person, Named]:
    """A person that the user may see: the row, and who that is in the log."""
    record = _seen(request, "person", key)
    found = queries.person_of_row(record)
    if found is None:
        raise Http404
    return record, found


def _company(request: HttpRequest, key: int) -> tuple[Company, Named]:
    """A company that the user may see: the row, and what it is in the log."""
    record = _seen(request, "company", key)
    return record, Named(record.key, record.name, record.pk)


def _seen(request: HttpRequest, code: str, key: int) -> Any:
    """The row of a record that the user may see, with what stands beside it."""
    kind = kind_of(code)
    record = kind.visible(asker(request)).select_related("owner", *kind.related).filter(pk=key).first()
    if record is None:
        raise Http404
    return record


def _beside(request: HttpRequest, code: str, record: Person | Company) -> dict[str, object]:
    """What stands beside the timeline: custom fields, tags, owner, and what the apps above add."""
    kind, key, user = kind_of(code), record.pk, asker(request)
    found = panels_of(request, code, key)
    hidden = hide_company(kind, record, user)
    may = user.has_perm(kind.edit) and owned_by(changeable_owners(user), record.owner_id)
    return {
        "record": record,
        "facts": facts_of(kind, record, fields_of(kind), may=may, hidden=hidden),
        "may": may,
        "tagged": tags_of(kind, key),
        "kind": kind,
        "key": key,
        "main": [one.html for one in found if one.place == Place.MAIN],
        "beside": [one.html for one in found if one.place == Place.ASIDE],
        "styles": sorted({path for one in found for path in one.styles}),
        "scripts": sorted({path for one in found for path in one.scripts}),
    }


def _told(request: HttpRequest, kind: str, record: Named, page: Callable[[], Shown]) -> SafeString:
    """The timeline, or its older lines alone: of the event log, unless an app above has more to tell.

    The page stands without it, and then asks for it: it takes as long as the rest.

    Args:
        request: Of the user who looks.
        kind: ``person`` or ``company``.
        record: The record.
        page: The timeline of the event log.
    """
    if not request.GET:
        return render_to_string("people/_timeline_later.html", {"address": request.path}, request)
    try:
        told = timeline_told(request, kind, record)
        if told is not None:
            return told
        template = "people/_touches.html" if _older(request) else "people/_timeline.html"
        return render_to_string(template, {"timeline": page(), "whose": record.label, "part": True}, request)
    except InvalidDefinition as problem:
        raise Http404(problem.message) from None


def _part(request: HttpRequest) -> bool:
    """Whether the page asks for its timeline, or for older lines of it, and for nothing else."""
    return bool(request.headers.get("HX-Request") and (request.GET.get("before") or request.GET.get(WHOLE)))


def _older(request: HttpRequest) -> bool:
    """Whether a part of the page asks for older lines, and for nothing else."""
    return bool(request.headers.get("HX-Request") and request.GET.get("before"))


def _touch(request: HttpRequest, whose: Named, opened: Opened | None, name: str) -> HttpResponse:
    if opened is None:
        raise Http404
    part = "people/_touch.html" if request.headers.get("HX-Request") else "people/touch.html"
    inputs = {"opened": opened, "whose": whose, "address": reverse(name, args=[whose.key])}
    return render(request, part, inputs)
