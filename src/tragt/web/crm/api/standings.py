"""Operations on where persons stand in the lead lifecycle."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema
from pydantic import Field

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page, pages
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.crm.actions import lifecycle as acts
from tragt.web.crm.api.ordered import in_order
from tragt.web.crm.api.referring import check_person
from tragt.web.crm.api.values import Exact, Key
from tragt.web.crm.models import Passage, Standing
from tragt.web.crm.queries.rotting import person_rots
from tragt.web.crm.queries.standings import passages_of, standing_of, standings_of
from tragt.web.people.models import Person
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
    rotting: bool = Field(description="Whether the person is in the stage for longer than it allows.")

    @classmethod
    def of(cls, row: Standing | None, person: int) -> "StandingShown":
        """Where a person stands, as it is answered."""
        if row is None:
            return cls(person=person, stage=None, since=None, mql=None, sql=None, rotting=False)
        rots = person_rots(row)
        return cls(person=person, stage=row.stage_id, since=row.since, mql=row.mql, sql=row.sql, rotting=rots)


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
    rows = Standing.objects.select_related("stage").filter(
        seen_by(user_of(request), "person__owner"), person__struck=None
    )
    if stage is not None:
        rows = rows.filter(stage=stage)
    if mark is not None:
        rows = rows.filter(**{f"{mark}__isnull": False})
    found, following = pages(rows, paging)
    return Page[StandingShown](items=[StandingShown.of(row, row.pk) for row in found], next=following)


@operation(router, "GET", permission="people.see", gives=StandingShown)
def read_standing(request: HttpRequest, person: KeyInPath, response: HttpResponse) -> StandingShown:
    """Where a person stands in the lifecycle."""
    check_person(person, user_of(request))
    return _answer(standing_of(person), person, response)


@operation(router, "PUT", permission="people.edit", gives=StandingShown, versioned=True)
def enter_stage(request: HttpRequest, person: KeyInPath, body: StandingBody, response: HttpResponse) -> StandingShown:
    """Let a person be in a stage of the lifecycle, an earlier one too.

    One who is there already stays as they are.
    """
    with _as_read(request, person) as user:
        row = acts.enter_stage(person, body.stage, who=Who.of(user))
    return _answer(row, person, response)


@operation(router, "PUT /marks/{mark}", permission="people.edit", gives=StandingShown, versioned=True)
def set_mark(request: HttpRequest, person: KeyInPath, mark: MarkInPath, response: HttpResponse) -> StandingShown:
    """Mark a person as qualified by marketing or by sales.

    Who is not in the lifecycle yet comes to its first stage.
    """
    with _as_read(request, person) as user:
        row = acts.set_mark(person, mark, who=Who.of(user))
    return _answer(row, person, response)


@operation(router, "DELETE /marks/{mark}", permission="people.edit", gives=StandingShown, versioned=True)
def take_mark(request: HttpRequest, person: KeyInPath, mark: MarkInPath, response: HttpResponse) -> StandingShown:
    """Take a mark from a person again."""
    with _as_read(request, person) as user:
        row = acts.take_mark(person, mark, who=Who.of(user))
    return _answer(row, person, response)


@operation(router, "GET /passages", permission="people.see", gives=Page[PassageShown])
def list_passages(request: HttpRequest, person: KeyInPath, paging: Cursor) -> Page[PassageShown]:
    """How a person came where they are in the lifecycle, the last passage first."""
    check_person(person, user_of(request))
    rows, following = in_order(passages_of(person).order_by(F("at").desc(), "-pk"), paging)
    return Page[PassageShown](items=[PassageShown.of(row) for row in rows], next=following)


@contextmanager
def _as_read(request: HttpRequest, person: int) -> Iterator[User]:
    """Who asks, if they see the person and it stands where they read it; nobody else leads it meanwhile.

    Raises:
        NotFound: There is no such person, or it is not theirs to see.
        Outdated: The person was led on since it was read.
    """
    user = user_of(request)
    check_person(person, user)
    with transaction.atomic():
        # Who is in no stage yet has no row to be held, so the person is; rows that refer to it may still come.
        Person.objects.select_for_update(no_key=True).filter(pk=person).first()
        check_tag(request, _tag(standings_of([person], lock=True).get(person), person))
        yield user


def _answer(row: Standing | None, person: int, response: HttpResponse) -> StandingShown:
    mark(response, _tag(row, person))
    return StandingShown.of(row, person)


def _tag(row: Standing | None, person: int) -> str:
    """What changes whenever the person is led on. That the person stands still for too long is no change."""
    return digest_of(StandingShown.of(row, person).model_copy(update={"rotting": False}))
