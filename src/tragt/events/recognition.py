"""Finding out what the columns of a source mean. The unit of observation is the column.

Columns are found by their names, whatever their case and punctuation, and checked against their values: a
column of times must hold times. Between columns with an equal claim nothing is guessed: the answer is an
error that lists them and names the option that settles it.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import product

import polars as pl

from tragt.errors import InvalidFile
from tragt.events.columns import UNITS, Mapping
from tragt.events.dates import AMBIGUOUS
from tragt.events.headers import KNOWN, ROW_IDS, STAGE, entered_stage, is_dated, looks_like_data, plain
from tragt.events.options import Options
from tragt.events.rows import Table
from tragt.events.times import BLANKS, Clock, read_times
from tragt.events.wide import DateColumn, guess_date_columns, parse_date_column

__all__ = ["recognise_columns"]

_SAMPLE = 1_000
_OWN = {"time": "time", "event": "name", "precision": "precision"}
_NESTED = re.compile(r"(?:properties|traits)\.")
_SURE_EVENTS = frozenset(KNOWN["event"][: KNOWN["event"].index("step")])
_VAGUE_EVENTS = frozenset({"type", "name", "value", "status"})


def recognise_columns(table: Table, options: Options) -> Mapping:
    """Find out what the columns of a source mean.

    Args:
        table: The source.
        options: What was said about it.

    Raises:
        InvalidFile: A column that was named is not there, one that is needed was not found, or several
            have an equal claim.
    """
    search = _Search(table, options)
    mapping = search.mapping()
    if options.properties is not None:
        return replace(mapping, properties=tuple(search.named(p, "properties") for p in options.properties))
    return replace(
        mapping, properties=tuple(c for c in table.columns if c not in mapping.used or c == mapping.person_else)
    )


class _Search:
    """Looks for the columns of one source; each column is given to one role only."""

    def __init__(self, table: Table, options: Options) -> None:
        self._name, self._columns, self._sample, self._options = table.name, table.columns, table.sample, options
        self._plain = {column: plain(_NESTED.sub("", column)) for column in table.columns}
        self._clock = Clock(options.zone, options.order)
        self._taken: dict[str, str] = {}

    def mapping(self) -> Mapping:
        """What the columns mean, properties apart."""
        for role in (*UNITS, "time", "event", "id"):
            given = getattr(self._options, role)
            if given is not None:
                self._taken[role] = self.named(given, role)
        if set(_OWN.values()) <= set(self._columns) and self._options.wide is None:
            self._taken = {role: column for role, column in _OWN.items() if role != "precision"} | self._taken
        if self._options.wide is not None:
            specs = tuple(parse_date_column(spec, self._columns) for spec in self._options.wide)
            return self._wide(specs, self._stage())
        stage = self._stage()
        specs = () if {"time", "event"} & self._taken.keys() else self._guessed_dates(stage)
        return self._wide(specs, stage) if specs else self._long()

    def named(self, given: str, option: str) -> str:
        """The column that an option names, whatever its case and punctuation."""
        found = [c for c in self._columns if c == given] or [c for c in self._columns if self._plain[c] == plain(given)]
        if len(found) > 1:
            raise self._ambiguous(option, found)
        if found:
            return found[0]
        close = get_close_matches(given, self._columns, 1)
        raise InvalidFile(
            "events.no_such_column",
            f"{self._name} has no column {given!r}, named by {option}="
            + (f"; perhaps {close[0]!r} is meant" if close else "")
            + f". Its columns are {self._listed()}.",
            option=option,
            given=given,
            columns=self._columns,
        )

    def _long(self) -> Mapping:
        for fits in (self._holds_times, self._holds_some_times):
            self._seek("time", fits)
        if "time" not in self._taken:
            self._seek_unnamed_time()
        self._seek("time", lambda _: True)
        self._seek("event", self._names_events)
        self._seek_units()
        self._seek("id", self._distinguishes)
        if "time" not in self._taken:
            raise self._missing("time", "tells when an event happened")
        if "event" not in self._taken:
            raise self._missing("event", "names the event")
        return self._mapping()

    def _wide(self, specs: tuple[DateColumn, ...], stage: str | None) -> Mapping:
        stage = next((spec.named_by for spec in specs if spec.named_by), stage)
        used = {name for spec in specs for name in (spec.column, spec.named_by)} | {stage}
        self._seek_units(used)
        deal = self._taken.get("deal")
        if stage and self._options.deal is None and not (deal and self._plain[deal].endswith("id")):
            row_id = next((c for c in self._free(used) if self._plain[c] in ROW_IDS and self._is_new(c)), deal)
            self._taken |= {"deal": row_id} if row_id else {}
        deal = self._taken.get("deal")
        if deal and self._plain[deal].endswith("id"):
            self._taken.setdefault("id", deal)
        return replace(self._mapping(), wide=specs, stage=stage)

    def _mapping(self) -> Mapping:
        role = self._taken.get
        if not any(map(role, UNITS)):
            raise self._missing("person", "tells whose event it is (a person, company, deal or session)")
        return Mapping(
            time=role("time"),
            event=role("event"),
            person=role("person"),
            person_else=self._one_of("anonymousid", lambda _: True) if role("person") else None,
            company=role("company"),
            deal=role("deal"),
            session=role("session"),
            id=role("id"),
            precision=self._one_of("precision", lambda values: values.is_in(["exact", "day"]).all()),
            human=self._one_of("human", lambda v: v.cast(pl.Float64, strict=False).is_between(0, 1).all()),
            traffic=self._one_of("traffic", lambda values: values.is_in(["outside", "own", "test"]).all()),
        )

    def _one_of(self, name: str, fits: Callable[[pl.Series], bool]) -> str | None:
        """The free column of this plain name, where its values fit."""
        return next((c for c in self._free() if self._plain[c] == name and fits(self._given(c))), None)

    def _free(self, used: Collection[str | None] = ()) -> list[str]:
        return [c for c in self._columns if c not in self._taken.values() and c not in used]

    def _seek(self, role: str, fits: Callable[[str], bool], used: Collection[str | None] = ()) -> None:
        """Give a role the column with the best known name whose values fit."""
        if role in self._taken:
            return
        for nested, name in product((False, True), KNOWN[role]):
            found = [c for c in self._free(used) if self._plain[c] == name and bool(_NESTED.match(c)) is nested]
            found = [c for c in found if fits(c)]
            if len(found) > 1 or (found and f"{found[0]} (2)" in self._columns):
                raise self._ambiguous(role, found if len(found) > 1 else [found[0], f"{found[0]} (2)"])
            if found:
                self._taken[role] = found[0]
                return

    def _seek_units(self, used: Collection[str | None] = ()) -> None:
        for role in UNITS:
            self._seek(role, lambda _: True, used)

    def _seek_unnamed_time(self) -> None:
        """A column with an unknown name is the time where it alone holds dates."""
        found = [c for c in self._free() if self._holds_dates(c)]
        if len(found) > 1:
            raise self._ambiguous("time", found)
        self._taken |= {"time": found[0]} if found else {}

    def _stage(self) -> str | None:
        """The column with the stage that a unit is in now, as far as its name says."""
        free = {self._plain[c]: c for c in reversed(self._free())}
        return next((free[name] for name in STAGE if name in free and not self._holds_dates(free[name])), None)

    def _guessed_dates(self, stage: str | None) -> tuple[DateColumn, ...]:
        """The events of a wide file; none where the file is a long one."""
        free = [c for c in self._free() if c != stage]
        if any(self._plain[c] in _SURE_EVENTS and self._names_events(c) for c in free):
            return ()
        dates = [c for c in free if self._holds_dates(c) or entered_stage(c)]
        specs = guess_date_columns(self._sample, dates, stage)
        if not specs or (stage is None and len({spec.name for spec in specs}) == 1):
            return ()
        keys = [c for c in free if self._plain[c] in (*KNOWN["deal"], *ROW_IDS, *KNOWN["person"], *KNOWN["company"])]
        return specs if any(map(self._is_new, keys)) else ()

    def _given(self, column: str) -> pl.Series:
        """The first values of a column that are there."""
        values = self._sample[column].drop_nulls().head(_SAMPLE)
        return values.filter(~values.is_in(BLANKS)) if values.dtype == pl.String else values

    def _readable(self, column: str) -> float:
        """Share of the values that can be read as times; 0 where there are none."""
        values = self._given(column)
        if values.is_empty() or values.dtype == pl.Boolean or values.dtype.is_nested():
            return 0.0
        read = read_times(values, self._clock)
        readable = read.time.is_not_null() | (read.reason == AMBIGUOUS).fill_null(value=False)
        return int(readable.sum()) / len(readable)

    def _holds_times(self, column: str) -> bool:
        return self._readable(column) >= 0.5

    def _holds_some_times(self, column: str) -> bool:
        return self._readable(column) > 0

    def _holds_dates(self, column: str) -> bool:
        """Whether these are dates; numbers only where the name says so too."""
        values = self._given(column)
        numeric = values.dtype.is_numeric() or (
            values.dtype == pl.String and bool(values.str.contains(r"^[\d.,]*$").all())
        )
        return not (numeric and not is_dated(column)) and self._readable(column) >= 0.9

    def _names_events(self, column: str) -> bool:
        """Whether these can be names: text or categories, and for a vague header also few of them."""
        values = self._given(column)
        if self._plain[column] not in _VAGUE_EVENTS:
            return not values.dtype.is_temporal() and not values.dtype.is_nested()
        text = values.dtype in (pl.String, pl.Categorical, pl.Enum)
        return text and values.n_unique() <= max(20, len(values) // 5) and not self._holds_dates(column)

    def _is_new(self, column: str) -> bool:
        """Whether hardly any value of the column is repeated."""
        values = self._sample[column].drop_nulls()
        return 0 < 0.95 * len(values) <= values.n_unique()

    def _distinguishes(self, column: str) -> bool:
        return self._plain[column] not in ("id", "uuid") or self._is_new(column)

    def _listed(self) -> str:
        shown = ", ".join(self._columns[:40])
        return shown + (f" and {len(self._columns) - 40} more" if len(self._columns) > 40 else "")

    def _missing(self, option: str, does: str) -> InvalidFile:
        data = next((c for c in self._columns if looks_like_data(c)), None)
        header = f" The first row looks like data ({data!r}): a header is needed." if data else ""
        wide = " For dates in columns say wide=, such as 'close_date=Closed'." if option in ("time", "event") else ""
        return InvalidFile(
            f"events.no_{option}_column",
            f"{self._name} has no column that {does}. Its columns are {self._listed()}. "
            f"Name the right one with {option}=.{wide}{header}",
            option=option,
            columns=self._columns,
        )

    def _ambiguous(self, option: str, found: Sequence[str]) -> InvalidFile:
        return InvalidFile(
            "events.ambiguous_column",
            f"{self._name} has several columns that could be meant by {option}: {', '.join(map(repr, found))}. "
            f"Name the right one with {option}=, or rename the others.",
            option=option,
            found=tuple(found),
            columns=self._columns,
        )
