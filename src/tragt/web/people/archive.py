"""What is held of a person, as files that people and programs can read."""

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from django.core.serializers.json import DjangoJSONEncoder

from tragt.web.shell.personal import Document

__all__ = ["archive", "pieces"]

Rows = Sequence[Mapping[str, object]]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PIECE = 1 << 18


def archive(held: Mapping[str, Rows], documents: Iterable[Document], folder: Path) -> IO[bytes]:
    """A ZIP archive: one JSON file with everything, a CSV file for each store that holds something, and documents.

    Args:
        held: Rows by the name of their store.
        documents: Files that are put in as they are; one that is not there any more is left out.
        folder: Where the archive lies until it is closed, without a name there; documents may be many and large.

    Returns:
        The archive, to be read from its beginning and closed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - who takes it closes it
    try:
        _fill(file, held, documents)
    except BaseException:
        file.close()
        raise
    return file


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, which is closed whether somebody takes them all or not."""
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _fill(file: IO[bytes], held: Mapping[str, Rows], documents: Iterable[Document]) -> None:
    kept = {name: rows for name, rows in held.items() if rows}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        text = json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        bundle.writestr("everything.json", text)
        for name, rows in kept.items():
            bundle.writestr(f"{name.replace(':', '-')}.csv", _table(rows))
        for one in documents:
            _put(one, bundle)
    file.seek(0)


def _put(document: Document, bundle: zipfile.ZipFile) -> None:
    """Put a document into an archive, as it is: most are compressed already."""
    try:
        content = document.path.open("rb")
    except FileNotFoundError:
        return
    with content, bundle.open(zipfile.ZipInfo(document.name), "w", force_zip64=True) as member:
        shutil.copyfileobj(content, member, _PIECE)


def _table(rows: Rows) -> str:
    """The rows as CSV; a cell that a spreadsheet would compute is quoted with an apostrophe."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).strip('"')
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
