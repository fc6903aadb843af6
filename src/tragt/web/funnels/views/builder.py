"""Building a funnel: the page of its fields, what its buttons do, and the sentence that follows along."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tragt.errors import TragtError
from tragt.funnel import Funnel
from tragt.funnel.definition import Unit
from tragt.web.funnels import actions, queries
from tragt.web.funnels.building import Built, build
from tragt.web.funnels.draft import Draft, draft_of, read_draft
from tragt.web.funnels.fields import whole_number
from tragt.web.funnels.forms import Form
from tragt.web.funnels.mistakes import mistake_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.offers import Offers, offers
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.shell.acting import Who

EDIT = permission_required("funnels.edit", raise_exception=True)


@require_http_methods(["GET", "POST"])
@EDIT
def new(request: HttpRequest) -> HttpResponse:
    """Build a new funnel."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@EDIT
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a funnel."""
    return _edit(request, saved_or_404(key))


def _edit(request: HttpRequest, saved: SavedFunnel | None) -> HttpResponse:
    found = offers()
    before, trouble = _before(saved)
    if trouble is not None and request.method != "POST":
        messages.error(request, mistake_of(trouble).text)
    if saved is not None and trouble is not None and trouble.code == "definition.version":
        return redirect("funnel", saved.pk)
    if request.method != "POST":
        form = Form(_start(saved, before, found), found, saved=saved)
        if before is not None:
            form.built = Built(before, saved.saved_period if saved else None)
        return render(request, "funnels/builder.html", {"form": form, "saved": saved})
    draft = read_draft(request.POST)
    do = request.POST.get("do", "")
    if do != "save":
        changed, focus = draft.changed(do)
        form = Form(changed, found, saved=saved, focus=focus)
        template = "funnels/_builder.html" if request.headers.get("HX-Request") else "funnels/builder.html"
        return render(request, template, {"form": form, "saved": saved})
    built = build(draft, queries.calendar().zone, found.kinds, before, found.names)
    if built.funnel is None or built.period is None:
        form = Form(draft, found, built, saved)
        return render(request, "funnels/builder.html", {"form": form, "saved": saved}, status=422)
    row = _save(request, built.funnel, built.period, draft.name, saved)
    messages.success(request, _("The funnel is saved."))
    if saved is not None and saved.pipeline is not None and row.pipeline is None:
        told = _("Its steps are your own now. It follows the stages of “%(pipeline)s” no longer.")
        messages.warning(request, told % {"pipeline": saved.pipeline.name})
    for warning in filter(None, (one.warning for one in Form(draft, found, built).held)):
        messages.warning(request, warning)
    return redirect("funnel", row.pk)


def _save(
    request: HttpRequest, funnel: Funnel, period: SavedPeriod, name: str, saved: SavedFunnel | None
) -> SavedFunnel:
    return actions.save(Who.of(request.user), funnel, name, period, saved)  # type: ignore[arg-type]


def _before(saved: SavedFunnel | None) -> tuple[Funnel | None, TragtError | None]:
    """The definition that is changed, and what is wrong with it; one that holds no more is built anew."""
    try:
        return (saved.funnel if saved else None), None
    except TragtError as error:
        return None, error


def _start(saved: SavedFunnel | None, before: Funnel | None, found: Offers) -> Draft:
    if saved is not None and before is not None:
        return draft_of(before, saved.name, saved.saved_period)
    unit = found.units[0] if found.units else Unit.PERSON
    return Draft(
        name=saved.name if saved else "",
        unit=str(unit),
        scale="none" if unit == Unit.DEAL else "days",
        amount="" if unit == Unit.DEAL else "30",
    )


@require_POST
@EDIT
def preview(request: HttpRequest) -> HttpResponse:
    """What the fields mean so far, in words."""
    key = whole_number(request.POST.get("saved", ""))
    saved = None if key is None else saved_or_404(key)
    found = offers()
    draft = read_draft(request.POST)
    built = build(draft, queries.calendar().zone, found.kinds, _before(saved)[0], found.names)
    return render(request, "funnels/_preview.html", {"form": Form(draft, found, built, saved)})
