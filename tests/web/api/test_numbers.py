"""Numbers and days in addresses: what the description does not allow is refused, whatever Python would make of it."""

from collections.abc import Callable

import pytest
from django.test import Client

from tragt.web.accounts.models import Team, User
from tragt.web.people.models import Person

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.mark.parametrize(
    "address",
    [
        "/teams?limit=1_0",
        "/teams?limit=%2B5",
        "/teams?limit=%205",
        "/teams?limit=5.0",
        "/teams/1_0",
        "/search?q=x&limit=1_0",
        "/today?days=1_0",
        "/persons?limit=1_0",
        "/activities?person=1_0",
    ],
)
def test_number_that_only_python_takes_for_one_is_refused(
    owner: User, program_of: Callable[..., Client], address: str
) -> None:
    Team.objects.create(pk=10, name="North")
    refused = program_of(owner).get(API + address)
    assert (refused.status_code, refused.json()["code"]) == (422, "api.number"), refused.content


def test_number_in_digits_is_taken(owner: User, program_of: Callable[..., Client]) -> None:
    program = program_of(owner)
    for address in ("/teams?limit=10", "/deals?value.from=-1.5e3", "/pipelines?limit=1", "/deals?value.to=10"):
        assert program.get(API + address).status_code == 200, address


def test_day_of_a_timeline_is_no_number_of_seconds(owner: User, program_of: Callable[..., Client]) -> None:
    person, program = Person.objects.create(name="Ada"), program_of(owner)
    answers = [program.get(f"{API}/persons/{person.pk}/timeline?start={day}") for day in ("5", "2026-3-1")]
    assert [one.status_code for one in answers] == [422, 422]
