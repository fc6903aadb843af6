"""Persons who may be one: found, decided on, and the page where that is done."""

from collections.abc import Callable, Mapping

import polars as pl
import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.people.touching import call, learn
from tragt.errors import NotAllowed, NotFound
from tragt.web.accounts.models import Role, User
from tragt.web.jobs.models import Job
from tragt.web.jobs.worker import drain
from tragt.web.people.actions import (
    dismiss_duplicate,
    erase_person,
    find_duplicates,
    finish_erasures,
    join_duplicate,
    learn_people,
    merge,
    part_duplicate,
    recall_duplicate,
    undo_learning,
)
from tragt.web.people.models import Duplicate, Edge, Person, Reason
from tragt.web.people.queries import Standing, pairs, pairs_at
from tragt.web.people.queries.duplicates import MOST_SHARING, found_duplicates
from tragt.web.people.queries.identity import identity
from tragt.web.shell.acting import SYSTEM, Who

pytestmark = pytest.mark.django_db

PAGE = "/people/duplicates/"


def people(*rows: Mapping[str, object], cause: str = "import:1") -> None:
    learn_people(pl.DataFrame(rows, infer_schema_length=None), cause=cause, who=SYSTEM)


def found() -> set[tuple[str, str, str]]:
    find_duplicates()
    return set(Duplicate.objects.values_list("first", "second", "reason"))


def waiting(standing: str = Standing.OPEN) -> list[tuple[str, str]]:
    return [(pair.first.id, pair.second.id) for pair in pairs_at(pairs(standing), standing)]


@pytest.fixture
def anna_twice() -> int:
    """One pair with the same address; the key of its row."""
    people({"actor": "u:1", "email": "a@x.dk"}, {"actor": "u:2", "email": "a@x.dk"})
    find_duplicates()
    return int(Duplicate.objects.get().pk)


def test_duplicates_share_an_address_a_number_or_a_name_within_a_company() -> None:
    people(
        {"actor": "u:1", "name": "Anna Holm", "email": "anna@nordlys.dk", "phone": "+4533123456"},
        {"actor": "u:2", "name": "A. Holm", "email": "Anna@Nordlys.DK", "phone": None},
        {"actor": "u:3", "name": "Bo Berg", "email": "bo@gmail.com", "phone": "0045 33 12 34 56"},
        {"actor": "u:4", "name": "Anna Holm", "email": "other@gmail.com", "phone": None},
        {"actor": "u:5", "name": "Anna Holm", "email": "holm@fjord.dk", "phone": None},
    )
    assert found() == {("u:1", "u:2", "email"), ("u:1", "u:2", "name"), ("u:1", "u:3", "phone")}
    assert find_duplicates() == 0
    assert [len(pair.reasons) for pair in pairs_at(pairs(Standing.OPEN), Standing.OPEN)] == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_duplicates_are_compared_before_anything_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    people(*({"actor": f"u:{number}", "email": "a@x.dk"} for number in (1, 2, 3)))

    def meanwhile() -> set[tuple[str, str, Reason]]:
        rows = found_duplicates()
        assert not connection.in_atomic_block, "at a million persons this takes a quarter of a minute"
        erase_person("u:3", who=SYSTEM)
        return rows

    monkeypatch.setattr("tragt.web.people.actions.duplicates.found_duplicates", meanwhile)
    assert found() == {("u:1", "u:2", "email")}


def test_duplicates_address_of_very_many_is_a_mailbox() -> None:
    people(*({"actor": f"u:{number}", "email": "info@x.dk"} for number in range(MOST_SHARING + 1)))
    assert found() == set()


def test_duplicates_are_never_those_who_are_one_already_nor_two_visitors() -> None:
    people(
        *({"actor": actor, "email": "a@x.dk"} for actor in ("u:1", "u:2", "a:1", "a:2")),
        {"actor": "a:3", "email": "b@x.dk"},
        {"actor": "a:4", "email": "b@x.dk"},
    )
    merge("u:1", "u:2", who=SYSTEM)
    learn(call("touch", anonymous="a:1", user="u:2"))
    assert found() == {("a:2", "u:1", "email"), ("a:2", "u:2", "email")}


def test_duplicates_whose_reason_is_gone_go_and_those_dismissed_come_for_no_other_reason(anna_twice: int) -> None:
    dismiss_duplicate(anna_twice, who=SYSTEM)
    people({"actor": "u:1", "phone": "+4533123456"}, {"actor": "u:2", "phone": "+4533123456"}, cause="import:2")
    people({"actor": "u:3", "phone": "+4533123456"}, cause="import:3")
    assert found() == {("u:1", "u:2", "email"), ("u:1", "u:3", "phone"), ("u:2", "u:3", "phone")}
    undo_learning(cause="import:3", who=SYSTEM)
    assert found() == {("u:1", "u:2", "email")}
    assert waiting() == []


