"""Figures that are kept are the figures, hold no more than they should, and go when the log changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from hypothesis import given, settings

from tests.funnel.golden_cases import EPOCH, log_of
from tests.funnel.strategies import Problem, problems
from tragt import Compare, Funnel, Period, Step, read, run
from tragt.errors import NotEnoughData
from tragt.funnel.stock import StageStock, Stock
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Asked, Figures, keep, kept, without_words
from tragt.web.funnels.periods import Calendar, PeriodKind, SavedPeriod
from tragt.web.log import actions as log_actions

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STOCK = Stock("deal", NOW, (NOW,), (StageStock("Offer", 5, 2, (1,), (0,)),), {"Won": 3})
FEW = settings(max_examples=max(settings().max_examples // 3, 1))


@pytest.mark.soak
@FEW
@given(problems())
def test_figures_that_are_kept_come_back_the_same(problem: Problem) -> None:
    cache.clear()
    period = problem.period or Period()
    asked = Asked(problem.funnel, period, str(problem.zone), "1")
    moment = EPOCH + timedelta(milliseconds=problem.as_of)
    report = run(
        problem.funnel, log_of(problem.funnel, problem.logs, problem.zone), period=replace(period, as_of=moment)
    )
    report = without_words(replace(report, period=None if period == Period() else period))
    figures = Figures(report, STOCK, 12, 34, NOW)

    keep(asked, figures)
    assert kept(asked) == figures
    assert kept(replace(asked, version="2")) is None


def test_figures_are_the_same_in_every_language_and_differ_by_all_that_is_asked() -> None:
    asked = Asked(Funnel.of("A", "B"), Period(), "Europe/Copenhagen", "1")
    others = [
        replace(asked, funnel=Funnel.of("A", "C")),
        replace(asked, period=Period(NOW.date())),
        replace(asked, period=Period(None, NOW.date())),
        replace(asked, zone="UTC"),
        replace(asked, version="2"),
    ]

    assert len({asked.key, *(other.key for other in others)}) == 6


@pytest.mark.parametrize("held", [b"", b"\x80", b"nonsense", "text", 3])
def test_kept_figures_that_cannot_be_read_are_none(held: object) -> None:
    asked = Asked(Funnel.of("A", "B"), Period(), "UTC", "1")
    cache.set(asked.key, held)

    assert kept(asked) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("visitors", "organisation")
def test_figures_are_counted_once_and_again_when_the_log_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Asked] = []
    compute = queries.compute

    def counting(asked: Asked) -> Figures:
        counted.append(asked)
        return compute(asked)

    monkeypatch.setattr(queries, "compute", counting)
    funnel = Funnel.of("Visited", "Paid", window="14d")

    for _ in range(3):
        report = queries.reckoned(queries.ask(funnel, SavedPeriod())).report
    assert (len(counted), report.steps[0].entered) == (1, 11)
    log_actions.hide_batch("import:1")
    with pytest.raises(NotEnoughData):
        queries.reckoned(queries.ask(funnel, SavedPeriod()))
    assert len(counted) == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("organisation")
def test_kept_figures_hold_no_person_and_no_value_of_a_property(bring: Callable[..., None], tmp_path: Path) -> None:
    rows = [f"anna.holm,{name},2026-01-0{day}T09:00:00Z,{reason}" for name, day, reason in LOST]
    (tmp_path / "events.csv").write_text("\n".join(["person,event,time,reason", *rows]))
    bring(read(tmp_path / "events.csv"))
    funnel = Funnel.of("Visited", "Paid", lost="Lost")
    asked = queries.ask(funnel, SavedPeriod())
    queries.reckoned(asked)

    held = cache.get(asked.key)
    assert b"Visited" in held
    assert b"anna" not in held
    assert b"her mother fell ill" not in held


LOST = (("Visited", 1, ""), ("Lost", 2, "her mother fell ill"))


@pytest.mark.django_db
@pytest.mark.usefixtures("organisation")
def test_log_with_events_ahead_of_now_is_looked_at_from_now_and_not_kept_for_ever(
    happened: Callable[..., None], time_machine: object
) -> None:
    happened([("ann", "Visited", "2026-01-01"), ("bo", "Visited", "2026-06-01")])
    time_machine.move_to(datetime(2026, 2, 1, tzinfo=UTC), tick=False)  # type: ignore[attr-defined]
    asked = queries.ask(Funnel.of("Visited", "Paid", window="90d"), SavedPeriod())

    figures = queries.reckoned(asked)
    assert (figures.report.steps[0].entered, figures.report.as_of) == (1, datetime(2026, 2, 1, tzinfo=UTC))
    assert queries.figures(asked) == figures
    time_machine.move_to(datetime(2026, 2, 1, 2, tzinfo=UTC), tick=False)  # type: ignore[attr-defined]
    assert queries.figures(asked) is None


@pytest.mark.parametrize(
    ("kind", "first", "after"),
    [
        ("all", None, None),
        ("last_7", "2026-11-15", "2026-11-22"),
        ("last_90", "2026-08-24", "2026-11-22"),
        ("this_month", "2026-11-01", "2026-12-01"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("this_quarter", "2026-11-01", "2027-02-01"),
        ("last_quarter", "2026-08-01", "2026-11-01"),
        ("this_year", "2026-05-01", "2027-05-01"),
        ("last_year", "2025-05-01", "2026-05-01"),
    ],
)
def test_period_moves_with_the_calendar_of_the_organisation(kind: str, first: str | None, after: str | None) -> None:
    period = SavedPeriod(PeriodKind(kind)).resolve(Calendar(NOW.date(), fiscal_year_start=5))

    assert (period.start and period.start.isoformat(), period.end and period.end.isoformat()) == (first, after)


def test_fixed_period_includes_its_last_day() -> None:
    period = SavedPeriod(PeriodKind.FIXED, NOW.date(), NOW.date()).resolve(Calendar(NOW.date()))

    assert period == Period(NOW.date(), NOW.date() + timedelta(days=1))


@pytest.mark.django_db
@pytest.mark.usefixtures("organisation")
def test_funnel_is_quick_where_the_engine_counts_and_slow_where_the_reference_must(
    happened: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    happened([(f"p{number}", name, "2026-01-01") for number in range(30) for name in "ABC"])
    monkeypatch.setattr(counting, "MOST_IN_MEMORY", 100)
    monkeypatch.setattr(queries, "_SLOW_EVENTS", 50)
    monkeypatch.setattr(queries, "needs_reference", lambda funnel: funnel.order == "any")

    def quick(funnel: Funnel) -> bool:
        return queries.is_quick(queries.ask(funnel, SavedPeriod()))

    assert quick(Funnel.of("A", "B"))
    assert quick(Funnel.of("A", Step(("B",), Compare("p", "equals", 1))))
    assert quick(Funnel.of("A", "B", count="every"))
    assert quick(Funnel.of("A", "Z", order="adjacent"))
    in_blocks = Funnel.of("A", Step(("B",), anchored=True), "C", order="any")
    assert not quick(in_blocks)
    monkeypatch.setattr(queries, "_SLOW_EVENTS", 100)
    assert quick(in_blocks)
    monkeypatch.setattr(counting, "MOST_IN_MEMORY", 50)
    assert not quick(Funnel.of("A", "B"))
