"""Files of deals become deals with their history, whatever their shape, and go again with the import."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import Count, Sum
from pytest_django import Settings

from tragt.events import Options
from tragt.web.crm.models import Deal, Move, Pipeline, Stage, Status
from tragt.web.imports.actions import begin_undo, import_file
from tragt.web.jobs.worker import drain
from tragt.web.people.models import Company
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
    """A home of its own."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path / "home")


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
