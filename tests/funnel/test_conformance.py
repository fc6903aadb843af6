"""Real paths through stages against the ideal one: by hand, and against a shortest path over all alignments."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.funnel.golden_cases import EPOCH, log_of
from tests.funnel.strategies import Problem, problems
from tragt import Funnel, Period, read, run
from tragt.errors import InvalidDefinition
from tragt.events.event import Event
from tragt.events.log import EventLog
from tragt.funnel.condition import holds
from tragt.funnel.members import members
from tragt.funnel.paths import Conformance, Deviation, conformance
from tragt.funnel.paths.alignment import longest_in_order
from tragt.funnel.stages import Pipeline

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = {"P": "Prospecting", "N": "Need", "O": "Offer", "W": "Won", "L": "Lost", "R": "Reopened"}
FUNNEL = Funnel.of("Prospecting", "Need", "Offer", "Won", unit="deal", skips="fill", lost="Lost", reopen="Reopened")


def deals(*paths: str, days: float = 1.0) -> EventLog:
    """A log in which each path, such as ``PNOW``, is one deal's, an event every so many days."""
    rows = [
        (f"d{deal}", START + timedelta(days=days * place), NAMES[letter])
        for deal, path in enumerate(paths)
        for place, letter in enumerate(path)
        if letter != "."
    ]
    return read(
        pl.DataFrame({"deal": [d for d, _, _ in rows], "time": [t for _, t, _ in rows], "event": [n for *_, n in rows]})
    )


def counts(found: Conformance) -> dict[str, tuple[int, ...]]:
    """Cost, worst cost, skips, returns, repeats and re-openings of each deal."""
    columns = ("cost", "worst", "skips", "returns", "repeats", "reopenings")
    return {unit: tuple(rest) for unit, *rest in found.each.select("unit", *columns).iter_rows()}


def named(found: Conformance) -> dict[tuple[str, str | None, str | None], tuple[int, int]]:
    return {(str(one.kind), one.stage, one.back_to): (one.attempts, one.times) for one in found.deviations}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("PNOW", (0, 8, 0, 0, 0, 0)),
        ("PNOWP", (0, 8, 0, 0, 0, 0)),
        ("POW", (1, 7, 1, 0, 0, 0)),
        ("OW", (2, 6, 2, 0, 0, 0)),
        ("PNPNOW", (2, 10, 0, 1, 0, 0)),
        ("PNNOW", (1, 9, 0, 0, 1, 0)),
        ("PONW", (2, 8, 0, 1, 0, 0)),
        ("PNLROW", (0, 8, 0, 0, 0, 1)),
        ("PNLOW", (0, 8, 0, 0, 0, 1)),
        ("PNLNOW", (1, 9, 0, 0, 1, 1)),
        ("PN", (0, 4, 0, 0, 0, 0)),
        ("POL", (1, 5, 1, 0, 0, 0)),
        ("O", (2, 4, 2, 0, 0, 0)),
        ("PNLLRNLROW", (1, 9, 0, 0, 1, 2)),
    ],
)
def test_conformance_of_one_deal_by_hand(path: str, expected: tuple[int, ...]) -> None:
    assert counts(conformance(FUNNEL, deals(path))) == {"d0": expected}


def test_conformance_begins_with_the_entry() -> None:
    plain = Funnel.of("Prospecting", "Need", "Offer", "Won", unit="deal", skips="drop")

    assert counts(conformance(plain, deals("OPNOW"))) == {"d0": (0, 8, 0, 0, 0, 0)}


def test_conformance_of_a_log_divides_the_sums() -> None:
    found = conformance(FUNNEL, deals("PNOW", "PNOW", "POW", "PNPNOW", "PN"))

    assert found.fitness is not None
    assert found.fitness.rate == pytest.approx(1 - 3 / (8 + 8 + 7 + 10 + 4))
    assert 0 < found.fitness.low < found.fitness.rate < found.fitness.high < 1
    assert found.ideal is not None
    assert (found.ideal.numerator, found.ideal.denominator) == (2, 4)
    assert named(found) == {("returned", "Need", "Prospecting"): (1, 1), ("skipped", "Need", None): (1, 1)}
    assert [(one.stages, one.attempts) for one in found.variants[:1]] == [(("Prospecting", "Need", "Offer", "Won"), 2)]


