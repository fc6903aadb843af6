"""Adding a person or a company by hand, where one who is known already is told of."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tragt.errors import TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.views.asking import asker, who
from tragt.web.people.actions.adding import check_new, make_company, make_person
from tragt.web.people.queries.offered import companies_like, namesakes
from tragt.web.people.record_forms import NewRecordForm
from tragt.web.people.sentences import say
from tragt.web.records.kinds import Kind, kind_of
from tragt.web.records.queries.fields import fields_of
from tragt.web.records.queries.names import beside, leave_out_unseen

__all__ = ["Known", "companies_found", "new_company", "new_person"]

_LONGEST = 100
_MAY = permission_required("people.edit", raise_exception=True)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is known already.

    Attributes:
        label: What they are called.
        hint: What tells them from others of their name.
        url: Their page.
    """

    label: str
    hint: str
    url: str


@require_http_methods(["GET", "POST"])
@never_cache
@_MAY
def new_person(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    return _new(request, "person")


@require_http_methods(["GET", "POST"])
@never_cache
@_MAY
def new_company(request: HttpRequest) -> HttpResponse:
    """Add a company."""
    return _new(request, "company")


@require_GET
@never_cache
@_MAY
def companies_found(request: HttpRequest) -> HttpResponse:
    """Companies whose name begins as what was typed, for the list of a field."""
    found = companies_like(request.GET.get("q", "").replace("\0", "")[:_LONGEST], asker(request))
    return render(request, "people/_offered.html", {"offered": [(one.name, one.domain) for one in found]})


def _new(request: HttpRequest, code: str) -> HttpResponse:
    kind, user = kind_of(code), asker(request)
    data = request.POST if request.method == "POST" else None
    form = NewRecordForm(data, kind=kind, fields=fields_of(kind), user=user, initial=_begun(request, user))
    known: Sequence[Known] = []
    refused = False
    if form.is_bound and form.is_valid():
        try:
            # Whoever stands in the way is told of before those who only have the same name.
            check_new(kind, form.told, who(request))
            known = [] if "another" in request.POST else _namesakes(kind, form, user)
            if not known:
                return _made(request, form)
        except TragtError as refusal:
            form.add_error(form.field_of(refusal), say(refusal))
            known, refused = _meant(refusal, user), True
    inputs = {"form": form, "kind": kind, "known": known, "refused": refused}
    return render(request, "people/new.html", inputs, status=422 if form.is_bound else 200)


def _begun(request: HttpRequest, user: User) -> dict[str, str]:
    """What a new person begins with, where that was asked for on the page of a company that the user sees."""
    given = request.GET.get("company", "")
    if not (given.isascii() and given.isdigit() and len(given) < len(str(2**63))):
        return {}
    found = kind_of("company").visible(user).filter(pk=int(given)).first()
    return {"company": found.name} if found else {}


def _made(request: HttpRequest, form: NewRecordForm) -> HttpResponse:
    """Make the record; then to its page, or to the list where it is somebody's whose records are not seen."""
    kind, by = form.kind, who(request)
    make = make_person if kind.code == "person" else make_company
    record = make(form.told, by, owner=form.owner)
    messages.success(request, _("“%(name)s” was added.") % {"name": record})
    seen = kind.visible(asker(request)).filter(pk=record.pk).exists()
    return redirect(kind.url(record.pk) if seen else kind.address)


def _namesakes(kind: Kind, form: NewRecordForm, user: User) -> list[Known]:
    found = namesakes(kind.code, str(form.told.get("name", "")), user)
    leave_out_unseen(beside(kind, found), user)
    return [Known(str(one), kind.hint(one), kind.url(one.pk)) for one in found]


def _meant(refusal: TragtError, user: User) -> list[Known]:
    """Who stands in the way, where the user sees them."""
    for code in ("person", "company"):
        if isinstance(key := refusal.fields.get(code), int):
            kind = kind_of(code)
            found = list(kind.visible(user).select_related(*kind.related).filter(pk=key))
            leave_out_unseen(beside(kind, found), user)
            return [Known(str(one), kind.hint(one), kind.url(one.pk)) for one in found]
    return []
