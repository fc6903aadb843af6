"""Making deals, and the page of a deal."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.reach import seen_by
from tragt.web.accounts.views.asking import asker, who
from tragt.web.crm.actions.passing import make_deal
from tragt.web.crm.actions.removing import may_remove
from tragt.web.crm.facts import facts_of
from tragt.web.crm.forms.activities import EntryForm
from tragt.web.crm.forms.committee import MemberForm
from tragt.web.crm.forms.deals import NewDealForm
from tragt.web.crm.forms.lines import LineForm
from tragt.web.crm.happened import MOST, happened
from tragt.web.crm.kinds import DEAL
from tragt.web.crm.markets import market_panel, typical
from tragt.web.crm.models import Deal, MemberRole, Pipeline, PipelineKind, Stage, Status
from tragt.web.crm.queries.activities import activities_about, as_seen
from tragt.web.crm.queries.committee import actors_of, committee_of, written
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.markets import profile_of
from tragt.web.crm.queries.pipelines import pipelines, stages_of
from tragt.web.crm.sentences import say
from tragt.web.crm.views.moving import undoable
from tragt.web.crm.views.parts import days_in_stage, one_deal, sold
from tragt.web.crm.whose_timeline import OfDeal
from tragt.web.files.panels import panels as panels_of_files
from tragt.web.people import timelines
from tragt.web.people.models import Company, Person
from tragt.web.records.queries.tags import tags_of

__all__ = ["new", "show", "timeline", "touch"]

SEE = permission_required("deals.see", raise_exception=True)
_ACTIVITIES = 30
_FIRST = 20
"""How much of the timeline stands on the page of the deal, so that a phone comes to what follows."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the path of a deal.

    Attributes:
        stage: The stage.
        place: ``done`` before the one the deal is in, ``here``, or ``ahead``.
    """

    stage: Stage
    place: str


@require_http_methods(["GET", "POST"])
@permission_required("deals.edit", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """Make a deal."""
    if not pipelines().exists():
        return redirect("pipeline")
    pipeline, stage = _begin_in(request)
    data = request.POST if request.method == "POST" else None
    form = NewDealForm(data, user=asker(request), pipeline=pipeline, stage=stage, about=_about(request, pipeline))
    if form.is_bound and form.is_valid():
        try:
            deal = make_deal(form.new, who=who(request), company=form.company, contact=form.cleaned_data["contact"])
        except TragtError as refusal:
            form.add_error(form.field_of(refusal), say(refusal))
        else:
            messages.success(request, _("The deal is made."))
            return _made(request, deal)
    part = "crm/_new_deal.html" if request.headers.get("HX-Request") else "crm/new_deal.html"
    inputs = {"form": form, "pipeline": pipeline}
    return render(request, part, inputs, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@SEE
def show(request: HttpRequest, key: int) -> HttpResponse:
    """A deal: what is known, where it stands, who is on it, what was done and what happened."""
    deal, user = one_deal(request, key), asker(request)
    here = reverse("deal", args=[key])
    rows = as_seen(activities_about(user, deal=key).filter(at=None)[: _ACTIVITIES + 1], user)
    may = request.user.has_perm("deals.edit")
    inputs = {
        "deal": deal,
        "path": _path(deal),
        "days": days_in_stage(deal),
        "facts": facts_of(deal),
        "tagged": tags_of(DEAL, key),
        "kind": DEAL,
        "committee": committee_of(deal, user),
        "roles": MemberRole.choices,
        "member_form": MemberForm(user),
        **sold(deal),
        "line_form": LineForm(deal) if may else None,
        "renewal": visible_deals(user).filter(renewal_of=deal).first(),
        "renews": visible_deals(user).filter(pk=deal.renewal_of_id).first() if deal.renewal_of_id else None,
        "renewable": deal.status == Status.WON and deal.pipeline.renewal_id is not None,
        "may": may,
        "removable": may_remove(key, who(request)),
        "undoable": undoable(request),
        "here": here,
        "entry": EntryForm(initial={"kind": "note", "deal": key}),
        "activities": rows[:_ACTIVITIES],
        "more": len(rows) > _ACTIVITIES,
        "may_note": request.user.has_perm("activities.edit"),
        "panels": [*market_panel(request, "deal", key), *panels_of_files(request, "deal", key)],
    }
    return render(request, "crm/deal.html", inputs)


@require_GET
@never_cache
@SEE
def timeline(request: HttpRequest, key: int) -> HttpResponse:
    """What happened to a deal, the newest first: what was done about it, how it moved, what it and its people did."""
    deal, user, part = one_deal(request, key), asker(request), request.headers.get("HX-Request")
    most = _FIRST if part and "before" not in request.GET else MOST
    address, log = reverse("deal_timeline", args=[key]), user.has_perm("people.see")
    try:
        shown = happened(OfDeal(deal, user), request.GET, address, log=log, most=most)
    except InvalidDefinition:
        return HttpResponseBadRequest(_("This page of the timeline does not exist. Begin with the newest."))
    template = "crm/_did.html" if part else "crm/deal_timeline.html"
    return render(request, template, {"deal": deal, "timeline": shown})


@require_GET
@never_cache
@SEE
@permission_required("people.see", raise_exception=True)
def touch(request: HttpRequest, key: int) -> HttpResponse:
    """Something that happened to a deal, or that a person of it did, with all that it came with."""
    deal, user = one_deal(request, key), asker(request)
    opened = timelines.opened(request.GET, deal=(deal.key, actors_of(deal, user)), user=user)
    if opened is None:
        raise Http404
    part = "people/_touch.html" if request.headers.get("HX-Request") else "people/touch.html"
    whose, address = {"label": deal.name}, reverse("deal", args=[key])
    return render(request, part, {"opened": opened, "whose": whose, "address": address})


def _begin_in(request: HttpRequest) -> tuple[Pipeline | None, int]:
    """The pipeline and the stage in which a new deal is to begin; no pipeline where any may be chosen."""
    given = request.GET.get("stage", "")
    if given.isascii() and given.isdigit() and len(given) < len(str(2**63)):
        stage = Stage.objects.select_related("pipeline").filter(pk=int(given), removed=None).first()
        if stage is not None and stage.pipeline.kind == PipelineKind.DEALS and stage.pipeline.archived is None:
            return stage.pipeline, stage.pk
    found = list(pipelines()[:2])
    last = request.session.get("pipeline")
    first = stages_of(next((one for one in found if one.pk == last), found[0])).first()
    return (found[0] if len(found) == 1 else None), first.pk if first else 0


def _about(request: HttpRequest, pipeline: Pipeline | None) -> dict[str, str]:
    """What a new deal is taken to be: with whom, where it was begun from their page, and what is typical of the market.

    The market is the company's, else the pipeline's.
    """
    found: dict[str, str] = {}
    market = pipeline.market if pipeline is not None else ""
    for name, model in (("company", Company), ("contact", Person)):
        given = request.GET.get(name, "")
        if given.isascii() and given.isdigit() and len(given) < len(str(2**63)):
            record = model.objects.filter(seen_by(asker(request)), pk=int(given)).first()
            if record is not None:
                found[name] = written(record) if isinstance(record, Person) else record.name
                market = (record.market if isinstance(record, Company) else "") or market
    return found | typical(profile_of(market))


def _made(request: HttpRequest, deal: Deal) -> HttpResponse:
    """The page of the deal; a script is told where that is."""
    address = reverse("deal", args=[deal.pk])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _path(deal: Deal) -> list[Step]:
    """The stages of a deal's pipeline, and where on that path it is."""
    stages = list(stages_of(deal.pipeline))
    if deal.stage not in stages:
        stages = sorted([*stages, deal.stage], key=lambda one: one.position)
    place = stages.index(deal.stage)
    won = deal.status == Status.WON
    return [
        Step(one, "done" if number < place or won else "here" if number == place else "ahead")
        for number, one in enumerate(stages)
    ]
