"""How much the log holds: events by day, and how many of each kind of unit. Counted file by file, at any size."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.conf import settings

from tragt.web.log.queries import made_of_files, version
from tragt.web.people.queries.identity import identity
from tragt.web.people.queries.links import links
from tragt.web.people.queries.naming import named
from tragt.web.shell import organisation
from tragt.web.shell.remembered import Remembered

__all__ = ["Extent", "extent"]

_COLUMNS = ("time", "actor", "company", "deal", "session")
_TOLD_APART = ("person", "deal")
_DAY = "day"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much the log holds.

    Attributes:
        events: How many events.
        days: Events by day in the organisation's zone; days without any are left out.
        named: Of each kind of unit how many events name one, or belong to one that is known.
        different: How many different persons and deals there are in events.
    """

    events: int
    days: Mapping[date, int]
    named: Mapping[str, int]
    different: Mapping[str, int]


_known: Remembered[Extent] = Remembered()


def extent() -> Extent:
    """How much the log holds now, remembered until it changes."""
    return _known.of((settings.TRAGT.lake, version()), _read)


def _read() -> Extent:
    who, deals, zone = identity(), links().deals, organisation.current().time_zone

    def counted(frame: pl.DataFrame) -> pl.DataFrame:
        events = named(frame, who, deals)
        day = events["time"].dt.convert_time_zone(zone).dt.date().alias("key")
        return pl.concat([_counts(_DAY, day), *(_counts(unit, _hashed(events[unit], unit)) for unit in _UNITS)])

    whole = made_of_files(counted, _COLUMNS).group_by("what", "key").agg(pl.col("count").sum())
    days = whole.filter(what=_DAY).select(pl.col("key").cast(pl.Int32).cast(pl.Date), "count")
    sums = whole.group_by("what").agg(pl.col("count").sum(), different=pl.len())
    units = {what: (count, different) for what, count, different in sums.iter_rows() if what != _DAY}
    return Extent(
        events=int(days["count"].sum()),
        days=dict(days.iter_rows()),
        named={unit: count for unit, (count, _) in units.items()},
        different={unit: units[unit][1] if unit in units else 0 for unit in _TOLD_APART},
    )


_UNITS = ("person", "company", "deal", "session")


def _hashed(values: pl.Series, unit: str) -> pl.Series:
    """Units as 64 bits, which take less memory than names; those that need not be told apart are all the same."""
    there = values.drop_nulls()
    if unit in _TOLD_APART:
        return there.cast(pl.String).hash(0).reinterpret(signed=True).alias("key")
    return pl.repeat(0, len(there), eager=True).alias("key")


def _counts(what: str, keys: pl.Series) -> pl.DataFrame:
    counts = keys.to_physical().cast(pl.Int64).to_frame("key").group_by("key").agg(count=pl.len().cast(pl.Int64))
    return counts.select(pl.lit(what).alias("what"), "key", "count")
