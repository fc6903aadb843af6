"""Operations on pipelines of deals and the lifecycle as a whole: templates, making, changing, order, versions."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import NotFound
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import pipelines as acts
from tragt.web.crm.actions.stages import order_stages as put_in_order
from tragt.web.crm.api.ordered import ArchivedAsked, in_order
from tragt.web.crm.api.pipeline_shapes import (
    NewPipeline,
    PipelineChange,
    PipelineShown,
    PipelineThen,
    Shift,
    StageOrder,
)
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.blueprints import Blueprint, StageBlueprint, blueprints
from tragt.web.crm.models import Pipeline, PipelineKind, PipelineVersion
from tragt.web.crm.queries.pipelines import archived_pipelines, lifecycle, numbers_in, pipeline_of, pipelines, stages_of
from tragt.web.shell.acting import Who

__all__ = ["of_lifecycle", "router", "shown"]

router = Router(tags=["Pipelines"])
of_lifecycle = Router(tags=["Lifecycle"])

EDIT = "pipelines.edit"


class TemplateStage(Schema):
    """A stage as a template proposes it."""

    name: str
    level: str
    criteria: str
    playbook: str
    probability: int | None
    target: int | None
    rotting_days: int | None
    required: list[str]
    enters_on: list[str]
    mark: str

    @classmethod
    def of(cls, plan: StageBlueprint) -> "TemplateStage":
        """A stage of a template, as it is answered."""
        return cls(
            name=str(plan.name),
            level=plan.level,
            criteria=str(plan.criteria),
            playbook=plan.playbook,
            probability=plan.probability,
            target=plan.target,
            rotting_days=plan.rotting_days,
            required=list(plan.required),
            enters_on=list(plan.enters_on),
            mark=plan.mark or "",
        )


class Template(Schema):
    """A pipeline, or the lifecycle, to begin with. Its texts are in the language of the key's user."""

    code: str
    kind: str = Field(description="`deals` or `lifecycle`.")
    name: str
    about: str
    market: str
    stages: list[TemplateStage]

    @classmethod
    def of(cls, plan: Blueprint) -> "Template":
        """A template, as it is answered."""
        return cls(
            code=plan.code,
            kind=plan.kind,
            name=str(plan.name),
            about=str(plan.about),
            market=plan.market or "",
            stages=[TemplateStage.of(one) for one in plan.stages],
        )


class Templates(Schema):
    """The templates."""

    items: list[Template] = Field(description="In the order in which they are offered.")


class StageNumber(Schema):
    """How much stands in a stage."""

    stage: int
    number: int = Field(description="Open deals, or persons; everybody's, whoever asks.")


class StageNumbers(Schema):
    """How much stands in the stages of a pipeline."""

    items: list[StageNumber] = Field(description="In the order of the stages in use.")


@operation(router, "GET /templates", permission=EDIT, gives=Templates)
def list_templates(request: HttpRequest) -> Templates:
    """Templates of pipelines and of the lifecycle."""
    with translation.override(user_of(request).language):
        return Templates(items=[Template.of(plan) for kind in PipelineKind.values for plan in blueprints(kind)])


@operation(router, "GET", permission="deals.see", gives=Page[PipelineShown])
def list_pipelines(
    request: HttpRequest,  # noqa: ARG001
    asked: Annotated[ArchivedAsked, Query()],
) -> Page[PipelineShown]:
    """Pipelines of deals in their order, with their stages."""
    rows = (archived_pipelines() if asked.archived else pipelines()).prefetch_related("stages")
    found, following = in_order(rows, asked)
    items = [PipelineShown.of(row, [one for one in row.stages.all() if one.removed is None]) for row in found]
    return Page[PipelineShown](items=items, next=following)


@operation(router, "POST", permission=EDIT, gives=PipelineShown, status=201)
def make_pipeline(request: HttpRequest, body: NewPipeline, response: HttpResponse) -> PipelineShown:
    """Make a pipeline, or the lifecycle, from a template.

    Its texts are in the language of the key's user.
    """
    user = user_of(request)
    with translation.override(user.language):
        made = acts.make_pipeline(body.template, who=Who.of(user), name=body.name)
    response.headers["Location"] = f"{PREFIX}/pipelines/{made.pk}"
    return shown(made, response)


