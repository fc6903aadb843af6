"""The page on currencies."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tragt.web.accounts.models import AuditRow, Organisation, Role, User
from tragt.web.money.actions import keep_rates
from tragt.web.money.conversion import Reason, Total, Unconverted
from tragt.web.money.models import DayRates
from tragt.web.money.rates_file import Given
from tragt.web.shell.acting import COMMAND_LINE

PAGE = "/settings/currencies/"
DAY = date(2026, 1, 2)


def upload(client: Client, text: str) -> str:
    file = SimpleUploadedFile("rates.csv", text.encode())
    return client.post(f"{PAGE}file/", {"file": file}, follow=True).content.decode()


def test_page_without_rates_says_so_and_with_them_lists_each_currency(owner_client: Client) -> None:
    assert "There are no rates yet" in owner_client.get(PAGE).content.decode()
    today = timezone.now().date()
    keep_rates(COMMAND_LINE, [Given(today, "DKK", Decimal("7.4604")), Given(DAY, "ISK", Decimal("1234.5"))])
    said = owner_client.get(PAGE).content.decode()
    assert "7.4604" in said
    assert "Danish Krone" in said
    assert "1,234.5" in said
    old = said.index("1 currency whose last rate is more than a week old")
    assert said.index("Danish Krone") < old < said.index("1,234.5")


def test_file_is_taken_and_what_is_wrong_in_it_is_shown(owner_client: Client) -> None:
    said = upload(owner_client, "day,currency,rate\n2026-01-02,USD,1.1\n2026-01-02,XXY,2\nnever,SEK,3\n")
    assert "1 rate is new or changed" in said
    assert "2 entries of the file were not taken" in said
    assert "Line 3" in said
    assert "XXY is no currency" in said
    assert "never is no day" in said
    assert DayRates.objects.get().per_euro == {"USD": "1.1"}
    (row,) = AuditRow.objects.filter(verb="money.edit")
    assert (row.details["rates"], row.details["days"]) == (1, 1)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "day,currency,rate\nx,y,z\n"])
def test_file_without_rates_is_refused_at_its_field_and_nothing_is_kept(owner_client: Client, text: str) -> None:
    assert "id_file_error" in upload(owner_client, text)
    assert not DayRates.objects.exists()


def test_rate_by_hand_is_kept_with_a_comma_too_and_a_wrong_one_is_told(owner_client: Client) -> None:
    given = {"currency": "DKK", "day": "2026-01-02", "rate": "7,4604"}
    assert owner_client.post(f"{PAGE}rate/", given).status_code == 302
    assert DayRates.objects.get().per_euro == {"DKK": "7.4604"}
    said = owner_client.post(f"{PAGE}rate/", {**given, "rate": "-1"}).content.decode()
    assert "Give a number above 0" in said


def test_page_is_seen_by_who_may_see_the_organisation_and_changed_by_owners(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    manager, seller = client_of(make_user(Role.MANAGER)), client_of(make_user(Role.SELLER))
    assert 'type="file"' not in manager.get(PAGE).content.decode()
    assert manager.post(f"{PAGE}rate/", {}).status_code == 403
    assert seller.get(PAGE).status_code == 403


def test_page_asks_no_more_of_the_database_with_many_rates(owner_client: Client, organisation: Organisation) -> None:
    assert organisation.currency == "DKK"
    before = queries(lambda: owner_client.get(PAGE))
    keep_rates(
        COMMAND_LINE, [Given(date(2025, 1, day), code, Decimal(2)) for day in range(1, 29) for code in ("USD", "SEK")]
    )
    first = queries(lambda: owner_client.get(PAGE))
    assert first <= before + 2, "they are read once, until one changes"
    assert queries(lambda: owner_client.get(PAGE)) <= before


def test_total_on_a_page_says_what_is_not_in_it() -> None:
    left = (Unconverted("", 5, 2, Reason.NO_CURRENCY), Unconverted("NOK", 90_000, 3, Reason.NO_RATE))
    total = Total(123_456, "DKK", 7, (), left)
    said = " ".join(re.sub("<[^>]+>", "", render_to_string("money/_total.html", {"total": total})).split())
    assert said == "DKK 1,234.56 and 2 amounts without a currency and NOK 900.00 without a rate"
