"""Rows of a source as events. The unit of observation is the row, then the event."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tragt.events.columns import Mapping
from tragt.events.dates import Evidence
from tragt.events.rejections import Faults
from tragt.events.rows import ROW
from tragt.events.times import BLANKS, Clock, Times, read_times

__all__ = ["ORIGIN", "PRECISION", "Assembly", "Piece", "labels", "texts"]

ORIGIN = "\0origin"
PRECISION = pl.Enum(["exact", "day"])

_NO_TIME = "a time is needed"
_NO_NAME = "the name of an event is needed"
_NO_UNIT = "a person, company, deal or session is needed"
_NO_DATE = "a date, or a stage, is needed"
_REPEATED = "the same id stands in an earlier row"


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
        self._properties, self._mapping, self._clock = properties, mapping, clock
        self._repeated = repeated
        self._faults = Faults(frame.height)
        self._units = pl.DataFrame([self._unit(role, column) for role, column in mapping.units.items()])

    def piece(self) -> Piece:
        """The events, and what is wrong with which rows."""
        return self._wide() if self._mapping.wide else self._long()

    def _long(self) -> Piece:
        mapping, faults = self._mapping, self._faults
        given = self._frame[mapping.time or ""]
        times = self._times(mapping.time or "")
        faults.add(times.time.is_null(), mapping.time or "", given, _NO_TIME)
        name = self._names(mapping.event or "")
        faults.add(name.is_null(), mapping.event or "", self._frame[mapping.event or ""], _NO_NAME)
        self._check_rows()
        events = pl.DataFrame([times.time.alias("time"), self._precision(times), name.alias("name")])
        if mapping.id:
            given_id = self._frame[mapping.id]
            events = events.with_columns((given_id if given_id.dtype == pl.UInt64 else texts(given_id)).alias("id"))
        events = events.hstack(self._units).hstack(self._extras()).hstack(self._properties)
        good = ~faults.bad
        events = events if good.all() else events.filter(good)
        return Piece(events, faults, times.evidence, (times.exact,), keys=self._keys(good))

    def _wide(self) -> Piece:
        faults, evidence = self._faults, Evidence()
        stage = self._names(self._mapping.stage) if self._mapping.stage else None
        dated = pl.repeat(False, self._frame.height, eager=True)
        read: list[tuple[Times, pl.Series | str, pl.Series]] = []
        for spec in self._mapping.wide:
            times = self._times(spec.column)
            evidence += times.evidence
            there = times.time.is_not_null()
            dated = dated | there | times.reason.is_not_null()
            name: pl.Series | str = spec.name or ""
            if spec.named_by:
                name = self._names(spec.named_by)
                faults.add(there & name.is_null(), spec.named_by, self._frame[spec.named_by], _NO_NAME)
                there = there & (name.cast(pl.String).is_in(spec.only) if spec.only else True)
            read.append((times, name, there))
        staged = stage.is_not_null() if stage is not None else ~dated & dated
        faults.add(~dated & ~staged, self._mapping.wide[0].column, self._blank(), _NO_DATE)
        self._check_rows()
        good = ~faults.bad
        base = self._units.hstack(self._properties)
        events = [self._dated(base, *each, good, origin) for origin, each in enumerate(read)]
        lasting = good & staged
        return Piece(
            pl.concat(events),
            faults,
            evidence,
            tuple(times.exact for times, _, _ in read),
            undated=base.with_columns(name=stage).filter(lasting & ~dated) if stage is not None else base.clear(),
            stages=self._units.with_columns(stage=stage).filter(lasting) if stage is not None else pl.DataFrame(),
            keys=self._keys(good),
        )

    def _dated(
        self, base: pl.DataFrame, times: Times, name: pl.Series | str, there: pl.Series, good: pl.Series, origin: int
    ) -> pl.DataFrame:
        """The events of one date column."""
        names = name if isinstance(name, pl.Series) else pl.repeat(name, base.height, eager=True).cast(pl.Categorical)
        first = [times.time.alias("time"), self._precision(times), names.alias("name")]
        marked = pl.DataFrame(first).hstack(base).with_columns(pl.lit(origin, pl.UInt8).alias(ORIGIN))
        return marked.filter(there & good)

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
        unit = labels(self._frame[column])
        other = self._mapping.person_else
        if role == "person" and other:
            unit = unit.zip_with(unit.is_not_null(), labels(self._frame[other]))
        return unit.alias(role)

    def _names(self, column: str) -> pl.Series:
        return labels(self._frame[column])

    def _keys(self, good: pl.Series) -> pl.DataFrame:
        if self._mapping.id is None:
            return pl.DataFrame()
        key = texts(self._frame[self._mapping.id])
        return pl.DataFrame([key.alias("key"), self._frame[ROW]]).filter(good & key.is_not_null())

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
    return text.set(text.is_in(BLANKS).fill_null(value=False), None)


def labels(values: pl.Series) -> pl.Series:
    """Names or identifiers that come again as categories.

    Args:
        values: As for `texts`.

    Returns:
        Categorical, else as from `texts`.
    """
    coded = _written(values).cast(pl.Categorical)
    found = coded.unique().cast(pl.String).drop_nulls()
    clean = texts(found)
    return coded if clean.equals(found) else texts(values).cast(pl.Categorical)


def _written(values: pl.Series) -> pl.Series:
    if values.dtype.is_float() and (values.fill_nan(0).fill_null(0) % 1 == 0).all():
        values = values.fill_nan(None).cast(pl.Int64)
    return values.cast(pl.String, strict=False)
