"""The first page: honest while there is nothing, and calm when there is."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.web.conftest import queries as queries_of
from tests.web.funnels.conftest import Happened
from tests.web.leaks.rows import leaking
from tragt import Exclude, Funnel
from tragt.web.accounts.models import Role, User
from tragt.web.crm.models import Activity, Deal, Pipeline, Stage
from tragt.web.funnels import queries as funnel_queries
from tragt.web.funnels.actions import propose_first, save
from tragt.web.funnels.counting import answering, glancing
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
def test_overview_says_that_it_shows_a_first_answer_of_some_and_follows_until_all_are_counted(
    owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(COMMAND_LINE, Funnel(["Visited", "Paid"], window="14d", exclude=[Exclude("Refused")]), "Shop")
    monkeypatch.setattr(funnel_queries, "_AT_A_GLANCE", 0)
    monkeypatch.setattr(answering, "worker_alive", lambda: True)
    monkeypatch.setattr(glancing, "_COUNTED", 7)
    page = owner_client.get("/")

    figures = page.context["page"].figures
    assert figures.one_in > 1
    assert f"A first answer, from one in {figures.one_in} people" in text(page)
    assert b'data-after="0" data-live="/funnels/' in page.content
    assert b"funnels/following.js" in page.content
    drain()
    page = owner_client.get("/")
    assert "A first answer" not in text(page)
    assert b"data-live" not in page.content
    assert b"following.js" not in page.content


def test_overview_leads_to_the_share_that_it_tells(owner_client: Client, happened: Happened) -> None:
    days = [(date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(60)]
    rows = [(f"{day}-{number}", "Visited", day) for day in days for number in range(6)]
    passed = zip(days[:-12], days[12:], strict=True)
    happened(rows + [(f"{day}-{number}", "Paid", later) for day, later in passed for number in range(2)])
    saved = [save(COMMAND_LINE, Funnel.of("Visited", "Paid", window=window), window) for window in ("1d", "30d")]
    for one in saved:
        owner_client.get(f"/funnels/{one.pk}/")
    page = owner_client.get("/")

    assert [one.rates for one in page.context["health"]] == ["observed", "expected"]
    for one, figure in zip(page.context["health"], ("from_first", "expected_from_first"), strict=True):
        address = f"/funnels/{one.saved.pk}/numbers/2/{figure}/"
        assert f'<a href="{address}">{one.conversion}</a>' in page.content.decode()
        assert owner_client.get(address).context["opened"].value in one.conversion


@pytest.mark.usefixtures("visitors")
def test_overview_says_why_a_funnel_that_was_counted_has_no_share(owner_client: Client) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="14d"), "First")
    young = save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="90d"), "Young")
    nobody = save(COMMAND_LINE, Funnel.of("Signed Up", "Paid", window="14d"), "Nobody")
    days = {"start": date(2026, 2, 1), "end": date(2026, 2, 2)}
    SavedFunnel.objects.filter(pk=nobody.pk).update(period="fixed", **days)
    assert text(owner_client.get("/")).count("not counted yet") == 2
    for one in (young, nobody):
        owner_client.get(f"/funnels/{one.pk}/")
    page = owner_client.get("/")

    told = {one.saved.name: one.reason for one in page.context["health"]}
    assert (told["First"], told["Nobody"]) == ("", "Nobody entered in this period.")
    assert told["Young"].endswith(".")
    assert told["Young"] in html.unescape(text(page))
    assert "not counted yet" not in text(page)


@pytest.mark.usefixtures("visitors")
def test_overview_and_trend_agree_that_a_target_is_met_where_the_share_is_no_lower(owner_client: Client) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Signed Up", window="14d"), "Sign-ups")
    owner_client.get(f"/funnels/{saved.pk}/")
    for target, kind in ((0.3, "good"), (0.4, "good"), (0.5, ""), (0.9, "bad")):
        SavedFunnel.objects.filter(pk=saved.pk).update(targets={"Signed Up": target})
        assert owner_client.get("/").context["health"][0].target.kind == kind, target


def test_overview_says_when_weeks_were_counted_that_are_not_those_of_now(
    visitors: None, owner_client: Client, happened: Happened
) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="14d"), "Shop")
    enqueue(count_weeks, SYSTEM, subject="reports")
    drain()
    assert owner_client.get("/").context["health"][0].weeks_computed is None
    happened([("new", "Visited", "2026-03-20")])
    (health,) = owner_client.get("/").context["health"]
    assert health.weeks_computed == health.weeks.computed
    assert visitors is None


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
