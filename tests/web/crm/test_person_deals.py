"""The deals of a person: on the page of the person, on a page of their own, and when an import is taken back."""

from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest
from django.test import Client

from tests.web.conftest import queries
from tests.web.crm.conftest import OpenDeal
from tests.web.crm.test_learning import LIFE, learn, log
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.committee import add_member, end_membership
from tragt.web.crm.actions.learning import undo_deals
from tragt.web.crm.models import Deal, Member
from tragt.web.people.actions import learn_people, undo_learning
from tragt.web.people.models import Company, Person
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


def on(deal: Deal, person: Person, role: str, **given: object) -> Member:
    return add_member(deal.pk, person.pk, role, who=COMMAND_LINE, **given)  # type: ignore[arg-type]


def left(member: Member) -> None:
    end_membership(member.deal_id, member.pk, who=COMMAND_LINE)
    Member.objects.filter(pk=member.pk).update(until=LONG_AGO)


def test_panel_says_what_the_person_is_on_each_deal_and_greys_those_that_were_left(
    owner_client: Client, make_deal: OpenDeal, ada: Person
) -> None:
    first, second, third = (make_deal(name=name) for name in ("Lamps", "Masts", "Poles"))
    on(first, ada, "decider", primary=True)
    on(first, ada, "user")
    left(on(second, ada, "champion"))
    # Who left as one thing and came back as another is on the deal.
    left(on(third, ada, "contact"))
    on(third, ada, "legal")
    text = owner_client.get(f"/people/{ada.pk}/").content.decode()
    lines = text.split('id="h-deals"')[1].split("</section>")[0].split("<li")[1:]
    assert [name in line for line, name in zip(lines, ("Poles", "Lamps", "Masts"), strict=True)] == [True] * 3
    poles, lamps, masts = lines
    assert 'class="soft">Legal' in poles
    assert ", Contact" not in poles, "what she was is past"
    assert "Decider, User · Primary contact" in lamps
    assert "former" not in lamps + poles
    assert 'class="former"' in masts
    assert "Champion · until 5 Jan 2026" in masts


def test_more_deals_than_the_page_shows_stand_on_a_page_of_their_own(
    owner_client: Client, make_deal: OpenDeal, ada: Person
) -> None:
    for number in range(10):
        on(make_deal(name=f"Deal {number}"), ada, "contact")
    address = f"/people/{ada.pk}/deals/"
    assert f'href="{address}"' not in owner_client.get(f"/people/{ada.pk}/").content.decode()
    ten = queries(lambda: owner_client.get(address))
    left(on(make_deal(name="The eleventh"), ada, "blocker"))
    assert f'href="{address}"' in owner_client.get(f"/people/{ada.pk}/").content.decode()
    text = owner_client.get(address).content.decode()
    assert text.count("<tr") == 12
    assert text.index("Deal 0") < text.index("The eleventh"), "who left stands last"
    assert "Opponent" in text
    assert queries(lambda: owner_client.get(address)) == ten
    company = Company.objects.get()
    Deal.objects.update(company=company)
    assert (
        f'href="/deals/?company.is={company.pk}"'
        in owner_client.get(f"/people/companies/{company.pk}/").content.decode()
    )


def test_deals_of_a_person_are_those_one_sees_on_pages_and_through_the_api(
    make_deal: OpenDeal,
    ada: Person,
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    program_of: Callable[..., Client],
) -> None:
    seller, owner = make_user(Role.SELLER), make_user(Role.OWNER)
    organisation.sellers_see = Reach.OWN
    organisation.save()
    mine, theirs = make_deal(name="Mine", owner=seller.pk), make_deal(name="Theirs", owner=owner.pk)
    member = on(mine, ada, "user", primary=True)
    left(on(mine, ada, "contact"))
    on(theirs, ada, "decider")
    page = client_of(seller).get(f"/people/{ada.pk}/deals/").content.decode()
    assert ("Mine" in page, "Theirs" in page) == (True, False)
    listed = program_of(seller).get(f"/api/v1/persons/{ada.pk}/deals").json()["items"]
    assert [(one["deal_name"], one["role"], one["until"] is None) for one in listed] == [
        ("Mine", "user", True),
        ("Mine", "contact", False),
    ]
    assert (listed[0]["id"], listed[0]["primary"], listed[0]["status"]) == (member.pk, True, "open")
    assert len(program_of(owner).get(f"/api/v1/persons/{ada.pk}/deals").json()["items"]) == 3
    Person.objects.update(owner=owner)
    assert client_of(seller).get(f"/people/{ada.pk}/deals/").status_code == 404
    assert program_of(seller).get(f"/api/v1/persons/{ada.pk}/deals").status_code == 404
    assert client_of(seller).get("/people/999999/deals/").status_code == 404


def people(cause: str, **names: str) -> None:
    frame = pl.DataFrame({"actor": [f"u:{actor}" for actor in names], "name": list(names.values())})
    learn_people(frame, cause=cause, who=SYSTEM)


def names() -> set[str]:
    return set(Person.objects.values_list("name", flat=True))


def test_persons_on_deals_of_others_stay_where_their_import_is_undone(make_deal: OpenDeal) -> None:
    people("import:1", ada="Ada", bo="Bo", cleo="Cleo", dan="Dan")
    found = {one.name: one for one in Person.objects.all()}
    on(make_deal(name="Made here"), found["Ada"], "decider")
    left(on(make_deal(name="Left"), found["Bo"], "user"))
    learn(log(("d9", "Deal Won", 1, {"pipeline": "B2B"}), actor="u:cleo"), "import:2")
    undo_learning(cause="import:1", who=SYSTEM)
    assert names() == {"Ada", "Bo", "Cleo"}
    assert Member.objects.count() == 3


def test_persons_go_with_the_deals_of_their_own_import_unless_somebody_worked_on_one() -> None:
    people("import:1", ada="Ada", bo="Bo")
    learn(LIFE, "import:1")
    learn(log(("d5", "Deal Won", 1, {"pipeline": "B2B"}), actor="u:bo"), "import:1x")
    bo = Person.objects.get(name="Bo")
    worked_on = Deal.objects.get(key="d1")
    undo_learning(cause="import:1", who=SYSTEM)
    undo_deals(cause="import:1", who=SYSTEM)
    assert names() == {"Bo"}, "another file put Bo on a deal"
    assert not Deal.objects.filter(pk=worked_on.pk).exists()
    people("import:3", eva="Eva")
    learn(log(("d7", "Deal Created", 1, {"pipeline": "B2B", "stage": "Need"}), actor="u:eva"), "import:3")
    deal = Deal.objects.get(key="d7")
    on(deal, bo, "user")
    learn(log(("d7", "Deal Won", 9, {})), "import:4")
    undo_learning(cause="import:3", who=SYSTEM)
    undo_deals(cause="import:3", who=SYSTEM)
    assert names() == {"Bo", "Eva"}, "another file told of the deal, so it stays, and she on it"
    assert Member.objects.filter(deal__key="d7").count() == 2
