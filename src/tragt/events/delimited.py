"""Delimited files (CSV and its kin) as batches of text. The unit of observation is the record.

A chunk of the file whose records all have the shape of the header is read at once; any other chunk is
gone through record by record, so that each broken row is named and no good one is lost.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from tragt.errors import InvalidFile
from tragt.events.encodings import EightBit, as_utf8, detect_encoding, known_encoding
from tragt.events.files import HEAD, File
from tragt.events.numerals import Decimal
from tragt.events.records import Repaired, Shape, cut, repair
from tragt.events.rows import ROW, Batch, Report, unique_names

__all__ = ["Delimited"]

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_RECORD = 64 << 20


@dataclass(frozen=True, slots=True)
class _Start:
    """How a delimited file begins.

    Attributes:
        separator: Parts the cells.
        header: The first record.
        lines: Number of lines before the first row.
    """

    separator: str
    header: tuple[str, ...]
    lines: int


class Delimited:
    """A delimited text file.

    Args:
        file: The file.
        delimiter: What parts its cells; None to find out.
        encoding: Its encoding; None to find out.
    """

    decimal: Decimal | None = None

    def __init__(self, file: File, delimiter: str | None, encoding: str | None) -> None:
        self.name = file.name
        self._file = file
        self._encoding = known_encoding(encoding) if encoding else detect_encoding(file.head)
        head = b"".join(self._utf8(iter([file.head])))
        text = EightBit(self._encoding).decode(head)[0].decode(errors="replace")
        self._start = _start(text, delimiter, file.name)
        self.columns = unique_names(self._start.header)
        self._shape = Shape(self._start.separator, len(self.columns))
        self.sample = self._sample(head)

    @property
    def separator(self) -> str:
        """What parts the cells."""
        return self._start.separator

    def batches(self, columns: Sequence[str] | None, report: Report) -> Iterator[Batch]:
        """Go through the records; see `Table`."""
        kept = [name for name in self.columns if columns is None or name in columns]
        text, row, rest = EightBit(self._encoding), 2, b""
        for block, final in _with_last(self._body(self._utf8(self._file.blocks(report)))):
            data = rest + block
            batch, row, rest = self._batch(data, text, row, kept, final=final or len(data) > _LONGEST_RECORD)
            if batch is not None:
                yield batch

    def _sample(self, head: bytes) -> pl.DataFrame:
        whole = len(self._file.head) < HEAD
        blocks = self._body(iter([head]))
        for block, _ in _with_last(blocks) if whole else ((block, False) for block in blocks):
            batch, _, _ = self._batch(block, EightBit(self._encoding), 2, self.columns, final=whole)
            if batch is not None:
                return batch.frame
        return pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String))

    def _batch(
        self, data: bytes, text: EightBit, row: int, kept: Sequence[str], *, final: bool
    ) -> tuple[Batch | None, int, bytes]:
        """The whole records of some data, the number of the next one, and the bytes left over.

        Args:
            data: Bytes from the start of a record on.
            text: What is known of their encoding.
            row: Number of the first record.
            kept: Columns to keep.
            final: Whether nothing may be left over.
        """
        part = cut(data, self._shape)
        end = len(data) if final else part.end
        if not end:
            return None, row, data
        records, valid = text.decode(data[:end])
        intact = part.intact and valid and part.end == end and b"\0" not in records
        frame = self._at_once(records, kept, row) if intact else None
        if frame is not None:
            return Batch(frame), row + frame.height, data[end:]
        repaired = repair(records, self._shape, row, final=final)
        batch = Batch(self._repaired(repaired, kept), tuple(repaired.broken))
        return batch, repaired.row, repaired.rest + data[end:]

    def _at_once(self, records: bytes, kept: Sequence[str], row: int) -> pl.DataFrame | None:
        """Records that are all intact; None where they turn out not to be."""
        try:
            return self._parsed(records, kept).with_row_index(ROW, row)
        except pl.exceptions.PolarsError:
            return None

    def _repaired(self, repaired: Repaired, kept: Sequence[str]) -> pl.DataFrame:
        rows = pl.Series(ROW, repaired.rows, pl.UInt32)
        if not repaired.good:
            return pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(kept, pl.String)})
        return self._parsed("\n".join([*repaired.good, ""]).encode(), kept).insert_column(0, rows)

    def _parsed(self, records: bytes, kept: Sequence[str]) -> pl.DataFrame:
        frame = pl.read_csv(
            records,
            has_header=False,
            separator=self._shape.separator,
            quote_char='"' if b'"' in records else None,
            schema=dict.fromkeys(self.columns, pl.String),
            columns=[self.columns.index(name) for name in kept],
        )
        return frame.with_columns(pl.all().replace("", None)) if b'""' in records else frame

    def _body(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Blocks from the first row on."""
        lines = self._start.lines
        start = b""
        for block in blocks:
            if not lines:
                yield block
                continue
            start += block
            while lines and (end := start.find(b"\n") + 1):
                start, lines = start[end:], lines - 1
            if not lines:
                yield start

    def _utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Blocks in UTF-8 or an encoding of one byte a character, lines ending in a line feed."""
        old_mac = b"\r" in self._file.head and b"\n" not in self._file.head
        for block in as_utf8(blocks, self._encoding):
            yield block.replace(b"\r", b"\n") if old_mac else block


def _with_last(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each block, and whether it is the last; the last ends in a line feed."""
    held: bytes | None = None
    for block in filter(None, blocks):
        if held is not None:
            yield held, False
        held = block
    if held:
        yield held if held.endswith(b"\n") else held + b"\n", True


def _start(head: str, delimiter: str | None, name: str) -> _Start:
    lines = head.split("\n")
    skipped = 0
    while skipped < len(lines) - 1 and not lines[skipped].strip():
        skipped += 1
    said = lines[skipped].strip().lower()
    if said.startswith("sep=") and len(said) == 5:
        delimiter, skipped = delimiter or said[4], skipped + 1
    text = "\n".join(lines[skipped:])
    separator = _separator(text, delimiter, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = next(reader)
    except (csv.Error, StopIteration):
        header = lines[skipped].split(separator)
    return _Start(separator, tuple(header), skipped + max(reader.line_num, 1))


def _separator(text: str, delimiter: str | None, name: str) -> str:
    """The separator given, or the one that parts the header and most of the first rows alike."""
    best, width, share = max(
        ((s, *_parted(text, s)) for s in _SEPARATORS), key=lambda found: (found[1] > 1, round(found[2], 1), found[1])
    )
    if delimiter is None:
        return best
    if _parted(text, delimiter)[0] == 1 and width > 1 and share > 0.5:
        raise InvalidFile(
            "events.wrong_delimiter",
            f"{name} has one column when parted at {delimiter!r}, but {width} at {best!r}: say delimiter={best!r}.",
            file=name,
            given=delimiter,
            found=best,
        )
    return delimiter


def _parted(text: str, separator: str) -> tuple[int, float]:
    """Number of cells in the header, and the share of the first rows that have as many."""
    try:
        rows = [len(row) for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 100) if row]
    except csv.Error:
        rows = [len(line.split(separator)) for line in text.split("\n")[:100] if line.strip()]
    body = rows[1:-1] or rows[1:] or rows
    return rows[0], sum(width == rows[0] for width in body) / len(body)
