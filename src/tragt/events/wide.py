"""Wide files: a row a unit, dates in columns. The unit of observation is the date column.

Each date column gives an event a row, where the row has that date: named once for all
(``won_date=Won``), or by another column of the row (``close_date@stage``), there perhaps for some names
only (``close_date@stage:Won|Lost``), as the close date of an open deal is only expected.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.headers import CREATED, closes, entered_stage, is_upkeep, plain, stem, words

__all__ = ["DateColumn", "guess_date_columns", "parse_date_column"]

_ENDED = re.compile(
    r"won|lost|closed|disqualif|cancel|abandon|churn|vundet|tabt|lukket|vunnen|förlorad|stängd|vunnet|tapt|avsluttet|avslutad"
)


@dataclass(frozen=True, slots=True)
class DateColumn:
    """An event that a date column tells of. Its text is the form in which the option `wide` takes it.

    Attributes:
        column: The column with the date.
        name: Name of the event; None where another column names it.
        named_by: Column that names the event; None where `name` does.
        only: Names for which there is an event; empty for all.
    """

    column: str
    name: str | None = None
    named_by: str | None = None
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.named_by is None:
            return f"{self.column}={self.name}"
        return f"{self.column}@{self.named_by}" + (":" + "|".join(self.only) if self.only else "")


def parse_date_column(spec: str, columns: Sequence[str]) -> DateColumn:
    """A date column from its text.

    Args:
        spec: ``COL=NAME``, ``COL@COL2`` or ``COL@COL2:NAME|NAME``.
        columns: Columns of the source, which may contain these signs themselves.

    Raises:
        InvalidDefinition: It has none of these forms, or names a column that is not there.
    """
    names = {plain(column): column for column in reversed(columns)} | {column: column for column in columns}

    def known(text: str) -> str | None:
        return names.get(text.strip()) or names.get(plain(text)) if text.strip() else None

    for place, sign in ((m.start(), m[0]) for m in re.finditer("[=@]", spec)):
        column, rest = known(spec[:place]), spec[place + 1 :].strip()
        if column and sign == "=" and rest:
            return DateColumn(column, name=rest)
        if column and sign == "@":
            named_by, _, only = rest.partition(":") if known(rest) is None else (rest, "", "")
            if known(named_by):
                chosen = tuple(name.strip() for name in only.split("|") if name.strip())
                return DateColumn(column, named_by=known(named_by), only=chosen)
    raise InvalidDefinition(
        "events.wrong_date_column",
        f"wide={spec!r} is not understood; write COLUMN=NAME for an event NAME at the date in COLUMN, or "
        f"COLUMN@OTHER for an event that the column OTHER names. The columns are {', '.join(columns)}.",
        given=spec,
        columns=list(columns),
    )


def guess_date_columns(frame: pl.DataFrame, dates: Sequence[str], stage: str | None) -> tuple[DateColumn, ...]:
    """The events that the date columns of a wide file tell of.

    Args:
        frame: Some rows.
        dates: Columns that hold dates.
        stage: Column with the stage that each unit is in now; None where there is none.
    """
    stages = sorted(frame[stage].cast(pl.String).drop_nulls().unique()) if stage else []
    endings_known = any(entered_stage(column) or stem(column) in ("won", "lost") for column in dates)
    dates = [column for column in dates if entered_stage(column) or not (endings_known and closes(column))]
    found = [_guess(frame, column, stage, stages) for column in dates]
    return tuple(column for column in found if column is not None)


def _guess(frame: pl.DataFrame, column: str, stage: str | None, stages: Sequence[str]) -> DateColumn | None:
    entered = entered_stage(column)
    if entered:
        return DateColumn(column, name=entered)
    if is_upkeep(column):
        return None
    if closes(column) and stage:
        dated = sorted(frame.filter(frame[column].is_not_null())[stage].cast(pl.String).drop_nulls().unique())
        ended = tuple(name for name in dated if _ENDED.search(name.casefold()))
        return DateColumn(column, named_by=stage, only=ended if len(ended) < len(dated) else ())
    if CREATED & set(words(column)):
        return DateColumn(column, name="Created")
    subject = stem(column)
    if not subject:
        return None
    same = next((name for name in stages if _root(name) == _root(subject)), None)
    return DateColumn(column, name=same or subject.capitalize())


def _root(word: str) -> str:
    return re.sub(r"(?:ing|ed|e)$", "", plain(word))
