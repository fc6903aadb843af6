"""A funnel over persons from a page view to a won deal, of events that came the usual ways, is the reference's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from django.db import transaction
from pytest_django import Settings

from tests.web.collect.conftest import Hand, basic
from tragt import Context, Funnel, Period, Report, read, run
from tragt.demo import DemoFirm
from tragt.web.accounts.actions.keys import create_write_key
from tragt.web.accounts.models import User
from tragt.web.collect.settler import drain
from tragt.web.demonstration.actions import load
from tragt.web.funnels.counting.counting import report_of
from tragt.web.outbox.actions import OwnEvent, tell
from tragt.web.people.queries import event_log
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home", "organisation")]

START = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=90)
FUNNEL = Funnel(["Page Viewed", "Demo Requested", "Deal Created", "Deal Won"], unit="person", window="30d")
PAGE, DEMO, CREATED, LOST, WON = "Page Viewed", "Demo Requested", "Deal Created", "Deal Lost", "Deal Won"

# Hours since the beginning; behind each how far the person comes, by the definition.
PERSONS: dict[str, list[tuple[float, str]]] = {
    "ada": [(0, PAGE), (24, DEMO), (48, CREATED), (72, WON)],  # all four
    "bo": [(0, PAGE), (24, DEMO), (48, CREATED)],  # three: not won yet
    "cy": [(0, PAGE), (24, DEMO), (48, LOST)],  # two
    "di": [(0, PAGE), (1, PAGE)],  # one
    "ed": [(24, DEMO), (48, CREATED), (72, WON)],  # none: never saw a page
    "fi": [(0, PAGE), (72, WON)],  # one: no step may be skipped
    "gu": [(24, DEMO), (48, CREATED), (72, WON), (96, PAGE)],  # one: the page came last
    "ha": [(0, PAGE), (24, DEMO), (48, CREATED), (31 * 24, WON)],  # three: won a day after the window
    "io": [(0, PAGE), (240, PAGE), (264, DEMO), (288, CREATED), (31 * 24, WON)],  # four: from the second page on
    "jo": [(0, PAGE), (24, DEMO), (48, CREATED), (72, WON)],  # four: the page was seen before anybody knew who it is
    "ka": [(0, PAGE), (24, DEMO), (48, CREATED), (72, LOST), (144, WON)],  # four: another deal was won
    "li": [(0, DEMO), (1, PAGE), (72, DEMO)],  # two: by the second demo
}
COUNTS = [11, 8, 6, 4]
"""Entered: all but ed. Demo: ada bo cy ha io jo ka li. Created: ada bo ha io jo ka. Won: ada io jo ka."""


@pytest.fixture
def home(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a demonstration firm that is quick to make."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    monkeypatch.setattr("tragt.web.demonstration.actions.DemoFirm", partial(DemoFirm, persons=500))
    return tmp_path


def counts(report: Report) -> list[int]:
    """How many came to each step."""
    return [step.entered for step in report.steps]


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def call(person: str, hours: float, name: str) -> dict[str, object]:
    """A call of the tracking API, as a website and a server send them."""
    who: dict[str, object] = {"userId": person}
    if person == "jo" and name == PAGE:
        who = {"anonymousId": "visitor"}
    named = {"type": "page"} if name == PAGE else {"type": "track", "event": name}
    return {**who, **named, "messageId": f"{person}-{hours}-{name}", "timestamp": at(hours).isoformat()}


def by_hand() -> Report:
    """The funnel by the reference, on the table above alone."""
    rows = [(person, at(hours), name) for person, told in PERSONS.items() for hours, name in told]
    frame = pl.DataFrame(rows, ["person", "time", "event"], orient="row")
    frame = frame.with_columns(id=pl.int_range(pl.len()).cast(pl.String))
    return run(FUNNEL, read(frame), period=Period(as_of=at(60 * 24)), context=Context(fast=False))


def test_funnel_from_page_to_won_deal_counts_hand_made_persons_as_the_reference_does() -> None:
    key, hand = create_write_key(SYSTEM, "Site", "secret").key, Hand()
    told = [(person, *one) for person, events in PERSONS.items() for one in events]
    calls = [call(*one) for one in told if one[2] in (PAGE, DEMO)]
    known = {"type": "identify", "userId": "jo", "anonymousId": "visitor", "messageId": "jo"}
    calls.append({**known, "timestamp": at(12).isoformat()})
    assert hand.send("/v1/batch", {"batch": calls}, basic(key)).status == 200
    with transaction.atomic():
        tell(
            *(
                OwnEvent(name, actor=f"u:{person}", deal=f"{person}-{hours}", time=at(hours))
                for person, hours, name in told
                if name in (CREATED, LOST, WON)
            )
        )
    drain()
    assert counts(by_hand()) == COUNTS
    assert counts(report_of(FUNNEL, Period(as_of=at(60 * 24)))) == COUNTS


def test_funnel_of_the_demonstration_firm_is_that_of_the_reference(owner: User) -> None:  # noqa: ARG001
    load(COMMAND_LINE)
    log = event_log()
    found = report_of(FUNNEL, Period(as_of=log.last_time))
    slow = run(FUNNEL, log, period=Period(as_of=log.last_time), context=Context(fast=False))
    assert counts(found) == counts(slow)
    assert counts(found)[0] > counts(found)[-1] > 0
