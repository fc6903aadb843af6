"""Events of dirty units as a source: what was read from the lake, and what the postings still tell of them."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.events.log import PROPERTY
from tragt.events.sessions import with_sessions
from tragt.funnel.postings import FrameSource
from tragt.lake.index.arrays import I64, U32
from tragt.lake.index.assignment import Assignment, Kind
from tragt.lake.index.dictionary import Meanings, dictionary, used
from tragt.lake.index.events import counting
from tragt.lake.index.generation import Generation
from tragt.lake.index.kept import COLUMNS, Kept
from tragt.lake.index.lineage import State
from tragt.lake.index.rereading import Identifiers, Lookup
from tragt.lake.index.resolving import Resolver
from tragt.lake.index.tokens import meanings, written

__all__ = ["Fresh", "anew", "resolved", "with_their_sessions"]


def anew(lookup: Lookup, zone: ZoneInfo) -> FrameSource:
    """All events of the lake, without an index.

    Args:
        lookup: Reads the lake.
        zone: The organisation's zone.
    """
    events = resolved(lookup.all(*State), lookup.assignment)
    texts = written(events, lookup.properties)
    if lookup.sessions:
        events = with_their_sessions(events, lookup, None)
    found = _framed(events, lookup.assignment.kind)
    codes = {name: _coded(texts[name], pl.Series("token", dtype=pl.String), []) for name in lookup.properties}
    nothing = pl.Series(dtype=pl.UInt32)
    columns = [_column(name, codes[name], texts[name], nothing) for name in lookup.properties]
    return FrameSource(found.with_columns(columns), zone)


class Fresh:
    """The events of dirty units, and what property codes mean here and in the generation.

    Args:
        kept: Those that the postings hold.
        properties: Properties that are asked for.
        read: Those that were read from the lake.
    """

    def __init__(self, kept: Kept, properties: Sequence[str], read: pl.DataFrame) -> None:
        self._kept = kept
        self._read = read
        self._texts = written(read, properties)
        self._tokens = {name: dictionary(kept.generation.folder, name) for name in properties}
        self._coded = {name: _coded(self._texts[name], self._tokens[name], self._used(name)) for name in properties}

    def source(self) -> FrameSource | None:
        """The events; None where there are none."""
        if self._read.is_empty():
            return None
        kept = self._kept.frame(list(self._coded))
        frame = pl.concat([_framed(self._read, self._kept.generation.kind), kept.select(list(COLUMNS))])
        columns = [
            _column(name, coded, self._texts[name], kept[PROPERTY + name]) for name, coded in self._coded.items()
        ]
        return FrameSource(frame.with_columns(columns), self._kept.generation.zone)

    def meanings(self) -> dict[str, Meanings]:
        """What the codes of the generation mean."""
        found = {}
        for name, (_, codes, values) in self._coded.items():
            own = codes[: len(self._tokens[name])]
            found[name] = Meanings(self._kept.names, np.concatenate([np.zeros(1, np.uint32), own]), values)
        return found

    def _used(self, property: str) -> list[I64]:  # noqa: A002 - the field's word
        return [used(self._kept.generation.folder, name, property) for name in self._kept.names]


def with_their_sessions(events: pl.DataFrame, lookup: Lookup, generation: Generation | None) -> pl.DataFrame:
    """Events with their sessions, which are cut over all that the persons among them did.

    Args:
        events: The events.
        lookup: Reads the lake.
        generation: Tells where events stand; None where these are all there are.
    """
    whole = lookup.assignment.of_sessions
    theirs = events
    if generation is not None and events.height:
        wanted = Identifiers.of_units(resolved(events.drop("unit"), whole)["unit"].unique(), whole)
        found = replace(lookup, assignment=whole, properties=()).those(wanted, generation.locator, *State)
        theirs = pl.concat([events, found], how="diagonal")
    once = resolved(theirs.drop("unit").unique("id"), whole)
    cut = with_sessions(once.select("id", "time", session="unit")).select("id", "session")
    return events.drop("session").join(cut, on="id", how="left", maintain_order="left")


def resolved(events: pl.DataFrame, assignment: Assignment) -> pl.DataFrame:
    """The events that count, with their ``unit``.

    Args:
        events: Columns of the log.
        assignment: To which units.
    """
    shown = counting(events, assignment)
    return Resolver(assignment).resolved(events if shown is None else events.filter(pl.Series(shown)))


_Coded = tuple[pl.Series, U32, pl.Series]


def _coded(texts: pl.Series, tokens: pl.Series, used_codes: list[I64]) -> _Coded:
    """All values as they are written, their codes, and what these mean."""
    here = texts.drop_nulls().unique().rename("token")
    whole = pl.concat([tokens, here]).unique(maintain_order=True)
    in_use = np.zeros(len(whole), np.bool_)
    for codes in used_codes:
        in_use[codes - 1] = True
    in_use |= whole.is_in(here.implode()).to_numpy()
    return whole, *meanings(whole, in_use)


def _column(name: str, coded: _Coded, texts: pl.Series, kept: pl.Series) -> pl.Series:
    """A property as a column: of events that were read, then of those that the postings held."""
    whole, codes, values = coded
    places = pl.DataFrame({"token": whole, "code": codes})
    read = texts.to_frame("token").join(places, on="token", how="left", maintain_order="left")["code"].fill_null(0)
    of_kept = np.concatenate([np.zeros(1, np.uint32), codes])[kept]
    meant = pl.concat([pl.Series([None], dtype=values.dtype), values])
    return meant.gather(np.concatenate([read.to_numpy(), of_kept])).alias(PROPERTY + name)


def _framed(events: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Events that were read, as a source takes them; the id is the place of the event's own among them."""
    if kind is Kind.SESSION:
        cut = with_sessions(events.select("time", session="unit"))["session"]
        events = events.with_columns(unit=cut)
    return events.select(
        pl.col("unit").cast(pl.Categorical),
        pl.col("id").rank("dense").cast(pl.UInt64),
        "time",
        "precision",
        pl.col("name").cast(pl.Categorical),
        "human",
        "traffic",
        "session",
    )
