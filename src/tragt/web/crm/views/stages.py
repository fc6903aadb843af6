"""What the buttons of a stage do, on the page of its pipeline."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tragt.errors import Conflict, InvalidDefinition, NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions import stages as acts
from tragt.web.crm.forms.pipelines import NewStageForm, StageForm
from tragt.web.crm.forms.rules import RuleFields, sayable
from tragt.web.crm.models import PipelineKind, Stage
from tragt.web.crm.queries.pipelines import any_stage, pipeline_of
from tragt.web.crm.rules import rule_of
from tragt.web.crm.sentences import say
from tragt.web.crm.views.pipelines import EDIT, Filled, page, refused, seen, teams_and_fields, to_page

__all__ = ["act", "add"]


@require_POST
@EDIT
def add(request: HttpRequest, key: int) -> HttpResponse:
    """Add a stage as the last one; its fields are unfolded then."""
    try:
        pipeline = pipeline_of(key)
    except NotFound as nothing:
        raise Http404 from nothing
    form = NewStageForm(request.POST)
    if form.is_valid():
        try:
            stage = acts.add_stage(key, form.cleaned_data, who=who(request), version=seen(request))
        except Conflict as clash:
            messages.error(request, say(clash))
            return to_page(pipeline)
        except InvalidDefinition as refusal:
            refused(form, refusal)
        else:
            return to_page(pipeline, stage.pk, unfolded=True)
    return page(request, pipeline, Filled(new=form))


@require_POST
@EDIT
def act(request: HttpRequest, key: int) -> HttpResponse:
    """Do what a button of a stage says: save, put it in another place, remove it, bring it back."""
    try:
        stage = any_stage(key)
    except NotFound as nothing:
        raise Http404 from nothing
    if request.POST.get("do") == "save":
        return _save(request, stage)
    try:
        _do(request, stage)
    except TragtError as refusal:
        messages.error(request, say(refusal))
    return to_page(stage.pipeline, stage.pk)


def _do(request: HttpRequest, stage: Stage) -> None:
    asked, version = request.POST, seen(request)
    match asked.get("do"):
        case "up" | "down" as way:
            acts.shift_stage(stage.pk, -1 if way == "up" else 1, who=who(request), version=version)
        case "remove":
            to = asked.get("to", "")
            acts.remove_stage(stage.pk, who=who(request), to=int(to) if to.isdecimal() else None, version=version)
            messages.success(request, _("The stage %(name)s is removed. Its history stays.") % {"name": stage.name})
        case "back":
            acts.bring_back_stage(stage.pk, who=who(request), version=version)


def _save(request: HttpRequest, stage: Stage) -> HttpResponse:
    form = StageForm(request.POST, stage, *teams_and_fields())
    held, rule = rule_of(stage.rule), None
    if stage.pipeline.kind == PipelineKind.LIFECYCLE and sayable(held):
        rule = RuleFields(request.POST, held, f"rule-{stage.pk}")
    if form.is_valid() and (rule is None or rule.is_valid()):
        changes = form.changes
        if rule is not None:
            changes["rule"] = rule.rule.as_json if rule.rule else {}
        elif "drop_rule" in request.POST:
            changes["rule"] = {}
        try:
            acts.edit_stage(stage.pk, changes, who=who(request), version=seen(request))
        except Conflict as clash:
            messages.error(request, say(clash))
            return to_page(stage.pipeline, stage.pk)
        except TragtError as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("The stage %(name)s is saved.") % {"name": changes["name"]})
            return to_page(stage.pipeline, stage.pk)
    return page(request, stage.pipeline, Filled(stage=form, rule=rule, key=stage.pk))
