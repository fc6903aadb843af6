"""A list as a file: CSV of any length, Excel up to a bound."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from tragt.events.rejections import escaped
from tragt.web.accounts.models import User
from tragt.web.records.kinds import Record
from tragt.web.records.listing import Listing
from tragt.web.records.presenting import Names, plain
from tragt.web.records.queries.pages import batches
from tragt.web.records.queries.shown import as_shown

__all__ = ["comma_separated", "heads_of", "rows_of", "texts", "written"]


def heads_of(listing: Listing) -> list[str]:
    """What the columns of the file are called."""
    return [str(column.title) for column in listing.shown]


def rows_of(listing: Listing, user: User, names: Names) -> Iterator[list[object]]:
    """The rows of the file: all that the filters leave, in the order of the list."""
    for records in batches(listing, user):
        yield from written(listing, records, user, names)


def written(listing: Listing, records: Sequence[Record], user: User, names: Names) -> Iterator[list[object]]:
    """Some records as rows of the file, as the user sees them."""
    for record in as_shown(listing.kind, listing.shown, records, user):
        yield list(plain(listing.kind, listing.shown, record, names))


def texts(rows: Iterable[Sequence[object]]) -> Iterator[list[object]]:
    """Rows with dates as text."""
    for row in rows:
        yield ["" if cell is None else cell.isoformat() if isinstance(cell, date) else cell for cell in row]


def comma_separated(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Rows as CSV that a spreadsheet opens as text and never as formulas."""
    yield b"\xef\xbb\xbf"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([escaped(cell) for cell in row])
        yield line.getvalue().encode()
