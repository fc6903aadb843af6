"""Who is no human, by the pace of what they do."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tragt.web.collect.robots import ahead, human


def pages(gaps: list[float], actor: str = "a:v", name: str = "Page Viewed", source: str = "key-1") -> pl.DataFrame:
    """Pages of an actor, so many seconds apart."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    times = [start + timedelta(seconds=sum(gaps[:number])) for number in range(len(gaps) + 1)]
    unknown = pl.lit(None, pl.String)
    rows = {"time": times, "name": name, "actor": actor, "source": source}
    return pl.DataFrame(rows).with_columns(agent=unknown, mark=unknown)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (pages([0.09] * 20), 0.1),
        (pages([0.11] * 20), 0.2),
        (pages([0.11, 0.15] * 10), None),
        (pages([0.01] * 19), None),
        (pages([0.0] * 40), None),
        (pages([30.0] * 9), 0.2),
        (pages([30.0] * 8), None),
        (pages([30.0, 30.02] * 9), 0.2),
        (pages([30.0, 30.03] * 9), None),
        (pages([0.09] * 20, actor="u:7"), None),
        (pages([0.09] * 20, name="Product Viewed"), None),
        (pages([0.09] * 20, source="key-2"), None),
    ],
)
def test_pace_that_no_human_has_is_a_robots(events: pl.DataFrame, expected: float | None) -> None:
    other = pages([0.5], actor="a:w")
    found = human(pl.concat([other, events]), {"key-2"})
    assert found.to_list() == [None] * 2 + [expected] * events.height


def test_robot_by_its_name_stays_one_whatever_its_pace() -> None:
    events = pages([0.09] * 20).with_columns(agent=pl.lit("PhantomJS/2.1"))
    assert human(events).to_list() == [0.0] * 21
    assert human(events.head(0)).to_list() == []


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"sec-purpose": "prefetch;prerender"}, True),
        ({"purpose": "Prefetch"}, True),
        ({"x-purpose": "preview"}, True),
        ({"x-moz": "prefetch"}, True),
        ({"sec-purpose": "", "sec-fetch-mode": "cors"}, False),
        ({}, False),
    ],
)
def test_browser_that_asks_ahead_says_so(headers: dict[str, str], found: bool) -> None:
    assert ahead(headers) == found
