"""Reading any source into an event log. The unit of observation is the source.

Rows come in batches of bounded size. What only the whole source can tell (the order of day and month, a
column that looked like numbers and is not, an id that comes twice) is learned in a first pass; where that
changes what was read, a second pass reads with what was learned.
"""

import os
from typing import Any, Unpack

from tragt.errors import InvalidFile
from tragt.events.columns import Mapping
from tragt.events.delimited import Delimited
from tragt.events.files import FileKind, open_file
from tragt.events.frames import FrameRows, frame_file, frame_of
from tragt.events.jsonlines import JsonRecords
from tragt.events.log import EventLog
from tragt.events.options import Options, ReadOptions
from tragt.events.passes import Lesson, Pass
from tragt.events.recognition import recognise_columns
from tragt.events.rows import Table
from tragt.events.sheets import Sheet

__all__ = ["open_table", "read", "recognise"]

_PASSES = 4


def read(source: Any, **options: Unpack[ReadOptions]) -> EventLog:
    """Read a file or a frame into an event log.

    Files are CSV (any delimiter), JSON lines, JSON, Excel, Parquet or Arrow, also inside gzip or zip; frames
    are those of Polars, pandas or anything with an Arrow capsule. A row is an event, or (in a wide file) a
    unit with dates in columns. What is not said is recognised; what cannot be known is asked.

    Args:
        source: Path of a file, the bytes of one, or a frame.
        **options: What is said about the source; see `Options`.

    Returns:
        The log. Its `mapping` says how the columns were understood, its `rejected` which rows were left
        out, and why.

    Raises:
        InvalidFile: The source cannot be read, a column that is needed was not found, the order of day and
            month is not known, or no row is good. The message says what to do.
        InvalidDefinition: An option is not possible.

    Example:
        >>> import polars as pl
        >>> from tragt.events import read
        >>> log = read(pl.DataFrame({"user": ["a"], "event": ["Visit"], "time": ["2024-03-13 10:21:14"]}))
        >>> log.names()["name"].to_list()
        ['Visit']
    """
    chosen = Options(**options)
    table = open_table(source, chosen)
    if table.sample.is_empty() and not any(True for _ in table.batches(None, lambda _done, _total: None)):
        raise InvalidFile("events.no_rows", f"{table.name} has a header and no rows.", file=table.name)
    mapping = recognise_columns(table, chosen)
    lesson = Lesson(chosen.order)
    for _ in range(_PASSES):
        reading = Pass(table, chosen, mapping, lesson)
        learned = reading.run()
        if learned == lesson:
            break
        lesson = learned
    return reading.log()


def recognise(source: Any, **options: Unpack[ReadOptions]) -> Mapping:
    """How the columns of a source would be understood, from its first rows.

    Args:
        source: As for `read`.
        **options: As for `read`.

    Raises:
        InvalidFile: As for `read`, as far as the first rows show it.
        InvalidDefinition: An option is not possible.
    """
    chosen = Options(**options)
    return recognise_columns(open_table(source, chosen), chosen)


def open_table(source: Any, options: Options) -> Table:
    """The rows of a source, before anything is made of them.

    Args:
        source: Path of a file, the bytes of one, or a frame.
        options: Format, sheet, delimiter and encoding, where they were said.

    Raises:
        InvalidFile: It cannot be read.
    """
    if not isinstance(source, str | bytes | os.PathLike):
        frame = frame_of(source)
        if frame is None:
            raise InvalidFile(
                "events.unknown_source",
                f"A {type(source).__name__} cannot be read; give a path, bytes or a frame of Polars, pandas or Arrow.",
                given=type(source).__name__,
            )
        return FrameRows(frame, "The frame")
    file = open_file(source, options.format)
    match file.kind:
        case FileKind.CSV:
            return Delimited(file, options.delimiter, options.encoding)
        case FileKind.JSON | FileKind.JSON_LINES:
            return JsonRecords(file, options.encoding)
        case FileKind.EXCEL:
            return Sheet(file, options.sheet)
        case _:
            return frame_file(file)
