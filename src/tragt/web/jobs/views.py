"""The list of jobs, a job, and the part that shows its progress."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tragt.errors import NotFound
from tragt.web.jobs import actions, queries
from tragt.web.jobs.models import Job, State
from tragt.web.shell.acting import Who

PAGE = 50


@require_GET
@permission_required("jobs.see", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """Jobs, the latest first."""
    kind = request.GET.get("kind", "")
    page = Paginator(queries.jobs(kind), PAGE).get_page(request.GET.get("page"))
    inputs = {"page": page, "kind": kind, "numbers": queries.numbers(), "alive": queries.worker_alive()}
    return render(request, "jobs/list.html", inputs)


@require_GET
@permission_required("jobs.see", raise_exception=True)
def detail(request: HttpRequest, key: int) -> HttpResponse:
    """One job."""
    job = _found(key)
    return render(request, "jobs/detail.html", {"job": job, "alive": job.is_finished or queries.worker_alive()})


@require_GET
def progress(request: HttpRequest, key: int) -> HttpResponse:
    """How far a job is; once it is finished, the page it stands in is asked to load anew."""
    job = _found(key)
    if not (request.user.has_perm("jobs.see") or job.asked_by_id == request.user.pk):
        raise PermissionDenied
    response = render(request, "jobs/_progress.html", {"job": job})
    if job.is_finished:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@permission_required("jobs.cancel", raise_exception=True)
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    """Cancel a job."""
    assert request.user.is_authenticated
    job = actions.cancel(_found(key), Who.of(request.user))
    if job.state == State.CANCELLED:
        messages.success(request, _("The job is cancelled."))
    elif job.is_finished:
        messages.info(request, _("The job had finished already."))
    else:
        messages.info(request, _("The job ends as soon as it can."))
    return HttpResponseRedirect(_back(request, job))


def _back(request: HttpRequest, job: Job) -> str:
    return reverse("jobs:list") if request.POST.get("from") == "list" else reverse("jobs:detail", args=[job.pk])


def _found(key: int) -> Job:
    try:
        return queries.find_job(key)
    except NotFound as problem:
        raise Http404(problem.message) from None
