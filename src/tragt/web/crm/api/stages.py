"""Operations on the stages of pipelines and the lifecycle."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page, Paging, pages
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import stages as acts
from tragt.web.crm.api.pipeline_shapes import NewStage, StageChange, StageShown
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Flag, Key
from tragt.web.crm.models import Stage
from tragt.web.crm.queries.pipelines import any_stage
from tragt.web.shell.acting import Who

__all__ = ["below_pipelines", "router"]

router = Router(tags=["Pipelines"])
below_pipelines = Router(tags=["Pipelines"])

EDIT = "pipelines.edit"


class StagesAsked(Paging):
    """Which stages are asked for."""

    pipeline: Key | None = Field(None, description="Only those of a pipeline.")
    removed: Flag = Field(False, description="Those that were removed in place of those in use.")


@operation(router, "GET", permission="deals.see", gives=Page[StageShown])
def list_stages(
    request: HttpRequest,  # noqa: ARG001
    asked: Annotated[StagesAsked, Query()],
) -> Page[StageShown]:
    """Stages of all pipelines and of the lifecycle, by their keys; pipelines have theirs in order."""
    rows = Stage.objects.filter(removed__isnull=not asked.removed)
    if asked.pipeline is not None:
        rows = rows.filter(pipeline=asked.pipeline)
    found, following = pages(rows, asked)
    return Page[StageShown](items=[StageShown.of(row) for row in found], next=following)


@operation(router, "GET /{stage}", permission="deals.see", gives=StageShown)
def read_stage(request: HttpRequest, stage: KeyInPath, response: HttpResponse) -> StageShown:  # noqa: ARG001
    """A stage, in use or removed.

    Its version is that of its pipeline.
    """
    row = any_stage(stage)
    mark(response, row.pipeline.version)
    return StageShown.of(row)


@operation(below_pipelines, "POST /{pipeline}/stages", permission=EDIT, gives=StageShown, status=201, versioned=True)
def add_stage(request: HttpRequest, pipeline: KeyInPath, body: NewStage, response: HttpResponse) -> StageShown:
    """Add a stage to a pipeline, or to the lifecycle."""
    given, user = body.given(), user_of(request)
    place = given.pop("place", None)
    with heeding(request), transaction.atomic():
        made = acts.add_stage(pipeline, given, who=Who.of(user), place=place, version=version_seen(request))
        response.headers["Location"] = f"{PREFIX}/stages/{made.pk}"
        return _shown(made.pk, response)


@operation(router, "PATCH /{stage}", permission=EDIT, gives=StageShown, versioned=True)
def change_stage(request: HttpRequest, stage: KeyInPath, body: StageChange, response: HttpResponse) -> StageShown:
    """Change what is said of a stage. A name that is changed stays known, so that history matches."""
    with heeding(request), transaction.atomic():
        acts.edit_stage(stage, body.given(), who=Who.of(user_of(request)), version=version_seen(request))
        return _shown(stage, response)


@operation(router, "DELETE /{stage}", permission=EDIT, gives=StageShown, versioned=True)
def remove_stage(
    request: HttpRequest,
    stage: KeyInPath,
    response: HttpResponse,
    to: Annotated[Key | None, Query(description="Where the open deals, or persons, in it move.")] = None,
) -> StageShown:
    """Let a stage no longer be used. It keeps its row and its history."""
    with heeding(request), transaction.atomic():
        acts.remove_stage(stage, who=Who.of(user_of(request)), to=to, version=version_seen(request))
        return _shown(stage, response)


@operation(router, "POST /{stage}/bring-back", permission=EDIT, gives=StageShown, versioned=True)
def bring_back_stage(request: HttpRequest, stage: KeyInPath, response: HttpResponse) -> StageShown:
    """Let a removed stage be used again, as the last one."""
    with heeding(request), transaction.atomic():
        acts.bring_back_stage(stage, who=Who.of(user_of(request)), version=version_seen(request))
        return _shown(stage, response)


def _shown(key: int, response: HttpResponse) -> StageShown:
    """A stage as it is now; its pipeline is locked until the transaction ends."""
    row = any_stage(key)
    mark(response, row.pipeline.version)
    return StageShown.of(row)
