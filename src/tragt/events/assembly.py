"""Rows of a source as events. The unit of observation is the row, then the event."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tragt.events.columns import Mapping
from tragt.events.dates import Evidence
from tragt.events.rejections import Faults
from tragt.events.rows import ROW
from tragt.events.times import BLANKS, Clock, Times, read_times
from tragt.events.wide import DateColumn

__all__ = ["ORIGIN", "PRECISION", "Assembly", "Piece", "labels", "texts"]

ORIGIN = "\0origin"
PRECISION = pl.Enum(["exact", "day"])

_NO_TIME = "a time is needed"
_NO_NAME = "the name of an event is needed"
_NO_UNIT = "a person, company, deal or session is needed"
_NO_DATE = "a date, or a stage, is needed"
_REPEATED = "the same id stands in an earlier row"
_LONGEST = 398
_TOO_LONG = f"an identifier may have {_LONGEST} characters at most"
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """What a batch of rows gives.

    Attributes:
        events: The columns of the log; ``id`` only where the source has one. ``ORIGIN`` is the place of
            the date column they come from (0 in a long file).
        faults: What is wrong with which rows.
        evidence: What the dates say about the order of day and month.
        exact: Whether each date column (the time in a long file) has a cell that is certainly a time.
        undated: Units, ``name`` and properties of rows that have a stage and no date.
        stages: Units and ``stage`` of the rows that have a stage.
        keys: ``key`` and ``ROW`` of the good rows, where the source distinguishes them.
    """

    events: pl.DataFrame
    faults: Faults
    evidence: Evidence
    exact: tuple[bool, ...]
    undated: pl.DataFrame = field(default_factory=pl.DataFrame)
    stages: pl.DataFrame = field(default_factory=pl.DataFrame)
    keys: pl.DataFrame = field(default_factory=pl.DataFrame)


class Assembly:
    """Makes events of one batch of rows.

    Args:
        frame: Columns of the source and ``ROW``. Of the columns that `mapping` names, those that are not
            there are missing in every row.
        properties: The same rows: their properties, typed and named as in the log.
        mapping: What the columns mean.
        clock: How times are to be understood.
        repeated: Numbers of rows whose id stands in an earlier row.
    """

    def __init__(
        self, frame: pl.DataFrame, properties: pl.DataFrame, mapping: Mapping, clock: Clock, repeated: pl.Series
    ) -> None:
        absent = [pl.lit(None, pl.String).alias(name) for name in mapping.used if name not in frame.columns]
        self._frame = frame.with_columns(absent) if absent else frame
        self._mapping, self._clock, self._repeated = mapping, clock, repeated
        self._faults = Faults(frame.height)
        self._key = texts(self._frame[mapping.id]) if mapping.id else None
        self._units = pl.DataFrame([self._unit(role, column) for role, column in mapping.units.items()])
        self._rest = self._units.hstack(self._extras()).hstack(properties)

    def piece(self) -> Piece:
        """The events, and what is wrong with which rows."""
        return self._wide() if self._mapping.wide else self._long()

    def _long(self) -> Piece:
        time, event = str(self._mapping.time), str(self._mapping.event)
        times, name = self._times(time), labels(self._frame[event])
        self._faults.add(times.time.is_null(), time, self._frame[time], _NO_TIME)
        self._faults.add(name.is_null(), event, self._frame[event], _NO_NAME)
        self._check_rows()
        good = ~self._faults.bad
        events = self._events(times, name)
        if self._mapping.id and self._key is not None:
            given = self._frame[self._mapping.id]
            events = events.with_columns((given if given.dtype == pl.UInt64 else self._key).alias("id"))
        events = events if good.all() else events.filter(good)
        return Piece(events, self._faults, times.evidence, (times.exact,), keys=self._keys(good))

    def _wide(self) -> Piece:
        nothing = pl.repeat(None, self._frame.height, dtype=pl.Categorical, eager=True)
        stage = labels(self._frame[self._mapping.stage]) if self._mapping.stage else nothing
        read = [self._date_column(spec) for spec in self._mapping.wide]
        undated = pl.select(
            pl.all_horizontal([times.time.is_null() & times.reason.is_null() for times, _, _ in read])
        ).to_series()
        self._faults.add(undated & stage.is_null(), self._mapping.wide[0].column, self._blank(), _NO_DATE)
        self._check_rows()
        good = ~self._faults.bad
        events = [
            self._events(times, name).with_columns(pl.lit(origin, pl.UInt8).alias(ORIGIN)).filter(there & good)
            for origin, (times, name, there) in enumerate(read)
        ]
        return Piece(
            pl.concat(events),
            self._faults,
            sum((times.evidence for times, _, _ in read), Evidence()),
            tuple(times.exact for times, _, _ in read),
            undated=self._rest.with_columns(name=stage).filter(good & undated),
            stages=self._units.with_columns(stage=stage).filter(good & stage.is_not_null()),
            keys=self._keys(good),
        )

    def _date_column(self, spec: DateColumn) -> tuple[Times, pl.Series, pl.Series]:
        """The times and names of a date column, and in which rows there is an event."""
        times = self._times(spec.column)
        there = times.time.is_not_null()
        if spec.named_by is None:
            return times, pl.repeat(spec.name, self._frame.height, eager=True).cast(pl.Categorical), there
        name = labels(self._frame[spec.named_by])
        self._faults.add(there & name.is_null(), spec.named_by, self._frame[spec.named_by], _NO_NAME)
        chosen = name.cast(pl.String).is_in(spec.only).fill_null(value=False) if spec.only else there
        return times, name, there & chosen

    def _events(self, times: Times, name: pl.Series) -> pl.DataFrame:
        return pl.DataFrame([times.time.alias("time"), self._precision(times), name.alias("name")]).hstack(self._rest)

    def _times(self, column: str) -> Times:
        given = self._frame[column]
        times = read_times(given, self._clock)
        self._faults.add(times.reason.is_not_null(), column, given, times.reason)
        return times

    def _check_rows(self) -> None:
        """Note rows that belong to nothing, and rows that repeat an id."""
        someone = self._units.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        field = next(iter(self._mapping.units.values()))
        self._faults.add(~someone, field, self._blank(), _NO_UNIT)
        if self._mapping.id and len(self._repeated):
            again = pl.Series(np.isin(self._frame[ROW].to_numpy(), self._repeated.to_numpy()))
            self._faults.add(again, self._mapping.id, self._frame[self._mapping.id], _REPEATED)

    def _blank(self) -> pl.Series:
        return pl.repeat("", self._frame.height, eager=True)

    def _unit(self, role: str, column: str) -> pl.Series:
        unit = self._identifiers(column)
        other = self._mapping.person_else
        if role == "person" and other:
            unit = unit.zip_with(unit.is_not_null(), self._identifiers(other))
        return unit.alias(role)

    def _identifiers(self, column: str) -> pl.Series:
        """Identifiers as categories; rows with one that nothing keeps are at fault."""
        text = texts(self._frame[column])
        if (text.str.len_bytes() > _LONGEST).any():
            self._faults.add(text.str.len_chars() > _LONGEST, column, text.str.head(_SHOWN), _TOO_LONG)
        return text.cast(pl.Categorical)

    def _keys(self, good: pl.Series) -> pl.DataFrame:
        if self._key is None:
            return pl.DataFrame()
        keys = pl.DataFrame([self._key.alias("key"), self._frame[ROW]])
        there = good & self._key.is_not_null()
        return keys if there.all() else keys.filter(there)

    def _precision(self, times: Times) -> pl.Series:
        day = times.day
        if self._mapping.precision:
            day = day | (self._frame[self._mapping.precision].cast(pl.String) == "day").fill_null(value=False)
        return pl.DataFrame({"day": day}).select(
            precision=pl.when("day").then(pl.lit("day", PRECISION)).otherwise(pl.lit("exact", PRECISION))
        )["precision"]

    def _extras(self) -> pl.DataFrame:
        extras = []
        if self._mapping.human:
            extras.append(self._frame[self._mapping.human].cast(pl.Float64, strict=False).alias("human"))
        if self._mapping.traffic:
            extras.append(self._frame[self._mapping.traffic].cast(pl.String).alias("traffic"))
        return pl.DataFrame(extras)


def texts(values: pl.Series) -> pl.Series:
    """Identifiers as text.

    Args:
        values: Texts or numbers; whole numbers lose their ``.0``.

    Returns:
        String, trimmed; missing where the text is blank or a word for nothing (``NULL``, ``NaN``).
    """
    text = _written(values).str.strip_chars()
    blank = text.is_in(BLANKS).fill_null(value=False)
    return text.set(blank, None) if blank.any() else text


def labels(values: pl.Series) -> pl.Series:
    """Names or identifiers that come again as categories.

    Args:
        values: As for `texts`.

    Returns:
        Categorical, else as from `texts`.
    """
    return texts(values).cast(pl.Categorical)


def _written(values: pl.Series) -> pl.Series:
    if values.dtype.is_float() and (values.fill_nan(0).fill_null(0) % 1 == 0).all():
        values = values.fill_nan(None).cast(pl.Int64)
    return values.cast(pl.String, strict=False)
