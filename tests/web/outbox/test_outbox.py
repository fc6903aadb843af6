"""The outbox: what is told with a change is in the lake once, and what is not changed is never heard of."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.web.collect.conftest import Hand, basic
from tests.web.conftest import queries
from tragt.errors import InvalidDefinition, TragtError
from tragt.web.accounts.actions.keys import create_write_key
from tragt.web.collect.settler import drain
from tragt.web.collect.settling import Settler
from tragt.web.inbox import actions as inbox
from tragt.web.log.queries import lake
from tragt.web.outbox import actions as outbox
from tragt.web.outbox.actions import OwnEvent, tell
from tragt.web.outbox.models import Pending
from tragt.web.outbox.queries import under_way
from tragt.web.people.actions.consent import Said, record_consent
from tragt.web.people.models import Basis, Channel, ConsentRow, ConsentState, Purpose
from tragt.web.people.queries.consents import Consent
from tragt.web.shell.acting import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home", "organisation")]

WON = OwnEvent("Deal Won", actor="u:1", company="nordlys", deal="7", properties={"value": 1200, "on": date(2026, 1, 5)})


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """An empty home folder."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    return tmp_path


def told(*events: OwnEvent) -> list[str]:
    """Tell of something that happened; the ids that the log has for it."""
    with transaction.atomic():
        return [f"own:{one}" for one in tell(*events)]


def ids() -> list[str]:
    found: list[str] = lake().read(columns=["id"])["id"].sort().to_list()
    return found


def test_what_was_told_is_in_the_lake_as_it_was_told() -> None:
    (one,) = told(WON)
    settler = Settler()
    assert settler.settle() == 1
    assert settler.settle() == 0
    assert settler.commit(now=True) == 1
    (row,) = lake().read().to_dicts()
    kept = {name: row[name] for name in ("id", "name", "actor", "company", "deal", "source", "human")}
    assert list(kept.values()) == [one, "Deal Won", "u:1", "nordlys", "7", "tragt", None]
    assert json.loads(row["properties"]) == {"value": 1200, "on": "2026-01-05"}
    assert row["time"] == row["received"]


def test_change_that_is_taken_back_is_never_heard_of() -> None:
    with transaction.atomic():
        tell(WON)
        transaction.set_rollback(True)
    assert Settler().settle() == 0


def test_telling_outside_a_transaction_is_a_mistake_of_the_program() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        tell(WON)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (replace(WON, name="Deal won"), "outbox.name"),
        (replace(WON, name="Page Viewed"), "outbox.name"),
        (replace(WON, actor="1"), "outbox.actor"),
        (replace(WON, actor="u:"), "outbox.actor"),
        (replace(WON, actor="u:" + "1" * 399), "outbox.actor"),
        (replace(WON, deal="7" * 401), "outbox.key"),
        (replace(WON, actor="", company="", deal=""), "outbox.nobody"),
        (replace(WON, time=datetime(1989, 12, 31, tzinfo=UTC)), "outbox.time"),
        (replace(WON, time=datetime(2999, 1, 1, tzinfo=UTC)), "outbox.time"),
    ],
)
def test_event_that_makes_no_sense_is_refused_and_nothing_is_told(event: OwnEvent, code: str) -> None:
    with transaction.atomic(), pytest.raises(InvalidDefinition) as refused:
        tell(WON, event)
    assert refused.value.code == code
    assert not Pending.objects.exists()


def test_time_of_what_was_told_is_kept_and_never_lies_ahead() -> None:
    past = datetime(2024, 2, 29, 11, 30, 0, 5, tzinfo=UTC)
    told(replace(WON, time=past), replace(WON, time=datetime.now(UTC) + timedelta(hours=2)))
    drain()
    first, second = lake().read(columns=["time", "received"]).sort("time").iter_rows()
    assert first[0] == past
    assert second[0] == second[1]


