"""The ledger and the page of a leak: what stands there, for whom, and what stands where there is nothing."""

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import queries
from tests.web.leaks.conftest import FUNNEL, Bring, firm
from tragt.funnel import Funnel
from tragt.web.accounts.models import Organisation, Role, Team, User
from tragt.web.crm.models import Pipeline, Stage
from tragt.web.funnels.actions import Follows, follow, save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks import choosing, forms
from tragt.web.leaks.models import Found, Judged
from tragt.web.leaks.presenting import entries
from tragt.web.leaks.queries import open_leaks
from tragt.web.shell.acting import COMMAND_LINE
from tragt.web.shell.formats import money

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[[], None]
LEDGER = "/leaks/"


def text_of(client: Client, address: str, **given: str) -> str:
    answer = client.get(address, given)
    assert answer.status_code == 200, address
    return plain(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_ledger_says_where_what_it_costs_and_what_it_was_compared_with(leak: Found, owner_client: Client) -> None:
    page = text_of(owner_client, LEDGER)
    cost = leak.leak.cost
    assert cost is not None
    for amount in (cost.per_month, cost.low, cost.high):
        assert plain(money(round(100 * amount), "DKK", whole=True)) in page
    for said in ("Visited → Asked", "Source: ads", "Worse than the others", "Drifted away", "upper estimate", "Shop"):
        assert said in page, said


def test_page_of_a_leak_reconciles_its_cost(leak: Found, owner_client: Client) -> None:
    page = text_of(owner_client, reverse("leaks:one", args=[leak.pk]))
    found, cost = leak.leak, leak.leak.cost
    assert cost is not None
    assert cost.value is not None
    assert found.days is not None
    (entry,) = entries([leak])
    assert found.units_lost * entry.months * cost.chance * cost.value == pytest.approx(cost.per_month)
    assert plain(entry.product) in page
    assert f"{found.entered:,}" in page
    assert "for source “ads”" in page
    headline = page.index(plain(entry.sentence))
    assert headline < page.index(plain(f"Days judged: {entry.days}.")) < page.index("How the cost adds up")


def test_people_of_a_leak_lead_to_their_list_for_those_who_see_everyone(
    leak: Found, owner_client: Client, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    address, step = reverse("leaks:one", args=[leak.pk]), reverse("funnel_step", args=[leak.funnel_id, 1])
    owner_client.get(reverse("funnel", args=[leak.funnel_id]))
    page = owner_client.get(address).content.decode()
    (listed,) = re.findall(rf'href="({re.escape(step)}\?outcome=expired)"', page)
    assert owner_client.get(listed).status_code == 200
    (theirs,) = re.findall(rf'href="({re.escape(step)}\?outcome=expired&amp;by=source&amp;value=ads)"', page)
    those = owner_client.get(unescape(theirs))
    assert {one.named.label.partition("-")[0] for one in those.context["people"]} == {"ads"}
    assert those.context["total"] < owner_client.get(listed).context["total"]
    Organisation.objects.update(sellers_see="own")
    assert step not in client_of(make_user(Role.SELLER)).get(address).content.decode()


def test_kinds_narrow_the_ledger(leak: Found, owner_client: Client) -> None:
    assert f"/leaks/{leak.pk}/" in owner_client.get(LEDGER, {"kind": "breakdown_value"}).content.decode()
    assert f"/leaks/{leak.pk}/" in owner_client.get(LEDGER, {"kind": "drifted"}).content.decode()
    assert "No leak of this kind" in text_of(owner_client, LEDGER, kind="stuck")
    assert f"/leaks/{leak.pk}/" in owner_client.get(LEDGER, {"kind": "none such"}).content.decode()


def test_ledger_is_taken_away_as_csv_without_formulas(leak: Found, owner_client: Client) -> None:
    Found.objects.filter(pk=leak.pk).update(value="=1+1")
    answer = owner_client.get(reverse("leaks:csv"))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    row = next(row for row in rows if row["leak"] == str(leak.pk))
    assert row["value"] != "=1+1"
    assert leak.leak.cost is not None
    assert float(row["cost_a_month"]) == pytest.approx(leak.leak.cost.per_month)
    assert row["currency"] == "DKK"
    assert len(rows) == open_leaks().count()


def test_ledger_without_funnels_without_leaks_and_before_it_was_looked_says_what_to_do(
    owner_client: Client, bring: Bring, look_again: Look
) -> None:
    assert reverse("funnel_new") in owner_client.get(LEDGER).content.decode()
    bring(firm(3))
    save(COMMAND_LINE, FUNNEL, "Shop")
    assert "Not looked at yet" in text_of(owner_client, LEDGER)
    look_again()
    assert not open_leaks().exists()
    page = text_of(owner_client, LEDGER)
    assert "Nothing leaks beyond chance" in page
    assert "Not judged:" in page


def test_funnel_shows_its_dearest_leak_in_picture_sentence_and_table(leak: Found, owner_client: Client) -> None:
    page = owner_client.get(reverse("funnel", args=[leak.funnel_id])).content.decode()
    assert f'href="/leaks/{leak.pk}/"' in page
    assert 'class="tf-leak' in page
    assert '<tr class="leak"><th scope="row">Asked' in page
    assert "for source “ads”" in page
    other = save(COMMAND_LINE, FUNNEL.of("Visited", "Paid", window="2d"), "Other")
    assert "tf-leak" not in owner_client.get(reverse("funnel", args=[other.pk])).content.decode()
    assert "for source “ads”" in owner_client.get(reverse("funnels")).content.decode()


def test_overview_shows_the_dearest_leak_of_all_funnels(leak: Found, owner_client: Client) -> None:
    page = owner_client.get(reverse("overview")).content.decode()
    assert page.index("Dearest leak") < page.index(f'href="/leaks/{leak.pk}/"')


def test_pages_ask_the_database_as_often_for_many_leaks_as_for_one(leak: Found, owner_client: Client) -> None:
    owner_client.get(LEDGER)
    few = queries(lambda: owner_client.get(LEDGER))
    for number in range(20):
        leak.pk, leak.value = None, f"value {number}"
        leak.save(force_insert=True)
    assert queries(lambda: owner_client.get(LEDGER)) == few


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.SELLER, 403), (Role.MARKETING, 200)])
def test_how_to_judge_is_said_by_marketing(
    saved: SavedFunnel, make_user: Callable[..., User], client_of: Callable[[User], Client], role: Role, status: int
) -> None:
    client = client_of(make_user(role))
    assert client.get(reverse("leaks:judging", args=[saved.pk])).status_code == status
    assert client.get(LEDGER).status_code == 200


