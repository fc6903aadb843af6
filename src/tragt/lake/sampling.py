"""Some events of a name, however many there are: a bounded number of rows, spread over time and over actors.

A file is sorted by name and actor, so the events of a name stand together, and a few short stretches of them are
read. The unit of observation is the event. What this does not answer: anything exact, unless `Sample.whole` says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tragt.lake.reading import Without
from tragt.lake.scanning import Span, scan
from tragt.lake.storage import Storage

__all__ = ["Sample", "sample"]

_FILES = 12
_STRETCHES = 4
_COLUMNS = ("name", "time", "actor", "source", "properties")


@dataclass(frozen=True, slots=True)
class Sample:
    """Some events of a name.

    Attributes:
        events: ``time``, ``actor``, ``source`` and ``properties`` (JSON), in no particular order.
        whole: Whether these are all the events there are.
    """

    events: pl.DataFrame
    whole: bool


def sample(storage: Storage, counts: pl.DataFrame, name: str, without: Without, most: int) -> Sample:
    """Some events of a name.

    Args:
        storage: The lake.
        counts: What the files hold, from the catalogue.
        name: The name.
        without: What is left out.
        most: How many events are looked at, about.
    """
    own = counts.filter(pl.col("name") == name)
    held = own.group_by("path").agg(pl.col("count").sum().cast(pl.Int64), pl.col("first").min()).sort("first", "path")
    total = int(held["count"].sum())
    if total <= most:
        events = without.of(scan(storage, held["path"].to_list()).filter(Span([name]).events()))
        return Sample(events.select(_COLUMNS[1:]).collect(), whole=True)
    chosen = _spread(held)
    before = _rows_before(counts, name)
    share = most / int(chosen["count"].sum())
    pieces = [
        scan(storage, [path]).slice(offset, rows).filter(pl.col("name") == name)
        for path, number, _first in chosen.iter_rows()
        for offset, rows in _stretches(before.get(path, 0), number, share)
    ]
    events = without.of(pl.concat(pieces))
    return Sample(events.select(_COLUMNS[1:]).collect(), whole=False)


def _spread(held: pl.DataFrame) -> pl.DataFrame:
    """The files that are looked at: some of equal distances, the oldest and the newest among them."""
    if held.height <= _FILES:
        return held
    places = [round(number * (held.height - 1) / (_FILES - 1)) for number in range(_FILES)]
    return held[places]


def _rows_before(counts: pl.DataFrame, name: str) -> dict[str, int]:
    """How many events stand before those of a name, by file: the names before it come first."""
    sums = counts.filter(pl.col("name") < name).group_by("path").agg(pl.col("count").sum().cast(pl.Int64))
    return dict(sums.iter_rows())


def _stretches(begin: int, number: int, share: float) -> Iterator[tuple[int, int]]:
    """Where stretches of the events of a file begin, and how long they are."""
    rows = max(round(number * share), 1)
    if number <= rows:
        yield begin, number
        return
    parts = min(_STRETCHES, rows)
    for part in range(parts):
        start, end = part * number // parts, (part + 1) * number // parts
        length = min(-(-rows // parts), end - start)
        yield begin + start + (end - start - length) // 2, length
