"""What happened on which day: the list of annotations, and what is done to them."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tragt.errors import Conflict, NotFound
from tragt.web.accounts.views.asking import asker
from tragt.web.funnels.actions.annotations import (
    annotate,
    bring_back_annotation,
    change_annotation,
    remove_annotation,
)
from tragt.web.funnels.building.fields import whole_number
from tragt.web.funnels.models import Annotation
from tragt.web.funnels.trends import annotations as reading
from tragt.web.funnels.trends.forms_of_days import AnnotationForm
from tragt.web.shell.acting import Who

SEE = permission_required("funnels.see", raise_exception=True)
EDIT = permission_required("funnels.edit", raise_exception=True)

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
@SEE
def annotations(request: HttpRequest) -> HttpResponse:
    """The list; sent to, it notes what happened."""
    if request.method == "POST":
        return _added(request)
    return _list(request, AnnotationForm())


def _list(request: HttpRequest, form: AnnotationForm, status: int = 200) -> HttpResponse:
    page = Paginator(reading.annotations(), PER_PAGE).get_page(request.GET.get("page"))
    undo = whole_number(request.GET.get("removed", ""))
    context = {
        "page": page,
        "form": form,
        "removed": None if undo is None else reading.removed_annotation(undo),
        "following": _following(request),
    }
    return render(request, "funnels/annotations.html", context, status=status)


@EDIT
def _added(request: HttpRequest) -> HttpResponse:
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    annotate(Who.of(asker(request)), form.noted)
    messages.success(request, _("Noted."))
    return redirect(_following(request) or reverse("funnel_annotations"))


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Say otherwise what happened."""
    row = _or_404(key)
    if request.method == "GET":
        return _edit(request, row, AnnotationForm(initial=_initial(row)))
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        return _edit(request, row, form, 422)
    try:
        change_annotation(Who.of(asker(request)), key, form.noted, version=form.cleaned_data["version"])
    except NotFound as absent:
        raise Http404(absent.message) from None
    except Conflict:
        now = _or_404(key)
        told = _("Somebody changed this meanwhile. It says now: %(text)s. Save again to put yours in its place.")
        form.add_error(None, told % {"text": now.text})
        form.data = {**request.POST.dict(), "version": str(now.version)}
        return _edit(request, now, form, 409)
    messages.success(request, _("Saved."))
    return redirect(_following(request) or reverse("funnel_annotations"))


def _edit(request: HttpRequest, row: Annotation, form: AnnotationForm, status: int = 200) -> HttpResponse:
    context = {"row": row, "form": form, "following": _following(request)}
    return render(request, "funnels/annotation.html", context, status=status)


@require_POST
@EDIT
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Remove an annotation, and offer to undo it."""
    try:
        remove_annotation(Who.of(asker(request)), key)
    except NotFound as absent:
        raise Http404(absent.message) from None
    return redirect(reverse("funnel_annotations") + f"?removed={key}")


@require_POST
@EDIT
def bring_back(request: HttpRequest, key: int) -> HttpResponse:
    """Bring a removed annotation back."""
    try:
        bring_back_annotation(Who.of(asker(request)), key)
    except NotFound as absent:
        raise Http404(absent.message) from None
    messages.success(request, _("It is back."))
    return redirect("funnel_annotations")


def _initial(row: Annotation) -> dict[str, object]:
    names = ("kind", "text", "day", "until", "funnel", "version")
    return {name: getattr(row, name) for name in names}


def _or_404(key: int) -> Annotation:
    try:
        return reading.annotation(key)
    except NotFound as absent:
        raise Http404(absent.message) from None


def _following(request: HttpRequest) -> str:
    """Where one came from, within this installation; empty elsewhere."""
    following = request.POST.get("following", "") or request.GET.get("following", "")
    safe = url_has_allowed_host_and_scheme(following, allowed_hosts=None, require_https=request.is_secure())
    return following if safe and following.startswith("/") else ""
