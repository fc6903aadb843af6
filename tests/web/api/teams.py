"""An API of teams alone, to try what all operations share: addresses for ``urls`` of a test."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from ninja import Router
from pydantic import Field

from tragt.web.accounts.actions.teams import make_team
from tragt.web.accounts.models import Team
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import Body, KeyInPath
from tragt.web.api.site import make_api, patterns
from tragt.web.api.versions import check_tag, mark, version_seen
from tragt.web.shell.acting import Who

router = Router(tags=["Organisation"])


class NewTeam(Body):
    name: str = Field(max_length=100)


class Shown(NewTeam):
    id: int


@operation(router, "GET ", permission="people.see", gives=Page[Shown])
def list_teams(request: HttpRequest, paging: Cursor) -> Page[Shown]:  # noqa: ARG001
    rows, following = pages(Team.objects.all(), paging)
    return Page[Shown](items=[Shown(id=row.pk, name=row.name) for row in rows], next=following)


@operation(router, "POST ", permission="people.see", gives=Shown, status=201)
def open_team(request: HttpRequest, body: NewTeam, response: HttpResponse) -> Shown:
    team = make_team(Who.of(user_of(request)), body.name)
    response.headers["Location"] = f"/api/v1/teams/{team.pk}"
    mark(response, 1)
    return Shown(id=team.pk, name=team.name)


@operation(router, "GET /{team}", permission="people.see", gives=Shown)
def read_team(request: HttpRequest, team: KeyInPath, response: HttpResponse) -> Shown:  # noqa: ARG001
    row = Team.objects.get(pk=team)
    mark(response, len(row.name))
    return Shown(id=row.pk, name=row.name)


@operation(router, "PATCH /{team}", permission="people.see", gives=Shown, versioned=True)
def name_team(request: HttpRequest, team: KeyInPath, body: NewTeam, response: HttpResponse) -> Shown:
    row = Team.objects.get(pk=team)
    version_seen(request)
    check_tag(request, len(row.name))
    row.name = body.name
    row.save()
    mark(response, len(row.name))
    return Shown(id=row.pk, name=row.name)


api = make_api({"/teams": router})
urlpatterns = [path("api/v1/", include((patterns(api), "api")))]
