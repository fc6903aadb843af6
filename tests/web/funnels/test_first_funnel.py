"""After the first import a funnel stands there, with the figures that the files are known to have."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from tests.web.funnels.conftest import Happened
from tragt import Funnel, read
from tragt.demo import DemoFirm
from tragt.events import Options
from tragt.funnel.stages import Pipeline, stage_funnel
from tragt.web.funnels.actions import delete, propose_first, purge, save
from tragt.web.funnels.building.offers import offers
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import ask, deleted_funnel, figures
from tragt.web.imports.actions import import_file
from tragt.web.jobs.worker import drain
from tragt.web.lexicon import actions as lexicon
from tragt.web.lexicon.models import Merge
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "organisation")]

SHOP_STEPS = ("catalog", "product_view", "add_to_cart", "cart", "purchase")


def imported(file: Path) -> SavedFunnel:
    options = Options(zone="Europe/Copenhagen")
    one = import_file(file, COMMAND_LINE, options)
    drain()
    saved = SavedFunnel.objects.get()
    assert one.next_url == f"/funnels/{saved.pk}/"
    return saved


def test_deals_file_gives_a_funnel_over_its_pipeline_with_the_stock_beside_it(
    shared_data: Path, owner_client: Client
) -> None:
    saved = imported(shared_data / "maven_crm" / "sales_pipeline.csv")
    assert saved.proposed
    assert figures(ask(saved.funnel, saved.saved_period)) is not None
    response = owner_client.get(f"/funnels/{saved.pk}/")
    page = response.context["page"]

    engaging, won = page.report.steps
    assert (engaging.entered, won.entered, engaging.lost, engaging.open) == (8300, 4238, 2473, 1589)
    assert {one.name: one.count for one in page.standing} == {"Prospecting": 500, "Engaging": 1589}
    assert {one.name: one.count for one in page.ended} == {"Won": 4238, "Lost": 2473}
    assert "500 deals without a date" in response.content.decode()
    for outcome, expected in (("entered", 8300), ("passed", 4238), ("lost", 2473), ("open", 1589)):
        listed = owner_client.get(f"/funnels/{saved.pk}/steps/1/", {"outcome": outcome})
        assert listed.context["total"] == expected


def test_shop_file_gives_a_funnel_and_the_counts_of_the_known_one(shared_data: Path, owner_client: Client) -> None:
    proposed = imported(shared_data / "shop_events" / "shop_events.csv")
    assert proposed.funnel.steps[-1].title == "purchase"
    saved = save(COMMAND_LINE, Funnel.of(*SHOP_STEPS, window=None))
    page = owner_client.get(f"/funnels/{saved.pk}/").context["page"]

    assert counts(page.report.steps) == [600, 596, 502, 419, 217]
    assert owner_client.get(f"/funnels/{saved.pk}/steps/5/").context["total"] == 217


def counts(steps: Sequence[object]) -> list[int]:
    return [step.entered for step in steps]  # type: ignore[attr-defined]


def test_first_funnel_is_proposed_once_and_again_when_none_is_left(visitors: None, owner_client: Client) -> None:  # noqa: ARG001
    first = propose_first()
    assert first is not None
    assert [step.title for step in first.funnel.steps] == ["Visited", "Signed Up", "Paid"]
    assert propose_first() is None
    delete(COMMAND_LINE, first)
    assert propose_first() is not None


def test_hidden_events_are_not_proposed_and_spellings_are_one(visitors: None, happened: Happened) -> None:  # noqa: ARG001
    happened([(f"p{number}", "signed_up", "2026-01-11") for number in range(4, 8)])
    lexicon.merge(COMMAND_LINE, "Signed Up", "signed_up")
    lexicon.hide(COMMAND_LINE, "Paid")
    proposed = propose_first()
    assert proposed is not None
    assert [step.title for step in proposed.funnel.steps] == ["Visited", "signed_up"]
    lexicon.hide(COMMAND_LINE, "Visited")
    delete(COMMAND_LINE, proposed)
    assert propose_first() is None, "one event is no funnel"


def test_stages_are_found_in_every_spelling_of_what_tells_of_them(bring: object) -> None:
    firm = DemoFirm(persons=3000).simulate()
    deals = firm.log.frame.filter(firm.log.frame["deal"].is_not_null()).with_columns(pl.col("name").cast(pl.String))
    spelled = {"Deal Stage Entered": "deal_stage_entered", "Deal Created": "deal_created"}
    bring(read(deals.with_columns(pl.col("name").replace(spelled)), zone="Europe/Copenhagen"))  # type: ignore[operator]
    assert offers().stages == ()
    for name, spelling in spelled.items():
        Merge.objects.create(spelling=spelling, kept=name)
    proposed = propose_first()
    assert [one.text for one in offers().stages] == list(firm.stages)
    assert proposed is not None
    assert proposed.funnel == stage_funnel(Pipeline(firm.stages))


def test_nothing_is_proposed_from_a_log_that_has_too_little(bring: object, home: Path) -> None:
    assert propose_first() is None
    (home / "one.csv").write_text("person,event,time\nann,Visited,2026-01-01\n")
    bring(read(home / "one.csv"))  # type: ignore[operator]
    assert propose_first() is None
    assert not SavedFunnel.objects.exists()


def test_events_of_deals_give_the_funnel_over_their_stages(bring: object) -> None:
    firm = DemoFirm(persons=3000).simulate()
    deals = firm.log.frame.filter(firm.log.frame["deal"].is_not_null())
    bring(read(deals, zone="Europe/Copenhagen"))  # type: ignore[operator]
    proposed = propose_first()

    assert proposed is not None
    assert proposed.funnel == stage_funnel(Pipeline(firm.stages))


def test_deleted_funnels_go_for_good_after_a_month(visitors: None, time_machine: Any) -> None:  # noqa: ARG001
    saved = propose_first()
    assert saved is not None
    delete(COMMAND_LINE, saved)
    assert purge() == 0
    time_machine.move_to(timezone.now() + timedelta(days=31))
    assert deleted_funnel(saved.pk) is None
    assert purge() == 1
    assert not SavedFunnel.objects.exists()


def test_figures_of_one_source_stay_when_a_file_of_another_comes(shared_data: Path) -> None:
    saved = imported(shared_data / "maven_crm" / "sales_pipeline.csv")
    before = figures(ask(saved.funnel, saved.saved_period))
    assert before is not None

    later = import_file(shared_data / "shop_events" / "shop_events.csv", COMMAND_LINE, Options())
    drain()
    after = figures(ask(saved.funnel, saved.saved_period))

    assert after is not None
    assert (after.report.as_of, after.report.steps) == (before.report.as_of, before.report.steps)
    assert later.next_url == "/funnels/new/"
