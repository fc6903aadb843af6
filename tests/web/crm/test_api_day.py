"""A seller's day through the REST API, which reads the same from the pages; and two programs at one deal at once."""

import os
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import Client

from tests.web.crm.calling import ROOT, answered, send
from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Deal, Move, Stage
from tragt.web.crm.queries.deals import visible_deals
from tragt.web.crm.queries.standings import standing_of
from tragt.web.outbox.models import Pending
from tragt.web.people.models import Person

ROUNDS = min(1_000, int(os.environ.get("TRAGT_SOAK_ROUNDS", "50")))
"""How often each of two programs reads and changes: 50 in the suite, 1,000 in make soak."""


@pytest.fixture
def real_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:  # noqa: ARG001
    """The database as it is in use: SQLite from a file, for one in memory locks whole tables and waits for nobody."""
    in_memory = connections[DEFAULT_DB_ALIAS]
    if in_memory.vendor != "sqlite":
        yield
        return
    settings, name = connections.settings[DEFAULT_DB_ALIAS], in_memory.settings_dict["NAME"]
    in_memory.ensure_connection()
    with closing(sqlite3.connect(tmp_path / "tragt.db")) as file:
        in_memory.connection.backup(file)
    settings["NAME"] = str(tmp_path / "tragt.db")
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    yield
    connections[DEFAULT_DB_ALIAS].close()
    settings["NAME"] = name
    connections[DEFAULT_DB_ALIAS] = in_memory


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
        move = {"stage": stage, "filled": filled}
        assert answered(send(program, "POST", f"{path}/move", move, **{"If-Match": tag}))["stage"] == stage
        filled = {}
    return answered(send(program, "POST", f"{path}/win", {}))


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

    row = visible_deals(seller).get(pk=won["id"])
    assert (row.status, row.value, row.owner, row.version) == ("won", 250_00, seller, won["version"])
    found = standing_of(lead.pk)
    assert found is not None
    assert None not in (found.mql, found.sql)
    assert [(one["kind"], one["stage_name"]) for one in told["moves"]] == [
        (one.kind, one.stage_name) for one in shown["moves"]
    ]
    assert len(told["moves"]) == len(office.sales["stages"]) + 1
    people = [str(one.person) for one in shown["committee"].now]
    assert [one["name"] for one in told["members"]] == people == ["Ada", "Bo"]
    assert [one["total"] for one in told["lines"]] == [one.total for one in shown["lines"]] == [250_00]
    about = answered(program.get(f"{ROOT}/activities", {"deal": won["id"]}))["items"]
    assert {one["id"] for one in about} == {one.pk for one in shown["activities"]}

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

    def run(self, together: threading.Barrier) -> None:
        """Work for all rounds."""
        try:
            together.wait(60)
            for _ in range(ROUNDS):
                self.once()
        except Exception as failed:  # noqa: BLE001 - the test tells of it
            self.odd.append(repr(failed))
        finally:
            connections.close_all()

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
@pytest.mark.usefixtures("real_database")
def test_two_programs_at_one_deal_lose_no_update_and_tell_each_move_once(
    program_of: Callable[..., Client], make_user: Callable[..., User], make_deal: OpenDeal, stages: dict[str, Stage]
) -> None:
    deal = make_deal(value=1)
    keys = [one.pk for one in stages.values()]
    users = [make_user(Role.SELLER, email=f"{name}@example.org") for name in ("ada", "bo")]
    sellers = [Seller(program_of(user), deal.pk, keys, seed) for seed, user in enumerate(users)]
    together = threading.Barrier(len(sellers))
    threads = [threading.Thread(target=seller.run, args=(together,)) for seller in sellers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [seller.odd for seller in sellers] == [[], []]
    changes, moved = (sum(getattr(seller, name) for seller in sellers) for name in ("changes", "moves"))
    refused = sum(seller.refused for seller in sellers)
    assert min(changes, moved) > 0
    assert changes + moved + refused == 2 * ROUNDS
    now = Deal.objects.get()
    assert now.version == 1 + changes + moved
    assert now.value == 1 + changes
    history = list(Move.objects.filter(deal=now))
    assert len(history) == 1 + moved
    assert history[-1].stage_id == now.stage_id
    assert [one.origin_id for one in history[1:]] == [one.stage_id for one in history[:-1]]
    assert [one.left for one in history] == [*(one.at for one in history[1:]), None]
    told = Pending.objects.filter(deal=now.key, name="Deal Stage Entered").order_by("pk")
    assert [row.properties["stage_key"] for row in told] == [one.stage_id for one in history]
    print(f"{2 * ROUNDS} rounds: {changes} changes, {moved} moves, {refused} refused")
