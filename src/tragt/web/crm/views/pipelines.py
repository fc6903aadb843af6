"""The settings of pipelines: their list, the templates to begin with, and a pipeline with its stages.

A pipeline and the lifecycle have one page, which differs in its fields. Everything works without scripts: each post
leads back to the page, or shows it with what was wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import Conflict, NotFound, TragtError
from tragt.web.accounts.models import Team
from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions import pipelines as acts
from tragt.web.crm.blueprints import Blueprint, StageBlueprint, blueprint, blueprints, fitted
from tragt.web.crm.forms.pipelines import NewStageForm, PipelineForm, StageForm
from tragt.web.crm.forms.rules import RuleFields, sayable
from tragt.web.crm.models import Pipeline, PipelineKind, Stage
from tragt.web.crm.queries.markets import profile_of
from tragt.web.crm.queries.pipelines import (
    archived_pipelines,
    custom_titles,
    numbers_in,
    open_numbers,
    pipeline_of,
    pipelines,
    removed_stages,
    stages_of,
)
from tragt.web.crm.queries.standings import known_traits
from tragt.web.crm.rules import rule_of
from tragt.web.crm.sentences import REQUIRED, say

__all__ = ["EDIT", "Filled", "Line", "act", "gallery", "listing", "one", "page", "preview", "to_page"]

EDIT = permission_required("pipelines.edit", raise_exception=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A stage on the page.

    Attributes:
        of: The stage.
        form: Its fields.
        rule: The fields of its rule; None where it has none, or one that fields cannot say.
        odd: Whether its rule is one that fields cannot say.
        number: How many open deals, or persons, are in it.
        first: Whether it is the first.
        last: Whether it is the last.
        open: Whether its fields are unfolded.
    """

    of: Stage
    form: StageForm
    rule: RuleFields | None
    odd: bool
    number: int
    first: bool
    last: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """A stage of a template on its page.

    Attributes:
        of: The stage.
        asks: What must be filled in, in words; empty where nothing must.
    """

    of: StageBlueprint
    asks: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in that was not taken, to be shown again.

    Attributes:
        pipeline: The fields of the pipeline.
        stage: The fields of a stage.
        rule: The fields of its rule.
        new: The fields of a new stage.
        key: Key of that stage.
    """

    pipeline: PipelineForm | None = None
    stage: StageForm | None = None
    rule: RuleFields | None = None
    new: NewStageForm | None = None
    key: int = 0


@require_GET
@EDIT
def listing(request: HttpRequest) -> HttpResponse:
    """The pipelines of deals; without any, the templates."""
    rows, numbers = list(pipelines().prefetch_related("stages")), open_numbers()
    lines = [(row, [one for one in row.stages.all() if not one.removed], numbers.get(row.pk, 0)) for row in rows]
    inputs = {"lines": lines, "archived": list(archived_pipelines()), "offered": [] if rows else blueprints()}
    return render(request, "crm/settings/pipelines.html", inputs)


@require_GET
@EDIT
def gallery(request: HttpRequest) -> HttpResponse:
    """The templates of pipelines."""
    return render(request, "crm/settings/gallery.html", {"offered": blueprints()})


@require_http_methods(["GET", "POST"])
@EDIT
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """A template with its stages, and making a pipeline of it."""
    plan = _blueprint(code)
    if request.method == "POST":
        try:
            made = acts.make_pipeline(code, who=who(request), name=request.POST.get("name", ""))
        except TragtError as refusal:
            messages.error(request, say(refusal))
        else:
            messages.success(request, _("%(name)s is ready. Change in it what you like.") % {"name": made.name})
            return to_page(made)
    stages = [Planned(one, ", ".join(str(REQUIRED[code]) for code in one.required)) for one in plan.stages]
    inputs = {"plan": plan, "stages": stages, "of_lifecycle": plan.kind == PipelineKind.LIFECYCLE}
    return render(request, "crm/settings/blueprint.html", inputs, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A pipeline with its stages, or the lifecycle; a post changes it as a whole."""
    pipeline = _pipeline(key)
    if request.method != "POST":
        if pipeline.kind == PipelineKind.LIFECYCLE and not pipeline.archived:
            return to_page(pipeline)
        return page(request, pipeline)
    form = PipelineForm(request.POST, pipeline, list(pipelines()))
    if form.is_valid():
        try:
            acts.edit_pipeline(key, form.cleaned_data, who=who(request), version=seen(request))
        except Conflict as clash:
            messages.error(request, say(clash))
            return to_page(pipeline)
        except TragtError as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return to_page(pipeline)
    return page(request, pipeline, Filled(pipeline=form))