def work(settler: Settler) -> None:
    """Settle what waits and bring it into the lake."""
    settler.settle()
    settler.commit(now=True)


BETWEEN: list[tuple[object, str]] = [(outbox, "remove"), (inbox, "drop")]


@pytest.mark.parametrize(("place", "name"), BETWEEN, ids=["before the outbox", "before the inbox"])
@pytest.mark.parametrize("days", [0, 30])
def test_settler_that_ends_between_two_writes_repeats_nothing_however_late_its_successor_comes(
    monkeypatch: pytest.MonkeyPatch, place: object, name: str, days: int
) -> None:
    some = told(WON, replace(WON, time=datetime(2024, 1, 1, tzinfo=UTC)))
    ended = Settler()
    with monkeypatch.context() as broken:
        broken.setattr(place, name, lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work(ended)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True):
        more = told(WON)
        successor = Settler()
        assert successor.settle() == 1
        successor.commit(now=True)
        assert Settler().settle() == 0
    assert ids() == sorted(some + more)


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("removed", [False, True])
def test_settler_that_wakes_after_its_successor_settled_our_own_events_begins_anew(
    monkeypatch: pytest.MonkeyPatch, committed: bool, removed: bool
) -> None:
    some = told(WON)
    woken, successor = Settler(), Settler()
    written = inbox.settle

    def overtaken(*given: object) -> None:
        monkeypatch.setattr(inbox, "settle", written)
        with monkeypatch.context() as broken:
            if not removed:
                broken.setattr(outbox, "remove", lambda _: None)
            successor.settle()
        if committed:
            successor.commit(now=True)
        written(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "settle", overtaken)
    with pytest.raises((TragtError, IntegrityError)):
        woken.settle()
    again = Settler()
    again.settle()
    again.commit(now=True)
    assert ids() == some
    assert not Pending.objects.exists()


def test_consent_that_staff_records_is_told_once_and_not_learned_again() -> None:
    at = datetime.now(UTC)
    consent = Consent(Purpose.EMAIL_MARKETING, Channel.EMAIL, ConsentState.GIVEN, Basis.CONSENT, at, "fair")
    record_consent(Said("u:1", consent), who=SYSTEM)
    record_consent(Said("u:1", replace(consent, state=ConsentState.WITHDRAWN)), who=SYSTEM)
    drain()
    rows = lake().read(columns=["name", "actor", "time", "properties"]).sort("name").to_dicts()
    assert [(row["name"], row["actor"]) for row in rows] == [("Consent Given", "u:1"), ("Consent Withdrawn", "u:1")]
    assert rows[0]["time"] == consent.at
    assert json.loads(rows[0]["properties"])["purposes"] == ["email marketing"]
    assert ConsentRow.objects.count() == 2


Send = Callable[[str], None]


@pytest.fixture
def send() -> Send:
    """Sends a call under an id."""
    key, hand = create_write_key(SYSTEM, "Shop", "secret").key, Hand()

    def sent(one: str) -> None:
        assert hand.send("/v1/page", {"userId": "u", "messageId": one}, basic(key)).status == 200

    return sent


def test_what_came_while_the_clock_ran_ahead_is_waited_for(send: Send) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=True):
        send("m1")
        told(WON)
    drain()
    assert len(ids()) == 2


def test_what_is_under_way_is_there_once_it_is_in_the_lake_and_later_events_are_not_waited_for(send: Send) -> None:
    settler = Settler()
    send("m1")
    told(WON)
    waited_for = under_way()
    settler.settle()
    assert not waited_for.arrived()
    settler.commit(now=True)
    send("m2")
    settler.settle()
    told(WON)
    assert waited_for.arrived()
    assert not under_way().arrived()


def test_number_of_queries_does_not_grow_with_what_waits() -> None:
    settler = Settler()
    told(WON)
    few = queries(settler.settle)
    told(*[replace(WON, deal=str(number)) for number in range(300)])
    assert queries(settler.settle) == few
