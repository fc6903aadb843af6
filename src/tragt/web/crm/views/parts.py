"""Parts of the page of a deal: its fields, its people, its lines; and what people and companies a text leads to.

Each post works without scripts: it leads back to the page. Asked by a script, the answer is the part.
"""

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import Conflict, InvalidDefinition, NotFound, TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions import committee as people
from tragt.web.crm.actions import lines as selling
from tragt.web.crm.actions.passing import change_deal
from tragt.web.crm.forms.deals import FieldForm, LineForm, MemberForm, state
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import Deal, DealLine, MemberRole
from tragt.web.crm.queries.committee import committee_of, companies_like, people_like, written
from tragt.web.crm.queries.deals import deal_of
from tragt.web.crm.sentences import say
from tragt.web.records.queries.names import beside, leave_out_unseen

__all__ = [
    "FIELDS",
    "committee",
    "companies_found",
    "days_in_stage",
    "edit",
    "line",
    "lines",
    "one_deal",
    "people_found",
]

EDIT = permission_required("deals.edit", raise_exception=True)
FIELDS = ("name", "value", "company", "owner", "expected")
"""The fields that are edited where they stand."""


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def edit(request: HttpRequest, key: int, name: str) -> HttpResponse:
    """Change one field of a deal. Another's change of the same field is shown before it is overwritten."""
    if name not in FIELDS:
        raise Http404
    deal = one_deal(request, key)
    form = FieldForm(name, deal, asker(request), request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            if form.cleaned_data["was"] == state(deal, name):
                changed = _changed(request, deal, form)
                if changed is not None:
                    return _field(request, changed, name)
            else:
                status, form = 409, _anew(request, deal, form)
    inputs = {"deal": deal, "form": form, "name": name, "clash": status == 409}
    part = "crm/_field_form.html" if request.headers.get("HX-Request") else "crm/editing.html"
    # htmx takes a part of 200 and 422; a clash is one more thing to decide in the form.
    return render(request, part, inputs, status=422 if status == 409 and request.headers.get("HX-Request") else status)


@require_POST
@EDIT
def committee(request: HttpRequest, key: int) -> HttpResponse:
    """Put somebody on a deal, or change what somebody is on it: ``do`` says which."""
    deal = one_deal(request, key)
    do, by = request.POST.get("do", "add"), who(request)
    form = MemberForm(asker(request), request.POST if do == "add" else None)
    try:
        match do:
            case "add":
                if form.is_valid():
                    _add(deal, form, request)
                    form = MemberForm(asker(request))
            case "role":
                people.change_role(key, _member(request), request.POST.get("role", ""), who=by)
            case "primary":
                people.make_primary(key, _member(request), who=by)
            case "end":
                people.end_membership(key, _member(request), who=by)
    except TragtError as refusal:
        if not form.is_bound:
            form = MemberForm(asker(request), {})
            form.errors.clear()
        form.add_error(None, say(refusal))
    inputs = {"committee": committee_of(deal, asker(request)), "member_form": form}
    return _part(request, key, "crm/_committee.html", inputs, form)


@require_POST
@EDIT
def lines(request: HttpRequest, key: int) -> HttpResponse:
    """Add a line to a deal."""
    deal = one_deal(request, key)
    form = LineForm(deal, request.POST)
    if form.is_valid():
        try:
            selling.add_line(key, form.line, who=who(request))
            form = LineForm(deal)
        except TragtError as refusal:
            form.add_error(_at(refusal, form), say(refusal))
    return _lines(request, key, form)


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def line(request: HttpRequest, key: int, line: int) -> HttpResponse:
    """Change a line of a deal, or take it away."""
    deal = one_deal(request, key)
    row = DealLine.objects.filter(pk=line, deal=deal).first()
    if row is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "remove":
        form = LineForm(deal)
        try:
            selling.remove_line(key, line, who=who(request))
        except TragtError as refusal:
            form = LineForm(deal, {})
            form.errors.clear()
            form.add_error(None, say(refusal))
        return _lines(request, key, form)
    form = LineForm(deal, request.POST if request.method == "POST" else None, row)
    if form.is_bound and form.is_valid():
        try:
            selling.edit_line(key, line, form.line, who=who(request))
            return _lines(request, key, LineForm(deal))
        except TragtError as refusal:
            form.add_error(_at(refusal, form), say(refusal))
    part = "crm/_line_form.html" if request.headers.get("HX-Request") else "crm/editing.html"
    return render(request, part, {"deal": deal, "form": form, "line": row}, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@EDIT
def people_found(request: HttpRequest) -> HttpResponse:
    """Persons whom what was typed leads to, for the list of a field."""
    found = people_like(request.GET.get("q", "").replace("\0", "")[:100], asker(request))
    offered = [(written(one), one.company.name if one.company else "") for one in found]
    return render(request, "crm/_offered.html", {"offered": offered})


@require_GET
@never_cache
@EDIT
def companies_found(request: HttpRequest) -> HttpResponse:
    """Companies whose name begins as what was typed, for the list of a field."""
    found = companies_like(request.GET.get("q", "").replace("\0", "")[:100], asker(request))
    return render(request, "crm/_offered.html", {"offered": [(one.name, one.domain) for one in found]})


def one_deal(request: HttpRequest, key: int) -> Deal:
    """A deal to be shown, as the user sees it, else the page that says there is none."""
    try:
        deal = deal_of(key, asker(request))
    except NotFound:
        raise Http404 from None
    leave_out_unseen(beside(DEAL, [deal]), asker(request))
    return deal


def days_in_stage(deal: Deal) -> int:
    """How many whole days a deal has been in its stage."""
    return max((timezone.now() - deal.entered).days, 0)


def _changed(request: HttpRequest, deal: Deal, form: FieldForm) -> Deal | None:
    """The deal as it was changed; None where that was refused, which the form then says."""
    try:
        return change_deal(deal.pk, form.changes, who=who(request), version=deal.version)
    except Conflict as clash:
        now = one_deal(request, deal.pk)
        if form.cleaned_data["was"] == state(now, form.name):
            return _changed(request, now, form)
        form.add_error(None, say(clash))
        return None
    except TragtError as refusal:
        form.add_error(None, say(refusal))
        return None


def _anew(request: HttpRequest, deal: Deal, form: FieldForm) -> FieldForm:
    """The form with what was typed, beside what somebody else wrote meanwhile."""
    data = request.POST.copy()
    data["was"] = state(deal, form.name)
    return FieldForm(form.name, deal, asker(request), data)


def _field(request: HttpRequest, deal: Deal, name: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        messages.success(request, _("Saved."))
        return redirect("deal", deal.pk)
    inputs = {"deal": one_deal(request, deal.pk), "name": name, "may": True, "days": days_in_stage(deal)}
    return render(request, "crm/_field_saved.html", inputs)


def _add(deal: Deal, form: MemberForm, request: HttpRequest) -> None:
    someone, role, primary = (form.cleaned_data[name] for name in ("someone", "role", "primary"))
    if someone.person is not None:
        people.add_member(deal.pk, someone.person, role, who=who(request), primary=primary)
    else:
        people.add_new_member(deal.pk, someone.name, someone.email, role, who=who(request), primary=primary)


def _member(request: HttpRequest) -> int:
    given = request.POST.get("member", "")
    if not (given.isascii() and given.isdigit() and len(given) < len(str(2**63))):
        raise Http404
    return int(given)


def _lines(request: HttpRequest, key: int, form: LineForm) -> HttpResponse:
    deal = one_deal(request, key)
    inputs = {"deal": deal, "lines": list(deal.lines.select_related("product")), "line_form": form, "anew": True}
    return _part(request, key, "crm/_lines.html", inputs, form)


def _part(
    request: HttpRequest, key: int, part: str, inputs: Mapping[str, object], form: MemberForm | LineForm
) -> HttpResponse:
    wrong = form.is_bound and bool(form.errors)
    if request.headers.get("HX-Request"):
        deal = one_deal(request, key)
        given = {"deal": deal, "may": True, "days": days_in_stage(deal), "roles": MemberRole.choices, **inputs}
        return render(request, part, given, status=422 if wrong else 200)
    for problems in form.errors.values():
        messages.error(request, " ".join(map(str, problems)))
    if not wrong:
        messages.success(request, _("Saved."))
    return redirect("deal", key)


def _at(refusal: TragtError, form: LineForm) -> str | None:
    """The field that a refusal is about; None where it is about none of the form's."""
    field = refusal.fields.get("field") if isinstance(refusal, InvalidDefinition) else None
    return field if isinstance(field, str) and field in form.fields else None
