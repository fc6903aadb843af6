"""The first page: honest while there is nothing, and calm when there is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.web.conftest import queries as queries_of
from tests.web.leaks.rows import leaking
from tragt import Funnel
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Activity, Deal, Pipeline, Stage
from tragt.web.funnels.actions import propose_first, save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.imports import queries as import_queries
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.worker import drain
from tragt.web.lexicon.bars import bars
from tragt.web.overview.queries import summary
from tragt.web.reports.tasks import count_weeks
from tragt.web.shell.acting import COMMAND_LINE, SYSTEM

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def address_of(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("role", list(Role))
def test_overview_without_data_says_what_will_stand_there_and_how_to_get_it(
    make_user: Callable[..., User], client_of: Callable[[User], Client], role: Role
) -> None:
    page = client_of(make_user(role)).get("/")

    assert page.status_code == 200
    assert "There is nothing to count yet." in text(page)
    may_import = role in {Role.OWNER, Role.MANAGER, Role.MARKETING}
    assert ("Import a file" in text(page)) == may_import
    assert ("brings the first file" in text(page)) != may_import
    load = address_of("demonstration_load")
    offered = bool(load) and role in {Role.OWNER, Role.MANAGER}
    assert ("Explore the demonstration firm" in text(page)) == offered
    assert (f'method="post" action="{load}"' in page.content.decode()) == offered


@pytest.mark.usefixtures("visitors")
def test_overview_shows_the_main_funnel_what_is_there_and_what_is_next(owner_client: Client) -> None:
    propose_first()
    page = owner_client.get("/")

    shown = text(page)
    assert "From what happened between 10 Jan 2026 and 1 Mar 2026." in shown
    assert "Visited → Paid Proposed" in shown
    assert page.context["page"].report.steps[0].entered == 11
    assert "11 people 17 events" in shown
    assert "Most on 10 Jan 2026" not in shown
    assert "Make the funnel yours" in shown
    assert page.content.count(b'class="shape tragt-follows"') == 3
    assert b"style=" not in page.content


@pytest.mark.usefixtures("visitors")
def test_overview_with_data_and_no_funnel_leads_to_the_builder(
    owner_client: Client, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    assert "No funnel yet" in text(owner_client.get("/"))
    viewer = client_of(make_user(Role.VIEWER)).get("/")
    assert viewer.status_code == 200
    assert b"/funnels/new/" not in viewer.content


@pytest.mark.usefixtures("visitors")
def test_overview_says_why_its_funnel_has_no_figures(owner_client: Client) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", unit="company"))

    assert "Count another unit" in text(owner_client.get("/"))


@pytest.mark.usefixtures("visitors")
def test_overview_asks_the_database_seldom(
    owner_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    propose_first()
    owner_client.get("/")
    with django_assert_max_num_queries(22):
        owner_client.get("/")
    few = queries_of(lambda: owner_client.get("/"))
    for number in range(3):
        save(COMMAND_LINE, Funnel.of("Visited", "Paid", window=f"{number + 5}d"), f"Shop {number}")
    owner_client.get("/")
    assert queries_of(lambda: owner_client.get("/")) <= few, "as often for many funnels"


@pytest.mark.usefixtures("visitors")
def test_overview_tells_how_each_funnel_does(owner_client: Client) -> None:
    good = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", window="14d"), "Sign-ups")
    bad = save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="14d"), "Shop")
    SavedFunnel.objects.filter(pk=good.pk).update(targets={"Signed Up": 0.1})
    SavedFunnel.objects.filter(pk=bad.pk).update(targets={"Paid": 0.9})
    enqueue(count_weeks, SYSTEM, subject="reports")
    drain()
    leaking(bad)
    for one in (good, bad):
        owner_client.get(f"/funnels/{one.pk}/")
    page = owner_client.get("/")

    first, second = page.context["health"]
    assert (first.saved, second.saved) == (bad, good), "the one that leaks most stands first"
    assert (first.target.kind, second.target.kind) == ("bad", "good")
    assert (second.target.text, first.leak.cost) == ("The target is met", "DKK\N{NO-BREAK SPACE}900")
    assert second.conversion.startswith("40.0")
    assert (first.entered.now, first.entered.before) == ("1", "0")
    assert "1 of 1 target missed" in text(page)
    assert page.content.count(b'class="spark"') == 2
    assert b"style=" not in page.content
    assert owner_client.get(f"/reports/funnels/{bad.pk}/weeks/").status_code == 200


@pytest.mark.usefixtures("visitors")
def test_overview_shows_the_own_late_tasks_on_the_largest_open_deals(owner: User, owner_client: Client) -> None:
    pipeline = Pipeline.objects.create(name="Sales", position=1)
    stage = Stage.objects.create(pipeline=pipeline, name="Talk", position=1)
    late = timezone.now() - timedelta(days=1)
    ahead = late + timedelta(days=9)
    for name, value, due in (("Small", 10_00, late), ("Large", 900_00, late), ("Later", 9_000_00, ahead)):
        deal = Deal.objects.create(name=name, pipeline=pipeline, stage=stage, value=value, currency="DKK", owner=owner)
        Activity.objects.create(kind="task", title=f"Call {name}", deal=deal, due=due, owner=owner)
    lost = Deal.objects.get(name="Small")
    other = Deal.objects.create(name="Lost", pipeline=pipeline, stage=stage, currency="DKK", status="lost", closed=late)
    Activity.objects.create(kind="task", title="No use", deal=other, due=late, owner=owner)
    propose_first()

    assert [task.deal.name for task in owner_client.get("/").context["tasks"]] == ["Large", lost.name]


@pytest.mark.usefixtures("organisation")
def test_summary_counts_days_of_the_organisation_and_changes_with_the_log(happened: Callable[..., None]) -> None:
    happened([("ann", "Visited", "2026-01-01"), ("bo", "Visited", "2026-01-03"), ("bo", "Paid", "2026-01-03")])
    found = summary()

    assert (found.events, found.people, found.deals, found.days) == (3, 2, 0, (1, 0, 2))
    assert found.busiest == (datetime(2026, 1, 3, tzinfo=UTC).date(), 2)
    happened([("cy", "Visited", "2026-03-01")])
    assert (summary().events, len(summary().days)) == (4, 30)


def test_overview_counts_deals_without_a_date_and_says_where_they_stand(
    happened: Callable[..., None], owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened([("ann", "Visited", "2026-01-01")])
    undated = pl.DataFrame({"person": [None] * 2, "company": [None] * 2, "deal": ["d1", "d2"], "name": ["Open"] * 2})
    monkeypatch.setattr(import_queries, "undated", lambda: undated)

    shown = text(owner_client.get("/"))
    assert "2 deals 1 events 2 of the deals have no date" in shown
    assert "Robots and your own traffic are counted here too." in shown


def test_bars_are_as_high_as_the_counts() -> None:
    drawn = bars([0, 1, 64], 64)

    assert re.findall(r'height="([\d.]+)"', drawn) == ["0", "1", "64"]
    assert bars([], 64).count("<rect") == 0
