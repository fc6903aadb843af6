"""Leading a person through the lifecycle by hand, from the page of the person."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import Organisation, User
from tragt.web.crm.actions.pipelines import make_pipeline
from tragt.web.crm.models import Passage, Pipeline, Stage, Standing
from tragt.web.people.models import Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db


@pytest.fixture
def lifecycle() -> Pipeline:
    return make_pipeline("five", who=COMMAND_LINE)


@pytest.fixture
def person() -> Person:
    one = Person.objects.create(name="Ida Lund")
    Identifier.objects.create(actor="u:ida", person=one)
    return one


def test_page_offers_stages_and_marks_and_shows_where_the_person_is(
    owner_client: Client, lifecycle: Pipeline, person: Person
) -> None:
    stage = lifecycle.stages.all()[2]
    page = owner_client.get(f"/people/{person.pk}/").content.decode()
    assert "In no stage yet." in page
    assert 'name="mark" value="mql"' in page
    answer = owner_client.post(f"/lifecycle/{person.pk}/", {"do": "stage", "stage": stage.pk})
    assert answer["Location"] == f"/people/{person.pk}/"
    assert Standing.objects.get().stage == stage
    page = owner_client.get(f"/people/{person.pk}/").content.decode()
    assert f"<b>{stage.name}</b>" in page
    assert f'<option value="{stage.pk}" selected>' in page


def test_marks_are_given_and_taken(owner_client: Client, lifecycle: Pipeline, person: Person) -> None:  # noqa: ARG001
    owner_client.post(f"/lifecycle/{person.pk}/", {"mark": "sql", "next": "https://evil.example"})
    standing = Standing.objects.get()
    assert standing.sql is not None
    assert standing.mql is None
    assert 'name="take" value="sql"' in owner_client.get(f"/people/{person.pk}/").content.decode()
    owner_client.post(f"/lifecycle/{person.pk}/", {"take": "sql"})
    assert Standing.objects.get().sql is None
    assert list(Passage.objects.filter(mark="sql").values_list("taken", flat=True)) == [False, True]


def test_what_cannot_be_changes_nothing(
    owner_client: Client,
    lifecycle: Pipeline,
    person: Person,
    client_of: Callable[[User], Client],
    make_user: Callable[..., User],
) -> None:
    address = f"/lifecycle/{person.pk}/"
    other = Stage.objects.create(pipeline=Pipeline.objects.create(name="Sales"), name="Need", position=0)
    for given in ({"stage": other.pk}, {"stage": "x"}, {"stage": 10**30}, {}):
        assert owner_client.post(address, given).status_code == 404, given
    assert owner_client.post(address, {"mark": "hot"}, follow=True).status_code == 200
    assert owner_client.get(address).status_code == 405
    assert owner_client.post("/lifecycle/999999/", {"mark": "mql"}).status_code == 404
    viewer, seller = make_user("viewer"), make_user("seller")
    assert client_of(viewer).post(address, {"mark": "mql"}).status_code == 403
    assert 'name="mark"' not in client_of(viewer).get(f"/people/{person.pk}/").content.decode()
    Organisation.objects.update(sellers_see="own", sellers_change="own")
    Person.objects.update(owner=viewer)
    assert client_of(seller).post(address, {"mark": "mql"}).status_code == 404
    Organisation.objects.update(sellers_see="all")
    page = client_of(seller).post(address, {"mark": "mql"}, follow=True).content.decode()
    assert "belongs to somebody else" in page
    assert not Standing.objects.exists()
    assert lifecycle.stages.exists()


def test_page_without_a_lifecycle_does_not_speak_of_it(owner_client: Client, person: Person) -> None:
    assert 'name="mark"' not in owner_client.get(f"/people/{person.pk}/").content.decode()
    page = owner_client.post(f"/lifecycle/{person.pk}/", {"mark": "mql"}, follow=True).content.decode()
    assert not Standing.objects.exists()
    assert "There is no lifecycle with a stage yet." in page
