"""Events for lakes, and what a lake holds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from tragt.lake import Lake, Marker

START = datetime(2024, 1, 20, tzinfo=UTC)
STEP = timedelta(hours=7)


def events(numbers: Sequence[int], *, source: str = "shop", actors: int = 5) -> pl.DataFrame:
    """One event a number; the same number gives the same event."""
    return pl.DataFrame(
        {
            "id": [f"{source}:{n}" for n in numbers],
            "time": [START + STEP * n for n in numbers],
            "name": [("Visit", "Cart", "Purchase")[n % 3] for n in numbers],
            "actor": [f"u:person{n % actors}" for n in numbers],
            "session": [f"s{n % 7}" for n in numbers],
            "source": [source] * len(numbers),
            "received": [START] * len(numbers),
            "properties": [f'{{"amount":{n},"note":"of person{n % actors}"}}' for n in numbers],
        },
        schema_overrides={"time": pl.Datetime("us", "UTC"), "received": pl.Datetime("us", "UTC"), "id": pl.String},
    )


def filled(folder: Path, *batches: Sequence[int]) -> Lake:
    """A lake with batches ``b0``, ``b1`` …"""
    lake = Lake.open(folder)
    for place, numbers in enumerate(batches):
        lake.append(events(numbers), marker=Marker(f"import:{place}", 1), batch=f"b{place}")
    return lake


def ids(lake: Lake) -> list[str]:
    """All ids, in order, as often as they are there."""
    return lake.read(columns=["id"])["id"].sort().to_list()


def ids_of(numbers: Sequence[int]) -> list[str]:
    return sorted(f"shop:{n}" for n in numbers)


def perform(lake: Lake, act: str) -> None:
    """A write to a lake of the batches ``b0`` and ``b1``, by its name."""
    match act:
        case "append":
            pieces = (events(range(start, start + 100)) for start in range(100, 700, 100))
            lake.append(pieces, marker=Marker("import:9", 1), batch="b9")
        case "remove":
            lake.remove_batch("b0", Marker("import:0", 2))
        case "erase":
            lake.erase(pl.Series(["u:person1", "u:person3"]), Marker("erase:1", 1))
        case "upkeep":
            lake.upkeep()
        case "purge":
            lake.purge()
