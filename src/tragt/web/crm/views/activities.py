"""Notes, calls, meetings, mails and tasks: adding, finishing and correcting them, and all of one record."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions import activities as actions
from tragt.web.crm.forms.activities import ActivityForm, EntryForm, FinishForm, NarrowForm
from tragt.web.crm.models import Activity
from tragt.web.crm.queries.activities import BESIDE, activities_about, as_seen, visible_activities
from tragt.web.crm.sentences import say
from tragt.web.files.panels import panels as panels_of_files
from tragt.web.records.kinds import kind_of

__all__ = ["activity", "add", "finish", "of_record", "remove", "reopen"]

SEE = permission_required("deals.see", raise_exception=True)
EDIT = permission_required("activities.edit", raise_exception=True)

_RECORDS = ("person", "company", "deal")
_A_PAGE = 50
_WRONG = 422


@require_POST
@EDIT
def add(request: HttpRequest) -> HttpResponse:
    """Note what was done, or plan what is to be done; what was refused stands in the form, as it was typed."""
    form = EntryForm(request.POST)
    if form.is_valid():
        try:
            row = actions.add_activity(form.entry(), form.about(), who=who(request))
        except TragtError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Planned.") if row.at is None else _("Noted."))
            return _back(request)
    part = "crm/_quick_add.html" if request.headers.get("HX-Request") else "crm/adding.html"
    return render(request, part, {"entry": form, "here": _address(request)}, status=_WRONG)


@require_POST
@EDIT
def finish(request: HttpRequest, key: int) -> HttpResponse:
    """Say that something is done."""
    form = FinishForm(request.POST)
    if form.is_valid():
        with _refusals(request):
            again = actions.finish_activity(key, form.came(), who=who(request))
            messages.success(request, _("Done. It is planned again.") if again else _("Done."))
        return _back(request)
    row = _one(request, key)
    return _page(request, row, ActivityForm(of=row), FinishForm(request.POST, of=row))


@require_POST
@EDIT
def reopen(request: HttpRequest, key: int) -> HttpResponse:
    """Take back that a task is done."""
    with _refusals(request):
        actions.reopen_activity(key, who=who(request))
    return _back(request)


@require_POST
@EDIT
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove an activity."""
    with _refusals(request):
        actions.remove_activity(key, who=who(request))
        messages.success(request, _("Removed."))
    return _back(request)


@require_http_methods(["GET", "POST"])
@never_cache
@SEE
def activity(request: HttpRequest, key: int) -> HttpResponse:
    """One activity, to read, to change and to correct, with its files."""
    row = _one(request, key)
    may = request.user.has_perm("activities.edit")
    form = ActivityForm(request.POST if request.method == "POST" and may else None, of=row)
    if form.is_bound and form.is_valid():
        try:
            actions.edit_activity(key, form.changes(), who=who(request), version=form.cleaned_data["version"])
        except TragtError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return _back(request)
    return _page(request, row, form, FinishForm(of=row))


@require_GET
@never_cache
@SEE
def of_record(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """All activities of a person, a company or a deal, page by page."""
    found = kind_of(kind).visible(asker(request)).filter(pk=key).first() if kind in _RECORDS else None
    if found is None:
        raise Http404
    form = NarrowForm(request.GET)
    rows = activities_about(asker(request), **{kind: key}).filter(**form.conditions())
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    inputs = {
        "record": found,
        "label": kind_of(kind).label(found),
        "address": kind_of(kind).url(key),
        "kind": kind_of(kind),
        "form": form,
        "page": page,
        "activities": as_seen(page.object_list, asker(request)),
        "narrowed": bool(form.conditions()),
    }
    return render(request, "crm/activities.html", inputs)


def _one(request: HttpRequest, key: int) -> Activity:
    rows = visible_activities(asker(request)).select_related(*BESIDE)
    (row,) = as_seen([get_object_or_404(rows, pk=key)], asker(request))
    return row


def _page(request: HttpRequest, row: Activity, form: ActivityForm, finishing: FinishForm) -> HttpResponse:
    inputs = {
        "activity": row,
        "form": form,
        "finishing": finishing,
        "back": _address(request),
        "panels": list(panels_of_files(request, "activity", row.pk)),
    }
    wrong = any(one.is_bound for one in (form, finishing))
    return render(request, "crm/activity.html", inputs, status=_WRONG if wrong else 200)


@contextmanager
def _refusals(request: HttpRequest) -> Iterator[None]:
    try:
        yield
    except TragtError as refusal:
        messages.error(request, say(refusal))


def _back(request: HttpRequest) -> HttpResponse:
    """The page that was left; a script is told where that is."""
    address = _address(request)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _address(request: HttpRequest) -> str:
    """The page that was left, where it is one of ours; else what is to be done today."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(given, {request.get_host()}, request.is_secure())
    return given if ours else reverse("today")
