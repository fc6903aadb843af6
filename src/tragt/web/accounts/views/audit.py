"""The audit: who did what, and when."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from tragt.web.accounts import queries
from tragt.web.accounts.acts import sentence
from tragt.web.accounts.forms.settings import AuditForm
from tragt.web.accounts.models import AuditRow, Organisation, Role, User
from tragt.web.accounts.targets import names
from tragt.web.shell.formats import file_size, number

PAGE = 50
_MOST_LISTED = 10
# Told by the sentence.
_TOLD = {"act", "api_key", "file", "part", "what", "asked_by", "name", "folders"}
_LABELS: dict[str, Promise] = {
    "mark": _("Mark"),
    "moved": _("Moved with it"),
    "stage": _("Stage"),
    "events": _("Events"),
    "fields_kept": _("Later changes kept"),
    "keys": _("Numbers of the records"),
    "kind": _("Kind"),
    "persons_changed": _("Persons changed"),
    "persons_created": _("Persons created"),
    "persons_removed": _("Persons removed"),
    "persons_restored": _("Persons as before"),
    "removed": _("Removed"),
    "role": _("Role"),
    "records": _("Records"),
    "rows": _("Rows"),
    "sessions": _("Sessions ended"),
    "size": _("Size"),
    "touched": _("Rows and files"),
}
_VALUES: dict[object, Promise] = {
    "for ever": _("for ever"),
    "password": _("Password"),
    "public": _("Public"),
    "recovery_codes": _("Recovery codes"),
    "secret": _("Secret"),
    "totp": _("Authenticator app"),
    "webauthn": _("Passkey"),
}
_FIELDS = {field.name: field.verbose_name for model in (User, Organisation) for field in model._meta.fields}  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the audit as it is shown.

    Attributes:
        row: The row.
        what: What was done, to what, in words.
        more: What was changed, and how much.
        program: What the key is called that acted for the user; empty where the user acted.
    """

    row: AuditRow
    what: str
    more: str
    program: str


@require_GET
@permission_required("audit.see", raise_exception=True)
def audit(request: HttpRequest) -> HttpResponse:
    """What was done, the newest first."""
    form = AuditForm(request.GET or None, users=queries.users(), verbs=queries.audit_verbs())
    page = Paginator(queries.audit_rows(**form.chosen()), PAGE).get_page(request.GET.get("page"))
    named = names(page)
    programs = queries.programs_of(page)
    lines = [_line(row, named[row.pk], programs.get(row.details.get("api_key"), "")) for row in page]
    return render(request, "accounts/audit.html", {"form": form, "page": page, "lines": lines})


def _line(row: AuditRow, name: str, program: str) -> Line:
    what = sentence(row.verb, row.details, name)
    return Line(row, what, _more(row, name, told=bool(name) and name in what), program)


def _more(row: AuditRow, name: str, *, told: bool) -> str:
    fields = [str(_FIELDS.get(field, _VALUES.get(field, field))) for field in row.fields]
    # Whom an act of one's own was done to needs no telling.
    own = row.target.startswith("organisation") or (row.user is not None and row.target == f"user {row.user.pk}")
    unnamed = [] if told or own or not row.target else [name or row.target]
    return ", ".join([*unnamed, *fields, *_details(row)])


def _details(row: AuditRow) -> Iterator[str]:
    if {"from", "to"} <= set(row.details):
        yield f"{_worded(row.details['from'])} → {_worded(row.details['to'])}"
    for name, value in row.details.items():
        if name in _TOLD | {"from", "to"} or value in ("", [], {}):
            continue
        label = _LABELS.get(name, name.replace("_", " "))
        yield f"{label}: {file_size(value) if name == 'size' and isinstance(value, int) else _worded(value)}"


def _worded(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    if value in Role.values:
        return str(Role(value).label)
    if isinstance(value, list):
        shown = [_worded(one) for one in value[:_MOST_LISTED]]
        return ", ".join([*shown, "…"] if len(value) > len(shown) else shown)
    return str(_VALUES.get(value, value)) if isinstance(value, str) else str(value)
