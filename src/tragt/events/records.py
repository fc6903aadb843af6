"""Where records of delimited text begin and end, also where some are broken."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tragt.events.rows import Broken

__all__ = ["ZERO", "Cut", "Repaired", "Shape", "cut", "repair"]

_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_OPEN_QUOTE = "a quote is opened and not closed, or not followed by a separator"
_NOT_UTF8 = "some bytes are not UTF-8, as the rest of the file is"
ZERO = "there is a zero byte in it; text has none"
_SHOWN = 200
_LONGEST_SHOWN = 100_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What all records of a file look like.

    Attributes:
        separator: Parts the cells; one ASCII character.
        width: Number of cells.
    """

    separator: str
    width: int


@dataclass(frozen=True, slots=True)
class Cut:
    """How far a piece of text holds whole records.

    Attributes:
        end: Number of bytes of whole records; 0 where there is not even one.
        intact: Whether each of these records has the right shape, its quotes included.
    """

    end: int
    intact: bool


def cut(data: bytes, shape: Shape) -> Cut:
    """Find the last whole record, and whether all records up to it are intact.

    Args:
        data: Text in an encoding that contains ASCII, from the start of a record on.
        shape: What the records should look like.
    """
    codes = np.frombuffer(data, np.uint8)
    separator = ord(shape.separator)
    marks = np.flatnonzero((codes == separator) | (codes == _NEWLINE))
    if b'"' in data:
        quotes = np.flatnonzero(codes == _QUOTE)
        if not _quotes_pair(codes, quotes, separator):
            return Cut(data.rfind(b"\n") + 1, intact=False)
        marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
    is_end = codes[marks] == _NEWLINE
    ends = np.flatnonzero(is_end)
    if not len(ends):
        return Cut(0, intact=True)
    last = int(ends[-1])
    every = is_end[: last + 1]
    fits = len(every) == len(ends) * shape.width and bool(every[shape.width - 1 :: shape.width].all())
    return Cut(int(marks[last]) + 1, intact=fits)


def _quotes_pair(codes: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], separator: int) -> bool:
    """Whether quotes open after a separator and close before one, doubled ones apart."""
    padded = np.full(len(codes) + 2, _NEWLINE, np.uint8)
    padded[1:-1] = codes
    before, after = padded[quotes[0::2]], padded[quotes[1::2] + 2]
    opens = (before == separator) | (before == _NEWLINE) | (before == _QUOTE)
    closes = (after == separator) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(opens.all() and closes.all())


@dataclass(slots=True)
class Repaired:
    """Records of a text in which some are broken.

    Attributes:
        row: Number of the record after the last.
        good: The good ones, as intact text without its last line end.
        rows: Their numbers.
        broken: The others.
        rest: Bytes at the end that may be the start of a record.
    """

    row: int
    good: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    rest: bytes = b""


def repair(data: bytes, shape: Shape, row: int, *, final: bool) -> Repaired:
    """Go through text record by record and set the broken ones aside.

    A record that opens a quote and does not close it, or ends up with the wrong number of cells, costs
    its first line only: reading goes on with the next line.

    Args:
        data: Whole lines.
        shape: What the records should look like.
        row: Number of the first record. Blank lines are numbered and left out.
        final: Whether the text ends here; if not, a quote still open at its end is carried over.
    """
    lines = data.decode("utf-8", errors="surrogateescape").removesuffix("\n").split("\n")
    doubtful = re.compile('["\0\udc80-\udcff]').search
    separators = shape.width - 1
    result = Repaired(row)
    place = 0
    while place < len(lines):
        line = lines[place]
        span = 1
        if line.count(shape.separator) == separators and not doubtful(line) and line.strip():
            result.good.append(line)
            result.rows.append(result.row)
        elif line.strip():
            cells, lines_of_it = _record(lines, place, shape)
            if cells is None and lines_of_it and not final:
                result.rest = _bytes("\n".join(lines[place:]) + "\n")
                break
            _sort_in(result, cells, line, shape)
            span = lines_of_it if cells is not None and len(cells) == shape.width else 1
        place += span
        result.row += 1
    return result


def _record(lines: Sequence[str], place: int, shape: Shape) -> tuple[list[str] | None, int]:
    """The cells of the record that begins at a line, and its number of lines.

    Returns:
        No cells where its quotes are wrong; the number of lines is then 0, or that of all lines left
        where the text ended before the quote was closed.
    """
    line = lines[place]
    if '"' not in line:
        return _trimmed(line.removesuffix("\r").split(shape.separator), shape.width), 1
    ended = False

    def following() -> Iterator[str]:
        nonlocal ended
        for number in range(place, len(lines)):
            yield lines[number] + "\n"
        ended = True

    reader = csv.reader(following(), delimiter=shape.separator, strict=True)
    try:
        return _trimmed(next(reader), shape.width), reader.line_num
    except csv.Error:
        return None, len(lines) - place if ended else 0


def _trimmed(cells: list[str], width: int) -> list[str]:
    """The cells without blank ones beyond the header."""
    return cells if len(cells) <= width or any(map(str.strip, cells[width:])) else cells[:width]


def _sort_in(result: Repaired, cells: list[str] | None, line: str, shape: Shape) -> None:
    reason = _fault(cells, shape)
    if reason is None and cells is not None:
        result.good.append(_written(cells, shape.separator))
        result.rows.append(result.row)
        return
    shown = _shown(line.removesuffix("\r"))
    told_apart = cells is not None and "\n" not in "".join(cells)
    parts = tuple(map(_shown, cells)) if cells is not None and told_apart else (shown,)
    result.broken.append(Broken(result.row, shown[:_SHOWN], reason or "", parts))


def _written(cells: list[str], separator: str) -> str:
    record = io.StringIO(newline="")
    csv.writer(record, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return record.getvalue()


def _fault(cells: list[str] | None, shape: Shape) -> str | None:
    if cells is None:
        return _OPEN_QUOTE
    if len(cells) != shape.width:
        return f"{len(cells)} cells; the header has {shape.width}"
    if any("\0" in cell for cell in cells):
        return ZERO
    return _NOT_UTF8 if any(_is_broken(cell) for cell in cells) else None


def _is_broken(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _shown(text: str) -> str:
    return _bytes(text[:_LONGEST_SHOWN]).decode("utf-8", errors="replace").replace("\0", "\ufffd")
