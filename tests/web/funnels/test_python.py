"""The lines of Python that a page offers give the definition, run, and give what the page shows."""

import html
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.test import Client
from hypothesis import given

from tests.web.funnels.conftest import Bring, Happened
from tests.web.funnels.test_definition import elaborate
from tragt import Compare, Funnel, Period
from tragt.demo import DemoFirm
from tragt.demo.passage import FUNNEL_STEPS, FUNNEL_WINDOW
from tragt.events import read
from tragt.funnel.definition import Count, Unit
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.funnels.actions import save
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.units import Inside
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.showing.as_python import Shown, definition_as_python, report_as_python
from tragt.web.shell.acting import COMMAND_LINE


@pytest.mark.soak
@given(elaborate())
def test_definition_as_python_is_the_definition(funnel: Funnel) -> None:
    known: dict[str, Any] = {}
    exec("from datetime import *\nfrom tragt import *", known)

    assert eval(definition_as_python(funnel), known) == funnel


def figures_of(page: Any) -> list[tuple[str, int, Any]]:
    return [(step.name, step.entered, step.from_previous) for step in page.context["page"].figures.report.steps]


def flat(step: Any, before: str = "") -> dict[str, Any]:
    """Every figure of a step by its name, expected shares and times as well."""
    found: dict[str, Any] = {}
    for field in fields(step):
        value, name = getattr(step, field.name), before + field.name
        if is_dataclass(value):
            found |= flat(value, f"{name}.")
        else:
            several = value if isinstance(value, tuple) else (value,)
            found |= {f"{name} {place}": one for place, one in enumerate(several)}
    return found


def again(page: Any, folder: Path, client: Client, address: str) -> Any:
    """What the lines that a page offers give, run beside the file that it offers; and what the file holds."""
    lines = html.unescape(re.findall(r'<code id="python">(.*?)</code>', page.content.decode(), re.DOTALL)[0])
    taken = client.get(address)
    name = re.findall(r'filename="(.*?)"', taken["Content-Disposition"])[0]
    (folder / name).write_bytes(b"".join(taken.streaming_content))  # type: ignore[attr-defined]
    known: dict[str, Any] = {}
    exec(lines, known)
    return known


@pytest.fixture
def firm(organisation: object, bring: Bring, tmp_path: Path) -> Path:  # noqa: ARG001
    """The demonstration firm, small: with robots, many sources, companies and deals."""
    bring(DemoFirm(persons=600).log())
    folder = tmp_path / "beside"
    folder.mkdir()
    return folder


FUNNEL = Funnel.of(*FUNNEL_STEPS, window=FUNNEL_WINDOW)
FUNNELS = {
    "persons": FUNNEL,
    "values of a property": replace(
        FUNNEL,
        steps=(replace(FUNNEL.steps[0], where=Compare("source", "in", ("Paid Social", "Direct"))), *FUNNEL.steps[1:]),
    ),
    "companies, the first attempt": replace(FUNNEL, unit=Unit.COMPANY, count=Count.FIRST),
    "deals, without a window": Funnel.of("Deal Created", "Deal Won", unit="deal", window=None),
    "sessions": replace(FUNNEL, unit=Unit.SESSION, window="session"),
}


