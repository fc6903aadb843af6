"""Correcting a person or a company: one field where it stands on the page, or all of them on a page of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tragt.errors import Conflict, TragtError
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_owners, owned_by
from tragt.web.accounts.views.asking import asker, who
from tragt.web.people.actions.editing import OWNER, Followed, save_company, save_person
from tragt.web.people.facts import Fact, facts_of, hide_company
from tragt.web.people.models import Company, Person
from tragt.web.people.record_forms import RecordForm
from tragt.web.people.sentences import say
from tragt.web.records.kinds import Kind, kind_of
from tragt.web.records.models import Field
from tragt.web.records.queries.fields import fields_of
from tragt.web.shell import formats

__all__ = ["edit_company", "edit_company_field", "edit_person", "edit_person_field"]

_SAVES: Mapping[str, Callable[..., object]] = {"person": save_person, "company": save_company}
_NOBODY = Followed()
_POSTED = require_http_methods(["GET", "POST"])
_MAY = permission_required("people.edit", raise_exception=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A record that is to be corrected.

    Attributes:
        kind: Persons or companies.
        record: The record, which the user sees.
        fields: The custom fields of the kind.
        user: Who corrects it.
    """

    kind: Kind
    record: Person | Company
    fields: Sequence[Field]
    user: User

    @property
    def back(self) -> str:
        """The page of the record."""
        return self.kind.url(self.record.pk)

    def form(self, data: Any = None, only: str = "") -> RecordForm:
        """The form of all fields, or of one."""
        auto_id = f"{only}_%s" if only else "id_%s"
        return RecordForm(data, auto_id=auto_id, record=self.record, fields=self.fields, user=self.user, only=only)

    def fact(self, name: str, *, may: bool = True) -> Fact | None:
        """What the page says of a field; None where it says nothing."""
        hidden = hide_company(self.kind, self.record, self.user)
        return next(iter(facts_of(self.kind, self.record, self.fields, may=may, only=name, hidden=hidden)), None)


@_POSTED
@never_cache
@_MAY
def edit_person(request: HttpRequest, key: int) -> HttpResponse:
    """Correct a person."""
    return _edit(request, _asked(request, "person", key))


@_POSTED
@never_cache
@_MAY
def edit_company(request: HttpRequest, key: int) -> HttpResponse:
    """Correct a company."""
    return _edit(request, _asked(request, "company", key))


@_POSTED
@never_cache
@_MAY
def edit_person_field(request: HttpRequest, key: int, name: str) -> HttpResponse:
    """Correct one field of a person. A colleague's change of the same field is shown before it is overwritten."""
    return _edit_field(request, _asked(request, "person", key), name)


@_POSTED
@never_cache
@_MAY
def edit_company_field(request: HttpRequest, key: int, name: str) -> HttpResponse:
    """Correct one field of a company. A colleague's change of the same field is shown before it is overwritten."""
    return _edit_field(request, _asked(request, "company", key), name)


def _asked(request: HttpRequest, code: str, key: int) -> _Asked:
    kind, user = kind_of(code), asker(request)
    record = kind.visible(user).select_related(*kind.related, "owner").filter(pk=key).first()
    if record is None:
        raise Http404
    return _Asked(kind, record, fields_of(kind), user)


def _edit(request: HttpRequest, asked: _Asked) -> HttpResponse:
    form = asked.form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            followed = _save(request, asked, form)
        except TragtError as refusal:
            form.add_error(form.field_of(refusal), _said(refusal, form.titles))
        else:
            messages.success(request, _saved(followed))
            return redirect(_onward(asked))
    inputs = {"form": form, "record": asked.record, "kind": asked.kind, "back": asked.back}
    return render(request, "people/edit.html", inputs, status=422 if form.is_bound else 200)


