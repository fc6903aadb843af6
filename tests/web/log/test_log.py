"""The log as this installation sees it."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from pytest_django import Settings

from tragt.lake import Marker
from tragt.web.log import queries
from tragt.web.log.actions import forget, hide_batch, show_batch, strike

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def filled(settings: Settings, tmp_path: Path) -> None:
    """Two batches of events of two actors."""
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    for batch in ("one", "two"):
        frame = pl.DataFrame(
            {
                "id": [f"{batch}-{number}" for number in range(6)],
                "time": [START + timedelta(hours=number) for number in range(6)],
                "name": ["Visited", "Visited", "Visited", "Asked", "Asked", "Bought"],
                "actor": ["u:1", "a:1"] * 3,
                "source": "test",
                "received": START,
            }
        )
        frame = frame.with_columns(pl.col("time", "received").cast(pl.Datetime("us", "UTC")))
        queries.lake().append(frame, marker=Marker(batch, 1), batch=batch)


def span(actor: str, start: int | None = None, end: int | None = None) -> pl.DataFrame:
    bounds = [None if hours is None else START + timedelta(hours=hours) for hours in (start, end)]
    schema = pl.Schema({"actor": pl.String(), "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")})
    return pl.DataFrame([(actor, *bounds)], schema=schema, orient="row")


def counts() -> list[tuple[str, int]]:
    return [(one.name, one.count) for one in queries.names()]


def test_lake_is_opened_once_by_many_threads() -> None:
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(queries.lake())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in seen}) == 1


def test_hidden_batch_counts_nowhere_until_it_is_shown() -> None:
    assert counts() == [("Visited", 6), ("Asked", 4), ("Bought", 2)]
    hide_batch("one")
    hide_batch("one")
    assert counts() == [("Visited", 3), ("Asked", 2), ("Bought", 1)]
    assert queries.events()["batch"].unique().to_list() == ["two"]
    show_batch("one")
    assert len(queries.events()) == 12


@pytest.mark.parametrize(
    ("start", "end", "left"), [(None, None, 6), (2, None, 8), (None, 2, 10), (2, 4, 10), (3, 4, 12), (4, 5, 10)]
)
def test_struck_actor_counts_nowhere_in_its_span(start: int | None, end: int | None, left: int) -> None:
    strike(span("u:1", start, end))
    assert len(queries.events()) == left
    assert sum(count for _, count in counts()) == left
    assert queries.struck_actors().to_list() == (["u:1"] if start is end is None else [])
    forget(["u:1"])
    assert len(queries.events()) == 12


def test_events_are_cut_by_name_and_half_open_time() -> None:
    found = queries.events(["Visited"], start=START + timedelta(hours=1), end=START + timedelta(hours=2))
    assert found["id"].sort().to_list() == ["one-1", "two-1"]


def test_version_changes_with_the_lake_and_with_what_hides_it() -> None:
    seen = [queries.version()]
    hide_batch("one")
    seen.append(queries.version())
    strike(span("u:1"))
    seen.append(queries.version())
    forget(["u:1"])
    show_batch("one")
    seen.append(queries.version())
    queries.lake().remove_batch("two", Marker("undo", 1))
    seen.append(queries.version())
    assert len(set(seen)) == len(seen)


def test_events_of_some_actors_or_with_a_column_are_those_that_filtering_gives() -> None:
    whole = queries.events()
    assert queries.events(actors=pl.Series(["u:1"])).sort("id").equals(whole.filter(actor="u:1").sort("id"))
    assert queries.events(having=["deal"]).is_empty()
    assert queries.events(having=["actor"]).height == whole.height
    parts = [queries.events(one_in=2), queries.events(one_in=2)]
    assert parts[0].equals(parts[1])
    assert all(part["actor"].n_unique() == part.height // 6 for part in parts), "a person comes whole or not at all"


def test_log_made_file_by_file_leaves_out_what_counts_nowhere() -> None:
    strike(span("a:1", 1, 4))
    hide_batch("two")

    def names(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.group_by("name").agg(count=pl.len())

    found = queries.made_of_files(names, ["name", "actor", "time"]).group_by("name").agg(pl.col("count").sum())
    assert sorted(found.rows()) == sorted(counts()) == [("Asked", 1), ("Bought", 1), ("Visited", 2)]
    assert queries.made_of_files(names, ["name", "actor", "time"], names=["Asked"]).rows() == [("Asked", 1)]


def test_sources_of_names_follow_what_is_hidden() -> None:
    assert queries.sources(["Asked"]) == ["test"]
    assert queries.sources(["Nothing"]) == []
    hide_batch("one")
    hide_batch("two")
    assert queries.sources(["Asked"]) == []