def test_conformance_counts_a_reopened_deal_as_not_ideal() -> None:
    found = conformance(FUNNEL, deals("PNLROW", "PNOW"))

    assert found.ideal is not None
    assert found.ideal.numerator == 1
    assert named(found) == {("reopened", None, None): (1, 1)}


def test_deviations_cost_the_difference_of_the_medians() -> None:
    found = conformance(FUNNEL, deals(*["PNPNOW"] * 5, *["PNOW"] * 6, *["PN"] * 3))
    (deviation,) = found.deviations

    assert isinstance(deviation, Deviation)
    assert (deviation.seconds, deviation.seconds_otherwise) == (5 * 86_400, 3 * 86_400)
    assert deviation.cost_seconds == 2 * 86_400
    assert conformance(FUNNEL, deals("POW", *["PNOW"] * 6)).deviations[0].cost_seconds is None


def test_moves_draw_the_real_graph() -> None:
    found = conformance(FUNNEL, deals("PNOW", "PNPNL", "PN"))

    assert set(found.moves.rows()) == {
        (None, "Prospecting", None, 3, 3, None),
        ("Prospecting", "Need", None, 3, 4, 86_400.0),
        ("Need", "Prospecting", None, 1, 1, 86_400.0),
        ("Need", "Offer", None, 1, 1, 86_400.0),
        ("Offer", "Won", None, 1, 1, 86_400.0),
        ("Won", None, "converted", 1, 1, 0.0),
        ("Need", None, "lost", 1, 1, 86_400.0),
        ("Need", None, "open", 1, 1, None),
    }


def test_conformance_takes_entries_of_one_day_in_the_order_of_the_stages() -> None:
    frame = pl.DataFrame(
        {
            "deal": ["a"] * 3,
            "event": ["Need", "Prospecting", "Won"],
            "time": [date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 5)],
        }
    )
    found = conformance(
        Funnel.of("Prospecting", "Need", "Won", unit="deal", skips="fill"),
        read(frame, zone="Europe/Copenhagen"),
    )

    assert counts(found) == {"a": (0, 6, 0, 0, 0, 0)}


def test_conformance_of_a_day_with_and_without_clock_times_takes_no_time_backwards() -> None:
    midnight = 1_772_409_600_000
    log = [
        Event("1", midnight + 9 * 3_600_000, "Prospecting", day=False, session=None, properties={}),
        Event("2", midnight, "Need", day=True, session=None, properties={}),
    ]
    found = conformance(FUNNEL, log_of(FUNNEL, {"a": log}, ZoneInfo("UTC")))

    assert found.each["stages"].to_list() == [["Prospecting", "Need"]]
    assert found.moves.filter(pl.col("source") == "Prospecting")["seconds"].to_list() == [0.0]


def test_conformance_takes_being_created_in_a_stage_and_entering_it_at_once_as_one() -> None:
    frame = pl.DataFrame(
        {
            "deal": ["a"] * 3,
            "event": ["Deal Created", "Deal Stage Entered", "Deal Won"],
            "stage": ["Need", None, None],
            "to": [None, "Need", None],
            "time": [START, START, START + timedelta(days=1)],
        }
    )

    assert counts(conformance(Pipeline(("Need",)), read(frame))) == {"a": (0, 4, 0, 0, 0, 0)}


def test_conformance_of_a_pipeline_reads_the_stages_from_properties() -> None:
    rows = [("a", "Deal Created", "Need"), ("a", "Deal Stage Entered", "Close"), ("a", "Deal Won", None)]
    frame = pl.DataFrame(
        {
            "deal": [row[0] for row in rows],
            "event": [row[1] for row in rows],
            "to": [row[2] for row in rows],
            "time": [START + timedelta(days=day) for day in range(len(rows))],
        }
    )
    found = conformance(Pipeline(("Need", "Offer", "Close")), read(frame))

    assert found.each["stages"].to_list() == [["Need", "Close", "Deal Won"]]
    assert named(found) == {("skipped", "Offer", None): (1, 1)}


def test_conformance_without_attempts_is_absent_with_a_reason() -> None:
    found = conformance(FUNNEL, deals("L"))

    assert (found.fitness, found.ideal, found.reason, found.attempts) == (None, None, "nobody entered", 0)
    assert conformance(FUNNEL, deals("PN")).reason == "nobody converted"