def test_judging_is_chosen_and_said_where_it_is_wrong(saved: SavedFunnel, owner_client: Client) -> None:
    address = reverse("leaks:judging", args=[saved.pk])
    page = owner_client.get(address).content.decode()
    assert 'value="amount"' in page
    assert reverse("funnel_targets", args=[saved.pk]) in page
    wrong = owner_client.post(address, {"value": "none such", "breakdowns": ["source"]})
    assert wrong.status_code == 200
    assert wrong.content.decode().count("errorlist") == 1
    targets = saved.targets
    assert owner_client.post(address, {"value": "amount", "breakdowns": ["source"]}).status_code == 302
    saved.refresh_from_db()
    assert (saved.value, saved.breakdowns) == ("amount", ["source"])
    assert saved.targets == targets == {"Paid": 0.4}


def test_funnel_without_money_leads_to_where_it_is_said(owner_client: Client, bring: Bring, look_again: Look) -> None:
    bring(firm(valued=False))
    row = save(COMMAND_LINE, FUNNEL, "Shop")
    look_again()
    assert Judged.objects.get().without_money == "none"
    assert reverse("leaks:judging", args=[row.pk]) in owner_client.get(LEDGER).content.decode()


@pytest.mark.parametrize("address", ["/leaks/999999/", "/leaks/funnels/999999/"])
def test_address_of_what_does_not_exist_is_not_found(owner_client: Client, address: str) -> None:
    assert owner_client.get(address).status_code == 404


def test_how_to_judge_looks_through_the_properties_once(
    saved: SavedFunnel, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = choosing.telling_offered

    def noted(funnel: Funnel) -> object:
        asked.append(funnel)
        return real(funnel)

    for place in (choosing, forms):
        monkeypatch.setattr(place, "telling_offered", noted)
    owner_client.get(reverse("leaks:judging", args=[saved.pk]))
    assert len(asked) == 1


def test_ledger_asks_the_database_as_often_for_many_pipelines_as_for_one(leak: Found, owner_client: Client) -> None:
    team = Team.objects.create(name="Closers")

    def over_a_pipeline(number: int) -> None:
        pipeline = Pipeline.objects.create(name=f"Sales {number}", position=number)
        Stage.objects.create(pipeline=pipeline, name=leak.before, position=0, team=team)
        row = follow(FUNNEL, Follows(pipeline, {}))
        leak.pk, leak.funnel = None, row
        leak.save(force_insert=True)

    over_a_pipeline(1)
    assert "Closers" in text_of(owner_client, LEDGER)
    few = queries(lambda: owner_client.get(LEDGER))
    for number in range(2, 6):
        over_a_pipeline(number)
    assert queries(lambda: owner_client.get(LEDGER)) == few
