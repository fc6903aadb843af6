"""Parts of the page of a deal: the days of its people, its lines beside its value, how likely it is, its tags."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.crm.calling import answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.errors import InvalidDefinition
from tragt.web.accounts.models import Organisation, Role, Team, User
from tragt.web.crm.actions.committee import add_member, change_days, end_membership
from tragt.web.crm.actions.lines import NewLine, add_line
from tragt.web.crm.models import Deal, DealLine, Member, Stage
from tragt.web.people.models import Person
from tragt.web.records.models import Field, Tag
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db

BY_SCRIPT = {"HX-Request": "true"}
TODAY = timezone.now().date()


@pytest.fixture
def joined(make_deal: OpenDeal, ada: Person) -> Member:
    """Ada on a deal, as its primary contact."""
    deal = make_deal()
    return add_member(deal.pk, ada.pk, "contact", who=COMMAND_LINE)


def days(member: Member) -> tuple[str, str]:
    """The first and the last day of a membership, in Copenhagen."""
    member.refresh_from_db()
    found = (
        timezone.localtime(one, timezone.get_fixed_timezone(60)) if one else None
        for one in (member.since, member.until)
    )
    return tuple(str(one.date()) if one else "" for one in found)  # type: ignore[return-value] # two of them


def path(member: Member) -> str:
    return f"/deals/{member.deal_id}/people/"


def test_days_of_a_member_are_set_on_the_page(joined: Member, owner_client: Client) -> None:
    page = owner_client.get(f"/deals/{joined.deal_id}/").content.decode()
    assert 'name="since" value="' in page
    given = {"do": "days", "member": joined.pk, "since": "2026-01-05", "until": "2026-02-06"}
    answer = owner_client.post(path(joined), given, headers=BY_SCRIPT)
    assert answer.status_code == 200
    assert days(joined) == ("2026-01-05", "2026-02-06")
    assert not joined.primary
    assert 'value="2026-01-05"' in answer.content.decode()
    owner_client.post(path(joined), {**given, "until": ""})
    assert (days(joined), joined.primary) == (("2026-01-05", ""), True)


def test_last_day_before_the_first_is_refused_with_a_sentence(joined: Member, owner_client: Client) -> None:
    before = days(joined)
    given = {"do": "days", "member": joined.pk, "since": "2026-02-06", "until": "2026-02-05"}
    answer = owner_client.post(path(joined), given, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert "The last day is before the first." in answer.content.decode()
    told = owner_client.post(path(joined), given, follow=True).content.decode()
    assert "The last day is before the first." in told
    assert days(joined) == before


@pytest.mark.parametrize(
    ("since", "until"), [("", ""), ("x", ""), ("0001-01-01", ""), ("9999-12-31", ""), ("2026-01-05", "9999-12-31")]
)
def test_day_that_cannot_be_changes_nothing(joined: Member, owner_client: Client, since: str, until: str) -> None:
    before = days(joined)
    given = {"do": "days", "member": joined.pk, "since": since, "until": until}
    assert owner_client.post(path(joined), given, headers=BY_SCRIPT).status_code == 422
    assert days(joined) == before


def test_primary_contact_who_left_on_a_day_is_followed_by_the_next(joined: Member) -> None:
    bo = add_member(joined.deal_id, Person.objects.create(name="Bo").pk, "user", who=COMMAND_LINE)
    change_days(joined.deal_id, joined.pk, date(2026, 1, 5), date(2026, 1, 6), who=COMMAND_LINE)
    bo.refresh_from_db()
    assert bo.primary
    change_days(joined.deal_id, joined.pk, date(2026, 1, 5), None, who=COMMAND_LINE)
    joined.refresh_from_db()
    assert (joined.until, joined.primary) == (None, False)


def test_member_who_is_back_in_the_role_already_does_not_come_twice(joined: Member) -> None:
    end_membership(joined.deal_id, joined.pk, who=COMMAND_LINE)
    add_member(joined.deal_id, joined.person_id, "contact", who=COMMAND_LINE)
    with pytest.raises(InvalidDefinition) as refused:
        change_days(joined.deal_id, joined.pk, date(2026, 1, 5), None, who=COMMAND_LINE)
    assert refused.value.code == "crm.on_it"


def test_member_joins_since_a_day(make_deal: OpenDeal, ada: Person, owner_client: Client) -> None:
    deal = make_deal()
    given = {"do": "add", "someone": f"Ada #{ada.pk}", "role": "decider", "since": "2026-01-05"}
    assert owner_client.post(f"/deals/{deal.pk}/people/", given, headers=BY_SCRIPT).status_code == 200
    assert days(Member.objects.get()) == ("2026-01-05", "")
    late = {**given, "role": "user", "since": str(TODAY + timedelta(days=2))}
    answer = owner_client.post(f"/deals/{deal.pk}/people/", late, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert answer.context["member_form"].errors["since"]


def test_program_sets_the_days_of_a_member(
    joined: Member, program_of: Callable[..., Client], owner: User, ada: Person
) -> None:
    program, there = program_of(owner), f"/deals/{joined.deal_id}/members"
    given = {"since": "2026-01-05", "until": "2026-02-06"}
    told = answered(send(program, "PATCH", f"{there}/{joined.pk}", given))
    assert (told["since"], told["until"][:19]) == ("2026-01-05T00:00:00+01:00", "2026-02-06T23:59:59")
    refused = answered(send(program, "PATCH", f"{there}/{joined.pk}", {"until": "2026-01-01"}), 422)
    assert [one["field"] for one in refused["errors"]] == ["until"]
    answered(send(program, "PATCH", f"{there}/{joined.pk}", {"role": "user"}), 404)
    assert answered(send(program, "PATCH", f"{there}/{joined.pk}", {"until": None}))["until"] is None
    body = {"person": ada.pk, "role": "decider", "since": "2026-01-05"}
    assert answered(send(program, "POST", there, body), 201)["since"].startswith("2026-01-05T00")
    assert answered(send(program, "POST", there, {**body, "role": "user", "since": "2199-01-01"}), 422)


def test_seller_changes_nobody_on_a_deal_whom_they_do_not_see(
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    owner: User,
    organisation: Organisation,
    joined: Member,
) -> None:
    Organisation.objects.filter(pk=organisation.pk).update(sellers_see="own")
    seller = make_user(Role.SELLER, "anna@example.org", "Anna")
    Deal.objects.update(owner=seller)
    Person.objects.update(owner=owner)
    for do in ("role", "days", "primary", "end"):
        given = {"do": do, "member": joined.pk, "role": "decider", "since": "2026-01-05", "until": "2026-01-06"}
        assert client_of(seller).post(path(joined), given).status_code == 404
    assert Member.objects.get().until is None


def test_lines_come_to_their_sum_and_the_page_says_where_the_deal_differs(
    make_deal: OpenDeal, owner_client: Client
) -> None:
    deal = make_deal()
    for price in (100_00, 50_00):
        add_line(deal.pk, NewLine(price, text="Lamp", quantity=Decimal(2)), who=COMMAND_LINE)
    page = owner_client.get(f"/deals/{deal.pk}/").content.decode()
    assert "not the sum of its lines" not in page
    Deal.objects.filter(pk=deal.pk).update(value=777_00)
    page = owner_client.get(f"/deals/{deal.pk}/").content.decode()
    foot = page[page.index("<tfoot>") : page.index("</tfoot>")]
    assert "300" in foot
    assert "777" not in foot
    assert "777" in page[page.index("</tfoot>") : page.index("not the sum of its lines")]
    Deal.objects.filter(pk=deal.pk).update(value=None)
    assert "The deal itself has no value." in owner_client.get(f"/deals/{deal.pk}/").content.decode()


def test_line_that_another_changed_is_shown_before_it_is_overwritten(make_deal: OpenDeal, owner_client: Client) -> None:
    deal = make_deal()
    line = add_line(deal.pk, NewLine(100_00, text="Lamp"), who=COMMAND_LINE)
    there = f"/deals/{deal.pk}/lines/{line.pk}/"
    seen = owner_client.get(there).context["form"].initial["was"]
    given = {"text": "Lamp", "quantity": "1", "price": "100", "discount": "", "was": seen}
    assert owner_client.post(there, {**given, "quantity": "3"}).status_code == 302
    clash = owner_client.post(there, {**given, "price": "90"})
    text = clash.content.decode()
    assert clash.status_code == 409
    assert "Somebody changed this meanwhile" in text
    assert 'value="90"' in text
    line.refresh_from_db()
    assert (int(line.quantity), line.price) == (3, 100_00)
    again = {**given, "price": "90", "was": clash.context["form"]["was"].value()}
    assert owner_client.post(there, again).status_code == 302
    line.refresh_from_db()
    assert (int(line.quantity), line.price) == (1, 90_00)
    DealLine.objects.all().delete()
    assert owner_client.post(there, again).status_code == 404


def test_head_says_how_likely_what_that_makes_and_who_has_the_stage(make_deal: OpenDeal, owner_client: Client) -> None:
    team = Team.objects.create(name="Team North")
    Stage.objects.filter(name="Need").update(probability=40, level="mofu", team=team)
    deal = make_deal("Need", value=1000_00)
    page = owner_client.get(f"/deals/{deal.pk}/").content.decode()
    head = page[page.index('id="deal-head"') :][:1500]
    for expected in ("40 % likely", "weighted", "400", "Middle of the funnel", "Team North"):
        assert expected in head
    Deal.objects.filter(pk=deal.pk).update(status="lost", closed=datetime(2026, 1, 1, tzinfo=UTC))
    assert "likely" not in owner_client.get(f"/deals/{deal.pk}/").content.decode()


def test_tags_are_put_on_a_deal_and_taken_away_where_it_is_shown(make_deal: OpenDeal, owner_client: Client) -> None:
    deal = make_deal()
    there = f"/records/deal/{deal.pk}/tags/"
    assert there in owner_client.get(f"/deals/{deal.pk}/").content.decode()
    assert "Hot" in owner_client.post(there, {"name": "Hot"}, headers=BY_SCRIPT).content.decode()
    page = owner_client.get(f"/deals/{deal.pk}/").content.decode()
    assert "Hot" in page[page.index('id="h-tags"') :]
    owner_client.post(there, {"remove": Tag.objects.get().pk})
    assert "No tags" in owner_client.get(f"/deals/{deal.pk}/").content.decode()


def test_page_asks_as_often_however_many_fields_tags_and_tasks(make_deal: OpenDeal, owner_client: Client) -> None:
    deal = make_deal("Need", value=1)
    there = f"/deals/{deal.pk}/"

    def more(number: int) -> None:
        for place in range(number):
            name = f"{number}-{place}"
            Field.objects.create(kind="deal", code=name, title=name, type="user" if place else "text")
            owner_client.post(f"/records/deal/{deal.pk}/tags/", {"name": name})

    more(2)
    owner_client.get(there)
    few = queries(lambda: owner_client.get(there))
    more(7)
    assert queries(lambda: owner_client.get(there)) == few
