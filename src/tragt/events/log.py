"""The event log as a frame. The unit of observation is the event.

What the log does not answer: who a person really is (identities are kept as they came) and which
session or deal an event without one belongs to.
"""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from tragt.events.columns import UNITS, Mapping
from tragt.events.rejections import Rejections

__all__ = ["PRECISION", "PROPERTY", "TIME", "UNITS", "EventLog"]

PROPERTY = "properties."
TIME = pl.Datetime("us", "UTC")
PRECISION = pl.Enum(["exact", "day"])


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events of one organisation, a row an event, in no particular order.

    Attributes:
        frame: Columns ``id`` (String or UInt64, unique), ``time`` (Datetime in microseconds, UTC),
            ``precision`` (``exact`` or ``day``; a day stands at its start in `zone`), ``name``
            (Categorical), any of ``person``, ``company``, ``deal`` and ``session`` (absent where the
            source has none; missing where an event has none), optionally ``human`` (probability from
            0 to 1; absent means 1) and ``traffic`` (``outside``, ``own`` or ``test``; absent means
            ``outside``), and a typed column ``properties.<name>`` for each property.
        zone: Time zone of the organisation: its days are the days of the log.
        undated: Rows of a wide file with a stage but no date: the unit columns, ``name`` (the
            stage) and properties. They are in the pipeline and not in the flow.
        stages: Names of the stages in the order the source gives them; empty where it does not.
        stage_now: For a wide file with a stage column, the stage each unit is in now: the unit
            columns and ``stage``, a row for every good row that has one, dated or not. None
            otherwise. This is the stock (deals per stage); the events are the flow.
        rejected: Rows that were left out, and why.
        mapping: How the columns of the source were understood; None for a log made by hand.
    """

    frame: pl.DataFrame
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    undated: pl.DataFrame = field(default_factory=pl.DataFrame)
    stages: tuple[str, ...] = ()
    stage_now: pl.DataFrame | None = None
    rejected: Rejections = field(default_factory=Rejections)
    mapping: Mapping | None = None

    def __len__(self) -> int:
        return self.frame.height

    @property
    def units(self) -> tuple[str, ...]:
        """The kinds of unit that the log knows, of person, company, deal and session."""
        return tuple(unit for unit in UNITS if unit in self.frame.columns)

    @property
    def property_names(self) -> tuple[str, ...]:
        """Names of the properties, without the prefix, in the order of the frame."""
        return tuple(c.removeprefix(PROPERTY) for c in self.frame.columns if c.startswith(PROPERTY))

    @property
    def first_time(self) -> datetime | None:
        """Time of the earliest event (UTC); None in an empty log."""
        return self._bound("min")

    @property
    def last_time(self) -> datetime | None:
        """Time of the latest event (UTC), the natural ``as_of`` of a file; None in an empty log."""
        return self._bound("max")

    def names(self) -> pl.DataFrame:
        """How often each event occurs, and when.

        Returns:
            A row an event name: ``name`` (String), ``count``, ``first`` and ``last`` (UTC), the most
            frequent first and equals by name.
        """
        time = pl.col("time")
        return (
            self.frame.group_by(pl.col("name").cast(pl.String))
            .agg(count=pl.len(), first=time.min(), last=time.max())
            .sort(["count", "name"], descending=[True, False])
        )

    def head(self, rows: int = 5) -> pl.DataFrame:
        """The first events in the order of the source.

        Args:
            rows: How many at most.
        """
        return self.frame.head(rows)

    def _bound(self, which: str) -> datetime | None:
        bound = self.frame.select(getattr(pl.col("time"), which)()).item()
        return bound if isinstance(bound, datetime) else None
