"""Files of deals become deals with their history, whatever their shape, and go again with the import."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import Count, Sum
from pytest_django import Settings

from tragt.events import Options
from tragt.web.accounts.models import Team, User
from tragt.web.crm.actions.readings import forget_reading, read_as
from tragt.web.crm.models import Deal, DealLine, Move, Pipeline, Product, Stage, Status
from tragt.web.funnels.building import offers
from tragt.web.funnels.counting import standing
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import ask, figures
from tragt.web.funnels.showing.presenting import Page
from tragt.web.imports.actions import begin_undo, import_file
from tragt.web.imports.models import Import, Written
from tragt.web.jobs.worker import drain
from tragt.web.people.models import Company
from tragt.web.records.models import Field
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("organisation")]

TABLE = """deal_id,deal_stage,account,owner,created,won_date,deal_value
1,Won,Nordlys,Anna,2026-01-02,2026-02-03,1200.50
2,Lead,Nordlys,Bo,2026-01-05,,
3,Lost,Solsiden,Anna,2026-01-07,,300
4,Lead,,Bo,,,
"""
EVENTS = """time,event,person,deal,stage,value
2026-01-02,Deal Created,ada,d1,Lead,100
2026-01-09,Deal Stage Entered,ada,d1,Offer,150
2026-01-20,Deal Won,ada,d1,Won,175
2026-01-03,Deal Created,bo,d2,Lead,
"""


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    """A home of its own; what a process remembers of a log is not of another test's."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path / "home")
    standing._remembered.clear()
    offers._known.forget()


def brought(file: Path, **options: str) -> int:
    """Import a file; the key of the import."""
    one = import_file(file, COMMAND_LINE, Options(zone="UTC", **options))  # type: ignore[arg-type]
    drain()
    return one.pk


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_file_of_events_becomes_deals_and_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, "events.csv", EVENTS)
    brought(file)
    first, second = Deal.objects.order_by("key")
    assert (first.status, first.stage.name, first.value, first.currency) == (Status.WON, "Offer", 17_500, "DKK")
    assert (second.status, second.stage.name, second.value) == (Status.OPEN, "Lead", None)
    assert [(one.kind, one.at.date().isoformat()) for one in Move.objects.filter(deal=first)] == [
        ("created", "2026-01-02"),
        ("entered", "2026-01-09"),
        ("won", "2026-01-20"),
    ]
    brought(written(tmp_path, "events again.csv", EVENTS))
    assert (Deal.objects.count(), Move.objects.count()) == (2, 4)


def test_undoing_an_import_takes_its_deals_their_pipeline_and_companies_away(tmp_path: Path) -> None:
    key = brought(written(tmp_path, "events.csv", EVENTS))
    begin_undo(key, COMMAND_LINE)
    drain()
    assert not Deal.objects.exists()
    assert not Pipeline.objects.exists()


@pytest.mark.parametrize("dates", ["", "us_dates"])
def test_maven_deals_come_in_with_the_counts_and_the_revenue_of_the_file(shared_data: Path, dates: str) -> None:
    """Figures of the data's README: 500, 1,589, 4,238 and 2,473 deals; 10,005,534 won; 1,425 without an account."""
    brought(shared_data / "maven_crm" / dates / "sales_pipeline.csv", **({"date_order": "mdy"} if dates else {}))
    by_status = dict(Deal.objects.values_list("status").annotate(Count("pk")))
    assert by_status == {"won": 4238, "lost": 2473, "open": 2089}
    standing = Deal.objects.filter(status=Status.OPEN).values_list("stage__name").annotate(Count("pk"))
    assert dict(standing) == {"Prospecting": 500, "Engaging": 1589}
    won = Deal.objects.filter(status=Status.WON)
    assert won.aggregate(revenue=Sum("value"))["revenue"] == 1_000_553_400
    assert Deal.objects.filter(company=None).count() == 1425
    assert Company.objects.filter(deals__isnull=False).distinct().count() == 85
    stages = Stage.objects.order_by("position").values_list("name", flat=True)
    assert list(stages) == ["Prospecting", "Engaging"]
    one = Deal.objects.get(key="1C1I7A6R")
    assert (one.value, one.created, one.closed) == (
        105_400,
        datetime(2016, 10, 20, tzinfo=UTC),
        datetime(2017, 3, 1, tzinfo=UTC),
    )
    assert [(move.kind, move.stage_name) for move in one.moves.all()] == [("created", "Engaging"), ("won", "Engaging")]


MAVEN = ("accounts", "products", "sales_teams", "sales_pipeline")
ENDS = {"Won": "won", "Lost": "lost"}
LAST_OPEN = "Engaging"
FUNNEL = ([8300, 4238, 2473, 1589], {"Prospecting": 500, "Engaging": 1589}, {"Won": 4238, "Lost": 2473})
"""Of the deals that were engaged: how many, won, lost, open; where open ones stand; how the others ended."""

Told = tuple[str, str, str, str | None, int | None]


def funnel_says() -> tuple[list[int], dict[str, int], dict[str, int]]:
    """What the funnel says that was proposed for the deals, as `FUNNEL` has it."""
    saved = SavedFunnel.objects.get()
    found = figures(ask(saved.funnel, saved.saved_period))
    assert found is not None
    page = Page(found)
    engaging, won = page.report.steps
    return (
        [engaging.entered, won.entered, engaging.lost, engaging.open],
        {one.name: one.count for one in page.standing},
        {one.name: one.count for one in page.ended},
    )


