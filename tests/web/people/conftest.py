"""A home of its own for each test, and a hand to put events into its log."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from pytest_django import Settings

from tragt.lake import Marker
from tragt.web.log import queries as log

Put = Callable[..., None]
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """An empty home folder."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    return tmp_path


@pytest.fixture
def put(home: Path) -> Put:  # noqa: ARG001
    """Puts events into the log: ``put([(name, actor, time, {property: value}, {column: value}), …], batch=…)``."""

    def events(rows: Iterable[tuple[object, ...]], batch: str = "import:1") -> None:
        given = []
        for number, row in enumerate(rows):
            name, actor, time, properties, columns = (*row, {}, {})[:5]
            assert isinstance(columns, dict)
            text = msgspec.json.encode(properties).decode()
            event = {"id": f"{batch}-{number}", "name": name, "actor": actor, "time": time, "properties": text}
            given.append({**event, "source": "test", "received": START, **columns})
        frame = pl.DataFrame(given, infer_schema_length=None)
        times = pl.col("time", "received").cast(pl.Datetime("us", "UTC"))
        log.lake().append(frame.with_columns(times), marker=Marker(batch, 1), batch=batch)

    return events