def _edit_field(request: HttpRequest, asked: _Asked, name: str) -> HttpResponse:
    form = asked.form(request.POST if request.method == "POST" else None, name)
    if name not in form.fields:
        raise Http404
    clash = False
    if form.is_bound and form.is_valid():
        try:
            followed = _save(request, asked, form)
        except Conflict:
            asked, clash = _asked(request, asked.kind.code, asked.record.pk), True
            form = _anew(request, asked, name)
        except TragtError as refusal:
            form.add_error(form.field_of(refusal), say(refusal))
        else:
            return _field_saved(request, asked, name, followed)
    part = bool(request.headers.get("HX-Request"))
    inputs: dict[str, object] = {"fact": asked.fact(name), "form": form, "clash": clash, "back": asked.back}
    inputs |= {"record": asked.record, "kind": asked.kind}
    # htmx takes a part of 200 and 422; a clash is one more thing to decide in the form.
    status = 409 if clash and not part else 422 if form.is_bound else 200
    return render(request, "people/_field_form.html" if part else "people/field.html", inputs, status=status)


def _save(request: HttpRequest, asked: _Asked, form: RecordForm) -> Followed:
    """Save what was changed; who followed the domain of a company."""
    changes, seen = form.changes()
    saved = _SAVES[asked.kind.code](asked.record.pk, changes, seen, who=who(request)) if changes else None
    return saved if isinstance(saved, Followed) else _NOBODY


def _saved(followed: Followed) -> str:
    """That it was saved, and who follows the domain of a company."""
    number = abs(followed.came)
    if followed.later:
        number = followed.later
        said = ngettext(
            "Saved. %(number)s person is being put to the company of their address in the background.",
            "Saved. %(number)s persons are being put to the company of their address in the background.",
            number,
        )
    elif not number:
        return _("Saved.")
    elif followed.came > 0:
        said = ngettext(
            "Saved. %(number)s person with an address there belongs to this company now.",
            "Saved. %(number)s persons with an address there belong to this company now.",
            number,
        )
    else:
        said = ngettext(
            "Saved. %(number)s person whose address is elsewhere belongs to this company no more.",
            "Saved. %(number)s persons whose address is elsewhere belong to this company no more.",
            number,
        )
    return said % {"number": formats.number(number)}


def _anew(request: HttpRequest, asked: _Asked, name: str) -> RecordForm:
    """The form with what was typed, beside what somebody else wrote meanwhile."""
    now, data = asked.form(only=name), request.POST.copy()
    initial = now.fields[name].initial
    data[now.add_initial_prefix(name)] = "" if initial is None else str(initial)
    return asked.form(data, name)


def _field_saved(request: HttpRequest, before: _Asked, name: str, followed: Followed) -> HttpResponse:
    """The field as it is now; the whole page where more changed there: what may be done, or who belongs to it."""
    address = _onward(before)
    if not request.headers.get("HX-Request"):
        messages.success(request, _saved(followed))
        return redirect(address)
    if followed != _NOBODY or (name == OWNER and (address != before.back or not _may_change(before))):
        messages.success(request, _saved(followed))
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    asked = _asked(request, before.kind.code, before.record.pk)
    inputs = {"fact": asked.fact(name), "record": asked.record, "named": name == "name"}
    return render(request, "people/_field_saved.html", inputs)


def _onward(asked: _Asked) -> str:
    """Where to go once something was saved: to the list where the record was handed to somebody and is not seen now."""
    seen = asked.kind.visible(asked.user).filter(pk=asked.record.pk).exists()
    return asked.back if seen else asked.kind.address


def _may_change(asked: _Asked) -> bool:
    owner = asked.kind.rows().filter(pk=asked.record.pk).values_list("owner", flat=True).first()
    return owned_by(changeable_owners(asked.user), owner)


def _said(refusal: TragtError, titles: Mapping[str, Any]) -> str:
    if isinstance(refusal, Conflict):
        names = refusal.fields["fields"]
        assert isinstance(names, list)
        fields = ", ".join(str(titles.get(name, name)) for name in names)
        said = _("Somebody changed this meanwhile: %(fields)s. Load the page again to see what it is now.")
        return said % {"fields": fields}
    return say(refusal)
