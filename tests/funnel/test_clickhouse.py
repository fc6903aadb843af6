"""Tragt and ClickHouse's windowFunnel give the same where the definitions agree, and differ as the page says.

ClickHouse runs inside the process (chDB).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import polars as pl
import pytest
from chdb.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tragt import Funnel, Period, read
from tragt.funnel.members import members

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "clickhouse.md"
START = datetime(2026, 1, 1, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
LATER = START + timedelta(days=3)
DAY = Period(date(2026, 1, 1), date(2026, 1, 2), as_of=LATER)


class Happened(NamedTuple):
    """An event: of whom, when (ms after the start), what, and whether only its day is known."""

    person: str
    ms: int
    name: str
    day: bool = False


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[Session]:
    with Session() as session:  # type: ignore[no-untyped-call]
        yield session


def levels(session: Session, events: Sequence[Happened], asked: str) -> dict[str, int]:
    """ClickHouse's level of each person it has a row for."""
    rows = ", ".join(f"('{one.person}', {START_MS + one.ms}, '{one.name}')" for one in events)
    log = (
        "SELECT person, ms, toDateTime(intDiv(ms, 1000), 'UTC') AS second, event "
        f"FROM values('person String, ms UInt64, event String', {rows})"
    )
    what = asked if " FROM log" in asked else f"{asked} FROM log"
    query = f"WITH log AS ({log}) SELECT person, {what} GROUP BY person"
    answer = str(session.query(query, "TabSeparated"))  # type: ignore[no-untyped-call]
    return {person: int(level) for person, level in (line.split("\t") for line in answer.splitlines())}


def depths(events: Sequence[Happened], funnel: Funnel, period: Period | None = None) -> dict[str, int]:
    """Tragt's depth of each person who entered."""
    times = [START + timedelta(milliseconds=one.ms) for one in events]
    frame = pl.DataFrame(
        {
            "person": [one.person for one in events],
            "time": [
                f"{t:%Y-%m-%d}" if one.day else f"{t:%Y-%m-%dT%H:%M:%S}.{t.microsecond // 1000:03}Z"
                for one, t in zip(events, times, strict=True)
            ],
            "event": [one.name for one in events],
        }
    )
    found = members(funnel, read(frame), period=period or Period(as_of=LATER))
    return dict(zip(found.units, found.attempts.depth.tolist(), strict=True))


# ---------------------------------------------------------------- random logs

PERSONS = 150
HALF_SECONDS = 25

seeds = st.integers(0, 2**32 - 1)
windows = st.sampled_from([500, 1_500, 2_999, 3_000, 5_000, 12_000])
apart = st.sampled_from([("A", "B"), ("A", "B", "C"), ("A|X", "B", "C|D"), ("C", "A", "D", "B")])
shared = st.sampled_from([("A", "A"), ("A", "A|B", "B"), ("A|B", "A|B", "C"), ("A", "B", "A"), ("A|B", "B|C", "A|C")])
rounds = settings(max_examples=max(ROUNDS // 6, 1))


def logs(seed: int) -> list[Happened]:
    """The logs of many persons in no order: few moments, so that events are simultaneous and windows end on them."""
    dice = Random(seed)
    events = [
        Happened(f"p{person}", 500 * dice.randrange(HALF_SECONDS), dice.choice("AABBCDX"))
        for person in range(PERSONS)
        for _ in range(dice.randint(1, 9))
    ]
    dice.shuffle(events)
    return events


def asked(steps: Sequence[str], window: int, mode: str = "") -> str:
    conditions = ", ".join("event IN (" + ", ".join(f"'{name}'" for name in step.split("|")) + ")" for step in steps)
    return f"windowFunnel({window}{mode})(ms, {conditions})"


def differing(session: Session, events: Sequence[Happened], steps: Sequence[str], window: int, mode: str) -> list[str]:
    """A line for each person of whom depth and level differ."""
    ours = depths(events, Funnel.of(*steps, window=timedelta(milliseconds=window)))
    theirs = levels(session, events, asked(steps, window, mode))
    return [
        f"depth {ours.get(person, 0)}, level {level}: {sorted(one[1:3] for one in events if one.person == person)}"
        for person, level in theirs.items()
        if ours.get(person, 0) != level
    ]


@pytest.mark.soak
@rounds
@given(seed=seeds, steps=apart, window=windows)
def test_depth_where_no_event_is_two_steps_is_the_level_of_window_funnel(
    clickhouse: Session, seed: int, steps: tuple[str, ...], window: int
) -> None:
    assert differing(clickhouse, logs(seed), steps, window, "") == []


@pytest.mark.soak
@rounds
@given(seed=seeds, steps=shared, window=windows)
def test_depth_where_events_may_be_two_steps_is_the_level_of_strict_once(
    clickhouse: Session, seed: int, steps: tuple[str, ...], window: int
) -> None:
    assert differing(clickhouse, logs(seed), steps, window, ", 'strict_once'") == []


# ---------------------------------------------------------------- the page


class Example(NamedTuple):
    """A row of the page."""

    log: str
    tragt: str
    depth: int
    clickhouse: str
    level: int


def examples() -> Iterator[Example]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| log "):
            cells = [cell.strip().strip("`").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            yield Example(cells[0], cells[1], int(cells[2]), cells[3], int(cells[4]))


def happened(log: str) -> list[Happened]:
    """Events as the page writes them: ``A 0, B 10.5, C day``."""
    pairs = [one.split() for one in log.split(", ")]
    return [Happened("one", 0 if at == "day" else round(float(at) * 1000), name, at == "day") for name, at in pairs]


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: f"{example.log}: {example.clickhouse[:40]}")
def test_example_of_the_page_is_true(clickhouse: Session, example: Example) -> None:
    events = happened(example.log)

    def depth(funnel: Funnel, period: Period | None = None) -> int:
        return depths(events, funnel, period).get("one", 0)

    ours = eval(f"depth({example.tragt})", {"depth": depth, "Funnel": Funnel, "DAY": DAY})

    assert (ours, levels(clickhouse, events, example.clickhouse)["one"]) == (example.depth, example.level)
