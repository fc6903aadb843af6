"""Correcting a person or a company from its page."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tragt.errors import Conflict, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.sentences import say
from tragt.web.accounts.views.asking import who
from tragt.web.people.actions.editing import save_company, save_person
from tragt.web.people.actions.owners import assign
from tragt.web.people.record_forms import RecordForm
from tragt.web.records.kinds import kind_of
from tragt.web.records.queries.fields import fields_of

__all__ = ["edit_company", "edit_person"]

Save = Callable[..., object]


@require_http_methods(["GET", "POST"])
@never_cache
@permission_required("people.edit", raise_exception=True)
def edit_person(request: HttpRequest, key: int) -> HttpResponse:
    """Correct a person."""
    return _edit(request, "person", key, save_person)


@require_http_methods(["GET", "POST"])
@never_cache
@permission_required("people.edit", raise_exception=True)
def edit_company(request: HttpRequest, key: int) -> HttpResponse:
    """Correct a company."""
    return _edit(request, "company", key, save_company)


def _edit(request: HttpRequest, code: str, key: int, save: Save) -> HttpResponse:
    kind = kind_of(code)
    assert isinstance(request.user, User)
    record = kind.visible(request.user).select_related(*kind.related).filter(pk=key).first()
    if record is None:
        raise Http404
    form = RecordForm(request.POST or None, record=record, fields=fields_of(kind))
    if request.method == "POST" and form.is_valid():
        try:
            changes, seen = form.changes()
            if changes:
                save(key, changes, seen, who=who(request))
            if form.hands_over:
                assign(kind, [key], form.new_owner, who=who(request))
        except TragtError as refusal:
            form.add_error(form.field_of(refusal), _said(refusal, form.titles))
        else:
            messages.success(request, _("Saved."))
            return redirect(kind.url(key))
    return render(request, "people/edit.html", {"form": form, "record": record, "kind": kind, "back": kind.url(key)})


def _said(refusal: TragtError, titles: Mapping[str, Any]) -> str:
    if isinstance(refusal, Conflict):
        names = refusal.fields["fields"]
        assert isinstance(names, list)
        fields = ", ".join(str(titles.get(name, name)) for name in names)
        said = _("Somebody changed this meanwhile: %(fields)s. Load the page again to see what it is now.")
        return said % {"fields": fields}
    return say(refusal)
