"""Text of any encoding as UTF-8, block by block."""

import codecs
from collections.abc import Iterable, Iterator

from tragt.errors import InvalidFile

__all__ = ["EIGHT_BIT", "EightBit", "as_utf8", "detect_encoding", "known_encoding"]

EIGHT_BIT = "8 bit"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BOMS_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BARE = (
    ("utf-32-le", (0, 1, 1, 1)),
    ("utf-32-be", (1, 1, 1, 0)),
    ("utf-16-le", (0, 1, 0, 1)),
    ("utf-16-be", (1, 0, 1, 0)),
)


def known_encoding(name: str) -> str:
    """The encoding of this name.

    Raises:
        InvalidFile: There is none.
    """
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise InvalidFile(
            "events.unknown_encoding",
            f"encoding={name!r} is not known; use a name such as utf-8, cp1252, latin-1 or utf-16.",
            given=name,
        ) from None
    return found


def detect_encoding(head: bytes) -> str:
    """The encoding of a text from its first bytes.

    Args:
        head: The first bytes, some kilobytes of them.

    Returns:
        A Python name (a mark of UTF-16 before text of UTF-32, as some programs write it, counts for
        nothing), or ``EIGHT_BIT`` where the text is ASCII, UTF-8 or a Western encoding of one byte
        a character: which of these is settled by `EightBit` as the text goes on.
    """
    marked = next((name for mark, name in _BOMS if head.startswith(mark)), None)
    body = head[2:] if marked == "utf-16" else head
    for name, zeros in _BARE if marked in (None, "utf-16") else ():
        if len(body) >= 8 and _zeros_stand(body, zeros) and not (marked and name.startswith("utf-16")):
            return name
    return marked or EIGHT_BIT


def _zeros_stand(head: bytes, zeros: tuple[int, ...]) -> bool:
    """Whether zero bytes stand where this encoding has them in Western text, and hardly elsewhere."""
    for place, expected in enumerate(zeros):
        these = head[place::4]
        share = these.count(0) / len(these)
        if share < 0.4 if expected else share > 0.1:
            return False
    return True


def as_utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Blocks of text in UTF-8, without a byte order mark.

    Args:
        blocks: The text in `encoding`, cut anywhere.
        encoding: A Python name; ``EIGHT_BIT`` passes through as it is.

    Yields:
        The same text. What cannot be decoded is the character U+FFFD.
    """
    if encoding in (EIGHT_BIT, "utf-8"):
        parts = iter(blocks)
        yield next(parts, b"").removeprefix(codecs.BOM_UTF8)
        yield from parts
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    first = True
    for block in blocks:
        misfit = first and encoding.startswith("utf-32-") and block.startswith(_BOMS_16)
        misfit = misfit and not block.startswith(codecs.BOM_UTF32_LE)
        text = decoder.decode(block[2:] if misfit else block)
        yield (text.removeprefix("\ufeff") if first else text).encode()
        first = False
    yield decoder.decode(b"", final=True).encode()


class EightBit:
    """Settles what text of one byte a character is, as it is met, and turns it into UTF-8.

    Text that is valid UTF-8 is that. Where it is not, and no UTF-8 was met before, it is Windows-1252,
    or Latin-1 where it has bytes that Windows-1252 has not.

    Args:
        encoding: ``utf-8`` where that is certain; ``EIGHT_BIT`` where it is to be settled.
    """

    def __init__(self, encoding: str) -> None:
        self._settled = None if encoding == EIGHT_BIT else "utf-8"

    def decode(self, lines: bytes) -> tuple[bytes, bool]:
        """Whole lines as UTF-8.

        Args:
            lines: The text; no character is cut at either end.

        Returns:
            The text, and whether all of it is valid: bytes that are not UTF-8 in a text that otherwise is
            are left as they are.
        """
        if lines.isascii():
            return lines, True
        if self._settled in (None, "utf-8") and _is_utf8(lines):
            self._settled = "utf-8"
            return lines, True
        self._settled = self._settled or _western(lines)
        if self._settled == "utf-8":
            return lines, False
        return lines.decode(self._settled, errors="replace").encode(), True


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _western(lines: bytes) -> str:
    marked = [line for line in lines.split(b"\n") if not line.isascii()]
    if 2 * sum(map(_is_utf8, marked)) > len(marked):
        return "utf-8"
    try:
        lines.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
