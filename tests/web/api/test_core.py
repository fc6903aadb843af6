"""What all operations share: keys, problems, pages, tags, repeats."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from tragt.web.accounts import actions
from tragt.web.accounts.models import ApiKey, AuditRow, Organisation, Reach, Role, Team, User
from tragt.web.accounts.reach import visible_owners
from tragt.web.api.models import Answer
from tragt.web.api.personal_data import STORES
from tragt.web.shell.acting import Who
from tragt.web.shell.personal import Subject

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.api.teams")]

TEAMS = "/api/v1/teams"
JSON = "application/json"
ProgramOf = Callable[..., Client]
MakeUser = Callable[..., User]


@pytest.fixture
def program(owner: User, program_of: ProgramOf) -> Client:
    """A program of the owner."""
    return program_of(owner)


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """What an answer says went wrong, once it is sure that it is the problem that was expected."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.content
    said: dict[str, Any] = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["title"]
    assert said["detail"]
    return said


# ---------------------------------------------------------------- keys


def test_key_that_is_missing_wrong_or_revoked_is_asked_for(program: Client) -> None:
    assert program.get(TEAMS).status_code == 200
    ApiKey.objects.update(revoked="2026-01-01T00:00Z")
    for client in (
        program,
        Client(),
        Client(headers={"Authorization": "Bearer \0"}),
        Client(headers={"Authorization": "Basic x"}),
    ):
        answer = client.get(TEAMS)
        problem(answer, 401, "api.key")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_key_of_a_user_who_was_deactivated_works_no_more(
    owner: User, make_user: MakeUser, program_of: ProgramOf
) -> None:
    manager = make_user(Role.MANAGER)
    program = program_of(manager)
    assert program.get(TEAMS).status_code == 200
    actions.deactivate(Who.of(owner), manager)
    problem(program.get(TEAMS), 401, "api.key")


def test_session_of_a_browser_is_no_key(owner_client: Client) -> None:
    problem(owner_client.get(TEAMS), 401, "api.key")
    problem(owner_client.post(TEAMS, {"name": "North"}, JSON), 401, "api.key")


def test_key_does_no_more_than_its_role_and_no_more_than_its_user(
    owner: User, make_user: MakeUser, program_of: ProgramOf
) -> None:
    weak = program_of(owner, Role.VIEWER)
    problem(weak.post(TEAMS, {"name": "North"}, JSON), 403, "accounts.not_allowed")
    manager = make_user(Role.MANAGER)
    program = program_of(manager)
    assert program.post(TEAMS, {"name": "North"}, JSON).status_code == 201
    actions.change_role(Who.of(owner), manager, Role.SELLER)
    problem(program.post(TEAMS, {"name": "South"}, JSON), 403, "accounts.not_allowed")


def test_key_of_a_seller_has_the_reach_of_the_seller_whatever_its_role(
    organisation: Organisation, make_user: MakeUser
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    seller, manager = make_user(Role.SELLER), make_user(Role.MANAGER)
    assert visible_owners(seller.within(Role.VIEWER)) == frozenset({seller.pk})
    assert visible_owners(manager.within(Role.SELLER)) == frozenset({manager.pk})
    assert visible_owners(manager.within(Role.VIEWER)) is None
    assert (manager.reaching, seller.within(Role.OWNER).reaching) == (Role.VIEWER, Role.SELLER)


def test_act_of_a_program_says_so_in_the_audit(program: Client, owner: User) -> None:
    program.post(TEAMS, {"name": "North"}, JSON)
    row = AuditRow.objects.get(verb="teams.edit")
    assert (row.kind, row.user, row.details) == ("key", owner, {"api_key": ApiKey.objects.get().pk})


# ---------------------------------------------------------------- problems


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", f"{TEAMS}/1/nothing", f"{TEAMS}/"])
def test_address_that_is_none_is_a_problem_with_or_without_a_key(program: Client, path: str) -> None:
    for client in (program, Client()):
        problem(client.get(path), 404, "api.not_found")
        problem(client.post(path, {}, JSON), 404, "api.not_found")


def test_method_that_is_none_is_told_which_are(program: Client) -> None:
    answer = program.delete(TEAMS)
    problem(answer, 405, "api.method")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    options = program.options(TEAMS)
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert program.put("/api/v1/openapi.json").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_head_answers_as_get_without_a_body(program: Client) -> None:
    got, head = program.get(TEAMS), program.head(TEAMS)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        ('{"name": ', JSON, 400, "api.unreadable"),
        (b'{"name": "\xff"}', JSON, 400, "api.unreadable"),
        ('{"name": "a\\u0000b"}', JSON, 400, "api.unreadable"),
        ('{"name": "\\ud800"}', JSON, 400, "api.unreadable"),
        ("[" * 100_000, JSON, 400, "api.unreadable"),
        ('{"name": "North"}', "text/plain", 415, "api.media"),
        ("name=North", "application/x-www-form-urlencoded", 415, "api.media"),
        ('{"name": "North", "colour": "red"}', JSON, 422, "api.invalid"),
        ('{"name": 7}', JSON, 422, "api.invalid"),
        ("", JSON, 422, "api.invalid"),
        (b'{"name": "' + b"x" * 9 * 2**20 + b'"}', JSON, 413, "api.too_large"),
    ],
    ids=["cut", "latin", "nul", "half", "deep", "text", "form", "unknown", "number", "empty", "large"],
)
@pytest.mark.parametrize("repeated", [{}, {"Idempotency-Key": "one"}], ids=["once", "repeated"])
def test_body_that_is_wrong_is_refused(
    program: Client, body: str | bytes, media: str, status: int, code: str, repeated: dict[str, str]
) -> None:
    problem(program.generic("POST", TEAMS, body, media, headers=repeated), status, code)
    assert not Team.objects.exists()


