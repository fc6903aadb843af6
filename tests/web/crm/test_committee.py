"""Who is on a deal and what is sold in it: committee, primary contact, people added by hand, lines and values."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tragt.errors import InvalidDefinition, NotAllowed, NotFound
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.committee import add_member, add_new_member, change_role, end_membership, make_primary
from tragt.web.crm.actions.deals import NewDeal, edit_deal, open_deal
from tragt.web.crm.actions.lines import NewLine, add_line, edit_line, remove_line
from tragt.web.crm.actions.moving import move_deal
from tragt.web.crm.models import Deal, DealLine, Member, Product, Stage
from tragt.web.crm.queries.committee import committee_of, companies_like, people_like, written
from tragt.web.outbox.models import Pending
from tragt.web.people.actions.adding import add_company, add_person
from tragt.web.people.models import Company, Identifier, Mention, Person, Statement
from tragt.web.shell.acting import COMMAND_LINE, Who


def primary(deal: Deal) -> list[str]:
    return list(Member.objects.filter(deal=deal, primary=True).values_list("person__name", flat=True))


def actors_told(deal: Deal) -> list[str]:
    rows = Pending.objects.filter(deal=deal.key, name="Deal Stage Entered").order_by("pk")
    return list(rows.values_list("actor", flat=True))


@pytest.fixture
def bea(db: None) -> Person:  # noqa: ARG001
    person = Person.objects.create(name="Bea", email="bea@nordlys.dk")
    Identifier.objects.create(actor="u:bea", person=person)
    return person


def test_first_member_is_the_primary_contact_and_another_takes_over(
    make_deal: OpenDeal, ada: Person, bea: Person, stages: dict[str, Stage]
) -> None:
    deal = make_deal("Contact")
    add_member(deal.pk, ada.pk, "champion", who=COMMAND_LINE)
    assert primary(deal) == ["Ada"]
    move_deal(deal.pk, stages["Need"].pk, who=COMMAND_LINE)
    second = add_member(deal.pk, bea.pk, "decider", who=COMMAND_LINE)
    assert primary(deal) == ["Ada"]
    make_primary(deal.pk, second.pk, who=COMMAND_LINE)
    assert primary(deal) == ["Bea"]
    move_deal(deal.pk, stages["Close"].pk, who=COMMAND_LINE)
    assert actors_told(deal) == ["", "u:ada", "u:bea"]


def test_member_who_leaves_stays_on_record_and_the_next_stands_for_the_deal(
    make_deal: OpenDeal, ada: Person, bea: Person
) -> None:
    deal = make_deal("Contact")
    first = add_member(deal.pk, ada.pk, "contact", who=COMMAND_LINE)
    add_member(deal.pk, bea.pk, "legal", who=COMMAND_LINE)
    end_membership(deal.pk, first.pk, who=COMMAND_LINE)
    assert primary(deal) == ["Bea"]
    committee = committee_of(deal, None)
    assert [one.person.name for one in committee.now] == ["Bea"]
    assert [one.person.name for one in committee.before] == ["Ada"]
    with pytest.raises(NotFound, match="not on the deal any more"):
        make_primary(deal.pk, first.pk, who=COMMAND_LINE)
    Person.objects.filter(pk=bea.pk).update(struck=timezone.now())
    assert committee_of(deal, None).now == []


def test_role_that_changes_keeps_the_days_of_the_old_one(make_deal: OpenDeal, ada: Person) -> None:
    deal = make_deal("Contact")
    member = add_member(deal.pk, ada.pk, "user", who=COMMAND_LINE)
    change_role(deal.pk, member.pk, "decider", who=COMMAND_LINE)
    rows = Member.objects.filter(deal=deal).order_by("pk").values_list("role", "primary", "until")
    assert [(role, first, until is None) for role, first, until in rows] == [
        ("user", False, False),
        ("decider", True, True),
    ]
    with pytest.raises(InvalidDefinition, match="already"):
        add_member(deal.pk, ada.pk, "decider", who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition, match="not one of the roles"):
        add_member(deal.pk, ada.pk, "king", who=COMMAND_LINE)


def test_new_member_is_made_known_with_the_company_of_the_deal(make_deal: OpenDeal, ada: Person) -> None:
    deal = make_deal("Contact", company=ada.company_id)
    member = add_new_member(deal.pk, "Ida Lund", " IDA@Nordlys.dk", "procurement", who=COMMAND_LINE)
    person = member.person
    assert (person.name, person.email, person.company_id) == ("Ida Lund", "ida@nordlys.dk", ada.company_id)
    assert Identifier.objects.get(person=person).actor.startswith("u:")
    assert Statement.objects.get(person=person).told == {
        "name": "Ida Lund",
        "email": "ida@nordlys.dk",
        "company": "nordlys",
    }


def test_person_with_an_address_that_stands_is_refused_by_name_and_nothing_is_written(
    make_deal: OpenDeal, ada: Person
) -> None:
    deal = make_deal("Contact")
    with pytest.raises(InvalidDefinition, match="belongs to Ada already") as refused:
        add_new_member(deal.pk, "Somebody", "Ada@Nordlys.DK", "user", who=COMMAND_LINE)
    assert refused.value.fields["person"] == ada.pk
    assert Person.objects.count() == 1
    assert not Member.objects.exists()
    Person.objects.filter(pk=ada.pk).update(struck=timezone.now())
    assert add_person({"email": "ada@nordlys.dk"}, COMMAND_LINE).pk != ada.pk


@pytest.mark.usefixtures("organisation")
@pytest.mark.parametrize("told", [{}, {"name": "  ", "email": ""}, {"company": "Arla"}, {"email": "nobody"}])
def test_person_of_whom_nothing_is_told_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(InvalidDefinition):
        add_person(told, COMMAND_LINE)
    assert not Person.objects.exists()


def test_sellers_who_see_their_own_hear_no_name_and_find_nobody(
    ada: Person, organisation: Organisation, make_user: object
) -> None:
    seller: User = make_user(Role.SELLER)  # type: ignore[operator]
    other: User = make_user(Role.SELLER, "other@example.org")  # type: ignore[operator]
    Organisation.objects.filter(pk=organisation.pk).update(sellers_see=Reach.OWN)
    Person.objects.update(owner=other)
    with pytest.raises(InvalidDefinition) as refused:
        add_person({"name": "X", "email": "ada@nordlys.dk"}, Who.of(seller))
    assert "Ada" not in refused.value.message
    assert people_like("ada", seller) == []
    assert [one.pk for one in people_like("ada", other)] == [ada.pk]
    assert add_person({"name": "Mine"}, Who.of(seller)).owner == seller
    with pytest.raises(NotAllowed):
        add_person({"name": "X"}, Who.of(make_user(Role.VIEWER)))  # type: ignore[operator]


def test_lookup_finds_beginnings_in_any_case_at_the_same_cost(ada: Person, bea: Person) -> None:
    assert [one.pk for one in people_like("BE", None)] == [bea.pk]
    assert [one.pk for one in people_like("ada@nord", None)] == [ada.pk]
    assert people_like("a", None) == []
    assert people_like("zz", None) == []
    Company.objects.create(key="ørsted", name="Ørsted")
    assert [one.name for one in companies_like("ørs", None)] == ["Ørsted"]
    assert [one.name for one in companies_like("  NORD ", None)] == ["Nordlys"]
    assert written(ada) == "Ada <ada@nordlys.dk>"
    assert written(Person(pk=7, name="Ida")) == "Ida #7"
    assert queries(lambda: people_like("ada", None)) == 2


def test_company_named_by_hand_stays_while_nobody_belongs_to_it(ada: Person) -> None:
    assert add_company("NORDLYS ", COMMAND_LINE) == ada.company
    new = add_company("Skov & Søn", COMMAND_LINE)
    assert (new.key, new.name) == ("skov & søn", "Skov & Søn")
    assert Mention.objects.filter(company=new).count() == 1
    with pytest.raises(InvalidDefinition):
        add_company("   ", COMMAND_LINE)


def test_value_of_a_deal_follows_its_lines_until_the_last_is_gone(make_deal: OpenDeal) -> None:
    deal = make_deal("Need", value=5)
    lamp = Product.objects.create(name="Lamp", price=1299_00, currency="DKK")
    first = add_line(deal.pk, NewLine(None, lamp.pk, quantity=Decimal(3)), who=COMMAND_LINE)
    assert worth(deal) == 3897_00
    add_line(
        deal.pk, NewLine(100_00, text="Fitting", quantity=Decimal("1.5"), discount=Decimal("12.5")), who=COMMAND_LINE
    )
    assert worth(deal) == 3897_00 + 131_25
    edit_line(deal.pk, first.pk, NewLine(1000_00, lamp.pk), who=COMMAND_LINE)
    assert worth(deal) == 1131_25
    for line in DealLine.objects.all():
        remove_line(deal.pk, line.pk, who=COMMAND_LINE)
    assert worth(deal) == 131_25
    with pytest.raises(NotFound):
        remove_line(deal.pk, first.pk, who=COMMAND_LINE)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (NewLine(1), "product"),
        (NewLine(None, text="x"), "price"),
        (NewLine(-1, text="x"), "price"),
        (NewLine(2**63 - 1, text="x", quantity=Decimal(2)), "price"),
        (NewLine(1, text="x", quantity=Decimal(0)), "quantity"),
        (NewLine(1, text="x", quantity=Decimal("0.0001")), "quantity"),
        (NewLine(1, text="x", discount=Decimal("100.01")), "discount"),
    ],
)
def test_line_that_cannot_be_is_refused_at_its_field(make_deal: OpenDeal, line: NewLine, field: str) -> None:
    deal = make_deal("Need", value=5)
    with pytest.raises(InvalidDefinition) as refused:
        add_line(deal.pk, line, who=COMMAND_LINE)
    assert refused.value.fields["field"] == field
    assert (worth(deal), DealLine.objects.count()) == (5, 0)


def test_list_price_of_another_currency_is_not_taken(make_deal: OpenDeal) -> None:
    deal = make_deal("Need", currency="EUR")
    lamp = Product.objects.create(name="Lamp", price=1299_00, currency="DKK")
    with pytest.raises(InvalidDefinition, match="Write the price in EUR"):
        add_line(deal.pk, NewLine(None, lamp.pk), who=COMMAND_LINE)
    Product.objects.update(archived=timezone.now())
    with pytest.raises(NotFound, match="archived"):
        add_line(deal.pk, NewLine(1, lamp.pk), who=COMMAND_LINE)


def worth(deal: Deal) -> int | None:
    return Deal.objects.values_list("value", flat=True).get(pk=deal.pk)


def test_committee_names_nobody_whom_its_reader_does_not_see(
    make_deal: OpenDeal, ada: Person, bea: Person, make_user: Callable[..., User], organisation: Organisation
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    anna, bo = make_user(Role.SELLER, "anna@example.org"), make_user(Role.SELLER, "bo@example.org")
    Person.objects.filter(pk=bea.pk).update(owner=bo)
    deal = make_deal("Contact")
    for person in (ada, bea):
        add_member(deal.pk, person.pk, "contact", who=COMMAND_LINE)
    seen = committee_of(deal, anna)
    assert ([one.person for one in seen.now], seen.unseen) == ([ada], 1)
    assert committee_of(deal, bo).unseen == 0


def test_deal_takes_no_company_contact_or_owner_that_its_maker_may_not_choose(
    make_deal: OpenDeal,
    ada: Person,
    stages: dict[str, Stage],
    make_user: Callable[..., User],
    organisation: Organisation,
) -> None:
    organisation.sellers_see = Reach.OWN
    organisation.save()
    anna, bo = make_user(Role.SELLER, "anna@example.org"), make_user(Role.SELLER, "bo@example.org")
    hidden = Company.objects.create(name="Fjord", key="fjord", owner=bo)
    Person.objects.filter(pk=ada.pk).update(owner=bo)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    deal, who = make_deal("Contact", owner=anna.pk), Who.of(anna)
    for change in ({"company": hidden.pk}, {"owner": bo.pk}):
        with pytest.raises(NotFound):
            edit_deal(deal.pk, change, who=who)
    with pytest.raises(NotFound):
        open_deal(NewDeal("New", stages["Contact"].pk, "DKK", contact=ada.pk), who=who)
    with pytest.raises(InvalidDefinition, match="not yours to see"):
        add_company("Fjord", who)
