"""Two signed-in sellers at the same pages at once: nothing that was saved is lost, and who came second is told."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from tests.web.crm.conftest import OpenDeal
from tests.web.crm.test_api_day import assert_nothing_lost
from tests.web.racing import ROUNDS, form_at, real_database, together
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Activity, Deal, DealLine, Member, Stage
from tragt.web.people.models import Company, Person
from tragt.web.records.models import Field

__all__ = ["real_database"]

pytestmark = [
    pytest.mark.soak,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_database"),
]

SCRIPT = {"HX-Request": "true"}
"""As the pages' script asks: what was refused is then answered with its own status."""

ADDED = max(ROUNDS // 10, 5)


@pytest.fixture
def sellers(real_database: None, make_user: Callable[..., User], client_of: Callable[..., Client]) -> list[Client]:  # noqa: ARG001
    """Two browsers, in each of which a seller is signed in."""
    return [client_of(make_user(Role.SELLER, email=f"{name}@example.org")) for name in ("ada", "bo")]


def number_in(text: str) -> int:
    """The whole number in what stands in a field."""
    found = re.sub(r"[^\d.,-]", "", text).split(".", maxsplit=1)[0].replace(",", "")
    return int(found)


@dataclass
class Tries:
    """What came of what one tried.

    Attributes:
        changes: How often a change of the value was taken.
        moves: How often a move was taken.
        refused: How often somebody else came first.
    """

    changes: int = 0
    moves: int = 0
    refused: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))


def test_two_at_one_deal_edit_and_move_it_and_lose_nothing(
    sellers: list[Client], make_deal: OpenDeal, stages: dict[str, Stage]
) -> None:
    deal = make_deal(value=100, currency="DKK")
    keys = [one.pk for one in stages.values()]

    def work(number: int) -> Tries:
        browser, tries = sellers[number], Tries(chance=random.Random(number))
        for _ in range(ROUNDS):
            if tries.chance.random() < 0.5:
                change_value(browser, deal.pk, tries)
            else:
                move(browser, deal.pk, keys, tries)
        return tries

    both = together(work)
    changes, moved = (sum(getattr(one, name) for one in both) for name in ("changes", "moves"))
    assert min(changes, moved) > 0
    assert changes + moved + sum(one.refused for one in both) == 2 * ROUNDS
    now = Deal.objects.get(pk=deal.pk)
    assert now.value == 100 * (1 + changes)
    Deal.objects.filter(pk=deal.pk).update(value=1 + changes)  # a crown each time, where programs raise it by an øre
    assert_nothing_lost(deal.pk, changes, moved)
    print(f"{2 * ROUNDS} rounds on pages: {changes} changes, {moved} moves, {2 * ROUNDS - changes - moved} refused")


def change_value(browser: Client, deal: int, tries: Tries) -> None:
    """Raise the value by a crown, as the field on the page of the deal does it."""
    address = f"/deals/{deal}/edit/value/"
    filled = form_at(browser.get(address), address)
    answer = browser.post(address, {**filled, "value": str(number_in(filled["value"]) + 1)}, headers=SCRIPT)
    if answer.status_code == 200:
        tries.changes += 1
    else:
        assert answer.status_code == 422, answer.content
        assert b"Somebody changed this meanwhile" in answer.content, answer.content
        tries.refused += 1


def move(browser: Client, deal: int, stages: list[int], tries: Tries) -> None:
    """Move it to another stage, as the board does it."""
    address = f"/deals/{deal}/move/"
    filled = form_at(browser.get(address), address)
    to = tries.chance.choice([one for one in stages if one != int(filled["seen"])])
    answer = browser.post(address, {**filled, "to": to}, headers=SCRIPT)
    if answer.status_code == 200:
        tries.moves += 1
    else:
        assert answer.status_code == 409, (answer.status_code, answer.content)
        tries.refused += 1


@pytest.mark.parametrize("kind", ["person", "company"])
def test_two_that_count_up_on_the_page_of_a_record_lose_no_change(sellers: list[Client], kind: str) -> None:
    custom = Field.objects.create(kind=kind, code="count", title="Count", type="text")
    model: Any = Person if kind == "person" else Company
    given = {"key": "nordlys"} if kind == "company" else {}
    row = model.objects.create(name="Nordlys", **given)
    address = f"/people/{row.pk}/edit/" if kind == "person" else f"/people/companies/{row.pk}/edit/"

    def count_up(number: int) -> int:
        """Each writes who counted, for of two who write the same neither writes over the other."""
        done = 0
        for _ in range(ROUNDS):
            filled = form_at(sellers[number].get(address), address)
            before = filled[f"f{custom.pk}"] or "0"
            after = f"{int(before.split()[0]) + 1} by {number}"
            answer = sellers[number].post(address, {**filled, f"f{custom.pk}": after})
            if answer.status_code == 302:
                done += 1
            else:
                assert b"Somebody changed this meanwhile" in answer.content, answer.content
        return done

    done = sum(together(count_up))
    assert done >= ROUNDS, "of two who come at once the first is taken"
    row.refresh_from_db()
    assert int(row.traits["count"].split()[0]) == done
    print(f"{2 * ROUNDS} rounds on the page of a {kind}: {done} changes, {2 * ROUNDS - done} refused")


