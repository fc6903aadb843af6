"""One pass over the rows of a source. The unit of observation is the batch.

Some things only the whole source can tell: the order of day and month, that a column of numbers holds
something else further on, that an id comes twice. A pass collects them as its lesson; a pass that learned
nothing new is the last.
"""

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from tragt.errors import InvalidFile
from tragt.events.assembly import ORIGIN, PRECISION, Assembly, Piece
from tragt.events.columns import Mapping
from tragt.events.dates import Evidence, Order
from tragt.events.ids import ContentHash, told_apart
from tragt.events.log import PROPERTY, EventLog
from tragt.events.options import Options
from tragt.events.properties import Kind, convert, kind_of, wider
from tragt.events.rejections import Collector, Rejections
from tragt.events.rows import ROW, Table, unique_names
from tragt.events.times import Clock

__all__ = ["Lesson", "Pass"]

_UNNAMED = re.compile(re.escape(PROPERTY) + r"column \d+")
_TEXTS = (Kind.CATEGORY, Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a pass taught that the next one has to know.

    Attributes:
        order: Order of day and month; None where it is not known, or does not matter.
        as_text: Columns that cannot be typed.
        repeated: Numbers of rows whose id stands in an earlier row.
        evidence: What the dates say about their order.
    """

    order: Order | None = None
    as_text: frozenset[str] = frozenset()
    repeated: frozenset[int] = frozenset()
    evidence: Evidence = field(default_factory=Evidence, compare=False)


class Pass:
    """One pass over a source.

    Args:
        table: The source.
        options: What was said about it.
        mapping: What its columns mean.
        lesson: What earlier passes taught.
    """

    def __init__(self, table: Table, options: Options, mapping: Mapping, lesson: Lesson) -> None:
        self._table, self._options, self._mapping, self._lesson = table, options, mapping, lesson
        self._kinds = dict.fromkeys(lesson.as_text, Kind.CATEGORY)
        self._as_text = set(lesson.as_text)
        self._repeated = pl.Series(sorted(lesson.repeated), dtype=pl.UInt32)
        self._collector = Collector(table.columns)
        self._events: list[pl.DataFrame] = []
        self._undated: list[pl.DataFrame] = []
        self._stages: list[pl.DataFrame] = []
        self._keys: list[pl.DataFrame] = []
        self._hash = ContentHash()
        self._evidence = lesson.evidence
        self._order: Order | None = None
        self._left_unread = False
        self._exact = [False] * max(1, len(mapping.wide))

    def run(self) -> Lesson:
        """Go through all rows.

        Returns:
            What was learned, earlier lessons included.

        Raises:
            InvalidFile: The order of day and month is not known and matters.
        """
        wanted = None if self._options.properties is None else self._mapping.used
        for batch in self._table.batches(wanted, self._options.progress or _unheard):
            self._collector.add_broken(batch.broken)
            if batch.frame.height:
                self._take(batch.frame)
        repeated = self._lesson.repeated | self._repeats()
        return Lesson(self._settled(), frozenset(self._as_text), repeated, self._evidence)

    def log(self) -> EventLog:
        """The log of all rows that were read.

        Raises:
            InvalidFile: There is no good row.
        """
        rejected = self._collector.rejections()
        if not self._events and not self._undated:
            raise self._nothing(rejected)
        events = self._joined()
        return EventLog(
            self._finished(events),
            ZoneInfo(self._options.zone),
            undated=_without_null_types(pl.concat(self._undated, how="diagonal_relaxed")),
            stage_now=pl.concat(self._stages) if self._mapping.stage else None,
            rejected=rejected,
            mapping=self._mapping,
        )

    def _take(self, frame: pl.DataFrame) -> None:
        properties = self._properties(frame)
        piece = self._assembled(frame, properties)
        self._collector.add(piece.faults.rejected(frame))
        self._exact = [known or found for known, found in zip(self._exact, piece.exact, strict=True)]
        if piece.events.height or piece.undated.height:
            self._events.append(self._hashed(piece.events).rechunk())
            self._undated.append(piece.undated)
            self._stages.append(piece.stages)
            self._keys.append(piece.keys)

    def _hashed(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events with an identifier, where the source has none that of their content."""
        given = events["id"] if "id" in events.columns else None
        if given is not None and not given.null_count():
            return events
        ids = self._hash.hashes(events.drop("id", "precision", ORIGIN, strict=False))
        if given is not None:
            return events.with_columns(given.fill_null(ids.cast(given.dtype)).alias("id"))
        return events.insert_column(0, ids)

    def _assembled(self, frame: pl.DataFrame, properties: pl.DataFrame) -> Piece:
        """The events of a batch; where it settles the order of dates itself, by that order."""
        order = self._options.order or self._lesson.order or self._order
        piece = Assembly(frame, properties, self._mapping, self._clock(order), self._repeated).piece()
        seen = piece.evidence
        self._evidence += seen
        if order is None and (seen.either or seen.short):
            self._order = self._evidence.order
            if self._order is not None:
                return self._assembled(frame, properties)
            self._left_unread = True
        return piece

    def _clock(self, order: Order | None = None) -> Clock:
        return Clock(self._options.zone, order)

    def _settled(self) -> Order | None:
        """The order of day and month, where rows were left unread for want of it."""
        seen, said = self._evidence, self._options.order
        if said in (Order.DMY, Order.MDY):
            return said
        if seen.contradicts and said is None:
            raise _asking(
                "events.contradicting_dates",
                f"{self._table.name} has dates that can only be day first ({_some(seen.dmy)}) and others that can "
                f"only be month first ({_some(seen.mdy)})",
                seen,
            )
        asked = seen.either + (seen.short if said is None else ())
        if asked and (seen.order is None or said is Order.YMD):
            raise _asking(
                "events.ambiguous_dates",
                f"{self._table.name} has dates that can be read in two ways, such as {_some(asked)}",
                seen,
            )
        return seen.order if self._left_unread else self._lesson.order

    def _repeats(self) -> frozenset[int]:
        keys = pl.concat([k for k in self._keys if k.width] or [pl.DataFrame({"key": [], ROW: []})])
        return frozenset(keys.filter(~pl.col("key").is_first_distinct())[ROW])

    def _properties(self, frame: pl.DataFrame) -> pl.DataFrame:
        names = list(self._mapping.properties)
        if self._options.properties is None:
            known = {*self._table.columns, *self._mapping.used, ROW}
            names += [name for name in frame.columns if name not in known]
        names = [name for name in names if name in frame.columns]
        bare = unique_names([name.removeprefix(PROPERTY) for name in names])
        return pl.DataFrame([self._typed(frame[n]).alias(PROPERTY + b) for n, b in zip(names, bare, strict=True)])

    def _typed(self, values: pl.Series) -> pl.Series:
        """A property as its type; one that turns out to hold something else is noted for the next pass."""
        if values.dtype != pl.String:
            return convert(values, None, self._clock())[0]
        name, decimal = values.name, self._options.decimal_sign or self._table.decimal
        known = self._kinds.get(name)
        kind = known or kind_of(values, decimal)
        typed, fine = convert(values, kind, self._clock())
        if kind is not None and not fine:
            found = kind_of(values, decimal, throughout=True)
            kind = wider(known, found) if known else found
            if known is None or kind not in _TEXTS:
                typed, fine = convert(values, kind, self._clock())
        if kind is not None:
            self._kinds[name] = kind
        if not fine:
            self._as_text.add(name)
        return typed

    def _joined(self) -> pl.DataFrame:
        """The events of all batches."""
        frames, self._events = self._events, []
        if self._mapping.wide or self._mapping.id is None:
            for place, ids in enumerate(told_apart([frame["id"] for frame in frames])):
                frames[place] = frames[place].with_columns(ids)
        alike = all(frame.schema == frames[0].schema for frame in frames)
        return pl.concat(frames, how="vertical" if alike else "diagonal_relaxed")

    def _finished(self, events: pl.DataFrame) -> pl.DataFrame:
        """The events as the log has them: dates as days, identifiers, columns in order."""
        dates = [origin for origin, exact in enumerate(self._exact) if not exact]
        if ORIGIN in events.columns:
            only_day = pl.col(ORIGIN).is_in(dates)
            precision = pl.when(only_day).then(pl.lit("day", PRECISION)).otherwise("precision")
            events = events.with_columns(precision=precision).drop(ORIGIN)
        elif dates and self._mapping.precision is None:
            events = events.with_columns(precision=pl.lit("day", PRECISION))
        return _without_null_types(events).select("id", pl.exclude("id"))

    def _nothing(self, rejected: Rejections) -> InvalidFile:
        name = self._table.name
        reasons = "; ".join(map(str, rejected.first[:3]))
        return InvalidFile(
            "events.no_good_row",
            f"{name}: none of its {rejected.total} rows can be used. The first: {reasons}.",
            file=name,
            rejected=rejected,
        )


def _without_null_types(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with columns that are missing throughout as categories; without those that had no name."""
    missing = [name for name, dtype in frame.schema.items() if dtype == pl.Null]
    frame = frame.drop(name for name in missing if _UNNAMED.fullmatch(name))
    return frame.with_columns(pl.col(pl.Null).cast(pl.Categorical)) if missing else frame


def _unheard(_done: int, _total: int) -> None:
    """Nobody asked how far reading has come."""


def _some(examples: tuple[str, ...]) -> str:
    return ", ".join(examples)


def _asking(code: str, what: str, seen: Evidence) -> InvalidFile:
    return InvalidFile(
        code,
        f"{what}. Say which comes first: date_order='dmy' (day) or date_order='mdy' (month).",
        dmy=seen.dmy,
        mdy=seen.mdy,
        either=seen.either,
        short=seen.short,
        allowed=("dmy", "mdy", "ymd") if seen.short else ("dmy", "mdy"),
    )