def test_duplicate_merged_parted_dismissed_and_recalled(anna_twice: int, owner: User) -> None:
    who = Who.of(owner)
    join_duplicate(anna_twice, who=who)
    assert (waiting(), waiting(Standing.MERGED)) == ([], [("u:1", "u:2")])
    assert identity().persons["person"].to_list() == ["u:1", "u:1"]
    part_duplicate(anna_twice, who=who)
    assert identity().persons.is_empty()
    assert (waiting(), waiting(Standing.MERGED)) == ([("u:1", "u:2")], [])
    dismiss_duplicate(anna_twice, who=who)
    assert (waiting(), waiting(Standing.DISMISSED)) == ([], [("u:1", "u:2")])
    recall_duplicate(anna_twice, who=who)
    assert waiting() == [("u:1", "u:2")]
    with pytest.raises(NotFound):
        part_duplicate(anna_twice, who=who)
    with pytest.raises(NotFound):
        join_duplicate(anna_twice + 1, who=who)


def test_duplicate_of_a_visitor_is_claimed_and_given_back() -> None:
    people({"actor": "u:1", "email": "a@x.dk"}, {"actor": "a:1", "email": "a@x.dk"})
    find_duplicates()
    key = Duplicate.objects.get().pk
    join_duplicate(key, who=SYSTEM)
    assert identity().spans.select("actor", "person").rows() == [("a:1", "u:1")]
    part_duplicate(key, who=SYSTEM)
    assert identity().spans.is_empty()


def test_duplicate_decisions_need_the_permission_to_edit_people(
    anna_twice: int, make_user: Callable[..., User]
) -> None:
    viewer = Who.of(make_user(Role.VIEWER))
    for decide in (join_duplicate, dismiss_duplicate, recall_duplicate):
        with pytest.raises(NotAllowed):
            decide(anna_twice, who=viewer)
    assert not Edge.objects.exists()


@pytest.mark.usefixtures("home")
def test_duplicates_of_one_who_is_erased_are_forgotten(anna_twice: int) -> None:
    join_duplicate(anna_twice, who=SYSTEM)
    part_duplicate(anna_twice, who=SYSTEM)
    erase_person("u:1", SYSTEM)
    finish_erasures()
    assert not Duplicate.objects.exists()


def test_page_shows_pairs_and_does_what_is_decided(anna_twice: int, owner_client: Client) -> None:
    assert "Same e-mail address" in owner_client.get(PAGE).content.decode()
    decision = {"pair": anna_twice, "decision": "join", "standing": "open"}
    answer = owner_client.post(PAGE + "decide/", decision, follow=True)
    assert "The two are one person now." in answer.content.decode()
    assert "Separate again" in owner_client.get(PAGE, {"standing": "merged"}).content.decode()
    again = owner_client.post(PAGE + "decide/", {**decision, "decision": "part", "standing": "merged"}, follow=True)
    assert "separate persons again" in again.content.decode()
    late = owner_client.post(PAGE + "decide/", {**decision, "decision": "part"}, follow=True)
    assert "decided already" in late.content.decode()
    assert owner_client.post(PAGE + "decide/", {**decision, "decision": "burn"}).status_code == 400
    assert owner_client.get(PAGE, {"standing": "burnt"}).status_code == 404


def test_page_looks_again_when_asked(owner_client: Client) -> None:
    people({"actor": "u:1", "email": "a@x.dk"}, {"actor": "u:2", "email": "a@x.dk"})
    assert "being compared" in owner_client.post(PAGE + "look/", follow=True).content.decode()
    assert "Look again" not in owner_client.get(PAGE).content.decode()
    drain()
    assert Job.objects.get(subject="duplicates").state == "done"
    assert waiting() == [("u:1", "u:2")]


def test_page_is_for_those_who_edit_people(
    anna_twice: int, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    viewer, seller = client_of(make_user(Role.VIEWER)), client_of(make_user(Role.SELLER))
    assert (viewer.get(PAGE).status_code, seller.get(PAGE).status_code) == (403, 200)
    assert viewer.post(PAGE + "decide/", {"pair": anna_twice, "decision": "join"}).status_code == 403
    assert viewer.post(PAGE + "look/").status_code == 403


def test_page_number_of_queries_does_not_grow_with_the_pairs(
    owner_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people(*({"actor": f"u:{number}", "email": f"{number // 2}@x.dk"} for number in range(40)))
    find_duplicates()
    owner_client.get(PAGE)
    for keep in (20, 3):
        kept = Duplicate.objects.values_list("pk", flat=True)[:keep]
        Duplicate.objects.exclude(pk__in=list(kept)).delete()
        with django_assert_num_queries(15):
            assert len(owner_client.get(PAGE).context["pairs"]) == keep
    assert Person.objects.count() == 40
