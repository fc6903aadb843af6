"""Timelines, rights and duplicates for programs."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.test import Client

from tests.web.people.conftest import START, Put
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.jobs.models import Job
from tragt.web.people.actions import find_duplicates, learn_people
from tragt.web.people.models import Company, Erasure, Person
from tragt.web.shell.acting import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "home")]

JSON = "application/json"
API = "/api/v1"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def learn(*rows: tuple[str, str, str | None, str | None]) -> None:
    people = pl.DataFrame(rows, ["actor", "name", "email", "company"], orient="row")
    learn_people(people, cause="import:1", who=SYSTEM)


@pytest.fixture
def anna(put: Put) -> Person:
    """Somebody who did much, at a company where another one is."""
    put([("Page Viewed", "u:1", START + timedelta(hours=number), {"n": number}) for number in range(120)])
    put([("Signed Up", "u:2", START, {"secret": "x"}), ("Fetched", "u:1", START, {}, {"human": 0.1})], batch="import:2")
    learn(("u:1", "Anna", "anna@nord.dk", "Nord"), ("u:2", "Bo", "bo@nord.dk", "Nord"))
    return Person.objects.get(name="Anna")


def touches(program: Client, address: str, **asked: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cursor: dict[str, str] = {}
    for _page in range(10):
        answer = program.get(f"{API}{address}/timeline", asked | cursor)
        assert answer.status_code == 200, answer.content
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        cursor = {"cursor": answer.json()["next"]}
    raise AssertionError


def test_timeline_of_a_person_is_walked_once_newest_first(program: Client, anna: Person) -> None:
    found = touches(program, f"/persons/{anna.pk}")
    assert [one["properties"] for one in found] == [{"n": number} for number in reversed(range(120))]
    assert len(touches(program, f"/persons/{anna.pk}", robots="true")) == 121
    assert len(touches(program, f"/persons/{anna.pk}", start="2026-03-02", end="2026-03-02")) == 24
    assert touches(program, f"/persons/{anna.pk}", name="Signed Up") == []
    assert touches(program, f"/persons/{anna.pk}", source="elsewhere") == []
    for wrong in ({"cursor": "x"}, {"start": "yesterday"}, {"start": "0001-01-01"}, {"robots": "perhaps"}):
        assert program.get(f"{API}/persons/{anna.pk}/timeline", wrong).status_code == 422


def test_timeline_of_a_company_tells_of_a_person_who_is_not_seen_only_that_something_happened(
    program: Client,
    anna: Person,
    owner: User,
    organisation: Organisation,
    make_user: Callable[..., User],
    program_of: Callable[..., Client],
) -> None:
    company = f"/companies/{Company.objects.get(name='Nord').pk}"
    signed = next(one for one in touches(program, company) if one["name"] == "Signed Up")
    assert (signed["person"], signed["actor"]) == (Person.objects.get(name="Bo").pk, "u:2")
    organisation.sellers_see = Reach.OWN
    organisation.save()
    Person.objects.filter(name="Bo").update(owner=owner)
    found = touches(program_of(make_user(Role.SELLER)), company)
    signed = next(one for one in found if one["name"] == "Signed Up")
    assert (signed["person"], signed["actor"], signed["properties"], signed["said"]) == (None, None, {}, [])
    assert {one["person"] for one in found if one["name"] == "Page Viewed"} == {anna.pk}


def test_person_is_taken_along_and_let_go(program: Client, anna: Person, home: Path) -> None:
    assert home.exists()
    answer = program.get(f"{API}/persons/{anna.pk}/export")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    held = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert any(b"anna@nord.dk" in held.read(name) for name in held.namelist())
    gone = program.post(f"{API}/persons/{anna.pk}/erasures", {"kind": "erase"}, JSON)
    assert (gone.status_code, gone.json()["finished"]) == (202, None)
    assert program.get(gone.headers["Location"]).json() == gone.json()
    assert program.get(f"{API}/persons/{anna.pk}").status_code == 404
    assert program.post(f"{API}/persons/{anna.pk}/erasures", {"kind": "erase"}, JSON).status_code == 404
    bo = Person.objects.get(name="Bo")
    assert program.post(f"{API}/persons/{bo.pk}/erasures", {"kind": "anonymise"}, JSON).status_code == 202
    assert program.post(f"{API}/persons/{bo.pk}/erasures", {"kind": "hide"}, JSON).status_code == 422
    assert [one.kind for one in Erasure.objects.order_by("pk")] == ["erase", "anonymise"]


def test_only_those_who_may_take_persons_along_or_let_them_go(
    anna: Person, make_user: Callable[..., User], program_of: Callable[..., Client]
) -> None:
    theirs = program_of(make_user(Role.SELLER))
    assert theirs.get(f"{API}/persons/{anna.pk}/export").status_code == 403
    assert theirs.post(f"{API}/persons/{anna.pk}/erasures", {"kind": "erase"}, JSON).status_code == 403
    given = program_of(make_user(Role.MARKETING)).get(f"{API}/persons/{anna.pk}/export")
    assert (given.status_code, b"".join(given.streaming_content)[:2]) == (200, b"PK")  # type: ignore[attr-defined]


def test_pairs_are_decided_on_and_decisions_taken_back(program: Client) -> None:
    learn(*((f"u:{number}", f"P{number}", f"p{number // 2}@x.dk", None) for number in range(6)))
    find_duplicates()
    first = program.get(f"{API}/duplicates", {"limit": 2}).json()
    rest = program.get(f"{API}/duplicates", {"limit": 2, "cursor": first["next"]}).json()
    pairs = first["items"] + rest["items"]
    assert [(one["first"]["label"], one["second"]["label"]) for one in pairs] == [
        ("P0", "P1"),
        ("P2", "P3"),
        ("P4", "P5"),
    ]
    assert rest["next"] is None
    join, dismiss = (f"{API}/duplicates/{pairs[number]['id']}" for number in (0, 1))
    assert program.post(f"{join}/join").json()["undone"] is None
    assert program.post(f"{dismiss}/dismiss").status_code == 204

    def standing() -> list[int]:
        asked = ("open", "merged", "dismissed")
        return [len(program.get(f"{API}/duplicates", {"standing": one}).json()["items"]) for one in asked]

    assert standing() == [1, 1, 1]
    assert program.post(f"{join}/part").status_code == program.post(f"{dismiss}/recall").status_code == 204
    assert standing() == [3, 0, 0]
    assert program.post(f"{join}/part").status_code == 404
    assert program.post(f"{API}/duplicates/999999/join").status_code == 404
    assert program.post(f"{API}/duplicates/look").status_code == 202
    assert Job.objects.filter(name="people.find_duplicates").count() == 1


def test_persons_are_merged_and_parted_again(program: Client) -> None:
    learn(("u:1", "Anna", None, None), ("u:2", "Anne", None, None))
    first, second = Person.objects.order_by("pk").values_list("pk", flat=True)
    two = {"first": first, "second": second}
    made = program.post(f"{API}/merges", two, JSON)
    assert (made.status_code, made.json()["undone"]) == (201, None)
    assert program.post(f"{API}/merges", two, JSON).status_code == 422
    assert program.post(f"{API}/merges", {"first": first, "second": 999_999}, JSON).status_code == 422
    parted = program.delete(f"{API}/merges/{made.json()['id']}")
    assert parted.json()["undone"] is not None
    assert program.delete(f"{API}/merges/{made.json()['id']}").status_code == 404


def test_who_is_who_is_decided_only_by_those_who_reach_everyone(
    organisation: Organisation, make_user: Callable[..., User], program_of: Callable[..., Client]
) -> None:
    theirs = program_of(make_user(Role.SELLER))
    assert theirs.get(f"{API}/duplicates").status_code == 200
    organisation.sellers_change = Reach.OWN
    organisation.save()
    assert theirs.get(f"{API}/duplicates").status_code == 403
    assert theirs.post(f"{API}/merges", {"first": 1, "second": 2}, JSON).status_code == 403
