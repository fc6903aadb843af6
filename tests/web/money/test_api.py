"""Rates for programs: reading them, giving one, and a file."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import Role, User
from tragt.web.money.models import DayRates

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

JSON, CSV = "application/json", "text/csv"
RATES = "/api/v1/rates"


@pytest.fixture
def program(owner: User, program_of: Callable[..., Client]) -> Client:
    """A program of the owner."""
    return program_of(owner)


def test_file_gives_rates_and_says_what_of_it_is_not_taken(program: Client) -> None:
    content = "Date,USD,DKK,XYZ\n2026-01-02,1.08,7.46,3\n0001-01-01,1,2,\nyesterday,1,,\n"
    answer = program.post(f"{RATES}/file", content, CSV)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["rates"], said["changed"], said["not_taken"]) == (2, 2, 4)
    assert {one["field"] for one in said["wrong"]} == {"currency", "day"}
    assert program.get(f"{RATES}/2026-01-02").json() == {
        "day": "2026-01-02",
        "per_euro": {"USD": "1.08", "DKK": "7.46"},
    }
    assert [one["currency"] for one in program.get(RATES).json()["items"]] == ["DKK", "USD"]
    assert program.post(f"{RATES}/file", content, CSV).json()["changed"] == 0


@pytest.mark.parametrize("content", ["", "nothing", b"\xff\xfe", "day,currency,rate\n"])
def test_what_is_no_file_of_rates_is_refused(program: Client, content: str | bytes) -> None:
    assert program.post(f"{RATES}/file", content, CSV).status_code == 422
    assert not DayRates.objects.exists()


def test_rate_of_a_day_is_put_and_gives_way(program: Client) -> None:
    for rate in ("7.46", "7.4700"):
        answer = program.put(f"{RATES}/2026-01-02/DKK", {"per_euro": rate}, JSON)
    assert answer.json() == {"day": "2026-01-02", "per_euro": {"DKK": "7.47"}}


@pytest.mark.parametrize(
    ("path", "rate"),
    [
        ("2026-01-02/DKK", "0"),
        ("2026-01-02/DKK", "-1"),
        ("2026-01-02/DKK", 7.46),
        ("2026-01-02/EUR", "1"),
        ("2026-01-02/XXQ", "1"),
        ("2026-01-02/dkk", "1"),
        ("9999-12-31/DKK", "1"),
        ("2026-13-02/DKK", "1"),
    ],
)
def test_rate_that_cannot_be_is_refused(program: Client, path: str, rate: object) -> None:
    assert program.put(f"{RATES}/{path}", {"per_euro": rate}, JSON).status_code == 422
    assert not DayRates.objects.exists()


def test_rates_are_given_by_those_alone_who_may(
    make_user: Callable[..., User], program_of: Callable[..., Client]
) -> None:
    theirs = program_of(make_user(Role.MANAGER))
    assert theirs.get(f"{RATES}/2026-01-02").status_code == 404
    assert theirs.put(f"{RATES}/2026-01-02/DKK", {"per_euro": "7.46"}, JSON).status_code == 403
    assert theirs.post(f"{RATES}/file", "day,currency,rate\n", CSV).status_code == 403
    assert program_of(make_user(Role.SELLER)).get(RATES).status_code == 403
