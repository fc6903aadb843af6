"""What a text finds: the order, the letters, and that the index follows every way of writing."""

from collections.abc import Callable

import polars as pl
import pytest
from django.db import connection

from tests.web.records.conftest import START, Make
from tragt.web.accounts.models import User
from tragt.web.people.actions import learn_people
from tragt.web.people.bulk import insert, update
from tragt.web.people.models import Company, Person
from tragt.web.records.actions.search_index import compact_search_index, ensure_search_index
from tragt.web.records.queries import search
from tragt.web.records.queries.search import found
from tragt.web.shell.acting import SYSTEM

pytestmark = pytest.mark.django_db


def names(text: str, user: User) -> list[str]:
    return [str(one.record) for one in found(text, user, 10)]


def test_search_ranks_exact_before_beginning_before_word_before_inside(person: Make, owner: User) -> None:
    for name in ("Ernst Holmboe", "Trine Granholm", "Holmboe", "Holm", "Bo Holm"):
        person(name)
    assert names("holm", owner) == ["Holm", "Holmboe", "Bo Holm", "Ernst Holmboe", "Trine Granholm"]


@pytest.mark.parametrize(
    "text", ["åse", "ÅSE", "å", "Ås", "berg åse", "åse@nordlys", "4433", "+45 22 33 44 33", "ngstr"]
)
def test_search_finds_a_person_by_any_part_in_any_capitals(person: Make, owner: User, text: str) -> None:
    person("Åse Bergström-Ångström", email="åse@nordlys.dk", phone="+4522334433")
    person("Bo Holm")
    assert names(text, owner) == ["Åse Bergström-Ångström"]


@pytest.mark.parametrize("looked_at", [1, 100])
def test_search_of_several_words_finds_those_of_one_column_and_of_several(
    person: Make, owner: User, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_LOOKED_AT", looked_at)
    person("Anna Holm", email="anna@nordlys.dk")
    person("Karla Nordlys-Holm")
    person("Anna Berg", email="berg@nordlys.dk")
    every = {"Anna Holm", "Karla Nordlys-Holm"}
    assert set(names("holm nordlys", owner)) <= every
    assert len(names("holm nordlys", owner)) == min(looked_at, 2)


@pytest.mark.parametrize("text", ['"', "*", 'holm" OR name', "NEAR(holm", "%", "' --", "\\", "a AND", "(", "{name}: x"])
def test_search_takes_any_signs_as_letters(person: Make, owner: User, text: str) -> None:
    person("Bo Holm")
    assert names(text, owner) == []


def test_search_finds_companies_and_persons_together(
    person: Make, company: Callable[..., Company], owner: User
) -> None:
    person("Bo Nordlys")
    company("Nordlys A/S", domain="nordlys.dk")
    assert names("nordlys", owner) == ["Nordlys A/S", "Bo Nordlys"]
    assert names("nordlys.d", owner) == ["Nordlys A/S"]


def test_index_follows_bulk_writing_changing_striking_and_deleting(organisation: object, owner: User) -> None:  # noqa: ARG001
    learn_people(pl.DataFrame([{"actor": "u:1", "name": "Bulk Writer"}]), cause="import:1", who=SYSTEM)
    insert(Person, ("name", "email", "phone", "traits", "created", "updated"), [("Raw Copy", "", "", {}, START, START)])
    assert names("writer", owner) == ["Bulk Writer"]
    key = Person.objects.get(name="Raw Copy").pk
    assert names("copy", owner) == ["Raw Copy"]
    update(Person, ("name",), [("Renamed", key)])
    assert (names("copy", owner), names("renamed", owner)) == ([], ["Renamed"])
    Person.objects.filter(pk=key).update(struck=START)
    assert _held("renamed") == 0
    Person.objects.filter(pk=key).update(struck=None)
    assert names("renamed", owner) == ["Renamed"]
    Person.objects.filter(pk=key).delete()
    assert names("renamed", owner) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's own vacuum does it")
def test_index_holds_no_letters_of_those_who_are_gone(person: Make) -> None:
    for number in range(30):
        person(f"Person {number}")
    gone = person("Xq Zyxwvutsrq")
    compact_search_index()
    assert _bytes(b"zyx"), "the control: the index must have held them"
    gone.delete()
    compact_search_index()
    assert not _bytes(b"zyx")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="triggers are SQLite's")
def test_index_is_made_anew_where_a_table_lost_its_triggers(person: Make, owner: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER tragt_search_person_insert")
    person("Missed Somebody")
    assert names("missed", owner) == ["Missed Somebody"], "found by its beginning"
    assert names("somebody", owner) == []
    ensure_search_index()
    assert names("somebody", owner) == ["Missed Somebody"]


def _held(text: str) -> int:
    if connection.vendor != "sqlite":
        return Person.objects.filter(name__icontains=text, struck=None).count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tragt_search_person WHERE tragt_search_person MATCH %s", [f'"{text}"'])
        return int(cursor.fetchone()[0])


def _bytes(letters: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM tragt_search_person_data")
        return any(letters in bytes(block) for (block,) in cursor.fetchall())
