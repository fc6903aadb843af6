"""The first run: a code from the terminal, once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.web.accounts.conftest import ENTRANCE
from tragt.errors import NotAllowed
from tragt.web.accounts import actions, places, queries
from tragt.web.accounts.actions import Founding
from tragt.web.accounts.models import AuditRow, Organisation, Role, SetupCode, User
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

SetUp = Callable[..., tuple[Client, Any]]
FOUNDING = Founding(organisation="Nordlys", email="anna@example.org", password="a long word of honour")


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/settings/users/", "/settings/profile/", "/invitation/abc/"])
def test_before_first_run_every_page_leads_to_start(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/start/")


def test_first_run_creates_organisation_and_owner_and_signs_in(set_up: SetUp) -> None:
    code = actions.setup_code()
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    before = planted.session_key
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == before
    client, answer = set_up(client, code=code.lower().replace("-", " "))
    assert (answer.status_code, answer.headers["Location"]) == (302, settings.LOGIN_REDIRECT_URL)
    owner = User.objects.get()
    assert (owner.email, owner.name, owner.role, owner.language) == ("anna@example.org", "Anna Berg", "owner", "da")
    assert owner.check_password(ENTRANCE["password"])
    assert client.session["_auth_user_id"] == str(owner.pk)
    assert client.session.session_key != before
    assert UserSession.objects.get().session_key == client.session.session_key
    firm = queries.organisation()
    assert (firm.name, firm.time_zone, firm.currency, firm.language) == ("Nordlys", "Europe/Copenhagen", "DKK", "da")
    assert client.cookies["tragt_language"].value == "da"
    assert client.get("/start/").status_code == 302
    assert actions.setup_code() == ""


def test_setup_code_lies_in_the_database_as_digest_only() -> None:
    code = actions.setup_code()
    row = SetupCode.objects.get()
    assert code.replace("-", "") not in str(row.__dict__)
    assert actions.setup_code() != code
    with pytest.raises(NotAllowed, match="not the code"):
        actions.found_with_code(code, FOUNDING)


def test_setup_code_after_five_guesses_is_locked_even_for_the_right_one(set_up: SetUp) -> None:
    code = actions.setup_code()
    texts = [set_up(code="AAAA-AAAA-AAAA")[1].content.decode() for _ in range(5)]
    assert ["not the code" in text for text in texts] == [True, True, True, True, False]
    assert "Too many wrong codes. Wait 15 minutes" in texts[4]
    _, answer = set_up(code=code)
    assert "Too many wrong codes" in answer.content.decode()
    assert not User.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert set_up(code=code)[1].status_code == 302


def test_setup_code_of_a_new_start_ends_the_lock(set_up: SetUp) -> None:
    actions.setup_code()
    for _ in range(6):
        set_up(code="AAAA-AAAA-AAAA")
    assert set_up(code=actions.setup_code())[1].status_code == 302


def test_wrong_setup_code_is_said_with_what_else_is_wrong(set_up: SetUp) -> None:
    code = actions.setup_code()
    errors = set_up(code="AAAA-AAAA-AAAA", password="short", email="anna")[1].context["form"].errors
    assert list(errors) == ["email", "password", "code"]
    assert SetupCode.objects.get().tries == 1
    assert list(set_up(code=code, password="short")[1].context["form"].errors) == ["password"]
    assert set_up(code=code)[1].status_code == 302


def test_first_run_without_any_code_made_is_refused(set_up: SetUp) -> None:
    assert "not the code" in set_up(code="")[1].content.decode() or not User.objects.exists()
    assert "not the code" in set_up(code="AAAA-AAAA-AAAA")[1].content.decode()
    assert not User.objects.exists()


def test_first_run_twice_with_one_code_gives_one_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    code = actions.setup_code()
    actions.found_with_code(code, FOUNDING)
    # The second had looked before the first was done.
    monkeypatch.setattr(queries, "is_set_up", lambda: False)
    with pytest.raises(NotAllowed, match="exists already"):
        actions.found_with_code(code, Founding("Other", "other@example.org", "a long word of honour"))
    assert [user.email for user in User.objects.all()] == ["anna@example.org"]
    assert queries.organisation().name == "Nordlys"


@pytest.mark.django_db(transaction=True)
def test_first_run_by_two_at_the_same_moment_gives_one_owner() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the database in memory is one connection")
    code = actions.setup_code()
    gate = threading.Barrier(2)
    refused: list[str] = []

    def run(name: str) -> None:
        gate.wait()
        try:
            actions.found_with_code(code, Founding(name, f"{name}@example.org", "a long word of honour"))
        except NotAllowed as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["accounts.already_set_up"]
    assert User.objects.count() == Organisation.objects.count() == 1


def test_first_run_needs_the_csrf_token(set_up: SetUp) -> None:
    code = actions.setup_code()
    assert set_up(Client(enforce_csrf_checks=True), code=code)[1].status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "anna@example.org"}, "password"),
        ({"email": "anna"}, "email"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"language": "xx"}, "language"),
        ({"organisation": ""}, "organisation"),
    ],
)
def test_first_run_with_a_bad_field_names_it_and_keeps_the_code(
    set_up: SetUp, given: dict[str, str], field: str
) -> None:
    code = actions.setup_code()
    _, answer = set_up(code=code, **given)
    assert list(answer.context["form"].errors) == [field]
    assert set_up(code=code)[1].status_code == 302


@pytest.mark.parametrize(
    ("tag", "language", "zone"),
    [("da-DK,da;q=0.9", "da", "Europe/Copenhagen"), ("nn", "nb", "Europe/Oslo"), ("fr", "en", "UTC")],
)
def test_start_page_guesses_from_the_browser(tag: str, language: str, zone: str) -> None:
    page = Client(headers={"Accept-Language": tag}).get("/start/")
    form = page.context["form"]
    assert (form["language"].value(), form["time_zone"].value()) == (language, zone)
    assert "data-browser-zone" in page.content.decode()
    assert "accounts/start.js" in page.content.decode()


@pytest.mark.parametrize(
    ("language", "zone", "currency"),
    [
        ("da", "Europe/Copenhagen", "DKK"),
        ("en", "Europe/Stockholm", "SEK"),
        ("nb", "America/New_York", "USD"),
        ("sv", "Europe/Helsinki", "EUR"),
        ("da", "nowhere", "DKK"),
        ("nb", "UTC", "NOK"),
    ],
)
def test_guess_of_currency_follows_the_zone_then_the_language(language: str, zone: str, currency: str) -> None:
    assert places.guess(language, zone).currency == currency


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_time_zones_are_found_by_their_city_in_each_language(language: str) -> None:
    regions = [zones for _, zones in places.time_zones(language) if isinstance(zones, tuple)]
    zones = {zone: name for group in regions for zone, name in group}
    assert zones["Europe/Copenhagen"].startswith({"en": "Cop", "sv": "Köp"}.get(language, "Køb"))
    assert len(zones) == sum(map(len, regions)) > 400
    assert len(set(zones.values())) == len(zones), "two zones of one name cannot be told apart"
    assert not {"Asia/Calcutta", "Europe/Kiev", "Europe/Belfast", "America/Indianapolis"} & set(zones)
    assert "Atlantic/Reykjavik" in dict(regions[0]), "an island of Europe stands in Europe"


def test_found_from_the_command_line_needs_no_code_and_happens_once() -> None:
    owner = actions.found(FOUNDING, COMMAND_LINE)
    assert owner.role == Role.OWNER
    with pytest.raises(NotAllowed):
        actions.found(FOUNDING, COMMAND_LINE)
    assert [row.verb for row in AuditRow.objects.all()] == ["organisation.found"]
