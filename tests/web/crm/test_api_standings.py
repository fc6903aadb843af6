"""Where persons stand, by the API: nobody leads a person on who was led on since they were read."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tragt.web.accounts.models import User
from tragt.web.crm.actions.lifecycle import enter_stage
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.models import Passage, Stage, Standing
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.fixture
def stages() -> list[Stage]:
    Stage.objects.filter(pipeline=make_pipeline("five", who=COMMAND_LINE)).update(mark="")
    return list(Stage.objects.all())


@pytest.fixture
def ida() -> Person:
    return Person.objects.create(name="Ida Lund")


@pytest.fixture
def program(program_of: Callable[..., Client], owner: User) -> Client:
    return program_of(owner)


def test_change_of_what_was_led_on_since_is_refused(program: Client, ida: Person, stages: list[Stage]) -> None:
    address = f"/api/v1/persons/{ida.pk}/standing"
    nowhere = program.get(address).headers["ETag"]
    body = {"stage": stages[1].pk}
    first = program.put(address, body, content_type="application/json", headers={"If-Match": nowhere})
    assert first.status_code == 200
    assert first.headers["ETag"] == program.get(address).headers["ETag"] != nowhere
    enter_stage(ida.pk, stages[2].pk, who=COMMAND_LINE)
    for stale in (nowhere, first.headers["ETag"]):
        held = {"If-Match": stale}
        assert program.put(address, body, content_type="application/json", headers=held).status_code == 412
        assert program.put(f"{address}/marks/mql", headers=held).status_code == 412
        assert program.delete(f"{address}/marks/mql", headers=held).status_code == 412
    assert Standing.objects.get().stage == stages[2]
    assert Passage.objects.count() == 2
    fresh = {"If-Match": program.get(address).headers["ETag"]}
    marked = program.put(f"{address}/marks/sql", headers=fresh)
    assert marked.status_code == 200
    assert program.delete(f"{address}/marks/sql", headers=fresh).status_code == 412
    assert program.delete(f"{address}/marks/sql", headers={"If-Match": marked.headers["ETag"]}).status_code == 200


def test_standing_still_for_too_long_is_told_and_is_no_change(
    program: Client, ida: Person, stages: list[Stage]
) -> None:
    Standing.objects.create(person=ida, stage=stages[1], since=timezone.now() - timedelta(days=31))
    Stage.objects.filter(pk=stages[1].pk).update(rotting_days=None)
    address = f"/api/v1/persons/{ida.pk}/standing"
    before = program.get(address)
    Stage.objects.filter(pk=stages[1].pk).update(rotting_days=30)
    assert [before.json()["rotting"], program.get(address).json()["rotting"]] == [False, True]
    assert program.put(f"{address}/marks/mql", headers={"If-Match": before.headers["ETag"]}).status_code == 200


def test_list_of_standings_takes_the_same_queries_however_long(program: Client, stages: list[Stage]) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            Standing.objects.create(person=Person.objects.create(name="Ida"), stage=stages[1])

    add(2)
    program.get("/api/v1/lifecycle/standings")
    few = queries(lambda: program.get("/api/v1/lifecycle/standings"))
    add(10)
    assert queries(lambda: program.get("/api/v1/lifecycle/standings")) == few
