r"""Properties as JSON and back, a column at a time.

An event's properties are one JSON object without blanks, missing values or repeated names. Numbers, truths and
text are JSON's own; a whole number stays whole, since only other numbers have a point or an exponent. A date or a
time is a string whose hyphens are written ``\u002d``: every reader of JSON sees ``2024-03-31``, and here it is
told apart from a text of the same letters.
"""

import json
import re
from collections.abc import Sequence

import msgspec
import polars as pl

__all__ = ["UNUSUAL", "encoded", "tokens", "typed"]

UNUSUAL = "unusual"

_TIME = pl.Datetime("us", "UTC")
_HYPHEN = r"\u002d"
_DAY = rf"%Y{_HYPHEN}%m{_HYPHEN}%d"
_IS_DAY = r'^"[+-]?\d{4,}\\u002d\d\d\\u002d\d\d"$'
_IS_MOMENT = r'^"[+-]?\d{4,}\\u002d\d\d\\u002d\d\dT'
_VALUE = r'("(?:[^"\\]|\\.)*"|[^,}]*)'
_ODD = [":{", ":[", '": ', '" :', "{ ", ', "', "\n", "\r", "\t"]
_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encoded(frame: pl.DataFrame) -> pl.Series:
    """Columns as one JSON object a row, without the missing values.

    Args:
        frame: Columns named as the properties: numbers, truths, dates, times, text or categories. Numbers that
            are not finite count as missing.

    Returns:
        String; ``{}`` where all are missing.
    """
    names = frame.columns
    if not names:
        return pl.repeat("{}", frame.height, eager=True)
    # A property may be called * or ^x$, which Polars would take for several columns.
    placed = frame.rename(dict(zip(names, map(str, range(len(names))), strict=True)))
    pairs = [
        pl.lit(_quoted(name) + ":") + _json(place, dtype)
        for name, (place, dtype) in zip(names, placed.schema.items(), strict=True)
    ]
    joined = pl.concat_str(pairs, separator=",", ignore_nulls=True)
    return placed.select(pl.lit("{") + joined + pl.lit("}")).to_series()


def tokens(names: Sequence[str]) -> list[pl.Expr]:
    """What stands behind names in the column ``properties``, as it is written there.

    Args:
        names: The names.

    Returns:
        A column a name, its place as its name (``0``, ``1`` …), and last the column `UNUSUAL`, which holds the
        object where it may be written in another way than `encoded` does; `typed` reads it as well.
    """
    column = pl.col("properties")
    behind = [column.str.extract(r"[{,]" + re.escape(_quoted(name)) + ":" + _VALUE, 1) for name in names]
    odd = column.str.contains_any(_ODD) if all(map(_has_letters, names)) else pl.lit(value=True)
    return [*(each.alias(str(place)) for place, each in enumerate(behind)), pl.when(odd).then(column).alias(UNUSUAL)]


def typed(found: pl.Series, unusual: pl.Series, name: str) -> pl.Series:
    """A property as a column of the type that all its values have.

    Args:
        found: What stands behind its name, from `tokens`.
        unusual: Objects that are to be read letter by letter, from `tokens`; else missing.
        name: The property.

    Returns:
        Int64, Float64, Boolean, Date, Datetime (UTC) or, where values disagree or are text, String.
    """
    if unusual.null_count() < len(unusual):
        places = unusual.is_not_null().arg_true()
        found = found.scatter(places, [_token(text, name) for text in unusual.gather(places).to_list()])
    found = found.set(found == "null", None).alias(name)
    first = found.drop_nulls().head(1).to_list()
    if not first:
        return found
    read = _moment if first[0].startswith('"') else _truth if first[0] in ("true", "false") else _number
    column = read(found)
    return _text(found) if column is None else column


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _has_letters(name: str) -> bool:
    return re.search(r"\w", name) is not None


def _members(values: pl.Series) -> pl.Series:
    """The name of a column and each value, as they stand in an object; a category is written once."""
    if isinstance(values.dtype, pl.Categorical | pl.Enum):
        distinct = values.drop_nulls().unique()
        return values.replace_strict(distinct, _members(distinct.cast(pl.String)), return_dtype=pl.String)
    behind = _json(values.name, values.dtype)
    return values.to_frame().select((pl.lit(_quoted(values.name) + ":") + behind).alias(values.name)).to_series()


def _json(name: str, dtype: pl.DataType) -> pl.Expr:
    """The values of a column as JSON, missing where they are."""
    value = pl.col(name)
    if dtype.is_float() or dtype.is_decimal():
        value = value.cast(pl.Float64)
        value = pl.when(value.is_finite()).then(value)
    if dtype.is_numeric() or dtype == pl.Boolean:
        return value.cast(pl.String)
    if dtype == pl.Date:
        return value.dt.strftime(f'"{_DAY}"')
    if isinstance(dtype, pl.Datetime):
        return value.dt.convert_time_zone("UTC").cast(_TIME).dt.strftime(f'"{_DAY}T%H:%M:%S%.6fZ"')
    text = pl.struct(value.cast(pl.String).alias("v")).struct.json_encode()
    return pl.when(value.is_not_null()).then(text.str.strip_prefix('{"v":').str.strip_suffix("}"))


def _token(text: str, name: str) -> str | None:
    value = _objects.decode(text).get(name)
    return None if value is None else bytes(value).decode()


def _all_read(found: pl.Series, read: pl.Series) -> pl.Series | None:
    return read if read.null_count() == found.null_count() else None


def _number(found: pl.Series) -> pl.Series | None:
    whole = _all_read(found, found.cast(pl.Int64, strict=False))
    return whole if whole is not None else _all_read(found, found.cast(pl.Float64, strict=False))


def _truth(found: pl.Series) -> pl.Series | None:
    return _all_read(found, found.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean))


def _moment(found: pl.Series) -> pl.Series | None:
    """Dates or times, where all strings are."""
    first = found.drop_nulls()[0]
    given = found.str.replace_all(_HYPHEN, "-", literal=True)
    if re.search(_IS_DAY, first):
        return _all_read(found, given.str.to_date('"%Y-%m-%d"', strict=False))
    if re.search(_IS_MOMENT, first) and found.str.contains(_IS_MOMENT).all():
        return _all_read(
            found,
            given.str.to_datetime('"%Y-%m-%dT%H:%M:%S%.fZ"', time_unit="us", strict=False).dt.replace_time_zone("UTC"),
        )
    return None


def _text(found: pl.Series) -> pl.Series:
    """Strings without their quotes, everything else as it is written."""
    quoted = found.str.starts_with('"')
    bare = found.str.strip_prefix('"').str.strip_suffix('"')
    escaped = (quoted & found.str.contains("\\", literal=True)).fill_null(value=False)
    if escaped.any():
        meant = [json.loads(text) for text in found.filter(escaped).to_list()]
        bare = bare.scatter(escaped.arg_true(), meant)
    return bare
