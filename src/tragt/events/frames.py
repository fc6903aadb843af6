"""Frames of any kind, and Parquet and Arrow files, as batches of typed columns."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import polars.selectors as cs

from tragt.errors import InvalidFile
from tragt.events.files import File, FileKind
from tragt.events.numerals import Decimal
from tragt.events.rows import ROW, Batch, Report, one_column, unique_names

__all__ = ["FrameRows", "frame_file", "frame_of"]

_BATCH = 500_000
_SAMPLE = 10_000
_DAMAGE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


class FrameRows:
    """A frame, or a file that holds one.

    Args:
        frame: The frame, not read before it is gone through.
        name: What to call it in messages.
    """

    decimal: Decimal | None = None

    def __init__(self, frame: pl.LazyFrame, name: str) -> None:
        self.name = name
        try:
            self._frame = _unnested(frame)
            self.columns = tuple(self._frame.collect_schema().names())
            self._height = int(self._frame.select(pl.len()).collect().item())
            self.sample = _without_zeros(self._frame.head(_SAMPLE).collect())
        except _DAMAGE as error:
            raise _unreadable(name, error) from error

    def batches(self, columns: Sequence[str] | None, report: Report) -> Iterator[Batch]:
        """Go through the rows; see `Table`. The first row is 1."""
        kept = cs.by_name(*(name for name in self.columns if columns is None or name in columns))
        for start in range(0, self._height, _BATCH):
            report(start, self._height)
            try:
                frame = self._frame.slice(start, _BATCH).select(kept).collect()
            except _DAMAGE as error:
                raise _unreadable(self.name, error) from error
            yield Batch(_without_zeros(frame).with_row_index(ROW, start + 1))


def frame_file(file: File) -> FrameRows:
    """The frame in a Parquet or Arrow file."""
    source = io.BytesIO(file.source) if isinstance(file.source, bytes) else file.source
    try:
        scan = pl.scan_parquet(source) if file.kind is FileKind.PARQUET else pl.scan_ipc(source)
    except _DAMAGE as error:
        raise _unreadable(file.name, error) from error
    return FrameRows(scan, file.name)


def frame_of(source: Any) -> pl.LazyFrame | None:
    """A frame of any library as a Polars one; None where the source is no frame.

    Args:
        source: A Polars or pandas frame, anything with an Arrow capsule, a dictionary of columns, or a
            list of dictionaries.
    """
    if isinstance(source, pl.LazyFrame):
        return source
    if isinstance(source, pl.DataFrame | dict | list):
        return pl.LazyFrame(source, strict=False) if not isinstance(source, pl.DataFrame) else source.lazy()
    if type(source).__module__.startswith("pandas."):
        return _from_pandas(source).lazy()
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return pl.DataFrame(source).lazy()
    return None


def _from_pandas(frame: Any) -> pl.DataFrame:
    """A pandas frame by way of NumPy, so that PyArrow need not be there."""
    names = unique_names([str(name) for name in frame.columns])
    return pl.DataFrame([_column(name, frame.iloc[:, place]) for place, name in enumerate(names)])


def _column(name: str, values: Any) -> pl.Series:
    kind = getattr(values.dtype, "kind", "O")
    if kind == "M":
        stamps = pl.Series(name, values.to_numpy("datetime64[ns]")).cast(pl.Datetime("us"))
        return stamps.dt.replace_time_zone("UTC") if getattr(values.dt, "tz", None) else stamps
    if kind in "iufb" and not values.isna().any():
        return pl.Series(name, values.to_numpy(values.dtype.name.lower()))
    cells = values.astype(object).where(values.notna(), None).tolist()
    return pl.Series(name, cells, strict=False)


def _unnested(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same frame, the fields of its structs as columns with dotted names."""
    schema = frame.collect_schema()
    while structs := {name: dtype for name, dtype in schema.items() if isinstance(dtype, pl.Struct)}:
        columns: list[pl.Expr] = []
        for name in schema:
            fields = structs[name].fields if name in structs else []
            # A column may be called * or ^x$, which pl.col would take for several.
            column = cs.by_name(name).as_expr()
            parts = [column.struct.field(field.name).alias(f"{name}.{field.name}") for field in fields]
            columns += parts if name in structs else [column]
        frame = frame.select(columns)
        schema = frame.collect_schema()
    patterns = [name for name in schema if one_column(name) != name]
    names = unique_names([*(name for name in schema if name not in patterns), *patterns])[-len(patterns) :]
    return frame.rename(dict(zip(patterns, names, strict=True))) if patterns else frame


def _without_zeros(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without zero bytes in its texts, which no database of texts keeps."""
    texts = [values for values in frame if values.dtype == pl.String and values.str.contains("\0", literal=True).any()]
    return frame.with_columns(values.str.replace_all("\0", "", literal=True) for values in texts)


def _unreadable(name: str, error: Exception) -> InvalidFile:
    return InvalidFile(
        "events.broken_table",
        f"{name} cannot be read: {str(error).splitlines()[0]}. The file may be damaged or cut off; write it again.",
        file=name,
    )
