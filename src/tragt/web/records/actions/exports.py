"""Taking a list away as a file."""

from tragt.web.records.listing import Listing
from tragt.web.shell.acting import Who, acting

__all__ = ["export_list"]


def export_list(listing: Listing, number: int, *, who: Who) -> None:
    """Note that somebody takes a list away, before it leaves.

    Args:
        listing: What is taken; which columns were filtered is kept, not by what.
        number: How many records it has, as far as they were counted.
        who: Who takes it.
    """
    filters = sorted({one.column.code for one in listing.filters})
    with acting(who, listing.kind.export, list=listing.kind.code, rows=number, filters=filters):
        pass
