"""Pages of long lists: a cursor says where the next one begins. The unit of observation is the page."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import QuerySet
from ninja import Query, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition

__all__ = ["MOST", "Cursor", "Page", "Paging", "cursor_of", "key_after", "pages"]

MOST = 100
USUAL = 50
_LONGEST = 19

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """A page of a list."""

    items: list[T] = Field(description="In the order of the list.")
    next: str | None = Field(None, description="Cursor of the next page; null on the last one.")


class Paging(Schema):
    """Which page of a list is asked for."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="How many items a page holds.")
    cursor: str | None = Field(None, max_length=100, description="`next` of the page before; none for the first.")

    @property
    def after(self) -> int | None:
        """Key of the record that the page comes after."""
        return key_after(self.cursor)


Cursor = Annotated[Paging, Query()]
"""What an operation that gives pages takes."""


def cursor_of(key: int) -> str:
    """The cursor of the page that comes after a record."""
    return base64.urlsafe_b64encode(f"after:{key}".encode()).decode().rstrip("=")


def key_after(cursor: str | None) -> int | None:
    """Key of the record that a page comes after; None for the first page.

    Raises:
        InvalidDefinition: It is no cursor.
    """
    if cursor is None:
        return None
    try:
        said = base64.b64decode((cursor + "=" * (-len(cursor) % 4)).encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        said = ""
    name, _colon, key = said.partition(":")
    if name != "after" or not (key.isascii() and key.isdigit() and len(key) < _LONGEST):
        raise InvalidDefinition("api.cursor", "A cursor is what `next` of a page said. Begin without one.")
    return int(key)


def pages(rows: QuerySet[Any], paging: Paging, *, newest_first: bool = False) -> tuple[Sequence[Any], str | None]:
    """The rows of a page in the order of their keys, and the cursor of the next page.

    Args:
        rows: All rows that may be seen.
        paging: Which page.
        newest_first: Whether the row that was made last comes first.
    """
    after = paging.after
    if after is not None:
        rows = rows.filter(pk__lt=after) if newest_first else rows.filter(pk__gt=after)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: paging.limit + 1])
    shown = found[: paging.limit]
    return shown, cursor_of(shown[-1].pk) if len(found) > len(shown) else None