@require_POST
@EDIT
def act(request: HttpRequest, key: int) -> HttpResponse:
    """Archive a pipeline, bring it back, or put it in another place."""
    pipeline = _pipeline(key)
    do = request.POST.get("do", "")
    try:
        if do == "archive":
            acts.archive_pipeline(key, who=who(request))
            messages.success(request, _("%(name)s is archived. Its history stays.") % {"name": pipeline.name})
        elif do == "back":
            acts.bring_back_pipeline(key, who=who(request))
        elif do in ("earlier", "later"):
            acts.shift_pipeline(key, -1 if do == "earlier" else 1, who=who(request))
    except TragtError as refusal:
        messages.error(request, say(refusal))
        return to_page(pipeline)
    return redirect("settings_lifecycle" if pipeline.kind == PipelineKind.LIFECYCLE else "settings_pipelines")


def page(request: HttpRequest, pipeline: Pipeline, filled: Filled | None = None) -> HttpResponse:
    """The page of a pipeline.

    Args:
        request: The request; ``open`` in its address names the stage whose fields are unfolded.
        pipeline: The pipeline or the lifecycle.
        filled: What was filled in and not taken; None where nothing was.
    """
    given = filled or Filled()
    of_lifecycle = pipeline.kind == PipelineKind.LIFECYCLE
    unfolded = given.key or _number(request.GET.get("open", ""))
    lines = _lines(pipeline, unfolded)
    if given.stage:
        lines = [_filled(line, given) if line.of.pk == given.key else line for line in lines]
    inputs = {
        "pipeline": pipeline,
        "of_lifecycle": of_lifecycle,
        "form": given.pipeline or PipelineForm(None, pipeline, [] if of_lifecycle else list(pipelines())),
        "lines": lines,
        "removed": list(removed_stages(pipeline)),
        "new": given.new or NewStageForm(),
        "traits": known_traits() if of_lifecycle else [],
    }
    return render(request, "crm/settings/pipeline.html", inputs, status=422 if filled else 200)


def to_page(pipeline: Pipeline, stage: int = 0, *, unfolded: bool = False) -> HttpResponse:
    """Lead back to the page of a pipeline, to one of its stages where one is named."""
    of_lifecycle = pipeline.kind == PipelineKind.LIFECYCLE and not pipeline.archived
    address = reverse("settings_lifecycle") if of_lifecycle else reverse("settings_pipeline", args=[pipeline.pk])
    query = f"?open={stage}" if stage and unfolded else ""
    return redirect(f"{address}{query}{f'#stage-{stage}' if stage else ''}")


def seen(request: HttpRequest) -> int | None:
    """The version of the pipeline that somebody saw when they filled in what they send."""
    return _number(request.POST.get("version", "")) or None


def refused(form: PipelineForm | StageForm | NewStageForm, refusal: TragtError) -> None:
    """Say at its field why something was not taken."""
    field = refusal.fields.get("field")
    form.add_error(field if isinstance(field, str) and field in form.fields else None, say(refusal))


def teams_and_fields() -> tuple[list[Team], Mapping[str, str]]:
    """What the fields of a stage offer: teams, and the custom fields of deals by their codes."""
    return list(Team.objects.all()), custom_titles()


def _lines(pipeline: Pipeline, unfolded: int) -> list[Line]:
    rows, numbers = list(stages_of(pipeline)), numbers_in(pipeline)
    teams, custom = teams_and_fields()
    lines = []
    for place, row in enumerate(rows):
        row.pipeline = pipeline
        rule = rule_of(row.rule) if pipeline.kind == PipelineKind.LIFECYCLE else None
        said = pipeline.kind == PipelineKind.LIFECYCLE and sayable(rule)
        lines.append(
            Line(
                of=row,
                form=StageForm(None, row, teams, custom),
                rule=RuleFields(None, rule, f"rule-{row.pk}") if said else None,
                odd=rule is not None and not said,
                number=numbers.get(row.pk, 0),
                first=place == 0,
                last=place == len(rows) - 1,
                open=row.pk == unfolded,
            )
        )
    return lines


def _filled(line: Line, given: Filled) -> Line:
    return replace(line, form=given.stage or line.form, rule=given.rule or line.rule, open=True)


def _pipeline(key: int) -> Pipeline:
    try:
        return pipeline_of(key)
    except NotFound as nothing:
        raise Http404 from nothing


def _blueprint(code: str) -> Blueprint:
    """A template as it fits what the firm says of its market."""
    try:
        found = blueprint(code)
    except NotFound as nothing:
        raise Http404 from nothing
    return fitted(found, profile_of(found.market or ""))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0
