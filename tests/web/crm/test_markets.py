"""The market of a company: told by any source, set by hand, filtered by, and described once for all its companies."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.crm.conftest import OpenDeal
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions.markets import describe_market
from tragt.web.crm.models import MarketProfile
from tragt.web.people.actions import learn_companies, undo_learning
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db


def tell(market: object, cause: str = "import:1") -> Company:
    learn_companies({"Nordlys": {"traits": {"market": market}}}, cause=cause, who=COMMAND_LINE)
    return Company.objects.get(key="nordlys")


def test_market_is_what_the_trait_says_where_that_is_one() -> None:
    assert (tell("mid").market, tell("huge", "import:2").market) == ("mid", "")
    assert tell("huge", "import:2").traits == {"market": "huge"}
    undo_learning(cause="import:2", who=COMMAND_LINE)
    assert Company.objects.get().market == "mid"


def test_market_is_set_by_hand_filtered_by_and_shown_with_what_is_known_of_it(
    owner_client: Client, ada: Person, make_deal: OpenDeal
) -> None:
    company = ada.company
    assert company is not None
    page = owner_client.get(reverse("edit_company", args=[company.pk]))
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {f"initial-{name}": form[name].initial or "" for name in form.fields}
    owner_client.post(reverse("edit_company", args=[company.pk]), {**sent, "market": "enterprise"})
    company.refresh_from_db()
    assert (company.market, company.traits) == ("enterprise", {"market": "enterprise"})
    link = reverse("company", args=[company.pk])
    assert link in owner_client.get(reverse("companies") + "?market.any=enterprise").content.decode()
    assert link not in owner_client.get(reverse("companies") + "?market.any=small").content.decode()
    sent = {"market": "enterprise", "enterprise-deciders": "7", "enterprise-deal_size": "1,250.50"}
    sent |= {"enterprise-touch": "field", "enterprise-cycle_days": "200"}
    assert owner_client.post("/settings/markets/", sent).status_code == 302
    profile = MarketProfile.objects.get()
    assert (profile.market, profile.deciders, profile.deal_size) == ("enterprise", 7, 125_050)
    deal = make_deal("Need", company=company.pk)
    for address in (link, reverse("deal", args=[deal.pk])):
        shown = owner_client.get(address).content.decode()
        assert "Field sales: at the customer" in shown, address
        assert "<dd>200</dd>" in shown, address


def test_page_of_markets_refuses_what_cannot_be(owner_client: Client) -> None:
    answer = owner_client.post("/settings/markets/", {"market": "mid", "mid-deciders": "-1", "mid-deal_size": "much"})
    assert answer.status_code == 422
    assert not MarketProfile.objects.exists()
    with pytest.raises(InvalidDefinition):
        describe_market("huge", {}, who=COMMAND_LINE)


def test_markets_are_described_by_managers(client_of: Callable[[User], Client], make_user: Callable[..., User]) -> None:
    assert client_of(make_user(Role.SELLER)).get("/settings/markets/").status_code == 403
    assert client_of(make_user(Role.MANAGER)).get("/settings/markets/").status_code == 200