@pytest.mark.parametrize("name", FUNNELS)
def test_lines_of_python_on_a_page_give_the_figures_of_the_page(
    firm: Path, owner_client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    saved = save(COMMAND_LINE, FUNNELS[name], "Sales", SavedPeriod(PeriodKind.LAST_365))
    SavedFunnel.objects.update(targets={saved.funnel.steps[-1].title: 0.5})
    page = owner_client.get(f"/funnels/{saved.pk}/")
    monkeypatch.chdir(firm)
    known = again(page, firm, owner_client, f"/funnels/{saved.pk}/events.parquet")

    assert figures_of(page)[0][1] > 20
    assert [(step.name, step.entered, step.from_previous) for step in known["report"].steps] == figures_of(page)
    shown = page.context["page"].figures.report.steps
    for step, other in zip(shown, known["report"].steps, strict=True):
        wanted, found = flat(step), flat(other)
        exact = {name: value for name, value in wanted.items() if not isinstance(value, float)}
        assert exact == {name: found[name] for name in exact}
        close = {name: value for name, value in wanted.items() if name not in exact}
        assert {name: found[name] for name in close} == pytest.approx(close, rel=1e-9)
    assert (firm / "funnel.svg").read_text().startswith("<svg")


def test_lines_of_python_give_what_the_figures_stand_beside(
    firm: Path, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save(COMMAND_LINE, FUNNEL, "Sales", SavedPeriod(PeriodKind.LAST_90))
    page = owner_client.get(f"/funnels/{saved.pk}/?compare=before")
    monkeypatch.chdir(firm)
    known = again(page, firm, owner_client, f"/funnels/{saved.pk}/events.parquet")

    before = page.context["page"].beside.report.steps
    assert before[0].entered > 20
    assert [(step.entered, step.from_previous) for step in known["before"].steps] == [
        (step.entered, step.from_previous) for step in before
    ]


def test_lines_of_python_count_those_of_a_segment_and_tell_nobody_s_name(
    happened: Happened, tmp_path: Path, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened([(f"p{number}", "Visited", "2026-01-10") for number in range(5)])
    happened([(f"p{number}", "Paid", "2026-01-12") for number in range(3)])
    where = Compare("country", "equals", "DK")
    everyone = counting.units_of(Funnel.of("Visited", "Paid"), datetime(2026, 2, 1, tzinfo=UTC))
    inside = Inside(everyone.gather([0, 1, 4]), everyone, others=False)
    monkeypatch.setattr(counting, "units_inside", lambda funnel: inside if funnel.where else None)
    saved = save(COMMAND_LINE, replace(Funnel.of("Visited", "Paid", window="14d"), where=where), "Danes")
    monkeypatch.chdir(tmp_path)
    page = owner_client.get(f"/funnels/{saved.pk}/")
    known = again(page, tmp_path, owner_client, f"/funnels/{saved.pk}/events.parquet")

    assert [step.entered for step in known["report"].steps] == [step[1] for step in figures_of(page)] == [3, 2]
    held = pl.read_parquet(tmp_path / "danes-events.parquet")
    assert held.columns == ["id", "time", "precision", "name", "person"]
    assert set(held["person"]) == {"0000001", "0000002", "0000003"}
    row = AuditRow.objects.filter(verb="people.export").latest("pk")
    assert row.details["rows"] == 5


@pytest.mark.usefixtures("visitors")
def test_events_are_taken_by_those_who_may_export(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    saved = save(COMMAND_LINE, Funnel.of("Visited", "Paid", window="14d"))
    seller = client_of(make_user(Role.SELLER))

    assert seller.get(f"/funnels/{saved.pk}/events.parquet").status_code == 403
    assert b"events.parquet" not in seller.get(f"/funnels/{saved.pk}/").content.replace(b"-events.parquet", b"")


def test_lines_of_python_tell_what_the_figures_stand_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = {"person": ["a", "a", "b"], "event": ["A", "B", "A"], "time": ["2026-01-01", "2026-01-02", "2026-02-01"]}
    read(pl.DataFrame(frame)).frame.write_parquet(tmp_path / "events.parquet")
    monkeypatch.chdir(tmp_path)
    known: dict[str, Any] = {}
    shown = Shown(
        Funnel.of("A", "B", window="14d"),
        Period(date(2026, 2, 1), date(2026, 3, 1)),
        "UTC",
        datetime(2026, 3, 1, tzinfo=UTC),
        targets={1: 0.5},
        compared=Period(date(2026, 1, 1), date(2026, 2, 1)),
    )
    exec(report_as_python(shown), known)

    assert ([step.entered for step in known["report"].steps], [step.entered for step in known["before"].steps]) == (
        [1, 0],
        [1, 1],
    )
