"""Notes, calls, meetings, mails and tasks, and what one has to do today."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import TragtError
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions import activities as actions
from tragt.web.crm.forms.activities import ActivityForm, EntryForm, FinishForm
from tragt.web.crm.queries.activities import as_seen, tasks_of, visible_activities
from tragt.web.crm.sentences import say
from tragt.web.shell.formats import zone

__all__ = ["activity", "add", "finish", "remove", "reopen", "today"]


@require_GET
@permission_required("deals.see", raise_exception=True)
def today(request: HttpRequest) -> HttpResponse:
    """What one has to do today, what was left, and what comes."""
    tasks = tasks_of(asker(request), zone())
    return render(request, "crm/today.html", {"tasks": tasks, "entry": EntryForm(initial={"kind": "task"})})


@require_POST
@permission_required("activities.edit", raise_exception=True)
def add(request: HttpRequest) -> HttpResponse:
    """Note what was done, or plan what is to be done."""
    form = EntryForm(request.POST)
    if form.is_valid():
        with _refusals(request):
            row = actions.add_activity(form.entry(), form.about(), who=who(request))
            messages.success(request, _("Planned.") if row.at is None else _("Noted."))
    else:
        messages.error(
            request, _("Write a word about it first.") if "text" in form.errors else _("Choose a day that exists.")
        )
    return _back(request)


@require_POST
@permission_required("activities.edit", raise_exception=True)
def finish(request: HttpRequest, key: int) -> HttpResponse:
    """Say that something is done."""
    form = FinishForm(request.POST)
    if form.is_valid():
        with _refusals(request):
            again = actions.finish_activity(key, who=who(request), **form.cleaned_data)
            messages.success(request, _("Done. It is planned again.") if again else _("Done."))
    return _back(request)


@require_POST
@permission_required("activities.edit", raise_exception=True)
def reopen(request: HttpRequest, key: int) -> HttpResponse:
    """Take back that a task is done."""
    with _refusals(request):
        actions.reopen_activity(key, who=who(request))
    return _back(request)


@require_POST
@permission_required("activities.edit", raise_exception=True)
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove an activity."""
    with _refusals(request):
        actions.remove_activity(key, who=who(request))
        messages.success(request, _("Removed."))
    return _back(request)


@require_http_methods(["GET", "POST"])
@permission_required("deals.see", raise_exception=True)
def activity(request: HttpRequest, key: int) -> HttpResponse:
    """One activity, to read and to change."""
    rows = visible_activities(asker(request)).select_related("owner", "author", "person", "company", "deal")
    (row,) = as_seen([get_object_or_404(rows, pk=key)], asker(request))
    may = request.user.has_perm("activities.edit")
    form = ActivityForm(request.POST if request.method == "POST" and may else None, of=row)
    if request.method == "POST" and may and form.is_valid():
        try:
            actions.edit_activity(key, form.changes(), who=who(request), version=form.cleaned_data["version"])
        except TragtError as refusal:
            form.add_error(None, say(refusal))
        else:
            messages.success(request, _("Saved."))
            return _back(request)
    return render(request, "crm/activity.html", {"activity": row, "form": form, "back": _address(request)})


@contextmanager
def _refusals(request: HttpRequest) -> Iterator[None]:
    try:
        yield
    except TragtError as refusal:
        messages.error(request, say(refusal))


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_address(request))


def _address(request: HttpRequest) -> str:
    """The page that was left, where it is one of ours; else what is to be done today."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(given, {request.get_host()}, request.is_secure())
    return given if ours else reverse("today")
