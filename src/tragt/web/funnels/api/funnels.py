"""Operations on saved funnels: listing, reading, saving, changing and deleting them."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from tragt.errors import NotFound
from tragt.funnel import Funnel
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.models import Pipeline
from tragt.web.funnels import actions, queries
from tragt.web.funnels.api.definitions import funnel_sent
from tragt.web.funnels.api.shapes import FunnelChange, FunnelShown, NewFunnel, asked_of, check_counted, segments_called
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.pipelines import funnel_over
from tragt.web.shell.acting import Who

__all__ = ["EDIT", "SEE", "answered", "router"]

router = Router(tags=["Funnels"])

SEE, EDIT = "funnels.see", "funnels.edit"


@operation(router, "GET", permission=SEE, gives=Page[FunnelShown])
def list_funnels(request: HttpRequest, paging: Cursor) -> Page[FunnelShown]:  # noqa: ARG001
    """Saved funnels, in the order in which they were made."""
    found, following = pages(queries.saved_funnels(), paging)
    known = segments_called(row.definition for row in found)
    return Page[FunnelShown](items=[FunnelShown.of(row, known) for row in found], next=following)


@operation(router, "GET /{funnel}", permission=SEE, gives=FunnelShown)
def read_funnel(request: HttpRequest, funnel: KeyInPath, response: HttpResponse) -> FunnelShown:  # noqa: ARG001
    """A saved funnel: what it counts, and what it asks besides."""
    return answered(queries.saved_funnel(funnel), response)


@operation(router, "POST", permission=EDIT, gives=FunnelShown, status=201)
def save_funnel(request: HttpRequest, body: NewFunnel, response: HttpResponse) -> FunnelShown:
    """Save a funnel."""
    user = user_of(request)
    definition = funnel_sent(body.definition)
    check_counted(definition, None, user)
    asked = asked_of(body.model_dump(), Asked(), str(definition.unit), user)
    row = actions.save(Who.of(user), definition, body.name, asked)
    return answered(row, response, made=True)


@operation(router, "PATCH /{funnel}", permission=EDIT, gives=FunnelShown, versioned=True)
def change_funnel(request: HttpRequest, funnel: KeyInPath, body: FunnelChange, response: HttpResponse) -> FunnelShown:
    """Change what a funnel counts, or what it asks besides. What it asked is kept as a version.

    A definition is sent as a whole. Of what stands together, as `compare` and its days, all is sent or nothing.
    """
    user, before, given = user_of(request), queries.saved_funnel(funnel), body.given()
    definition: Funnel = funnel_sent(body.definition) if "definition" in given else before.funnel
    check_counted(definition, before, user)
    asked = asked_of(given, Asked.of(before), str(definition.unit), user)
    with heeding(request):
        seen = version_seen(request)
        # What is not sent is as it was read here: nobody may change it in between.
        row = actions.save(
            Who.of(user),
            definition,
            given.get("name", before.name),
            asked,
            before,
            version=before.version if seen is None else seen,
        )
    return answered(row, response)


@operation(router, "DELETE /{funnel}", permission=EDIT, status=204, versioned=True)
def delete_funnel(request: HttpRequest, funnel: KeyInPath) -> None:
    """Delete a funnel. For thirty days it can be brought back."""
    with heeding(request):
        row, seen = queries.saved_funnel(funnel), version_seen(request)
        actions.delete(Who.of(user_of(request)), row, version=seen)


@operation(router, "POST /{funnel}/bring-back", permission=EDIT, gives=FunnelShown)
def bring_back_funnel(request: HttpRequest, funnel: KeyInPath, response: HttpResponse) -> FunnelShown:
    """Bring a deleted funnel back."""
    return answered(actions.undelete(Who.of(user_of(request)), funnel), response)


@operation(router, "POST /of-pipelines/{pipeline}", permission=SEE, gives=FunnelShown)
def follow_pipeline(request: HttpRequest, pipeline: KeyInPath, response: HttpResponse) -> FunnelShown:  # noqa: ARG001
    """Open the funnel over the stages of a pipeline, or of the lifecycle; it is saved where it is not yet.

    It follows the stages when they change.
    """
    found = Pipeline.objects.filter(pk=pipeline, archived=None).first()
    if found is None:
        raise NotFound("crm.no_pipeline", f"There is no pipeline {pipeline}.", pipeline=pipeline)
    return answered(funnel_over(found), response)


def answered(row: SavedFunnel, response: HttpResponse, *, made: bool = False) -> FunnelShown:
    """A funnel, as it is answered.

    Args:
        row: The funnel.
        response: The answer, to which its version is added.
        made: Whether it was just made.
    """
    if made:
        response.headers["Location"] = f"{PREFIX}/funnels/{row.pk}"
    mark(response, row.version)
    return FunnelShown.of(row)
