"""The audit: who did what, and when."""

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_GET

from tragt.web.accounts import queries
from tragt.web.accounts.audit import meaning
from tragt.web.accounts.forms.settings import AuditForm
from tragt.web.accounts.models import AuditRow

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the audit as it is shown.

    Attributes:
        row: The row.
        what: What was done, in words.
        more: Names of fields, and other details.
    """

    row: AuditRow
    what: str | Promise
    more: str


@require_GET
@permission_required("audit.see", raise_exception=True)
def audit(request: HttpRequest) -> HttpResponse:
    """What was done, the newest first."""
    form = AuditForm(request.GET or None, users=queries.users(), verbs=queries.audit_verbs())
    page = Paginator(queries.audit_rows(**form.chosen()), PAGE).get_page(request.GET.get("page"))
    lines = [Line(row, meaning(row.verb), _more(row)) for row in page]
    return render(request, "accounts/audit.html", {"form": form, "page": page, "lines": lines})


def _more(row: AuditRow) -> str:
    details = [f"{name}: {value}" for name, value in row.details.items() if value not in ("", [], {})]
    return ", ".join([*row.fields, *details])
