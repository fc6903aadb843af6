"""Operations on what a funnel asked before. The unit is the version."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, cursor_of
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.versions import version_seen
from tragt.web.crm.api.refusals import heeding
from tragt.web.funnels import actions, queries
from tragt.web.funnels.api.funnels import EDIT, SEE, answered
from tragt.web.funnels.api.shapes import FunnelShown, VersionShown, segments_called
from tragt.web.funnels.versions import version_of, versions_of
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Funnels"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version.")]


@operation(router, "GET /{funnel}/versions", permission=SEE, gives=Page[VersionShown])
def list_funnel_versions(request: HttpRequest, funnel: KeyInPath, paging: Cursor) -> Page[VersionShown]:  # noqa: ARG001
    """What a funnel asked, version by version, the newest first."""
    after = paging.after
    rows = [one.row for one in versions_of(queries.saved_funnel(funnel))]
    rest = [row for row in rows if after is None or row.number < after]
    shown = rest[: paging.limit]
    following = cursor_of(shown[-1].number) if len(rest) > len(shown) else None
    known = segments_called(row.definition for row in shown)
    return Page[VersionShown](items=[VersionShown.of(row, known) for row in shown], next=following)


@operation(router, "GET /{funnel}/versions/{number}", permission=SEE, gives=VersionShown)
def read_funnel_version(request: HttpRequest, funnel: KeyInPath, number: Number) -> VersionShown:  # noqa: ARG001
    """What a funnel asked in one of its versions."""
    return VersionShown.of(version_of(queries.saved_funnel(funnel), number).row)


@operation(router, "POST /{funnel}/versions/{number}/restore", permission=EDIT, gives=FunnelShown, versioned=True)
def restore_funnel_version(
    request: HttpRequest, funnel: KeyInPath, number: Number, response: HttpResponse
) -> FunnelShown:
    """Let a funnel ask again what it asked in a version. That is a new version."""
    saved = queries.saved_funnel(funnel)
    version_of(saved, number)
    with heeding(request):
        row = actions.restore(Who.of(user_of(request)), saved, number, version=version_seen(request))
    return answered(row, response)
