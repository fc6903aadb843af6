"""A home of its own for each test, and a hand that brings files into its log."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from pytest_django import Settings

from tragt.events import read
from tragt.events.log import EventLog
from tragt.lake import Marker
from tragt.lake.rows import events_of
from tragt.web.funnels.building import offers
from tragt.web.funnels.counting import glancing, parts, standing
from tragt.web.funnels.gallery import covering
from tragt.web.log import queries as log_queries

Bring = Callable[[EventLog], None]
Happened = Callable[[Sequence[tuple[str, str, str]]], None]


@pytest.fixture(autouse=True)
def _empty_memory() -> None:
    """What a process remembers of a log does not go from one test's log to the next."""
    standing._remembered.clear()
    glancing._known.forget()
    offers._known.forget()
    parts._known.forget()
    covering._known.forget()


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """An empty home folder."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    return tmp_path


@pytest.fixture
def bring(home: Path) -> Bring:  # noqa: ARG001
    """Puts a log into the lake."""
    brought = iter(range(1, 100))

    def into_lake(log: EventLog) -> None:
        batch = f"import:{next(brought)}"
        rows = events_of(log, batch=batch, source="test", received=datetime(2026, 1, 1, tzinfo=UTC))
        log_queries.lake().append(rows, marker=Marker(batch, 1), batch=batch)

    return into_lake


@pytest.fixture
def happened(bring: Bring) -> Happened:
    """Puts events of persons into the lake: ``happened([("ann", "Visited", "2026-01-01"), …])``."""

    def events(rows: Sequence[tuple[str, str, str]]) -> None:
        frame = pl.DataFrame(rows, schema=["person", "event", "time"], orient="row")
        bring(read(frame.with_columns(pl.col("time") + "T09:00:00Z")))

    return events


@pytest.fixture
def visitors(happened: Happened) -> None:
    """Ten visit in January; four sign up a day later, two of these pay the day after. Another looks in March."""
    rows = [(f"p{number}", "Visited", "2026-01-10") for number in range(10)]
    rows += [(f"p{number}", "Signed Up", "2026-01-11") for number in range(4)]
    rows += [(f"p{number}", "Paid", "2026-01-12") for number in range(2)]
    happened([*rows, ("late", "Visited", "2026-03-01")])
