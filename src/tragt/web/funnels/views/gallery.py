"""Starting from a template: the gallery, and the page that asks what its steps are in one's log."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tragt.errors import NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.funnels import actions
from tragt.web.funnels.building.fields import clean
from tragt.web.funnels.gallery.happenings import Happening
from tragt.web.funnels.gallery.templates import (
    TEMPLATES,
    Choices,
    FunnelTemplate,
    built,
    choices_there,
    followable,
    free_name,
    funnel_of_levels,
    levelled,
    template_of,
)
from tragt.web.funnels.showing.mistakes import mistake_of

__all__ = ["template", "templates"]

EDIT = permission_required(["funnels.see", "funnels.edit"], raise_exception=True)
OF_LEVELS = "tofu"


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of a template, and what it is taken to be.

    Attributes:
        code: Of its happening.
        happening: What it is.
        chosen: What it is in the log; empty where that is not known, or it is left out.
        unmatched: Whether nothing of the log fits it.
    """

    code: str
    happening: Happening
    chosen: str
    unmatched: bool


@require_GET
@EDIT
def templates(request: HttpRequest) -> HttpResponse:
    """The templates, and the pipelines that a funnel can follow."""
    inputs = {"templates": TEMPLATES, "pipelines": followable()}
    return render(request, "funnels/gallery.html", inputs)


@require_http_methods(["GET", "POST"])
@EDIT
def template(request: HttpRequest, code: str) -> HttpResponse:
    """What the steps of a template are in one's log; posting saves the funnel."""
    try:
        found = template_of(code)
    except NotFound as absent:
        raise Http404(absent.message) from None
    if "pipeline" in request.POST:
        return _of_levels(request, found)
    there = choices_there()
    if request.method != "POST":
        proposed = there.found(found)
        chosen = proposed if there.some else {one: happening.usual for one, happening in found.happenings}
        return _page(request, found, there, _asked(found, chosen, proposed))
    given = {one: clean(request.POST.get(one, "")) for one in found.steps}
    try:
        row = actions.save(who(request), built(found, given, there), free_name(str(found.name)))
    except TragtError as wrong:
        asked = _asked(found, given, given)
        return _page(request, found, there, asked, mistake_of(wrong).text, status=422)
    messages.success(request, _("The funnel is saved."))
    return redirect("funnel", row.pk)


def _of_levels(request: HttpRequest, found: FunnelTemplate) -> HttpResponse:
    """Save the funnel over the parts of the funnel of a pipeline."""
    chosen = next((one for one in levelled() if str(one.told.key) == request.POST["pipeline"]), None)
    if chosen is None or found.code != OF_LEVELS:
        raise Http404
    name = _("%(template)s: %(pipeline)s") % {"template": found.name, "pipeline": chosen.told.name}
    row = actions.save(who(request), funnel_of_levels(chosen), free_name(name))
    messages.success(request, _("The funnel is saved."))
    return redirect("funnel", row.pk)


def _asked(found: FunnelTemplate, chosen: dict[str, str], proposed: dict[str, str]) -> list[Asked]:
    return [
        Asked(one, happening, chosen.get(one, ""), unmatched=not proposed.get(one))
        for one, happening in found.happenings
    ]


def _page(
    request: HttpRequest,
    found: FunnelTemplate,
    there: Choices,
    asked: Sequence[Asked],
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    inputs = {
        "template": found,
        "there": there,
        "asked": asked,
        "wrong": wrong,
        "levelled": levelled() if found.code == OF_LEVELS else [],
        "pipelines": followable() if found.code == "b2b_sales" else [],
    }
    return render(request, "funnels/template.html", inputs, status=status)
