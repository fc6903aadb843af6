"""JSON lines and JSON documents as batches of text. The unit of observation is the record.

Nested objects become columns with dotted names. Calls of the tracking API (track, identify, page, screen,
group, alias) are understood: a track is named by its ``event``, the others by their type.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

import msgspec
import polars as pl

from tragt.errors import InvalidFile
from tragt.events.encodings import EightBit, as_utf8, detect_encoding, known_encoding
from tragt.events.files import File, FileKind
from tragt.events.numerals import Decimal
from tragt.events.records import ZERO
from tragt.events.rows import ROW, Batch, Broken, Report, one_column

__all__ = ["JsonRecords"]

_CALLS = frozenset({"track", "identify", "page", "screen", "group", "alias"})
_LEFT_OUT = ("integrations", "_metadata", "writeKey")
_TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
_BATCH = 50_000
_SAMPLE = 2_000
_MOST_COLUMNS = 2_000
_LARGEST_DOCUMENT = 1 << 30
_SHOWN = 200

_Record = dict[str, object]


class JsonRecords:
    """A file of JSON objects: one a line, or one document that holds a list of them.

    Args:
        file: The file.
        encoding: Its encoding; None to find out.
    """

    decimal: Decimal | None = Decimal.POINT

    def __init__(self, file: File, encoding: str | None) -> None:
        self.name = file.name
        self._file = file
        self._encoding = known_encoding(encoding) if encoding else detect_encoding(file.head)
        first = next(self._batches(None, lambda _done, _total: None, _SAMPLE), None)
        self.sample = first.frame if first else pl.DataFrame()
        self.columns = tuple(column for column in self.sample.columns if column != ROW)

    def batches(self, columns: Sequence[str] | None, report: Report) -> Iterator[Batch]:
        """Go through the records; see `Table`."""
        return self._batches(columns, report, _BATCH)

    def _batches(self, columns: Sequence[str] | None, report: Report, size: int) -> Iterator[Batch]:
        decode = msgspec.json.Decoder().decode
        if self._file.kind is FileKind.JSON:
            numbered: Iterable[tuple[int, bytes | object]] = enumerate(self._document(report), start=1)
        else:
            numbered = enumerate(self._lines(report), start=1)
        rest = iter(numbered)
        while part := list(islice(rest, size)):
            yield _batch(part, decode, columns)

    def _text(self, report: Report) -> Iterator[bytes]:
        return as_utf8(self._file.blocks(report), self._encoding)

    def _lines(self, report: Report) -> Iterator[bytes]:
        text, rest = EightBit(self._encoding), b""
        for block in chain(self._text(report), [b"\n"]):
            whole, _, rest = (rest + block).rpartition(b"\n")
            yield from text.decode(whole)[0].split(b"\n") if whole else ()

    def _document(self, report: Report) -> list[object]:
        if self._file.size > _LARGEST_DOCUMENT:
            raise InvalidFile(
                "events.too_large",
                f"{self.name} is one JSON document of more than {_LARGEST_DOCUMENT >> 20} MiB. "
                "Write one object a line (JSON lines): such files may have any size.",
                file=self.name,
            )
        text, _ = EightBit(self._encoding).decode(b"".join(self._text(report)))
        try:
            return _list_in(msgspec.json.decode(text), self.name)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidFile(
                "events.not_json", f"{self.name} is not valid JSON: {error}. Export it again.", file=self.name
            ) from error


def _list_in(document: object, name: str) -> list[object]:
    inside = document.values() if isinstance(document, dict) else [document]
    for value in inside:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return value
    if isinstance(document, dict):
        return [document]
    raise InvalidFile(
        "events.not_a_table", f"{name} is JSON without a list of objects in it; each event is an object.", file=name
    )


def _batch(
    part: Sequence[tuple[int, bytes | object]], decode: Callable[[bytes], object], columns: Sequence[str] | None
) -> Batch:
    cells: dict[str, list[str | None]] = {}
    rows: list[int] = []
    broken: list[Broken] = []
    for row, given in part:
        if isinstance(given, bytes) and not given.strip():
            continue
        try:
            records = _records(decode(given) if isinstance(given, bytes) else given)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            shown = given[:_SHOWN].decode(errors="replace") if isinstance(given, bytes) else str(given)[:_SHOWN]
            broken.append(Broken(row, shown, f"a JSON object is needed ({error})", (shown,)))
            continue
        for record in records:
            flat = _flat(record)
            if (not isinstance(given, bytes) or rb"\u0000" in given) and _has_zero(flat):
                shown = json.dumps(record)[:_SHOWN]
                broken.append(Broken(row, shown, ZERO, (shown,)))
                continue
            _add(cells, flat, len(rows), columns)
            rows.append(row)
    for values in cells.values():
        values.extend([None] * (len(rows) - len(values)))
    texts = [pl.Series(name, values, pl.String) for name, values in cells.items()]
    return Batch(pl.DataFrame([pl.Series(ROW, rows, pl.UInt32), *texts]), tuple(broken))


def _records(value: object) -> list[_Record]:
    """The objects of one line: itself, or those of a batch."""
    if isinstance(value, dict):
        batch = value.get("batch")
        return [r for r in batch if isinstance(r, dict)] if isinstance(batch, list) else [value]
    raise msgspec.DecodeError(f"this is {type(value).__name__}")


def _add(
    cells: dict[str, list[str | None]], record: dict[str, str], height: int, columns: Sequence[str] | None
) -> None:
    for name, value in record.items():
        if columns is not None and name not in columns:
            continue
        if name not in cells:
            if len(cells) == _MOST_COLUMNS:
                raise InvalidFile(
                    "events.too_many_columns",
                    f"The records have more than {_MOST_COLUMNS} different fields. Keep names of fields few and "
                    "put what varies into their values, or name those wanted with properties=.",
                )
            cells[name] = []
        column = cells[name]
        column.extend([None] * (height - len(column)))
        column.append(value)


def _flat(record: _Record) -> dict[str, str]:
    if record.get("type") in _CALLS:
        record = _call(record)
    flat: dict[str, str] = {}
    _flatten(flat, "", record)
    return flat


def _has_zero(flat: dict[str, str]) -> bool:
    """Whether there is a zero byte in a name or a text."""
    return any("\0" in name or "\0" in text for name, text in flat.items())


def _flatten(flat: dict[str, str], prefix: str, values: _Record) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            _flatten(flat, f"{prefix}{name}.", value)
        elif value is not None:
            flat[one_column(prefix + name)] = _text(value)


def _call(record: _Record) -> _Record:
    """A call of the tracking API with its event, time and group where other records have them."""
    call = {name: value for name, value in record.items() if name not in _LEFT_OUT and name != "type"}
    if record["type"] != "track":
        call["event"] = str(record["type"]).capitalize()
    call["timestamp"] = next((record[t] for t in _TIMES if record.get(t)), None)
    context = record.get("context")
    if "groupId" not in call and isinstance(context, dict):
        call["groupId"] = context.get("groupId")
    return call


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)
