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
from tragt.web.crm.facts import fact_named
from tragt.web.crm.forms.committee import MemberDaysForm, MemberForm
from tragt.web.crm.forms.deals import FieldForm, state
from tragt.web.crm.forms.lines import LineForm
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.models import Deal, DealLine, Member, MemberRole
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
    "sold",
]

EDIT = permission_required("deals.edit", raise_exception=True)
FIELDS = ("name", "value", "company", "owner", "expected")
"""The fields that are edited where they stand."""


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def edit(request: HttpRequest, key: int, name: str) -> HttpResponse:
    """Change one field of a deal. Another's change of the same field is shown before it is overwritten."""
    deal = one_deal(request, key)
    fact = None if name in FIELDS else fact_named(deal, name)
    if name not in FIELDS and fact is None:
        raise Http404
    custom = fact.field if fact else None
    data = request.POST if request.method == "POST" else None
    form = FieldForm(name, deal, asker(request), data, custom=custom)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            if form.cleaned_data["was"] == state(deal, name, custom):
                changed = _changed(request, deal, form)
                if changed is not None:
                    return _field(request, changed, name)
                deal = one_deal(request, key)
            if form.cleaned_data["was"] != state(deal, name, custom):
                status, form = 409, _anew(request, deal, form)
                fact = fact_named(deal, name) if fact else None
    inputs = {"deal": deal, "form": form, "name": name, "fact": fact, "clash": status == 409}
    part = "crm/_field_form.html" if request.headers.get("HX-Request") else "crm/editing.html"
    # htmx takes a part of 200 and 422; a clash is one more thing to decide in the form.
    return render(request, part, inputs, status=422 if status == 409 and request.headers.get("HX-Request") else status)


@require_POST
@EDIT
def committee(request: HttpRequest, key: int) -> HttpResponse:
    """Put somebody on a deal, or change what somebody is on it: ``do`` says which."""
    deal = one_deal(request, key)
    do, user = request.POST.get("do", "add"), asker(request)
    form, said = MemberForm(user, request.POST if do == "add" else None), ""
    try:
        if do != "add":
            _change_member(request, deal, do)
        elif form.is_valid():
            _add(deal, form, request)
            form = MemberForm(user)
    except TragtError as refusal:
        if form.is_bound:
            form.add_error(_at(refusal, form), say(refusal))
        else:
            said = say(refusal)
    inputs = {"committee": committee_of(deal, user), "member_form": form, "said": said}
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
        said = ""
        try:
            selling.remove_line(key, line, who=who(request))
        except TragtError as refusal:
            said = say(refusal)
        return _lines(request, key, LineForm(deal), said)
    form, clash = LineForm(deal, request.POST if request.method == "POST" else None, row), False
    if form.is_bound and form.is_valid():
        try:
            selling.edit_line(key, line, form.line, who=who(request), seen=form.seen)
            return _lines(request, key, LineForm(deal))
        except Conflict:
            row, clash = DealLine.objects.select_related("product").get(pk=line), True
            form = LineForm(deal, form.again(row), row)
        except TragtError as refusal:
            form.add_error(_at(refusal, form), say(refusal))
    part = "crm/_line_form.html" if request.headers.get("HX-Request") else "crm/editing.html"
    inputs = {"deal": deal, "form": form, "line": row, "clash": clash}
    return render(
        request, part, inputs, status=409 if clash and part.endswith("editing.html") else 422 if form.is_bound else 200
    )


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


def sold(deal: Deal) -> dict[str, object]:
    """The lines of a deal, what they come to, and whether the deal is worth that: one from a file may not be."""
    lines = list(deal.lines.select_related("product"))
    together = sum(line.total for line in lines)
    return {"lines": lines, "together": together, "differs": bool(lines) and together != deal.value}


def days_in_stage(deal: Deal) -> int:
    """How many whole days a deal has been in its stage."""
    return max((timezone.now() - deal.entered).days, 0)


