"""What the log holds: names, batches, properties."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import polars as pl

from tragt.lake.json_properties import UNUSUAL, tokens, typed
from tragt.lake.reading import Without
from tragt.lake.scanning import Span, scan
from tragt.lake.storage import Storage

__all__ = ["batches", "by_batch", "names", "properties", "sources"]

_SAMPLE = 10_000
_FILES = 12
_EXAMPLES = 5
_TYPES = {pl.Int64: "number", pl.Float64: "number", pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "time"}
_PROPERTIES = pl.Schema(
    {
        "name": pl.String(),
        "property": pl.String(),
        "type": pl.String(),
        "examples": pl.List(pl.String()),
        "count": pl.Int64(),
    }
)
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])


def names(counts: pl.DataFrame, without_batches: Sequence[str]) -> pl.DataFrame:
    """How often each event occurs, and when.

    Args:
        counts: What the files hold, from the catalogue.
        without_batches: Batches that are left out.
    """
    return (
        counts.filter(~pl.col("batch").is_in(list(without_batches)))
        .group_by("name")
        .agg(pl.col("count").sum().cast(pl.UInt32), pl.col("first").min(), pl.col("last").max())
        .sort(["count", "name"], descending=[True, False])
    )


def batches(counts: pl.DataFrame) -> pl.DataFrame:
    """The batches that the log holds.

    Args:
        counts: What the files hold, from the catalogue.
    """
    return (
        counts.group_by("batch")
        .agg(
            pl.col("source").min(), events=pl.col("count").sum(), first=pl.col("first").min(), last=pl.col("last").max()
        )
        .sort("batch")
    )


def by_batch(counts: pl.DataFrame, without_batches: Sequence[str]) -> pl.DataFrame:
    """How often each event occurs, and when, by batch and source.

    Args:
        counts: What the files hold, from the catalogue.
        without_batches: Batches that are left out.
    """
    return (
        counts.filter(~pl.col("batch").is_in(list(without_batches)))
        .group_by("name", "batch", "source")
        .agg(pl.col("count").sum().cast(pl.Int64), pl.col("first").min(), pl.col("last").max())
    )


def sources(counts: pl.DataFrame, names: Sequence[str], without_batches: Sequence[str]) -> list[str]:
    """The sources that events of some names come from.

    Args:
        counts: What the files hold, from the catalogue.
        names: Names of events.
        without_batches: Batches that are left out.
    """
    there = counts.filter(pl.col("name").is_in(list(names)), ~pl.col("batch").is_in(list(without_batches)))
    return there["source"].drop_nulls().unique().sort().to_list()


@dataclass(slots=True)
class _Sample:
    """Some events of a name.

    Attributes:
        step: One in so many is taken.
        share: The events of the files that are looked at, of all.
        seen: How many there were to take from.
        objects: Their properties.
    """

    step: int
    share: float
    seen: int = 0
    objects: list[pl.Series] = field(default_factory=list)

    def take(self, objects: pl.Series) -> None:
        """Take some of the events of a file."""
        self.objects.append(objects.gather_every(self.step, -self.seen % self.step))
        self.seen += len(objects)


def properties(storage: Storage, counts: pl.DataFrame, names: Sequence[str], without: Without) -> pl.DataFrame:
    """The properties that events have, from a sample of each name, read file by file.

    Args:
        storage: The lake.
        counts: What the files hold, from the catalogue.
        names: Names of events.
        without: What is left out.
    """
    held = counts.filter(pl.col("name").is_in(list(names))).group_by("path", "name").agg(pl.col("count").sum())
    chosen = held.sort("path").filter(_spread(pl.int_range(pl.len()), pl.len()).over("name"))
    samples = _samples(held, chosen)
    for (path,), there in chosen.group_by("path", maintain_order=True):
        events = without.of(scan(storage, [str(path)]).filter(Span(there["name"].to_list()).events()))
        for (name,), own in events.select("name", "properties").collect().group_by("name"):
            samples[str(name)].take(own["properties"])
    rows = [row for name, sample in samples.items() if sample.seen for row in _of_name(name, sample)]
    return pl.DataFrame(rows, schema=_PROPERTIES, orient="row").sort(
        ["name", "count", "property"], descending=[False, True, False]
    )


def _spread(place: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Which of so many files are looked at: few enough, the first of each of equal stretches."""
    stretch = place * _FILES // number
    return (number <= _FILES) | (place == 0) | (stretch != (place - 1) * _FILES // number)


def _samples(held: pl.DataFrame, chosen: pl.DataFrame) -> dict[str, _Sample]:
    whole = held.group_by("name").agg(all=pl.col("count").sum())
    looked_at = chosen.group_by("name").agg(pl.col("count").sum()).join(whole, on="name")
    return {name: _Sample(-(-count // _SAMPLE), count / all_) for name, count, all_ in looked_at.iter_rows()}


def _of_name(name: str, found: _Sample) -> list[tuple[object, ...]]:
    sample = pl.concat(found.objects)
    keys = list(dict.fromkeys(key for text in sample.unique().to_list() for key in _keys.decode(text)))
    behind = sample.to_frame("properties").select(tokens(keys))
    scale = found.seen / len(sample) / found.share
    columns = (typed(behind[str(place)], behind[UNUSUAL], key) for place, key in enumerate(keys))
    return [(name, values.name, *_described(values, scale)) for values in columns]


def _described(values: pl.Series, scale: float) -> tuple[str, list[str], int]:
    there = values.drop_nulls().alias("value")
    frequent = there.value_counts().sort(["count", "value"], descending=[True, False]).head(_EXAMPLES)
    examples = frequent["value"].cast(pl.String).to_list()
    return _TYPES.get(type(values.dtype), "text"), examples, round(len(there) * scale)
