"""A funnel is asked of any source, says what the source never had, and gives the units behind its counts."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tragt import AllOf, Breakdown, Compare, Context, Funnel, Match, Period, Report, Step, read, run
from tragt.errors import InvalidDefinition, InvalidFile, NotAllowed, TragtError
from tragt.events import EventLog
from tragt.funnel.notes import notes
from tragt.funnel.report import NO_SUCH_EVENT, NO_SUCH_PROPERTY, Unseen

EVENTS = pl.DataFrame(
    {
        "customer": ["ann", "ann", "bo", "cy", "di"],
        "what": ["Visited", "Paid", "Visited", "Visited", "Left"],
        "at": [f"2026-01-0{day}T09:00:00Z" for day in (1, 2, 3, 4, 5)],
        "source": ["mail", "mail", "ads", "ads", None],
    }
)
NAMES = {"user": "customer", "event": "what", "time": "at"}
FUNNEL = Funnel(["Visited", "Paid"], window="14d")


def log() -> EventLog:
    return read(EVENTS, person="customer", event="what", time="at")


@pytest.mark.parametrize(
    "frame", [EVENTS, EVENTS.lazy(), EVENTS.to_pandas(), EVENTS.to_arrow()], ids=["polars", "lazy", "pandas", "arrow"]
)
def test_source_of_any_kind_gives_the_report_of_its_log(frame: object) -> None:
    asked = FUNNEL.run(frame, by="source", trend="week", **NAMES)  # type: ignore[arg-type]
    assert replace(asked, unseen=()) == run(FUNNEL, log(), by="source", trend="week")
    assert [step.entered for step in asked.steps] == [3, 1]


def test_source_may_be_a_file(tmp_path: Path) -> None:
    EVENTS.write_csv(tmp_path / "events.csv")
    assert FUNNEL.run(tmp_path / "events.csv", **NAMES) == FUNNEL.run(log())  # type: ignore[arg-type]


def test_period_and_moment_may_be_text() -> None:
    asked = FUNNEL.run(log(), period=("2026-01-01", "2026-01-04"), as_of="2026-01-03T12:00Z")
    moment = datetime(2026, 1, 3, 12, tzinfo=UTC)
    assert asked == run(FUNNEL, log(), period=Period(date(2026, 1, 1), date(2026, 1, 4), moment))
    assert (asked.steps[0].entered, asked.as_of) == (2, moment)
    assert FUNNEL.run(log(), period=Period("2026-01-01", "2026-01-04"), as_of=moment) == asked
    assert FUNNEL.run(log(), as_of=moment).steps[0].entered == 2


@pytest.mark.parametrize(
    ("code", "ask"),
    [
        ("source.unknown_option", lambda: FUNNEL.run(EVENTS, usr="customer")),  # type: ignore[call-arg]
        ("source.two_persons", lambda: FUNNEL.run(EVENTS, user="customer", person="customer")),
        ("source.columns_known", lambda: FUNNEL.run(log(), user="customer")),
        ("events.unknown_source", lambda: FUNNEL.run(42)),
        ("period.unreadable", lambda: FUNNEL.run(log(), period="2026")),  # type: ignore[arg-type]
        ("period.two_moments", lambda: FUNNEL.run(log(), period=Period(as_of="2026-01-02"), as_of="2026-01-03")),
        ("breakdown.unreadable", lambda: FUNNEL.run(log(), by=["source"])),  # type: ignore[arg-type]
        ("breakdown.no_such_step", lambda: FUNNEL.run(log(), by=Breakdown("source", "step", 3))),
        ("funnel.unknown_every", lambda: FUNNEL.run(log(), trend="year")),
        ("units.unknown", lambda: replace(FUNNEL, unit="deal").run(log())),  # type: ignore[arg-type]
        ("period.unreadable", lambda: FUNNEL.run(log(), as_of=float("nan"))),  # type: ignore[arg-type]
        ("period.unreadable", lambda: run(FUNNEL, log(), period=7)),  # type: ignore[arg-type]
        ("breakdown.unreadable", lambda: run(FUNNEL, log(), by=7)),  # type: ignore[arg-type]
        ("breakdown.property", lambda: Breakdown(None)),  # type: ignore[arg-type]
        ("breakdown.whole_number", lambda: Breakdown("source", top="5")),  # type: ignore[arg-type]
        ("breakdown.whole_number", lambda: Breakdown("source", "step", "Paid")),  # type: ignore[arg-type]
        ("context.contacts", lambda: Context(contacts="some")),  # type: ignore[arg-type]
        ("context.value", lambda: Context(value=7)),  # type: ignore[arg-type]
        ("condition.parts", lambda: AllOf(("source",))),  # type: ignore[arg-type]
        ("condition.property", lambda: Compare(None)),  # type: ignore[arg-type]
        ("funnel.not_a_funnel", lambda: run(["Visited", "Paid"], log())),  # type: ignore[arg-type]
        ("funnel.not_a_log", lambda: run(FUNNEL, EVENTS)),  # type: ignore[arg-type]
    ],
)
def test_question_that_cannot_mean_anything_is_refused(code: str, ask: Callable[[], object]) -> None:
    with pytest.raises((InvalidDefinition, InvalidFile)) as refused:
        ask()
    assert refused.value.code == code


def test_rows_that_cannot_be_read_are_counted_and_said() -> None:
    frame = EVENTS.with_columns(at=pl.when(pl.col("customer") != "bo").then("at"))
    report = FUNNEL.run(frame, **NAMES)  # type: ignore[arg-type]
    assert (report.rejected, report.steps[0].entered) == (1, 2)
    assert "Rows that could not be read and are left out: 1." in list(notes(report))


def test_what_the_source_never_had_counts_as_0_and_is_named() -> None:
    funnel = Funnel(
        [Step("Visited", Compare("plan", "equals", "pro")), "Signed|Paid"],
        window="14d",
        lost=[Match("Gone"), Match("Left")],
        hold="doc",
    )
    report = funnel.run(log(), by="market")
    assert report.steps[0].entered == 0
    assert report.unseen == (
        Unseen("Signed", NO_SUCH_EVENT),
        Unseen("Gone", NO_SUCH_EVENT),
        Unseen("doc", NO_SUCH_PROPERTY),
        Unseen("market", NO_SUCH_PROPERTY),
        Unseen("plan", NO_SUCH_PROPERTY),
    )
    assert FUNNEL.run(log(), by="source").unseen == ()


def test_property_of_units_that_nobody_has_is_named() -> None:
    funnel = replace(FUNNEL, where=Compare("tier", "equals", "gold"))
    known = Context(properties={"ann": {"tier": "gold"}})
    assert funnel.run(log(), context=known).unseen == ()
    assert funnel.run(log()).unseen == (Unseen("tier", NO_SUCH_PROPERTY),)
    assert FUNNEL.run(log(), by=Breakdown("size", "unit")).unseen == (Unseen("size", NO_SUCH_PROPERTY),)


def test_units_of_a_report_are_as_many_as_it_counts() -> None:
    report = FUNNEL.run(log(), period=("2026-01-01", "2026-01-04"))
    for number, step in enumerate(report.steps):
        for outcome in ("entered", "passed", "lost", "excluded", "expired", "open"):
            assert len(report.units(number, outcome)) == getattr(step, outcome)
    assert report.units("Paid")["unit"].to_list() == ["ann"]
    assert report.units("Visited", "open")["unit"].to_list() == ["bo"]


def test_units_may_be_asked_by_the_name_of_a_step_as_it_was_written() -> None:
    report = Funnel(["Visited", "Paid|Bought"], window="14d").run(log())
    assert report.units("Paid|Bought").equals(report.units("Paid or Bought"))


@pytest.mark.parametrize("step", [2, -1, "Bought"])
def test_units_at_a_step_that_is_not_there_are_refused(step: int | str) -> None:
    with pytest.raises(InvalidDefinition, match="0 to 1: Visited, Paid") as refused:
        FUNNEL.run(log()).units(step)
    assert refused.value.code == "report.no_such_step"


@pytest.mark.parametrize("apart", [lambda report: pickle.loads(pickle.dumps(report)), copy.deepcopy])
def test_report_apart_from_its_source_is_equal_and_holds_no_units(apart: Callable[[Report], Report]) -> None:
    report = FUNNEL.run(log())
    kept = apart(report)
    assert kept == report
    assert b"ann" not in pickle.dumps(report)
    with pytest.raises(NotAllowed, match="count again") as refused:
        kept.units(0)
    assert refused.value.code == "report.no_source"


def test_report_of_run_alone_knows_no_source() -> None:
    with pytest.raises(TragtError):
        run(FUNNEL, log()).units(0)


def test_leaks_and_drivers_are_asked_of_the_source_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def note(funnel: Funnel, log: EventLog, *given: object, **rules: object) -> None:
        asked.append((funnel, len(log), *given, rules["period"], rules.get("by"), rules.get("among")))

    monkeypatch.setattr("tragt.funnel.leaks.leaks", note)
    monkeypatch.setattr("tragt.funnel.drivers.drivers", note)
    period = Period("2026-01-01", "2026-02-01")
    report = FUNNEL.run(log(), by="source", period=period)
    report.leaks()
    report.leaks(by=["market"])
    report.drivers("Paid")
    assert asked == [
        (FUNNEL, 5, period, (Breakdown("source"),), None),
        (FUNNEL, 5, period, ["market"], None),
        (FUNNEL, 5, 1, period, None, None),
    ]
