"""The newest events of some identifiers, a page at a time. The unit of observation is the event.

Files hold a month each, sorted by name and actor, so that the events of one page stand in many places. These are read
from the newest back, a few at first, then as many as will fill the page if they hold as much as those before, and only
as long as one that is left may hold an event newer than the oldest of the page.

What this does not answer: whose identifiers they are, and which of their events count.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

import polars as pl
from polars.exceptions import ComputeError

from tragt.lake.failures import explained
from tragt.lake.index.index import Index
from tragt.lake.index.places import Sought, whole
from tragt.lake.lake import Lake
from tragt.lake.scanning import Span, block, scan
from tragt.lake.schema import EVENTS
from tragt.lake.storage import Storage

__all__ = ["Page", "newest", "newest_first"]

_FIRST_ROWS = 650_000
_MOST_ROWS = 8_000_000
_GROWTH = 4
_MARGIN = 1.25
_AT_ONCE = 64
_TO_OPEN = 25_000  # as many rows are read in the time that opening a place takes
_ROUNDING = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Which events are asked for, of those that the identifiers lead to.

    Attributes:
        where: Which rows are meant at most, by few columns: what it names is read of every row of a place.
        only: Gives those that count of events with all columns of the log.
        count: How many events at most.
        before: Time and id; only events older than that, of one moment those with a smaller id. None means all.
        span: Names and times.
    """

    where: pl.Expr
    only: Callable[[pl.DataFrame], pl.DataFrame]
    count: int
    before: tuple[datetime, str] | None = None
    span: Span = field(default_factory=Span)

    @property
    def reach(self) -> Span:
        """Names and times of the events that it may hold."""
        if self.before is None:
            return self.span
        after = self.before[0] + timedelta(microseconds=1)
        return Span(self.span.names, self.span.start, min(after, self.span.end or after))

    def shown(self, events: pl.DataFrame) -> pl.DataFrame:
        """Those of some events that it may hold.

        Args:
            events: Columns of the log.
        """
        meant = events.filter(self.where, self.reach.events())
        if self.before is not None:
            time, last = self.before
            meant = meant.filter((pl.col("time") < time) | (pl.col("id") < last))
        return self.only(meant)


def newest_first(events: pl.DataFrame) -> pl.DataFrame:
    """Events from the newest back, of one moment the greatest id first.

    Args:
        events: ``time`` and ``id``, and others.
    """
    return events.sort("time", "id", descending=True)


def newest(lake: Lake, index: Index | None, sought: Sequence[Sought], page: Page) -> pl.DataFrame:
    """The newest events of a page.

    Args:
        lake: The event log.
        index: Tells where identifiers stand; without one, or without a generation of it, all files are looked through.
        sought: All identifiers by which an event may be meant.
        page: Which events.

    Returns:
        The columns of the log, the newest first, of one moment the greatest id first; at most as many as asked for.
    """
    with explained(lake.storage):
        while True:
            snapshot, generation = lake.shown(), index.current() if index else None
            try:
                files = page.reach.files(snapshot.files)
                places = index.places(snapshot, files, sought, page.span.names) if index else whole(files)
                return _newest(lake.storage, places, sought, page)
            except (OSError, ComputeError):
                if lake.shown().state == snapshot.state and (index is None or index.current() is generation):
                    raise


def _newest(storage: Storage, places: pl.DataFrame, sought: Sequence[Sought], page: Page) -> pl.DataFrame:
    """The events of a page, of those in some places."""
    found, spent, many = EVENTS.to_frame(), 0, _FIRST_ROWS
    left = places.sort("last", "path", "offset", descending=True)
    while left.height:
        effort = (left["rows"] + _TO_OPEN).cum_sum()
        now = max(int((effort <= many).sum()), 1)
        batch, left, spent = left[:now], left[now:], spent + int(effort[now - 1])
        found = newest_first(pl.concat([found, page.shown(_read(storage, batch, sought, page))])).head(page.count)
        if found.height == page.count:
            left = left.filter(pl.col("last") + _ROUNDING > found["time"][-1])
        likely = int(_MARGIN * spent * (page.count - found.height)) // max(found.height, 1)
        many = min(max(likely, spent // _GROWTH), _GROWTH * spent, _MOST_ROWS)
    return found


def _read(storage: Storage, places: pl.DataFrame, sought: Sequence[Sought], page: Page) -> pl.DataFrame:
    """The rows in some places that may be meant."""
    found, files = [EVENTS.to_frame()], places.filter(pl.col("offset").is_null())["path"].to_list()
    if files:
        found.append(scan(storage, files).filter(page.where & page.reach.events()).collect())
    for blocks in places.drop_nulls("offset").iter_slices(_AT_ONCE):
        found += _sifted(storage, blocks, [page.where if each.where is None else each.where for each in sought], page)
    return pl.concat(found)


def _sifted(storage: Storage, blocks: pl.DataFrame, where: Sequence[pl.Expr], page: Page) -> Iterator[pl.DataFrame]:
    """The rows in some blocks that may be meant, by where those stand who led there."""
    # Asked for side by side, since a plan that joins them takes twice the time; sifted together, not one by one.
    asked = [block(storage, *each) for each in blocks.select("path", "offset", "rows").iter_rows()]
    alike: dict[frozenset[int], list[pl.DataFrame]] = {}
    for by, events in zip(blocks["by"].to_list(), pl.collect_all(asked), strict=True):
        alike.setdefault(frozenset(id(where[one]) for one in by), []).append(events)
    for ids, several in alike.items():
        meant = {id(each): each for each in where if id(each) in ids}
        yield pl.concat(several).filter(reduce(or_, meant.values()), page.reach.events())