def _changed(request: HttpRequest, deal: Deal, form: FieldForm) -> Deal | None:
    """The deal as it was changed; None where that was refused, as the form says, or another changed the field first."""
    try:
        return change_deal(deal.pk, form.changes, who=who(request), version=deal.version)
    except Conflict:
        now = one_deal(request, deal.pk)
        if form.cleaned_data["was"] == state(now, form.name, form.custom):
            return _changed(request, now, form)
        return None
    except TragtError as refusal:
        form.add_error(None, say(refusal))
        return None


def _anew(request: HttpRequest, deal: Deal, form: FieldForm) -> FieldForm:
    """The form with what was typed, beside what somebody else wrote meanwhile."""
    data = request.POST.copy()
    data["was"] = state(deal, form.name, form.custom)
    return FieldForm(form.name, deal, asker(request), data, custom=form.custom)


def _field(request: HttpRequest, deal: Deal, name: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        messages.success(request, _("Saved."))
        return redirect("deal", deal.pk)
    shown = one_deal(request, deal.pk)
    fact = None if name in FIELDS else fact_named(shown, name)
    inputs = {"deal": shown, "name": name, "fact": fact, "may": True, "days": days_in_stage(deal)}
    return render(request, "crm/_field_saved.html", inputs)


def _add(deal: Deal, form: MemberForm, request: HttpRequest) -> None:
    given, by = form.cleaned_data, who(request)
    someone, role, primary, since = (given[name] for name in ("someone", "role", "primary", "since"))
    if someone.person is not None:
        people.add_member(deal.pk, someone.person, role, who=by, primary=primary, since=since)
    else:
        people.add_new_member(deal.pk, someone.name, someone.email, role, who=by, primary=primary, since=since)


def _change_member(request: HttpRequest, deal: Deal, do: str) -> None:
    """Do what a button beside somebody on a deal says."""
    by, member = who(request), _member(request, deal)
    match do:
        case "role":
            people.change_role(deal.pk, member.pk, request.POST.get("role", ""), who=by)
        case "days":
            days = MemberDaysForm(member, request.POST)
            if not days.is_valid():
                raise InvalidDefinition("crm.member_day", "A day is none, or the first one is missing.")
            people.change_days(deal.pk, member.pk, days.cleaned_data["since"], days.cleaned_data["until"], who=by)
        case "primary":
            people.make_primary(deal.pk, member.pk, who=by)
        case "end":
            people.end_membership(deal.pk, member.pk, who=by)


def _member(request: HttpRequest, deal: Deal) -> Member:
    """Somebody who is or was on a deal, whom the user sees."""
    there = committee_of(deal, asker(request))
    found = next((one for one in (*there.now, *there.before) if str(one.pk) == request.POST.get("member")), None)
    if found is None:
        raise Http404
    return found


def _lines(request: HttpRequest, key: int, form: LineForm, said: str = "") -> HttpResponse:
    deal = one_deal(request, key)
    inputs = {"deal": deal, **sold(deal), "line_form": form, "anew": True, "said": said}
    return _part(request, key, "crm/_lines.html", inputs, form)


def _part(
    request: HttpRequest, key: int, part: str, inputs: Mapping[str, object], form: MemberForm | LineForm
) -> HttpResponse:
    said = str(inputs.get("said", ""))
    wrong = bool(said) or (form.is_bound and bool(form.errors))
    if request.headers.get("HX-Request"):
        deal = one_deal(request, key)
        given = {"deal": deal, "may": True, "days": days_in_stage(deal), "roles": MemberRole.choices, **inputs}
        return render(request, part, given, status=422 if wrong else 200)
    for text in [said, *(" ".join(map(str, problems)) for problems in form.errors.values())]:
        if text:
            messages.error(request, text)
    if not wrong:
        messages.success(request, _("Saved."))
    return redirect("deal", key)


def _at(refusal: TragtError, form: LineForm | MemberForm) -> str | None:
    """The field that a refusal is about; None where it is about none of the form's."""
    field = refusal.fields.get("field") if isinstance(refusal, InvalidDefinition) else None
    return field if isinstance(field, str) and field in form.fields else None
