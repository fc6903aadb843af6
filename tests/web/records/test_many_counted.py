"""A list of more records than are counted says so, in every language as it writes numbers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from tragt.web.accounts.models import Role, User
from tragt.web.people.models import Person
from tragt.web.records.queries import narrowing, pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

SAID = {
    "en": ("More than 10,000", "10,000 records"),
    "da": ("Mere end 10.000", "10.000 poster"),
    "sv": ("Fler än 10\N{NARROW NO-BREAK SPACE}000", "10\N{NARROW NO-BREAK SPACE}000 poster"),
    "nb": ("Mer enn 10\N{NARROW NO-BREAK SPACE}000", "10\N{NARROW NO-BREAK SPACE}000 poster"),
}
"""What is said of 10,001 records, and of 10,000."""


@pytest.fixture
def index_names(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the index name so many records, of which it counts no more than it was asked for."""
    true = narrowing.reach

    def let(number: int) -> None:
        def stubbed(*given: Any, **named: Any) -> Any:
            most = named.get("most", given[3] if len(given) > 3 else number)
            return replace(true(*given, **named), number=min(number, most))

        monkeypatch.setattr(pages, "reach", stubbed)

    return let


@pytest.mark.parametrize("language", SAID)
def test_list_of_more_than_ten_thousand_says_so_and_offers_no_workbook(
    client_of: Callable[[User], Client],
    make_user: Callable[..., User],
    index_names: Callable[[int], None],
    language: str,
) -> None:
    Person.objects.bulk_create(Person(name=f"Person {number}") for number in range(60))
    browser = client_of(make_user(Role.MARKETING, language=language))
    index_names(10_001)
    page = browser.get("/people/").content.decode()
    more, exactly = SAID[language]
    assert more in page
    assert exactly not in page
    assert "list.csv" in page
    assert "list.xlsx" not in page, "a workbook holds no more than are counted"
    assert page.count("<tr") > pages.PER_PAGE
    assert "after=" in page


def test_list_of_as_many_as_are_counted_does_not_say_that_there_are_more(
    client_of: Callable[[User], Client], make_user: Callable[..., User]
) -> None:
    Person.objects.bulk_create([Person(name="Person") for _ in range(pages.MOST_COUNTED)])
    browser = client_of(make_user(Role.MARKETING))
    page = browser.get("/people/").content.decode()
    assert "10,000 records" in page
    assert "More than" not in page
    assert "list.xlsx" in page
    Person.objects.create(name="One more")
    page = browser.get("/people/").content.decode()
    assert "More than 10,000" in page
    assert "list.xlsx" not in page
