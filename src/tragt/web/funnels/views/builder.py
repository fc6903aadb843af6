"""Building a funnel: the page of its fields, what its buttons do, and what follows along while somebody types."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import Conflict, TragtError
from tragt.funnel import Funnel
from tragt.funnel.definition import Unit
from tragt.web.accounts.models import User
from tragt.web.funnels import actions, queries
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.buttons import changed
from tragt.web.funnels.building.choices import Places, places
from tragt.web.funnels.building.draft import Draft, read_draft
from tragt.web.funnels.building.fields import clean, whole_number
from tragt.web.funnels.building.filling import draft_of
from tragt.web.funnels.building.forms import Form
from tragt.web.funnels.building.offers import Offers, offers
from tragt.web.funnels.building.reading import Built, Known, build
from tragt.web.funnels.building.suggesting import suggested
from tragt.web.funnels.building.unit_properties import Askable, askable
from tragt.web.funnels.counting.glancing import preview_of
from tragt.web.funnels.counting.units import segments_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.mistakes import mistake_of
from tragt.web.funnels.telling import changed_since
from tragt.web.funnels.views.asking import saved_or_404
from tragt.web.shell.acting import Who

EDIT = permission_required("funnels.edit", raise_exception=True)


@dataclass(frozen=True)
class _Bench:
    """What lies ready where a funnel is built."""

    saved: SavedFunnel | None
    before: Funnel | None
    trouble: TragtError | None
    offers: Offers
    places: Places
    askable: Askable

    @classmethod
    def of(cls, request: HttpRequest, saved: SavedFunnel | None) -> "_Bench":
        """For a request; a definition that holds no more is built anew."""
        before, trouble = None, None
        try:
            before = saved.funnel if saved else None
        except TragtError as error:
            trouble = error
        kept = segments_of(before.where if before else None)
        if saved is not None and saved.compare_segment_id is not None:
            kept = [*kept, str(saved.compare_segment_id)]
        user = request.user if isinstance(request.user, User) else None
        return cls(saved, before, trouble, offers(), places(), askable(user, kept))

    def form(self, draft: Draft, built: Built | None = None, *, focus: str = "", version: int | None = None) -> Form:
        """The fields as the page shows them."""
        form = Form(draft, self.offers, self.places, self.askable, built, self.saved, focus, before=self.before)
        form.version = self.saved.version if version is None and self.saved else version
        return form

    def build(self, draft: Draft) -> Built:
        """What comes of a draft."""
        found = self.offers
        known = Known(queries.calendar().zone, found.kinds, self.places, self.askable, found.names)
        return build(draft, known, self.before)


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
    bench = _Bench.of(request, saved)
    if bench.trouble is not None and request.method != "POST":
        messages.error(request, mistake_of(bench.trouble).text)
    if saved is not None and bench.trouble is not None and bench.trouble.code == "definition.version":
        return redirect("funnel", saved.pk)
    if request.method != "POST":
        built = Built(bench.before, Asked.of(saved)) if saved is not None and bench.before is not None else None
        return _page(request, bench.form(_start(bench), built))
    draft = read_draft(request.POST)
    version = whole_number(request.POST.get("version", ""))
    do = request.POST.get("do", "")
    if do != "save":
        turned, focus = changed(draft, do)
        form = bench.form(turned, focus=focus, version=version)
        return _page(request, form, "_builder" if request.headers.get("HX-Request") else "builder")
    built = bench.build(draft)
    if built.funnel is None or built.asked is None or built.mistakes:
        return _page(request, bench.form(draft, built, version=version), status=422)
    try:
        row = _save(request, draft, built, saved, version)
    except Conflict:
        now = saved_or_404(saved.pk) if saved else None
        form = bench.form(draft, built, version=now.version if now else None)
        form.changed = changed_since(now) if now else ""
        return _page(request, form, status=409)
    _tell(request, bench, row, built, draft)
    return redirect("funnel", row.pk)


def _page(request: HttpRequest, form: Form, template: str = "builder", status: int = 200) -> HttpResponse:
    return render(request, f"funnels/{template}.html", {"form": form, "saved": form.saved}, status=status)


def _save(
    request: HttpRequest, draft: Draft, built: Built, saved: SavedFunnel | None, version: int | None
) -> SavedFunnel:
    who = Who.of(request.user)  # type: ignore[arg-type]
    return actions.save(who, built.funnel, draft.name, built.asked, saved, version=version)  # type: ignore[arg-type]


def _tell(request: HttpRequest, bench: _Bench, row: SavedFunnel, built: Built, draft: Draft) -> None:
    messages.success(request, _("The funnel is saved."))
    saved = bench.saved
    if saved is not None and saved.pipeline is not None and row.pipeline is None:
        told = _("Its steps are your own now. It follows the stages of “%(pipeline)s” no longer.")
        messages.warning(request, told % {"pipeline": saved.pipeline.name})
    for warning in filter(None, (one.warning for one in bench.form(draft, built).held)):
        messages.warning(request, warning)


def _start(bench: _Bench) -> Draft:
    saved, found = bench.saved, bench.offers
    if saved is not None and bench.before is not None:
        return draft_of(bench.before, saved.name, Asked.of(saved))
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
    """What the fields mean so far, in words, and a first count."""
    key = whole_number(request.POST.get("saved", ""))
    bench = _Bench.of(request, None if key is None else saved_or_404(key))
    draft = read_draft(request.POST)
    built = bench.build(draft)
    form = bench.form(draft, built)
    glimpse = None if built.funnel is None or built.asked is None else preview_of(built.funnel, built.asked.period)
    return render(request, "funnels/_preview.html", {"form": form, "glimpse": glimpse})


@require_GET
@EDIT
def suggest(request: HttpRequest) -> JsonResponse:
    """What fits what somebody types: properties of some events, or values of one; with how often each comes up."""
    given = request.GET
    user = request.user if isinstance(request.user, User) else None
    found = suggested(
        [clean(one) for one in given.getlist("event")[:50]],
        clean(given.get("property", "")),
        clean(given.get("text", "")),
        unit=clean(given.get("unit", "")),
        user=user,
    )
    return JsonResponse({"options": [{"value": one.value, "text": one.text, "count": one.count} for one in found]})
