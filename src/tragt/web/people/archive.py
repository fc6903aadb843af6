"""What is held of a person, as files that people and programs can read."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

from django.core.serializers.json import DjangoJSONEncoder

__all__ = ["archive"]

Rows = Sequence[Mapping[str, object]]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def archive(held: Mapping[str, Rows]) -> bytes:
    """A ZIP archive: one JSON file with everything, and a CSV file for each store that holds something.

    Args:
        held: Rows by the name of their store.
    """
    file = io.BytesIO()
    kept = {name: rows for name, rows in held.items() if rows}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        text = json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        bundle.writestr("everything.json", text)
        for name, rows in kept.items():
            bundle.writestr(f"{name.replace(':', '-')}.csv", _table(rows))
    return file.getvalue()


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