def test_problem_names_the_field_and_never_repeats_what_was_given(program: Client) -> None:
    answer = program.post(TEAMS, {"name": "North", "colour": "anna@example.org"}, JSON)
    assert [one["field"] for one in problem(answer, 422, "api.invalid")["errors"]] == ["colour"]
    assert b"anna" not in answer.content


def test_problem_is_in_english_whoever_asks(program: Client) -> None:
    User.objects.update(language="da")
    answer = program.post(TEAMS, {"name": " "}, JSON, headers={"Accept-Language": "da"})
    assert problem(answer, 422, "accounts.team_name")["detail"] == "A team needs a name."
    assert answer.headers["Content-Language"] == "en"


def test_database_that_takes_nothing_is_said_so(program: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(Answer.objects, "bulk_create", locked)
    answer = program.post(TEAMS, {"name": "North"}, JSON, headers={"Idempotency-Key": "one"})
    problem(answer, 503, "api.out_of_order")
    assert answer.headers["Retry-After"] == "30"


# ---------------------------------------------------------------- pages


def test_pages_of_a_list_hold_every_row_once_whatever_comes_meanwhile(program: Client) -> None:
    for number in range(5):
        Team.objects.create(name=f"Team {number}")
    seen: list[str] = []
    address: str | None = f"{TEAMS}?limit=2"
    while address:
        page = program.get(address).json()
        seen += [one["name"] for one in page["items"]]
        Team.objects.filter(name="Team 0").delete()
        address = f"{TEAMS}?limit=2&cursor={page['next']}" if page["next"] else None
    assert seen == [f"Team {number}" for number in range(5)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=!", "cursor=%00", "cursor=YWZ0ZXI6LTE"]
)
def test_page_that_is_none_is_refused(program: Client, query: str) -> None:
    assert program.get(f"{TEAMS}?{query}").status_code in (400, 422)


# ---------------------------------------------------------------- tags


def test_answer_that_is_at_hand_is_not_sent_again(program: Client) -> None:
    team = Team.objects.create(name="North")
    for address in (TEAMS, f"{TEAMS}/{team.pk}"):
        tag = program.get(address).headers["ETag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = program.get(address, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert program.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    Team.objects.update(name="South")  # as long as before, so the version says nothing changed
    assert program.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_change_is_made_only_of_what_was_read(program: Client) -> None:
    address = f"{TEAMS}/{Team.objects.create(name='North').pk}"
    tag = program.get(address).headers["ETag"]
    changed = program.patch(address, {"name": "Southern"}, JSON, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] == program.get(address).headers["ETag"]
    problem(program.patch(address, {"name": "Late"}, JSON, headers={"If-Match": tag}), 412, "api.changed")
    problem(program.patch(address, {"name": "Late"}, JSON, headers={"If-Match": '"never"'}), 412, "api.changed")
    for said in ("8", 'W/"8"', '"7", "8"'):
        problem(program.patch(address, {"name": "Late"}, JSON, headers={"If-Match": said}), 422, "api.if_match")
    assert program.patch(address, {"name": "Any"}, JSON, headers={"If-Match": "*"}).status_code == 200


# ---------------------------------------------------------------- repeats


def send(program: Client, name: str = "North", key: str = "one") -> Any:
    """A request that may be sent again."""
    return program.post(TEAMS, {"name": name}, JSON, headers={"Idempotency-Key": key})


def test_request_sent_again_is_done_once_and_answered_as_before(program: Client) -> None:
    first, second = send(program), send(program)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 201
    for name in ("Content-Type", "ETag", "Location"):
        assert first.headers[name] == second.headers[name]
    assert ("Idempotent-Replay" in first.headers, second.headers["Idempotent-Replay"]) == (False, "true")
    assert Team.objects.count() == AuditRow.objects.filter(verb="teams.edit").count() == 1


def test_answer_is_kept_so_that_this_installation_alone_can_read_it(program: Client, settings: Settings) -> None:
    send(program)
    assert b"North" not in bytes(Answer.objects.get().body)
    settings.SECRET_KEY = "another"
    problem(send(program), 409, "api.repeat_lost")


def test_request_sent_again_after_an_erasure_is_not_done_a_second_time(program: Client) -> None:
    send(program)
    (store,) = STORES
    assert store.erase is not None
    somebody = Subject(None, frozenset())
    assert (store.erase(somebody), store.erase(somebody)) == (1, 0)
    kept = Answer.objects.get()
    assert (bytes(kept.body), kept.headers) == (b"", {})
    assert "erased" in problem(send(program), 409, "api.repeat_lost")["detail"]
    assert Team.objects.count() == 1


def test_answer_that_is_removed_while_the_request_comes_again_is_written_anew(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Answer.objects.bulk_create
    times: list[int] = []

    def made_and_removed(*given: Any, **how: Any) -> Any:
        rows = made(*given, **how)
        times.append(len(times))
        if len(times) == 1:
            Answer.objects.all().delete()
        return rows

    monkeypatch.setattr(Answer.objects, "bulk_create", made_and_removed)
    assert send(program).status_code == 201
    assert (len(times), Team.objects.count()) == (2, 1)


def test_key_of_a_repeat_with_another_request_is_refused(program: Client) -> None:
    send(program)
    problem(send(program, "South"), 422, "api.repeat_differs")
    assert list(Team.objects.values_list("name", flat=True)) == ["North"]


@pytest.mark.parametrize("key", ["x" * 256, "a\x7fb"])
def test_key_of_a_repeat_that_is_none_is_refused(program: Client, key: str) -> None:
    problem(send(program, key=key), 422, "api.repeat_key")


def test_refusal_is_not_kept(program: Client) -> None:
    team = Team.objects.create(name="North")
    problem(send(program), 422, "accounts.team_taken")
    assert not Answer.objects.exists()
    team.delete()
    assert send(program).status_code == 201


def test_answer_to_one_program_is_not_told_to_another_of_the_same_user(owner: User, program_of: ProgramOf) -> None:
    assert send(program_of(owner)).status_code == 201
    problem(send(program_of(owner, Role.VIEWER)), 403, "accounts.not_allowed")
    problem(send(Client()), 401, "api.key")


def test_act_that_breaks_off_before_its_answer_is_kept_is_not_done(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Answer, "save", dies)
        with pytest.raises(KeyboardInterrupt):
            send(program)
    assert not Team.objects.exists()
    assert not Answer.objects.exists()
    assert "Idempotent-Replay" not in send(program).headers


@pytest.fixture
def server(program: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A program, and the database as a server has it: threads would not wait for each other in memory."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(tmp_path / "db")])
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "db"))
    return program


@pytest.mark.django_db(transaction=True)
def test_request_sent_many_times_at_once_is_done_once(server: Client) -> None:
    answers: list[Any] = []
    together = threading.Barrier(4)

    def act() -> None:
        try:
            together.wait()
            answers.append((send(server), Team.objects.count()))
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer, _teams in answers] == [201] * 4
    assert len({answer.content for answer, _teams in answers}) == 1
    assert sorted("Idempotent-Replay" in answer.headers for answer, _teams in answers) == [False, True, True, True]
    assert {teams for _answer, teams in answers} == {1}