def in_file(file: Path) -> set[Told]:
    """What the rows of a file say that happened: deal, what, in which stage, on which day, worth how much.

    A closed deal began in the last open stage. Without a day nobody knows when; its worth is said at its end.
    """
    found: set[Told] = set()
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            key, end = row["opportunity_id"], ENDS.get(row["deal_stage"])
            stage = LAST_OPEN if end else row["deal_stage"]
            found.add((key, "created", stage, row["engage_date"] or None, None))
            if end:
                found.add((key, end, stage, row["close_date"], round(float(row["close_value"]) * 100)))
    return found


def in_history(file: Path) -> set[Told]:
    """The same as the moves of all deals have it; no day where the file has none."""
    undated = {key for key, kind, _stage, day, _worth in in_file(file) if kind == "created" and day is None}
    rows = Move.objects.values_list("deal__key", "kind", "stage_name", "at", "value")
    return {
        (key, kind, stage, None if key in undated else at.date().isoformat(), None if kind == "created" else value)
        for key, kind, stage, at, value in rows
    }


def test_maven_files_become_companies_products_owners_and_deals_and_go_again(shared_data: Path) -> None:
    """Figures of the data's README and of the files: 85 accounts, 7 products, 35 agents of whom 30 have deals."""
    folder = shared_data / "maven_crm"
    keys = {name: brought(folder / f"{name}.csv") for name in MAVEN}
    results = {name: Import.objects.get(pk=key).result for name, key in keys.items()}
    assert {name: one["created"] for name, one in results.items()} == {
        "accounts": 85,
        "products": 7,
        "sales_teams": 35,
        "sales_pipeline": 0,
    }
    acme = Company.objects.get(name="Acme Corporation")
    traits = [acme.traits[name] for name in ("sector", "employees", "revenue", "year_established")]
    assert traits == ["technolgy", 2822, 1100.04, 1996]
    bluth = Company.objects.get(name="Bluth Company")
    assert bluth.traits["subsidiary_of"] == "Acme Corporation"
    assert (Company.objects.count(), Deal.objects.count(), Deal.objects.filter(owner=None).count()) == (85, 8800, 0)
    assert dict(Field.objects.filter(kind="company").values_list("code", "type")) == {
        "sector": "text",
        "year_established": "number",
        "revenue": "number",
        "employees": "number",
        "office_location": "text",
        "subsidiary_of": "text",
    }
    assert dict(Product.objects.values_list("name", "price"))["GTX Pro"] == 482_100
    assert User.objects.filter(is_active=False).count() == 35
    assert User.objects.filter(deals__isnull=False).distinct().count() == 30
    assert User.objects.get(name="Moses Frase").team == Team.objects.get(name="Central / Dustin Brinkmann")
    lacking = DealLine.objects.filter(product=None)
    assert (DealLine.objects.count(), lacking.count(), set(lacking.values_list("text", flat=True))) == (
        8800,
        1480,
        {"GTXPro"},
    )
    assert results["sales_pipeline"]["counted"]["product"]["GTXPro"] == 1480
    happened = in_file(folder / "sales_pipeline.csv")
    assert len(happened) == Move.objects.count() == 8800 + 4238 + 2473
    assert (funnel_says(), in_history(folder / "sales_pipeline.csv")) == (FUNNEL, happened)

    gtx_pro = Product.objects.get(name="GTX Pro")
    assert read_as("GTXPro", gtx_pro.pk, who=COMMAND_LINE) == 1480
    assert not DealLine.objects.filter(product=None).exists()
    one = DealLine.objects.get(deal__key="Z063OYW0")
    assert (one.product, one.price, one.deal.value) == (gtx_pro, 482_100, 451_400)
    won = Deal.objects.filter(status=Status.WON).aggregate(revenue=Sum("value"))["revenue"]
    assert won == 1_000_553_400, "lines say what is sold, and the file what a deal is worth"
    assert (funnel_says(), in_history(folder / "sales_pipeline.csv")) == (FUNNEL, happened), "no deal is moved by it"

    again = [Import.objects.get(pk=brought(folder / f"{name}.csv")) for name in MAVEN]
    assert [(one.result["created"], one.result["changed"], one.result["added"]) for one in again] == [(0, 0, 0)] * 4
    assert (Deal.objects.count(), DealLine.objects.count(), Company.objects.count()) == (8800, 8800, 85)
    assert (User.objects.count(), Product.objects.count()) == (35, 7)

    forget_reading("GTXPro", who=COMMAND_LINE)
    for key in [*keys.values(), *(one.pk for one in again)]:
        begin_undo(key, COMMAND_LINE)
        drain()
    left = [model.objects.count() for model in (Deal, DealLine, Product, User, Team, Company, Field, Written)]
    assert left == [0] * 8


def test_deals_get_their_owners_when_the_team_comes_after_them(shared_data: Path) -> None:
    folder = shared_data / "maven_crm"
    brought(folder / "sales_pipeline.csv")
    assert Deal.objects.filter(owner=None).count() == 8800
    team = brought(folder / "sales_teams.csv")
    assert not Deal.objects.filter(owner=None).exists()
    begin_undo(team, COMMAND_LINE)
    drain()
    assert (User.objects.count(), Deal.objects.filter(owner=None).count()) == (0, 8800)
