"""The log of an installation, read from its home without the application. The unit of observation is the event.

What the installation hides is left out: batches that are not whole, and events of people who are being erased. What it
does not give is who is who, the company of a person, units that have a stage and no date, and the time of day: whoever
counts takes every identifier as a person, and looks from the last event. The pages of the application know all of it.
"""

import os
import sqlite3
import tomllib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from tragt.errors import NotAllowed, NotFound
from tragt.events import EventLog
from tragt.lake.lake import Lake
from tragt.lake.rows import log_of

__all__ = ["Home"]

LAKE, DATABASE, SETTINGS = "lake", "tragt.sqlite3", "tragt.toml"

_COLUMNS = ("id", "time", "precision", "name", "actor", "company", "deal", "session", "human", "traffic")
_TIME = pl.Datetime("us", "UTC")
_STRUCK = pl.Schema({"actor": pl.String(), "start": _TIME, "end": _TIME})
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What the installation hides now, and the days it counts by."""

    batches: tuple[str, ...]
    struck: pl.DataFrame
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, init=False)
class Home:
    """The home of an installation, opened for reading only.

    Args:
        folder: The folder, as in the setting ``TRAGT_HOME``.

    Raises:
        NotFound: There is no event log.
        NotAllowed: The installation keeps its database elsewhere, so that nobody here knows what it hides.
    """

    folder: Path

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        object.__setattr__(self, "folder", Path(folder).expanduser().absolute())
        if not (self.folder / LAKE).is_dir():
            raise NotFound(
                "lake.no_home",
                f"{self.folder} is no home of an installation, or one without events; it has no folder {LAKE!r}. Name "
                "the folder that TRAGT_HOME names.",
                home=str(self.folder),
            )
        if not (self.folder / DATABASE).is_file() or self._elsewhere():
            raise NotAllowed(
                "lake.database_elsewhere",
                f"The installation in {self.folder} keeps its database elsewhere, and only that knows whose events "
                "must not be counted. Count on the pages of the application, or read a file: tragt.read(…).",
                home=str(self.folder),
            )

    def names(self) -> pl.DataFrame:
        """How often each event occurs, and when.

        Returns:
            ``name``, ``count``, ``first``, ``last``, the most frequent first and equals by name.
        """
        return self.event_log().names()

    def event_log(self, properties: Sequence[str] = ()) -> EventLog:
        """The events that count.

        Args:
            properties: Properties of the events that are asked for.

        Returns:
            The log in the organisation's zone. Its persons are the identifiers as they came.
        """
        hidden = self._hidden()
        bounded = pl.col("start").is_not_null() | pl.col("end").is_not_null()
        frame = Lake.open(self.folder / LAKE).read(
            columns=_COLUMNS,
            properties=properties,
            without_batches=hidden.batches,
            without_actors=hidden.struck.filter(~bounded)["actor"],
        )
        return log_of(_without(frame, hidden.struck.filter(bounded)), hidden.zone)

    def _elsewhere(self) -> bool:
        """Whether the settings of the home name another database."""
        file = self.folder / SETTINGS
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return bool(told.get("database_url"))

    def _hidden(self) -> _Hidden:
        address = f"{(self.folder / DATABASE).as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as database:
                batches = tuple(batch for (batch,) in database.execute("select batch from tragt_log_hiddenbatch"))
                rows = database.execute('select actor, start, "end" from tragt_log_tombstone').fetchall()
                (zone,) = database.execute("select time_zone from tragt_accounts_organisation").fetchone() or ("UTC",)
        except sqlite3.Error as error:
            raise NotAllowed(
                "lake.database_unreadable",
                f"The database of the installation in {self.folder} cannot be read: {error}. Start the application of "
                "this version once, or open the home as the user that it belongs to.",
                home=str(self.folder),
            ) from error
        struck = [(actor, _moment(start), _moment(end)) for actor, start, end in rows]
        return _Hidden(batches, pl.DataFrame(struck, schema=_STRUCK, orient="row"), ZoneInfo(zone))


def _moment(written: str | None) -> datetime | None:
    """A moment as the database keeps it, in UTC without saying so."""
    return None if written is None else datetime.fromisoformat(written).replace(tzinfo=UTC)


def _without(frame: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The events that lie in none of the spans of their actor."""
    if spans.is_empty() or frame.is_empty():
        return frame
    inside = (pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))) & (
        pl.col("end").is_null() | (pl.col("time") < pl.col("end"))
    )
    struck = frame.select("id", "time", pl.col("actor").cast(pl.String)).join(spans, on="actor").filter(inside)
    return frame.join(struck.select("id"), on="id", how="anti")
