"""What sellers must not see leaks nowhere: not by lists, counts, places, search, filters, files, tags or sentences."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.records.conftest import Make
from tragt.errors import NotAllowed, NotFound
from tragt.web.accounts.models import Organisation, Reach, Team, User
from tragt.web.people.actions.owners import assign
from tragt.web.people.kinds import PERSON
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.tags import tag
from tragt.web.records.listing import read
from tragt.web.records.models import Tag
from tragt.web.records.queries.pages import page
from tragt.web.records.queries.search import found
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def seller(organisation: Organisation, make_user: Callable[..., User]) -> User:
    """A seller who sees their own records and those of nobody."""
    organisation.sellers_see = Reach.OWN
    organisation.save()
    return make_user("seller")


@pytest.fixture
def hidden(person: Make, make_user: Callable[..., User], seller: User) -> Person:
    """Somebody else's person, among one of the seller's and one of nobody."""
    other = make_user("manager")
    firm = Company.objects.create(key="hemmelig", name="Hemmelig A/S", owner=other)
    secret = person("Karla Hemmelig", email="karla@hemmelig.dk", phone="+4511223344", owner=other)
    person("Bo Egen", owner=seller, company=firm)
    person("Ida Ingens")
    return secret


def _owner(one: Person) -> User:
    assert one.owner is not None
    return one.owner


def listed(user: User, query: str) -> list[str]:
    return [row.name for row in page(read(PERSON, PERSON.columns, QueryDict(query)), user).records]


def test_how_far_a_seller_sees_is_read_once_a_page_and_anew_for_the_next(
    seller: User, hidden: Person, client_of: SignIn
) -> None:
    seller.team = Team.objects.create(name="North")
    seller.save()
    Organisation.objects.update(sellers_see=Reach.TEAM)
    client = client_of(seller)
    client.get("/people/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/people/").content.decode()
    texts = [one["sql"] for one in asked.captured_queries]
    assert sum("sellers_see" in one and "time_zone" not in one for one in texts) == 1
    assert sum('"team_id" = ' in one for one in texts) == 1
    assert hidden.name not in page
    owner = _owner(hidden)
    owner.team = seller.team
    owner.save()
    assert hidden.name in client.get("/people/").content.decode()


def test_list_of_a_seller_has_their_own_and_nobodys(seller: User, hidden: Person) -> None:
    assert sorted(listed(seller, "")) == ["Bo Egen", "Ida Ingens"]
    assert page(read(PERSON, PERSON.columns, QueryDict("")), seller).number == 2
    assert listed(seller, f"owner.any={hidden.owner_id}") == listed(seller, "name.contains=karla") == []
    assert listed(seller, "email.starts=karla") == listed(seller, f"after={hidden.pk}&name.is=x") == []


def test_filter_by_a_company_that_a_seller_does_not_see_finds_nobody(seller: User, hidden: Person) -> None:
    assert listed(seller, "company.contains=hemmelig") == []
    assert listed(_owner(hidden), "company.contains=hemmelig") == ["Bo Egen"]


@pytest.mark.parametrize("text", ["karla", "k", "karla@hemmelig.dk", "+4511223344", "223344", "hemmelig"])
def test_search_of_a_seller_finds_nothing_of_others(seller: User, hidden: Person, text: str) -> None:
    assert found(text, seller, 10) == []
    assert hidden.pk in [one.record.pk for one in found(text, _owner(hidden), 10)]


def test_pages_and_files_of_a_seller_name_nobody_else(
    seller: User, hidden: Person, client_of: SignIn, organisation: Organisation
) -> None:
    client = client_of(seller)
    for address in ("/people/", "/people/?name.contains=karla", f"/people/?before={hidden.pk}", "/palette/?q=hemmelig"):
        assert "Karla" not in client.get(address).content.decode(), address
    assert client.get("/people/list.csv").status_code == 403
    organisation.sellers_see = Reach.ALL
    organisation.save()
    assert "Karla" in client.get("/people/").content.decode()


def test_acts_on_what_is_not_seen_say_the_same_as_on_what_is_not_there(seller: User, hidden: Person) -> None:
    said = []
    for key in (hidden.pk, 999_999):
        with pytest.raises(NotFound) as refused:
            tag(PERSON, [key], "VIP", who=Who.of(seller))
        said.append(refused.value.message)
        with pytest.raises(NotFound) as refused:
            assign(PERSON, [key], seller.pk, who=Who.of(seller))
        said.append(refused.value.message)
    assert len(set(said)) == 1


def test_act_on_what_is_seen_but_somebody_elses_is_refused_whole(
    seller: User, hidden: Person, organisation: Organisation
) -> None:
    organisation.sellers_see, organisation.sellers_change = Reach.ALL, Reach.OWN
    organisation.save()
    own = Person.objects.get(name="Bo Egen")
    with pytest.raises(NotAllowed):
        assign(PERSON, [own.pk, hidden.pk], seller.pk, who=Who.of(seller))
    hidden.refresh_from_db()
    assert hidden.owner_id != seller.pk
    assert assign(PERSON, [own.pk], None, who=Who.of(seller)) == 1


def test_company_page_of_lists_is_closed_to_those_without_the_permission(
    client_of: SignIn, make_user: Callable[..., User]
) -> None:
    assert client_of(make_user("viewer")).get("/people/companies/").status_code == 200
    assert Client().get("/people/").status_code == 302


def test_list_offers_no_tag_that_stands_on_hidden_records_alone(
    seller: User, hidden: Person, client_of: SignIn
) -> None:
    own = Person.objects.get(name="Bo Egen")
    for name, marked in (("Hemmelig plan", hidden), ("Own plan", own)):
        marked.tags.add(Tag.objects.create(name=name))
    page = client_of(seller).get("/people/?add=tags").content.decode()
    assert "Own plan" in page
    assert "Hemmelig plan" not in page
    assert "Hemmelig plan" in client_of(_owner(hidden)).get("/people/?add=tags").content.decode()
