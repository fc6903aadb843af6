"""The list of deals: what it shows, finds and filters, and to whom."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions import win_deal
from tragt.web.crm.models import Activity
from tragt.web.people.models import Company, Person
from tragt.web.records.kinds import kind_of
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def page(client: Client, asked: str = "") -> str:
    answer = client.get(f"/deals/{asked}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_list_shows_deals_with_their_value_stage_and_company(
    owner_client: Client, make_deal: OpenDeal, ada: Person
) -> None:
    make_deal("Need", name="Hundred lamps", value=123_456, company=ada.company_id)
    shown = page(owner_client)
    assert all(text in shown for text in ("Hundred lamps", "1,234.56", "Need", "Nordlys"))


def test_list_is_filtered_by_status_and_stage_and_sorted_by_value(owner_client: Client, make_deal: OpenDeal) -> None:
    small, large = make_deal(name="Small deal", value=1), make_deal("Need", name="Large deal", value=9)
    win_deal(large.pk, who=COMMAND_LINE)
    assert "Small deal" not in page(owner_client, "?status.any=won")
    assert "Large deal" not in page(owner_client, f"?stage.any={small.stage_id}")
    shown = page(owner_client, "?sort=-value")
    assert shown.index("Large deal") < shown.index("Small deal")


def test_list_takes_the_same_queries_however_long(owner_client: Client, make_deal: OpenDeal) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            company = Company.objects.create(key=f"c{Company.objects.count()}", name="Firm")
            make_deal(company=company.pk)

    add(1)
    page(owner_client)
    few = queries(lambda: page(owner_client))
    add(8)
    assert queries(lambda: page(owner_client)) == few


def test_seller_finds_only_what_they_see(
    make_deal: OpenDeal, make_user: Callable[..., User], client_of: Callable[[User], Client], organisation: Organisation
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    other, seller = make_user(Role.SELLER, email="other@example.org"), make_user(Role.SELLER)
    make_deal(name="Secret deal", owner=other.pk)
    make_deal(name="Free deal")
    shown = page(client_of(seller))
    assert "Free deal" in shown
    assert "Secret deal" not in shown
    assert "Secret deal" not in client_of(seller).get("/palette/?q=Secret").content.decode()
    assert [deal.name for deal in kind_of("deal").visible(seller)] == ["Free deal"]


def test_pages_of_a_seller_name_no_company_that_they_do_not_see(
    make_deal: OpenDeal, make_user: Callable[..., User], client_of: Callable[[User], Client], owner: User
) -> None:
    seller = make_user(Role.SELLER)
    hidden = Company.objects.create(key="hidden", name="Hidden Ltd", owner=owner)
    deal = make_deal(name="Lamps", owner=seller.pk, company=hidden.pk)
    task = Activity.objects.create(kind="task", title="Lamps", owner=seller, company=hidden)
    pages = ("/deals/", f"/deals/{deal.pk}/", "/palette/?q=lamps", f"/activities/{task.pk}/", "/today/")
    client = client_of(seller)
    for sees, named in ((Reach.ALL, True), (Reach.OWN, False)):
        Organisation.objects.update(sellers_see=sees)
        for address in pages:
            shown = client.get(address).content.decode()
            assert "Lamps" in shown, address
            assert ("Hidden Ltd" in shown) == named, address
