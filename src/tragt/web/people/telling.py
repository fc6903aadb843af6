"""From a frame of what a source tells of persons to statements. The unit of observation is the actor."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tragt.errors import InvalidEvent
from tragt.web.people import normal
from tragt.web.people.told import FIELDS

__all__ = ["Telling", "telling"]

_LENGTHS = {"name": 300, "email": 320, "phone": 32, "company": 300}
_PREFIX = "traits."


@dataclass(frozen=True, slots=True)
class Telling:
    """What a source tells.

    Attributes:
        actors: Each actor once.
        statements: What is told of each, normalised; nothing that is missing.
        companies: Names of the companies that are named, also of those beside no actor.
    """

    actors: list[str]
    statements: list[dict[str, object]]
    companies: list[str]


def telling(frame: pl.DataFrame, region: str | None = None) -> Telling:
    """What a frame tells.

    Args:
        frame: ``actor`` (``u:…`` or ``a:…``) and any of ``name``, ``email``, ``phone``, ``company``; other columns are
            traits by their names, with or without the prefix ``traits.``. Where an actor stands in several rows, the
            last value that is not missing counts. A row without an actor tells of its company only.
        region: Country (two letters) of telephone numbers without a country's code.

    Returns:
        What is told; an e-mail address or a telephone number that is none is kept as a trait.

    Raises:
        InvalidEvent: The frame has no actors, or one without its kind.
    """
    _check(frame)
    told = _normalised(frame, region)
    companies = told["company"].drop_nulls().unique(maintain_order=True).to_list() if "company" in told.columns else []
    rest = [name for name in told.columns if name != "actor"]
    known = told.filter(pl.col("actor").is_not_null())
    once = known.group_by("actor", maintain_order=True).agg(pl.col(rest).drop_nulls().last())
    fields = [name for name in rest if name in FIELDS]
    traits = [name for name in rest if name not in FIELDS]
    statements = [_given(row, fields) for row in once.select(fields).iter_rows(named=True)] if fields else []
    statements = statements or [{} for _ in range(once.height)]
    if traits:
        for statement, row in zip(statements, once.select(traits).iter_rows(named=True), strict=True):
            if given := {name.removeprefix(_PREFIX): value for name, value in row.items() if value is not None}:
                statement["traits"] = given
    return Telling(once["actor"].to_list(), statements, companies)


def _given(row: Mapping[str, object], fields: list[str]) -> dict[str, object]:
    return {name: row[name] for name in fields if row[name] is not None}


def _check(frame: pl.DataFrame) -> None:
    if "actor" not in frame.columns:
        raise InvalidEvent("people.no_actor", "The frame has no column 'actor'. Name the column that tells who it is.")
    kinds = frame["actor"].cast(pl.String).drop_nulls().str.contains("^[ua]:.")
    if not kinds.all():
        wrong = frame["actor"].cast(pl.String).drop_nulls().filter(~kinds)[0]
        raise InvalidEvent(
            "people.actor",
            f"The actor '{wrong}' is neither a user (u: and the id) nor an anonymous visitor (a: and the id).",
            actor=wrong,
        )


def _normalised(frame: pl.DataFrame, region: str | None) -> pl.DataFrame:
    told = frame.with_columns(_plain(name, kind) for name, kind in frame.schema.items())
    for name, length in _LENGTHS.items():
        if name in told.columns:
            text = told[name].cast(pl.String).str.replace_all(r"\s+", " ").str.strip_chars().str.head(length)
            told = told.with_columns(text.set((text == "").fill_null(value=False), None).alias(name))
    if "email" in told.columns:
        told = _kept_as_trait(told, "email", normal.emails(told["email"]))
    if "phone" in told.columns:
        told = _kept_as_trait(told, "phone", normal.phones(told["phone"], region))
    return told


def _kept_as_trait(told: pl.DataFrame, name: str, spelled: pl.Series) -> pl.DataFrame:
    """The frame with a field in its one spelling; what has none stays as a trait, for nothing that came is lost."""
    odd = told[name].set(spelled.is_not_null(), None)
    told = told.with_columns(spelled.alias(name))
    return told if odd.null_count() == len(odd) else told.with_columns(odd.alias(f"{_PREFIX}{name} as given"))


def _plain(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as JSON can hold it."""
    column = pl.col(name)
    if kind.is_temporal() or isinstance(kind, pl.Categorical | pl.Enum):
        return column.dt.to_string("iso") if kind.is_temporal() else column.cast(pl.String)
    if isinstance(kind, pl.Decimal):
        return column.cast(pl.Float64)
    if kind.is_float():
        return pl.when(column.is_finite()).then(column).alias(name)
    return column