def test_conformance_over_steps_without_an_order_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="order"):
        conformance(Funnel.of("A", "B", unit="deal", order="any"), deals("PN"))


def test_conformance_where_one_event_enters_two_stages_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="two stages"):
        conformance(Funnel.of("Need", "Offer|Need", unit="deal"), deals("PN"))


def cheapest_alignment(path: Sequence[int], stages: int) -> int:
    """The cost of an optimal alignment with the stages 0 to n − 1, over all alignments."""

    @cache
    def cost(done: int, reached: int) -> int:
        if done == len(path):
            return stages - reached
        ways = [1 + cost(done + 1, reached)]
        if reached < stages:
            ways.append(1 + cost(done, reached + 1))
            if path[done] == reached:
                ways.append(cost(done + 1, reached + 1))
        return min(ways)

    return cost(0, 0)


@given(st.lists(st.lists(st.integers(0, 4), max_size=9), max_size=6))
def test_alignment_of_any_path_is_the_cheapest_of_all(paths: list[list[int]]) -> None:
    lengths = np.array([len(path) for path in paths], dtype=np.int64)
    flat = np.array([stage for path in paths for stage in path], dtype=np.int64)
    kept = longest_in_order(flat, lengths, 5)

    assert (lengths + 5 - 2 * kept).tolist() == [cheapest_alignment(path, 5) for path in paths]


def entered(funnel: Funnel, log: Sequence[Event], span: tuple[int, int]) -> list[int]:
    """The stages that a unit entered in a span of time."""
    first, last = span
    moments = {
        (event.time, stage)
        for event in log
        for stage, step in enumerate(funnel.steps)
        if first <= event.time <= last and event.name in step.names and holds(step.where, event.properties)
    }
    return [stage for _, stage in sorted(moments)]


@st.composite
def stage_problems(draw: st.DrawFn) -> Problem:
    """A funnel over stages that no event enters two of, and a log."""
    problem = draw(problems(orders=("fill", "drop")))
    names = draw(st.permutations(["A", "B", "C"]))
    steps = tuple(
        replace(step, names=(name,), optional=False, label="")
        for step, name in zip(problem.funnel.steps, names, strict=False)
    )
    try:
        return replace(problem, funnel=replace(problem.funnel, steps=steps, exclude=()))
    except InvalidDefinition:
        return replace(problem, funnel=replace(problem.funnel, steps=steps, exclude=(), lost=(), reopen=()))


@pytest.mark.soak
@settings(max_examples=max(ROUNDS // 3, 1))
@given(stage_problems())
def test_conformance_of_any_log_is_that_counted_in_plain_python(problem: Problem) -> None:
    funnel = problem.funnel
    log = log_of(funnel, problem.logs, problem.zone)
    period = Period(as_of=EPOCH + timedelta(milliseconds=problem.as_of))
    found = conformance(funnel, log, period=period)
    counted = members(funnel, log, period=period).attempts
    assert found.attempts == run(funnel, log, period=period).steps[0].entered
    for number, row in enumerate(found.each.iter_rows(named=True)):
        path = [found.stages.index(stage) for stage in row["stages"]]
        if not any(event.day for event in problem.logs[row["unit"]]):
            entry, ended = counted.entry[number], counted.ended[number]
            end = problem.as_of if ended < 0 else entry + ended
            assert path == entered(funnel, problem.logs[row["unit"]], (entry, end))
        deepest = max(path) + 1
        assert row["cost"] == cheapest_alignment(path, deepest)
        assert row["worst"] == len(path) + deepest
        assert row["skips"] == deepest - len(set(path))
        assert row["returns"] == sum(after < before for before, after in pairwise(path))
        assert row["repeats"] == sum(after == before for before, after in pairwise(path))
    assert found.other == found.attempts - sum(variant.attempts for variant in found.variants)


def test_conformance_of_real_deals_finds_no_detours(shared_data: Path) -> None:
    log = read(shared_data / "maven_crm" / "sales_pipeline.csv", wide=("engage_date=Engaging", "close_date@deal_stage"))
    found = conformance(Funnel.of("Engaging", "Won", unit="deal", lost="Lost"), log)

    assert (found.attempts, found.ideal and found.ideal.numerator, found.deviations) == (8300, 4238, ())
    assert {row[2]: row[3] for row in found.moves.rows() if row[1] is None} == {
        "converted": 4238,
        "lost": 2473,
        "open": 1589,
    }