def test_two_that_change_an_activity_lose_no_change(sellers: list[Client], make_deal: OpenDeal) -> None:
    row = Activity.objects.create(kind="note", title="0", text="Said so", deal=make_deal(), at="2026-01-02T09:00Z")
    address = f"/activities/{row.pk}/"

    def count_up(number: int) -> int:
        done = 0
        for _ in range(ROUNDS):
            filled = form_at(sellers[number].get(address), address)
            answer = sellers[number].post(address, {**filled, "title": str(int(filled["title"]) + 1)})
            done += answer.status_code == 302
        return done

    done = sum(together(count_up))
    assert done >= ROUNDS, "of two who come at once the first is taken"
    row.refresh_from_db()
    assert row.title == str(done)
    print(f"{2 * ROUNDS} rounds on the page of an activity: {done} changes, {2 * ROUNDS - done} refused")


def test_two_that_change_one_line_lose_no_change_and_the_deal_is_worth_its_lines(
    sellers: list[Client], make_deal: OpenDeal
) -> None:
    deal = make_deal()
    line = DealLine.objects.create(deal=deal, text="Lamps", price=1_00)
    address = f"/deals/{deal.pk}/lines/{line.pk}/"

    def count_up(number: int) -> int:
        """One counts the quantity up, the other the price: neither may write over what the other saved."""
        name, done = ("quantity", "price")[number], 0
        for _ in range(ROUNDS):
            filled = form_at(sellers[number].get(address), address)
            raised = {**filled, name: str(number_in(filled[name]) + 1)}
            answer = sellers[number].post(address, raised, headers=SCRIPT)
            assert answer.status_code in (200, 409, 422), answer.content
            done += answer.status_code == 200
        return done

    quantity, price = together(count_up)
    line.refresh_from_db()
    deal.refresh_from_db()
    assert (line.quantity, line.price) == (1 + quantity, 100 * (1 + price))
    assert deal.value == (1 + quantity) * 100 * (1 + price)
    print(f"{2 * ROUNDS} rounds at one line: {quantity} quantities, {price} prices")


def test_two_that_add_lines_have_them_all_in_an_order_and_the_deal_is_worth_their_sum(
    sellers: list[Client], make_deal: OpenDeal
) -> None:
    deal = make_deal()
    address = f"/deals/{deal.pk}/lines/"

    def add(number: int) -> None:
        for each in range(ADDED):
            answer = sellers[number].post(
                address, {"text": f"{number} {each}", "quantity": "2", "price": str(each + 1)}, headers=SCRIPT
            )
            assert answer.status_code == 200, answer.content

    together(add)
    lines = list(deal.lines.all())
    assert {one.text for one in lines} == {f"{number} {each}" for number in range(2) for each in range(ADDED)}
    assert sorted(one.position for one in lines) == list(range(2 * ADDED))
    deal.refresh_from_db()
    assert deal.value == 2 * 2 * 100 * sum(range(1, ADDED + 1))
    assert deal.version == 1 + 2 * ADDED


def test_two_that_add_people_to_a_committee_have_each_once_and_one_primary(
    sellers: list[Client], make_deal: OpenDeal
) -> None:
    deal = make_deal()
    people = [Person.objects.create(name=f"Person {each}", email=f"p{each}@nordlys.dk") for each in range(ADDED)]
    address = f"/deals/{deal.pk}/people/"

    def add(number: int) -> int:
        """Both want everybody on the deal, one from the front and one from the back."""
        done = 0
        for person in people if number else reversed(people):
            given = {"do": "add", "someone": person.email, "role": "user"}
            answer = sellers[number].post(address, given, headers=SCRIPT)
            assert answer.status_code in (200, 422), answer.content
            done += answer.status_code == 200
        return done

    added = together(add)
    assert sum(added) == ADDED, "who came second was told that the person is on it already"
    members = Member.objects.filter(deal=deal, until=None)
    assert sorted(members.values_list("person", flat=True)) == [one.pk for one in people]
    assert members.filter(primary=True).count() == 1

    def lead(number: int) -> None:
        for member in members if number else reversed(members):
            answer = sellers[number].post(address, {"do": "primary", "member": member.pk}, headers=SCRIPT)
            assert answer.status_code == 200, answer.content

    together(lead)
    assert members.filter(primary=True).count() == 1


def test_two_that_give_a_record_to_somebody_do_not_overwrite_each_other_unseen(
    sellers: list[Client], make_user: Callable[..., User]
) -> None:
    one, another = (make_user(Role.SELLER, email=f"{name}@example.org") for name in ("cy", "di"))
    row = Person.objects.create(name="Ada", email="ada@nordlys.dk")
    address = f"/people/{row.pk}/edit/"
    first, second = (form_at(browser.get(address), address) for browser in sellers)
    assert sellers[0].post(address, {**first, "owner": one.pk}).status_code == 302
    answer = sellers[1].post(address, {**second, "owner": another.pk})
    row.refresh_from_db()
    assert (answer.status_code, row.owner) == (422, one), "a colleague gave it to somebody meanwhile"
    assert b"Somebody changed this meanwhile" in answer.content
