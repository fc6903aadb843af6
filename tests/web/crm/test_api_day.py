"""A seller's day through the REST API, which reads the same from the pages; and two programs at one deal at once."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.web.crm.calling import ROOT, answered, send
from tests.web.crm.conftest import OpenDeal
from tests.web.racing import ROUNDS, real_database, together
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Deal, Move, Stage
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.standings import standing_of
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Person

__all__ = ["real_database"]


@dataclass(frozen=True, slots=True)
class Office:
    """What a manager made ready: pipelines, the lifecycle, a product. Each as the API answered it."""

    sales: dict[str, Any]
    renewals: dict[str, Any]
    life: dict[str, Any]
    lamp: dict[str, Any]


@pytest.fixture
def office(program_of: Callable[..., Client], owner: User) -> Office:
    """Pipelines from templates, the lifecycle, and lamps at 125 crowns."""
    chief = program_of(owner)
    sales, renewals, life = (
        answered(send(chief, "POST", "/pipelines", {"template": code}), 201) for code in ("b2b", "renewal", "aida")
    )
    answered(send(chief, "PATCH", f"/pipelines/{sales['id']}", {"renewal": renewals["id"]}))
    lamp = {"name": "Lamp", "prices": [{"currency": "DKK", "price": 125_00}]}
    return Office(sales, renewals, life, answered(send(chief, "POST", "/products", lamp), 201))


def sell(program: Client, office: Office, lead: int) -> Any:
    """Lead a person to a deal, and the deal through all stages to its end; the won deal."""
    standing = f"/persons/{lead}/standing"
    answered(send(program, "PUT", standing, {"stage": office.life["stages"][0]["id"]}))
    for mark in ("mql", "sql"):
        answered(send(program, "PUT", f"{standing}/marks/{mark}"))
    first, *stages = [one["id"] for one in office.sales["stages"]]
    criteria = {one["id"]: one["criteria"] for one in office.sales["stages"]}
    body = {"name": "Lamps for Nordlys", "stage": first, "company_name": "Nordlys", "contact": {"person": lead}}
    deal = answered(send(program, "POST", "/deals", body), 201)
    path = f"/deals/{deal['id']}"
    line = {"product": office.lamp["id"], "quantity": 4, "discount": 50}
    answered(send(program, "POST", f"{path}/lines", line), 201)
    call = {"kind": "call", "title": "Need", "outcome": "reached", "at": deal["created"], "deal": deal["id"]}
    answered(send(program, "POST", "/activities", call), 201)
    filled: dict[str, Any] = {
        "expected": "2027-06-30",
        "decider": {"name": "Bo", "email": "bo@nordlys.dk"},
        "next_task": {"title": "Send the offer", "due": "2027-01-15"},
    }
    for stage in stages:
        tag = program.get(ROOT + path).headers["ETag"]
        move = {"stage": stage, "filled": {**filled, "confirmed": criteria[stage]}}
        assert answered(send(program, "POST", f"{path}/move", move, **{"If-Match": tag}))["stage"] == stage
        filled = {}
    return answered(send(program, "POST", f"{path}/win", {"filled": {"confirmed": criteria[stages[-1]]}}))


@pytest.mark.django_db
def test_day_of_a_seller_reads_the_same_from_the_pages(
    program_of: Callable[..., Client],
    client_of: Callable[..., Client],
    make_user: Callable[..., User],
    office: Office,
) -> None:
    seller, lead = make_user(Role.SELLER), Person.objects.create(name="Ada", email="ada@nordlys.dk")
    program, page = program_of(seller), client_of(seller)
    won = sell(program, office, lead.pk)
    told = {
        part: answered(program.get(f"{ROOT}/deals/{won['id']}/{part}"))["items"]
        for part in ("moves", "members", "lines")
    }
    shown = page.get(f"/deals/{won['id']}/").context
    runs = page.get(f"/deals/{won['id']}/timeline/").context["timeline"].runs
    moved = [run.move for run in runs if run.move]
    done = {run.activity.pk for run in runs if run.activity}

    row = visible_deals(seller).get(pk=won["id"])
    assert (row.status, row.value, row.owner, row.version) == ("won", 250_00, seller, won["version"])
    found = standing_of(lead.pk)
    assert found is not None
    assert None not in (found.mql, found.sql)
    assert [(one["kind"], one["stage_name"]) for one in told["moves"]] == [(one.kind, one.stage_name) for one in moved]
    assert len(told["moves"]) == len(office.sales["stages"]) + 1
    people = [str(one.person) for one in shown["committee"].now]
    assert [one["name"] for one in told["members"]] == people == ["Ada", "Bo"]
    assert [one["total"] for one in told["lines"]] == [one.total for one in shown["lines"]] == [250_00]
    about = answered(program.get(f"{ROOT}/activities", {"deal": won["id"]}))["items"]
    assert {one["id"] for one in about} == done | {one.pk for one in shown["activities"]}
    assert done

    renewal = answered(program.get(f"{ROOT}/deals/{won['id']}/renewal"))
    due = office.renewals["stages"][0]["id"]
    assert (renewal["renewal_of"], renewal["value"], renewal["stage"]) == (won["id"], 250_00, due)
    board = page.get(f"/pipeline/{office.renewals['id']}/").context["columns"]
    assert [face.key for face in board[0].faces] == [renewal["id"]]
    names = Counter(Pending.objects.filter(deal=row.key).values_list("name", flat=True))
    moves = Counter(one["kind"] for one in told["moves"])
    assert names["Deal Stage Entered"] == moves["entered"] + moves["created"]
    assert (names["Deal Won"], names["Call Logged"]) == (1, 1)


class Seller:
    """A program that reads a deal, and changes or moves it as it read it.

    Attributes:
        changes: How often a change of the value was taken; each adds one to it.
        moves: How often a move was taken.
        refused: How often somebody else came first.
        odd: Answers that are neither.
    """

    def __init__(self, program: Client, deal: int, stages: list[int], seed: int) -> None:
        self.program, self.path, self.stages = program, f"/deals/{deal}", stages
        self.chance = random.Random(seed)
        self.changes = self.moves = self.refused = 0
        self.odd: list[Any] = []

    def run(self) -> None:
        """Work for all rounds."""
        for _ in range(ROUNDS):
            self.once()

    def once(self) -> None:
        """One round."""
        read = self.program.get(ROOT + self.path)
        deal, tag = read.json(), read.headers["ETag"]
        move = self.chance.random() < 0.5
        if move:
            stage = self.chance.choice([one for one in self.stages if one != deal["stage"]])
            answer = send(self.program, "POST", f"{self.path}/move", {"stage": stage}, **{"If-Match": tag})
        else:
            more = {"value": deal["value"] + 1}
            answer = send(self.program, "PATCH", self.path, more, **{"If-Match": tag})
        if answer.status_code == 412:
            self.refused += 1
        elif answer.status_code != 200 or answer.json()["version"] != deal["version"] + 1:
            self.odd.append((answer.status_code, answer.content))
        elif move:
            self.moves += 1
        else:
            self.changes += 1


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_database")
def test_two_programs_at_one_deal_lose_no_update_and_tell_each_move_once(
    program_of: Callable[..., Client], make_user: Callable[..., User], make_deal: OpenDeal, stages: dict[str, Stage]
) -> None:
    deal = make_deal(value=1)
    keys = [one.pk for one in stages.values()]
    users = [make_user(Role.SELLER, email=f"{name}@example.org") for name in ("ada", "bo")]
    sellers = [Seller(program_of(user), deal.pk, keys, seed) for seed, user in enumerate(users)]
    together(lambda one: sellers[one].run())

    assert [seller.odd for seller in sellers] == [[], []]
    changes, moved = (sum(getattr(seller, name) for seller in sellers) for name in ("changes", "moves"))
    refused = sum(seller.refused for seller in sellers)
    assert min(changes, moved) > 0
    assert changes + moved + refused == 2 * ROUNDS
    assert_nothing_lost(deal.pk, changes, moved)
    print(f"{2 * ROUNDS} rounds: {changes} changes, {moved} moves, {refused} refused")


def assert_nothing_lost(deal: int, changes: int, moved: int) -> None:
    """A deal worth 1 at first holds each change that was taken, in order, and the outbox tells each move once.

    Args:
        deal: Key of the deal.
        changes: How often its value was raised by one.
        moved: How often it was moved.
    """
    now = Deal.objects.get(pk=deal)
    assert (now.version, now.value) == (1 + changes + moved, 1 + changes)
    history = list(Move.objects.filter(deal=now))
    assert len(history) == 1 + moved
    assert history[-1].stage_id == now.stage_id
    assert [one.origin_id for one in history[1:]] == [one.stage_id for one in history[:-1]]
    assert [one.left for one in history] == [*(one.at for one in history[1:]), None]
    told = Pending.objects.filter(deal=now.key, name="Deal Stage Entered").order_by("pk")
    assert [row.properties["stage_key"] for row in told] == [one.stage_id for one in history]
