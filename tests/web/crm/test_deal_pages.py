"""Making a deal and the page of one: what is shown, edited where it stands, added, and refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Role, User
from tragt.web.crm.actions.committee import add_member
from tragt.web.crm.actions.lines import NewLine, add_line
from tragt.web.crm.actions.moving import lose_deal, move_deal, win_deal
from tragt.web.crm.models import Deal, DealLine, LostReason, Member, Pipeline, Product, Stage, Status
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import COMMAND_LINE

BY_SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def seller(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Client:
    return client_of(make_user(Role.SELLER, "anna@example.org", "Anna Holm"))


@pytest.fixture
def dane(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Client:
    return client_of(make_user(Role.SELLER, "dorte@example.org", "Dorte Dahl", language="da"))


def test_deal_is_made_with_a_new_company_and_a_new_contact(
    pipeline: Pipeline, stages: dict[str, Stage], dane: Client
) -> None:
    given = {
        "name": "Lamper til kantinen",
        "company": "Skov & Søn",
        "contact": "Ida Lund <ida@skov.example>",
        "value": "1.250.000,50",
        "currency": "DKK",
        "stage": stages["Offer"].pk,
        "expected": "2030-05-01",
        "owner": "",
    }
    answer = dane.post("/deals/new/", given)
    deal = Deal.objects.get()
    assert answer.headers["Location"] == f"/deals/{deal.pk}/"
    assert (deal.value, deal.currency, deal.pipeline, deal.stage) == (125000050, "DKK", pipeline, stages["Offer"])
    assert deal.company is not None
    assert deal.company.name == "Skov & Søn"
    member = Member.objects.get(deal=deal)
    assert (member.person.email, member.person.company, member.primary) == ("ida@skov.example", deal.company, True)


def test_deal_that_cannot_be_made_says_where_and_writes_nothing(
    stages: dict[str, Stage], seller: Client, ada: Person
) -> None:
    given = {"name": "X", "company": "New", "contact": "New <new@x.example>", "currency": "DKK", "value": "1.250,50"}
    answer = seller.post("/deals/new/", {**given, "stage": stages["Offer"].pk}, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert "Write a number such as 1,234.5." in answer.content.decode()
    answer = seller.post("/deals/new/", {**given, "value": "", "stage": stages["Offer"].pk})
    assert answer.status_code == 422
    assert "asks for: value" in answer.content.decode()
    answer = seller.post("/deals/new/", {**given, "value": "", "name": " ", "stage": stages["Need"].pk})
    assert answer.status_code == 422
    assert (Deal.objects.count(), list(Person.objects.all()), Company.objects.count()) == (0, [ada], 1)


def test_new_deal_by_script_is_told_where_it_is(stages: dict[str, Stage], seller: Client) -> None:
    part = seller.get(f"/deals/new/?stage={stages['Need'].pk}", headers=BY_SCRIPT).content.decode()
    assert "<html" not in part
    assert f'value="{stages["Need"].pk}" selected' in part
    given = {"name": "Lamps", "currency": "DKK", "stage": stages["Need"].pk}
    answer = seller.post("/deals/new/", given, headers=BY_SCRIPT)
    assert answer.headers["HX-Redirect"] == f"/deals/{Deal.objects.get().pk}/"


@pytest.mark.parametrize("typed", ["Ada", "ada@nordlys.dk", "Ada <ADA@nordlys.dk>", "Ada #{key}"])
def test_contact_who_is_known_is_not_made_again(
    stages: dict[str, Stage], seller: Client, ada: Person, typed: str
) -> None:
    given = {"name": "Lamps", "currency": "DKK", "stage": stages["Need"].pk, "contact": typed.format(key=ada.pk)}
    assert seller.post("/deals/new/", given).status_code == 302
    assert Member.objects.get().person == ada


@pytest.mark.parametrize("typed", ["Twin", "nobody@", "Ada #999999", "Ada #" + "9" * 30])
def test_contact_who_is_nobody_or_two_is_asked_about(stages: dict[str, Stage], seller: Client, typed: str) -> None:
    for _ in range(2):
        Person.objects.create(name="Twin")
    before = Person.objects.count()
    given = {"name": "Lamps", "currency": "DKK", "stage": stages["Need"].pk, "contact": typed}
    answer = seller.post("/deals/new/", given)
    if typed.endswith("9" * 30):
        assert answer.status_code == 302  # no key of anybody: it is a name
        return
    assert answer.status_code == 422
    assert Person.objects.count() == before


def test_page_of_a_deal_asks_as_often_whatever_it_holds(make_deal: OpenDeal, seller: Client, ada: Person) -> None:
    deal = make_deal("Need", company=ada.company_id)
    lamp = Product.objects.create(name="Lamp", price=100, currency="DKK")
    address = f"/deals/{deal.pk}/"

    def add(number: int) -> None:
        for place in range(number):
            person = Person.objects.create(name=f"P{place}", company=ada.company)
            add_member(deal.pk, person.pk, "user", who=COMMAND_LINE)
            add_line(deal.pk, NewLine(None, lamp.pk), who=COMMAND_LINE)

    add(1)
    seller.get(address)
    few = queries(lambda: seller.get(address))
    add(6)
    assert queries(lambda: seller.get(address)) == few


def test_page_shows_path_playbook_history_and_lost_reason(
    make_deal: OpenDeal, stages: dict[str, Stage], reason: LostReason, seller: Client
) -> None:
    Stage.objects.filter(name="Need").update(playbook="Ask what it costs <them>.")
    deal = make_deal("Contact", value=1234_50)
    move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE)
    page = seller.get(f"/deals/{deal.pk}/").content.decode()
    assert "Ask what it costs &lt;them&gt;." in page
    assert "From Contact to Need" in seller.get(f"/deals/{deal.pk}/timeline/").content.decode()
    assert 'class="here" aria-current="step"' in page
    lose_deal(deal.pk, reason.pk, who=COMMAND_LINE, text="Ours was the dearest")
    page = seller.get(f"/deals/{deal.pk}/").content.decode()
    assert "Too dear" in page
    assert "Ours was the dearest" in page
    assert "Open it again" in page
    seller.post(f"/deals/{deal.pk}/reopen/")
    deal.refresh_from_db()
    assert deal.status == Status.OPEN


def test_field_is_edited_where_it_stands(make_deal: OpenDeal, dane: Client) -> None:
    deal = make_deal("Need", value=100_00)
    form = dane.get(f"/deals/{deal.pk}/edit/value/", headers=BY_SCRIPT).content.decode()
    assert 'name="was" value="10000 DKK"' in form
    given = {"was": "10000 DKK", "value": "2.500,75", "currency": "EUR"}
    answer = dane.post(f"/deals/{deal.pk}/edit/value/", given, headers=BY_SCRIPT)
    assert answer.status_code == 200
    assert "2.500,75" in answer.content.decode()
    deal.refresh_from_db()
    assert (deal.value, deal.currency) == (2500_75, "EUR")
    for name, typed, column in (("name", "Lamper", "name"), ("expected", "2030-01-02", "expected")):
        was = str(getattr(deal, column))
        assert dane.post(f"/deals/{deal.pk}/edit/{name}/", {"was": was, name: typed}).status_code == 302
    deal.refresh_from_db()
    assert (deal.name, str(deal.expected)) == ("Lamper", "2030-01-02")
    dane.post(f"/deals/{deal.pk}/edit/company/", {"was": "None", "company": "Ny Kunde"})
    deal.refresh_from_db()
    assert deal.company is not None
    dane.post(f"/deals/{deal.pk}/edit/company/", {"was": str(deal.company.pk), "company": ""})
    deal.refresh_from_db()
    assert deal.company is None
    assert dane.get(f"/deals/{deal.pk}/edit/status/").status_code == 404


def test_field_that_another_changed_is_shown_before_it_is_overwritten(make_deal: OpenDeal, seller: Client) -> None:
    deal = make_deal("Need", name="Lamps")
    address = f"/deals/{deal.pk}/edit/name/"
    seller.post(address, {"was": "Lamps", "name": "Theirs"})
    answer = seller.post(address, {"was": "Lamps", "name": "Mine"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in text
    assert "<b>Theirs</b>" in text
    assert 'value="Mine"' in text
    assert 'name="was" value="Theirs"' in text
    assert seller.post(address, {"was": "Theirs", "name": "Mine"}).status_code == 302
    deal.refresh_from_db()
    assert deal.name == "Mine"


def test_field_beside_one_that_another_changed_is_saved(make_deal: OpenDeal, seller: Client) -> None:
    deal = make_deal("Need", name="Lamps", value=1)
    seller.post(f"/deals/{deal.pk}/edit/name/", {"was": "Lamps", "name": "Theirs"})
    seller.post(f"/deals/{deal.pk}/edit/value/", {"was": "1 DKK", "value": "7", "currency": "DKK"})
    deal.refresh_from_db()
    assert (deal.name, deal.value) == ("Theirs", 7_00)


def test_committee_is_changed_on_the_page(make_deal: OpenDeal, seller: Client, ada: Person) -> None:
    deal = make_deal("Need")
    address = f"/deals/{deal.pk}/people/"
    answer = seller.post(address, {"do": "add", "someone": "Ada", "role": "decider"}, headers=BY_SCRIPT)
    assert answer.status_code == 200
    assert "Decider" in answer.content.decode()
    answer = seller.post(address, {"do": "add", "someone": "Ada", "role": "decider"}, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert "Ada is on this deal in this role already." in answer.content.decode()
    seller.post(address, {"do": "add", "someone": "Bo <bo@x.example>", "role": "legal", "primary": "on"})
    bo = Member.objects.get(person__name="Bo")
    assert bo.primary
    seller.post(address, {"do": "role", "member": bo.pk, "role": "blocker"})
    bo = Member.objects.get(person__name="Bo", until=None)
    assert bo.role == "blocker"
    seller.post(address, {"do": "primary", "member": Member.objects.get(person=ada).pk})
    seller.post(address, {"do": "end", "member": bo.pk})
    assert [(one.person, one.primary) for one in Member.objects.filter(until=None)] == [(ada, True)]
    assert seller.post(address, {"do": "end", "member": "x"}).status_code == 404
    gone = seller.post(address, {"do": "end", "member": bo.pk}, follow=True)
    assert "not on the deal any more" in gone.content.decode()


def test_lines_are_added_changed_and_removed_on_the_page(make_deal: OpenDeal, dane: Client) -> None:
    deal = make_deal("Need")
    lamp = Product.objects.create(name="Lampe", price=1299_00, currency="DKK")
    address = f"/deals/{deal.pk}/lines/"
    answer = dane.post(address, {"product": lamp.pk, "quantity": "2,5", "discount": "10"}, headers=BY_SCRIPT)
    assert answer.status_code == 200
    assert "2.922,75" in answer.content.decode()
    wrong = dane.post(address, {"text": "", "quantity": "0", "price": "1.5"}, headers=BY_SCRIPT)
    assert wrong.status_code == 422
    line = DealLine.objects.get()
    form = dane.get(f"{address}{line.pk}/").content.decode()
    assert 'value="2,5"' in form
    assert 'value="1299"' in form
    dane.post(f"{address}{line.pk}/", {"product": lamp.pk, "quantity": "1", "price": "1.000"})
    deal.refresh_from_db()
    assert deal.value == 1000_00
    dane.post(f"{address}{line.pk}/", {"do": "remove"})
    assert not DealLine.objects.exists()
    assert dane.get(f"{address}{line.pk}/").status_code == 404


def test_won_deal_opens_its_renewal_once(make_deal: OpenDeal, pipeline: Pipeline, seller: Client) -> None:
    deal = make_deal("Close", value=5)
    win_deal(deal.pk, who=COMMAND_LINE)
    assert "Open the renewal" not in seller.get(f"/deals/{deal.pk}/").content.decode()
    renewals = Pipeline.objects.create(name="Renewals")
    Stage.objects.create(pipeline=renewals, name="Ask", position=0)
    Pipeline.objects.filter(pk=pipeline.pk).update(renewal=renewals)
    assert "Open the renewal" in seller.get(f"/deals/{deal.pk}/").content.decode()
    answer = seller.post(f"/deals/{deal.pk}/renew/")
    renewal = Deal.objects.get(renewal_of=deal)
    assert answer.headers["Location"] == f"/deals/{renewal.pk}/"
    again = seller.post(f"/deals/{deal.pk}/renew/", follow=True)
    assert "cannot be renewed" in again.content.decode()
    assert "Renewed by" in again.content.decode()


def test_lookups_offer_what_is_found(seller: Client, ada: Person) -> None:
    assert 'value="Ada &lt;ada@nordlys.dk&gt;"' in seller.get("/deals/people/?q=ad").content.decode()
    assert 'value="Nordlys"' in seller.get("/deals/companies/?q=nor").content.decode()
    Person.objects.filter(pk=ada.pk).update(struck=timezone.now() - timedelta(days=1))
    assert "Ada" not in seller.get("/deals/people/?q=ad").content.decode()
