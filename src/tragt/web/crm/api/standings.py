"""Operations on where persons stand in the lead lifecycle."""

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import F
from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import KeyInPath
from tragt.web.crm.actions import lifecycle as acts
from tragt.web.crm.api.ordered import in_order
from tragt.web.crm.api.referring import check_person
from tragt.web.crm.api.values import Exact, Key
from tragt.web.crm.models import Passage, Standing
from tragt.web.crm.queries.standings import passages_of, standing_of
from tragt.web.shell.acting import Who

__all__ = ["below_lifecycle", "router"]

router = Router(tags=["Lifecycle"])
below_lifecycle = Router(tags=["Lifecycle"])

MarkName = Literal["mql", "sql"]
MarkInPath = Annotated[MarkName, Path(description="`mql`, qualified by marketing, or `sql`, qualified by sales.")]


class StandingShown(Schema):
    """Where a person stands in the lifecycle."""

    person: int
    stage: int | None = Field(description="Null where the person is in none.")
    since: datetime | None
    mql: datetime | None = Field(description="Since when marketing says that the person is qualified.")
    sql: datetime | None = Field(description="Since when sales says so.")

    @classmethod
    def of(cls, row: Standing | None, person: int) -> "StandingShown":
        """Where a person stands, as it is answered."""
        if row is None:
            return cls(person=person, stage=None, since=None, mql=None, sql=None)
        return cls(person=person, stage=row.stage_id, since=row.since, mql=row.mql, sql=row.sql)


class PassageShown(Schema):
    """That a person came to a stage, or got or lost a mark. Stages have the names that they had then."""

    id: int
    stage: int
    stage_name: str
    origin_name: str
    mark: str = Field(description="`mql`, `sql`, or empty.")
    taken: bool = Field(description="Whether the mark was taken away.")
    how: str = Field(description="`hand`, `rule`, `event` or `import`.")
    at: datetime
    by: int | None

    @classmethod
    def of(cls, row: Passage) -> "PassageShown":
        """A passage, as it is answered."""
        names = ("stage_name", "origin_name", "mark", "taken", "how", "at")
        return cls(id=row.pk, stage=row.stage_id, by=row.by_id, **{name: getattr(row, name) for name in names})


class StandingBody(Exact):
    """Where a person is to stand."""

    stage: Key = Field(description="A stage of the lifecycle.")


@operation(below_lifecycle, "GET /standings", permission="people.see", gives=Page[StandingShown])
def list_standings(
    request: HttpRequest,
    paging: Cursor,
    stage: Annotated[Key | None, Query(description="Only who is in this stage.")] = None,
    mark: Annotated[MarkName | None, Query(description="Only who has this mark.")] = None,
) -> Page[StandingShown]:
    """Who stands where in the lifecycle, by the keys of the persons."""
    rows = Standing.objects.filter(seen_by(user_of(request), "person__owner"), person__struck=None)
    if stage is not None:
        rows = rows.filter(stage=stage)
    if mark is not None:
        rows = rows.filter(**{f"{mark}__isnull": False})
    found, following = pages(rows, paging)
    return Page[StandingShown](items=[StandingShown.of(row, row.pk) for row in found], next=following)


@operation(router, "GET", permission="people.see", gives=StandingShown)
def read_standing(request: HttpRequest, person: KeyInPath) -> StandingShown:
    """Where a person stands in the lifecycle."""
    check_person(person, user_of(request))
    return StandingShown.of(standing_of(person), person)


@operation(router, "PUT", permission="people.edit", gives=StandingShown)
def enter_stage(request: HttpRequest, person: KeyInPath, body: StandingBody) -> StandingShown:
    """Let a person be in a stage of the lifecycle, an earlier one too.

    One who is there already stays as they are.
    """
    user = _seeing(request, person)
    return StandingShown.of(acts.enter_stage(person, body.stage, who=Who.of(user)), person)


@operation(router, "PUT /marks/{mark}", permission="people.edit", gives=StandingShown)
def set_mark(request: HttpRequest, person: KeyInPath, mark: MarkInPath) -> StandingShown:
    """Mark a person as qualified by marketing or by sales.

    Who is not in the lifecycle yet comes to its first stage.
    """
    user = _seeing(request, person)
    return StandingShown.of(acts.set_mark(person, mark, who=Who.of(user)), person)


@operation(router, "DELETE /marks/{mark}", permission="people.edit", gives=StandingShown)
def take_mark(request: HttpRequest, person: KeyInPath, mark: MarkInPath) -> StandingShown:
    """Take a mark from a person again."""
    user = _seeing(request, person)
    return StandingShown.of(acts.take_mark(person, mark, who=Who.of(user)), person)


@operation(router, "GET /passages", permission="people.see", gives=Page[PassageShown])
def list_passages(request: HttpRequest, person: KeyInPath, paging: Cursor) -> Page[PassageShown]:
    """How a person came where they are in the lifecycle, the last passage first."""
    check_person(person, user_of(request))
    rows, following = in_order(passages_of(person).order_by(F("at").desc(), "-pk"), paging)
    return Page[PassageShown](items=[PassageShown.of(row) for row in rows], next=following)


def _seeing(request: HttpRequest, person: int) -> User:
    """Who asks, if they see the person."""
    user = user_of(request)
    check_person(person, user)
    return user