@operation(router, "GET /{pipeline}", permission="deals.see", gives=PipelineShown)
def read_pipeline(request: HttpRequest, pipeline: KeyInPath, response: HttpResponse) -> PipelineShown:  # noqa: ARG001
    """A pipeline of deals, or the lifecycle, with its stages."""
    return shown(pipeline_of(pipeline), response)


@operation(router, "PATCH /{pipeline}", permission=EDIT, gives=PipelineShown, versioned=True)
def change_pipeline(
    request: HttpRequest, pipeline: KeyInPath, body: PipelineChange, response: HttpResponse
) -> PipelineShown:
    """Rename a pipeline, or change its market or how its won deals are renewed."""
    with heeding(request), transaction.atomic():
        acts.edit_pipeline(pipeline, body.given(), who=Who.of(user_of(request)), version=version_seen(request))
        return shown(pipeline_of(pipeline), response)


@operation(router, "POST /{pipeline}/shift", permission=EDIT, status=204)
def shift_pipeline(request: HttpRequest, pipeline: KeyInPath, body: Shift) -> None:
    """Let a pipeline stand earlier or later among the others."""
    acts.shift_pipeline(pipeline, body.by, who=Who.of(user_of(request)))


@operation(router, "POST /{pipeline}/archive", permission=EDIT, gives=PipelineShown, versioned=True)
def archive_pipeline(request: HttpRequest, pipeline: KeyInPath, response: HttpResponse) -> PipelineShown:
    """Let a pipeline no longer be used; its history stays."""
    with heeding(request), transaction.atomic():
        acts.archive_pipeline(pipeline, who=Who.of(user_of(request)), version=version_seen(request))
        return shown(pipeline_of(pipeline), response)


@operation(router, "POST /{pipeline}/bring-back", permission=EDIT, gives=PipelineShown, versioned=True)
def bring_back_pipeline(request: HttpRequest, pipeline: KeyInPath, response: HttpResponse) -> PipelineShown:
    """Let an archived pipeline be used again."""
    with heeding(request), transaction.atomic():
        acts.bring_back_pipeline(pipeline, who=Who.of(user_of(request)), version=version_seen(request))
        return shown(pipeline_of(pipeline), response)


@operation(router, "PUT /{pipeline}/order", permission=EDIT, gives=PipelineShown, versioned=True)
def order_stages(request: HttpRequest, pipeline: KeyInPath, body: StageOrder, response: HttpResponse) -> PipelineShown:
    """Put the stages of a pipeline in another order."""
    with heeding(request), transaction.atomic():
        put_in_order(pipeline, body.stages, who=Who.of(user_of(request)), version=version_seen(request))
        return shown(pipeline_of(pipeline), response)


@operation(router, "GET /{pipeline}/numbers", permission=EDIT, gives=StageNumbers)
def count_stages(request: HttpRequest, pipeline: KeyInPath) -> StageNumbers:  # noqa: ARG001
    """How many open deals, or persons, are in each stage."""
    row = pipeline_of(pipeline)
    numbers = numbers_in(row)
    keys = stages_of(row).values_list("pk", flat=True)
    return StageNumbers(items=[StageNumber(stage=key, number=numbers.get(key, 0)) for key in keys])


@operation(router, "GET /{pipeline}/versions", permission="deals.see", gives=Page[PipelineThen])
def list_pipeline_versions(
    request: HttpRequest,  # noqa: ARG001
    pipeline: KeyInPath,
    paging: Cursor,
) -> Page[PipelineThen]:
    """What a pipeline was, the newest version first; none before its first change."""
    rows = PipelineVersion.objects.filter(pipeline=pipeline_of(pipeline)).order_by("-number")
    found, following = in_order(rows, paging)
    return Page[PipelineThen](items=[PipelineThen.of(row) for row in found], next=following)


@operation(of_lifecycle, "GET", permission="deals.see", gives=PipelineShown)
def read_lifecycle(request: HttpRequest, response: HttpResponse) -> PipelineShown:  # noqa: ARG001
    """The lifecycle of persons, with its stages.

    It is made, changed and archived as a pipeline is.
    """
    found = lifecycle()
    if found is None:
        raise NotFound("crm.no_lifecycle", "There is no lifecycle yet. Make one from a template.")
    return shown(found, response)


def shown(row: Pipeline, response: HttpResponse) -> PipelineShown:
    """A pipeline with its stages, as it is answered."""
    mark(response, row.version)
    return PipelineShown.of(row, list(stages_of(row)))
