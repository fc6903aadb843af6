"""How much a key may ask a minute, and what it may learn of what it does not see."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from tragt.web.accounts.models import Organisation, Reach, Role, Team, User
from tragt.web.api import repeats
from tragt.web.api.limits import GUESSES
from tragt.web.crm.models import Activity, Deal, Pipeline, Stage
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Tag
from tragt.web.shell import limits as clock

pytestmark = pytest.mark.django_db

JSON = "application/json"
API = "/api/v1"
ProgramOf = Callable[..., Client]


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands until it is set."""
    told = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: told.now))
    return told


def allow(settings: Settings, **limits: int) -> None:
    """Let keys ask for so much a minute."""
    given = {name: getattr(settings.TRAGT, name) for name in ("public_address", "file_limit_mb")}
    usual = {"api_requests_a_minute": 6000, "api_rows_a_minute": 300_000}
    settings.TRAGT = SimpleNamespace(**given, **{**usual, **limits})


def test_key_that_asks_too_often_waits_as_long_as_it_is_told_and_others_do_not(
    owner: User, program_of: ProgramOf, settings: Settings, moment: SimpleNamespace
) -> None:
    allow(settings, api_requests_a_minute=3)
    program, other = program_of(owner), program_of(owner)
    assert [program.get(f"{API}/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = program.get(f"{API}/me")
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("api.too_many", "20")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert other.get(f"{API}/me").status_code == 200
    moment.now += 20
    assert [program.get(f"{API}/me").status_code for _ in range(2)] == [200, 429]


def test_key_pays_for_the_rows_that_it_reads_and_sends(
    owner: User, program_of: ProgramOf, settings: Settings, moment: SimpleNamespace
) -> None:
    allow(settings, api_rows_a_minute=6)
    Team.objects.bulk_create(Team(name=f"Team {number}") for number in range(7))
    program = program_of(owner)
    assert len(program.get(f"{API}/teams").json()["items"]) == 7
    refused = program.get(f"{API}/me")
    assert refused.status_code == 429
    assert "items a minute" in refused.json()["detail"]
    moment.now += int(refused.headers["Retry-After"])
    items = [{"name": f"Person {number}"} for number in range(20)]
    assert program.post(f"{API}/persons/bulk", {"items": items}, JSON).status_code == 200
    assert program.get(f"{API}/me").headers["Retry-After"] == "200"


def test_repeat_is_paid_for_as_the_request_was(
    owner: User, program_of: ProgramOf, settings: Settings, moment: SimpleNamespace
) -> None:
    allow(settings, api_requests_a_minute=6)
    program, once = program_of(owner), {"Idempotency-Key": "one"}

    def asked(**body: object) -> int:
        return program.post(f"{API}/persons", body, JSON, headers=once).status_code

    assert [asked(name="Ada"), asked(name="Ada"), asked(name="Bo")] == [201, 201, 422]
    long = program.post(f"{API}/persons", {"name": "Ada"}, JSON, headers={"Idempotency-Key": "x" * 256})
    assert (long.status_code, long.json()["code"]) == (422, "api.repeat_key")
    assert [asked(name="Ada") for _ in range(4)] == [201, 201, 429, 429]
    moment.now += 60
    assert asked(name="Ada") == 201


def test_request_that_may_be_repeated_is_refused_before_it_is_read(
    owner: User, program_of: ProgramOf, settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: SimpleNamespace
) -> None:
    allow(settings, api_requests_a_minute=2)
    program, digest = program_of(owner), repeats._digest
    read: list[HttpRequest] = []

    def noted(request: HttpRequest) -> str:
        read.append(request)
        return digest(request)

    monkeypatch.setattr(repeats, "_digest", noted)

    def asked(key: str) -> int:
        answer = program.post(f"{API}/persons", {"name": key}, JSON, headers={"Idempotency-Key": key})
        return answer.status_code

    assert [asked("one"), asked("two"), asked("three")] == [201, 201, 429]
    assert len(read) == 2
    moment.now += 30
    assert [asked("three"), asked("four")] == [201, 429]


def test_repeat_of_a_list_is_paid_for_by_its_items(
    owner: User, program_of: ProgramOf, settings: Settings, moment: SimpleNamespace
) -> None:
    allow(settings, api_rows_a_minute=30)
    items = [{"name": f"Person {number}"} for number in range(20)]
    program, once = program_of(owner), {"Idempotency-Key": "one"}
    sent = [program.post(f"{API}/persons/bulk", {"items": items}, JSON, headers=once) for _ in range(3)]
    assert [one.status_code for one in sent] == [200, 200, 429]
    moment.now += int(sent[-1].headers["Retry-After"])
    again = program.post(f"{API}/persons/bulk", {"items": items}, JSON, headers=once)
    assert again.headers["Idempotent-Replay"] == "true"
    assert Person.objects.count() == 20


def test_export_of_a_list_is_paid_for_by_all_its_rows(
    owner: User, program_of: ProgramOf, settings: Settings, moment: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(settings, api_rows_a_minute=6)
    monkeypatch.setattr("tragt.web.records.queries.pages.MOST_COUNTED", 3)
    Person.objects.bulk_create(Person(name=f"Person {number}") for number in range(26))
    program = program_of(owner)
    answer = program.get(f"{API}/persons/file")
    assert len(b"".join(answer).strip().splitlines()) == 27
    assert program.get(f"{API}/me").headers["Retry-After"] == "200"
    moment.now += 200
    assert program.get(f"{API}/me").status_code == 200


def test_board_and_day_are_paid_for_by_what_they_list(
    owner: User, program_of: ProgramOf, settings: Settings, moment: SimpleNamespace
) -> None:
    allow(settings, api_rows_a_minute=60)
    stage = Stage.objects.create(pipeline=Pipeline.objects.create(name="Sales"), name="Contact", position=0)
    Deal.objects.bulk_create(
        Deal(key=f"d{number}", name="Lamps", pipeline=stage.pipeline, stage=stage, currency="DKK", owner=owner)
        for number in range(70)
    )
    program = program_of(owner)
    board = program.get(f"{API}/pipelines/{stage.pipeline_id}/board", {"cards": 70})
    assert [len(column["cards"]) for column in board.json()["columns"]] == [70]
    assert program.get(f"{API}/me").headers["Retry-After"] == "10"
    moment.now += 70
    Activity.objects.bulk_create(Activity(kind="task", title="Call", owner=owner) for _ in range(70))
    day = program.get(f"{API}/today", {"limit": 70}).json()
    assert len(day["someday"]) == 70
    assert program.get(f"{API}/me").headers["Retry-After"] == "10"


@pytest.fixture
def seller(organisation: Organisation, make_user: Callable[..., User], owner: User) -> User:
    """A seller who sees only their own, beside many records of the owner."""
    organisation.sellers_see = Reach.OWN
    organisation.save()
    Person.objects.bulk_create(Person(name="P", email=f"p{number}@x.dk", owner=owner) for number in range(60))
    Company.objects.create(key="nord", name="Nord", owner=owner)
    return make_user(Role.SELLER)


def hidden(program: Client, *numbers: int) -> Any:
    """Name persons by address whom the seller does not see."""
    return program.post(f"{API}/persons/bulk", {"items": [{"email": f"p{one}@x.dk"} for one in numbers]}, JSON)


def test_list_of_guesses_is_refused_whole_and_tells_none_apart(seller: User, program_of: ProgramOf) -> None:
    program = program_of(seller)
    few = hidden(program, 1, 2).json()
    assert [one["status"] for one in few["items"]] == [409, 409]
    before = Person.objects.count()
    many = program.post(f"{API}/persons/bulk", {"items": [{"email": f"p{one}@x.dk"} for one in range(50, 70)]}, JSON)
    assert (many.status_code, many.json()["code"]) == (409, "people.many_hidden")
    assert Person.objects.count() == before, "nothing was made of those that are new, so they are not told apart"


def test_key_that_guesses_too_often_changes_nothing_for_a_time_whether_it_hits_or_not(
    seller: User, program_of: ProgramOf, moment: SimpleNamespace
) -> None:
    program = program_of(seller)
    for number in range(int(GUESSES.burst) + 1):
        asked = {"email": f"p{number}@x.dk"} if number % 2 else {"name": "Nord"}
        answer = program.post(f"{API}/{'persons' if number % 2 else 'companies'}", asked, JSON)
        assert answer.json()["code"].endswith("hidden"), answer.content
    for email in ("p1@x.dk", "nobody@x.dk"):
        refused = program.post(f"{API}/persons", {"email": email}, JSON)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
    assert program.get(f"{API}/persons").status_code == 200, "reading goes on"
    moment.now += 3
    assert program.post(f"{API}/persons", {"email": "nobody@x.dk"}, JSON).status_code == 201


def test_tags_that_stand_on_hidden_records_alone_are_not_told(seller: User, owner: User, program_of: ProgramOf) -> None:
    both, theirs, nobodys, own = (Tag.objects.create(name=name) for name in ("Both", "Theirs", "Nobody's", "Own"))
    mine = Person.objects.create(name="Mine", owner=seller)
    mine.tags.add(both, own)
    Person.objects.filter(name="P").first().tags.add(both, theirs)  # type: ignore[union-attr]
    Company.objects.get().tags.add(theirs)
    shown = [one["name"] for one in program_of(seller).get(f"{API}/tags").json()["items"]]
    assert sorted(shown) == ["Both", "Nobody's", "Own"]
    assert len(program_of(owner).get(f"{API}/tags").json()["items"]) == 4
    address = f"{API}/persons/{mine.pk}/tags"
    gone = [program_of(seller).delete(f"{address}/{name}") for name in ("Theirs", "Neverheard")]
    assert [one.status_code for one in gone] == [404, 404]
    assert gone[0].json()["detail"].replace("Theirs", "x") == gone[1].json()["detail"].replace("Neverheard", "x")
    assert nobodys.pk


def test_users_are_told_by_name_and_team_to_keys_that_may_not_see_users(
    make_user: Callable[..., User], owner: User, program_of: ProgramOf
) -> None:
    gone = make_user(Role.SELLER, "gone@example.org", "Gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    viewer = make_user(Role.VIEWER)
    program = program_of(viewer)
    shown = program.get(f"{API}/users").json()["items"]
    assert [(one["name"], one["email"], one["role"]) for one in shown] == [
        (owner.name, None, None),
        (viewer.name, None, None),
    ]
    unseen, never = program.get(f"{API}/users/{gone.pk}"), program.get(f"{API}/users/999")
    assert (unseen.status_code, never.status_code) == (404, 404)
    assert unseen.json()["detail"].replace(str(gone.pk), "") == never.json()["detail"].replace("999", "")
    assert program.get(f"{API}/users/{owner.pk}").json()["email"] is None
    assert program.get(f"{API}/me").json()["email"] == viewer.email
    manager = make_user(Role.MANAGER)
    every = program_of(manager).get(f"{API}/users").json()["items"]
    assert {one["email"] for one in every} == set(User.objects.values_list("email", flat=True))
    assert [one["active"] for one in every if one["name"] == "Gone"] == [False]
    weak = program_of(manager, Role.SELLER).get(f"{API}/users").json()["items"]
    assert {one["email"] for one in weak} == {None}, "a key may do no more than its role"


def test_two_who_do_what_does_not_go_together_at_once_are_told_so(
    owner: User, program_of: ProgramOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raced(*_: object, **__: object) -> None:
        raise IntegrityError("UNIQUE constraint failed")

    monkeypatch.setattr("tragt.web.crm.api.reasons.acts.add_reason", raced)
    answer = program_of(owner).post(f"{API}/reasons", {"name": "Late"}, JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "api.raced")
    assert "UNIQUE" not in answer.content.decode()


def test_change_of_nothing_is_refused_and_makes_no_version(owner: User, program_of: ProgramOf) -> None:
    program = program_of(owner)
    made = program.post(f"{API}/webhooks", {"name": "Till", "address": "https://hooks.example.org/a"}, JSON)
    address = made.headers["Location"]
    tag = program.get(address).headers["ETag"]
    assert program.patch(address, {}, JSON).json()["code"] == "api.nothing"
    assert program.get(address).headers["ETag"] == tag
