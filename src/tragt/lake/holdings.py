"""What the log holds: names, batches, properties."""

from collections.abc import Sequence

import msgspec
import polars as pl

from tragt.lake.json_properties import UNUSUAL, tokens, typed
from tragt.lake.reading import Without
from tragt.lake.scanning import Span, scan
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["batches", "names", "properties"]

_SAMPLE = 10_000
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


def properties(storage: Storage, base: Snapshot, names: Sequence[str], without: Without) -> pl.DataFrame:
    """The properties that events have, from a sample of each name.

    Args:
        storage: The lake.
        base: The version.
        names: Names of events.
        without: What is left out.
    """
    span = Span(names)
    events = without.of(scan(storage, span.files(base.files)["path"].to_list()).filter(span.events()))
    found = events.select("name", "properties").collect()
    rows = [row for (name,), own in found.group_by("name") for row in _of_name(str(name), own["properties"])]
    return pl.DataFrame(rows, schema=_PROPERTIES, orient="row").sort(
        ["name", "count", "property"], descending=[False, True, False]
    )


def _of_name(name: str, objects: pl.Series) -> list[tuple[object, ...]]:
    step = -(-len(objects) // _SAMPLE)
    sample = objects.gather_every(step)
    keys = list(dict.fromkeys(key for text in sample.unique().to_list() for key in _keys.decode(text)))
    behind = sample.to_frame("properties").select(tokens(keys))
    scale = len(objects) / len(sample)
    columns = (typed(behind[str(place)], behind[UNUSUAL], key) for place, key in enumerate(keys))
    return [(name, values.name, *_described(values, scale)) for values in columns]


def _described(values: pl.Series, scale: float) -> tuple[str, list[str], int]:
    there = values.drop_nulls().alias("value")
    frequent = there.value_counts().sort(["count", "value"], descending=[True, False]).head(_EXAMPLES)
    examples = frequent["value"].cast(pl.String).to_list()
    return _TYPES.get(type(values.dtype), "text"), examples, round(len(there) * scale)
