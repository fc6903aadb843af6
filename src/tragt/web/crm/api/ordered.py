"""Pages of short lists that have an order of their own. The unit of observation is the page.

Their keys are read at once, which is cheap for what people keep in order by hand.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from pydantic import Field

from tragt.errors import InvalidDefinition
from tragt.web.api.paging import Paging, cursor_of
from tragt.web.crm.api.values import Flag

__all__ = ["ArchivedAsked", "in_order"]


class ArchivedAsked(Paging):
    """Which page of things is asked for that may be archived."""

    archived: Flag = Field(False, description="Those that are archived in place of those in use.")


def in_order(rows: QuerySet[Any], paging: Paging) -> tuple[Sequence[Any], str | None]:
    """The rows of a page in their own order, and the cursor of the next page.

    Args:
        rows: All rows that may be seen, in their order.
        paging: Which page.

    Raises:
        InvalidDefinition: The row that the page comes after is not among them any more.
    """
    keys, after = list(rows.values_list("pk", flat=True)), paging.after
    if after is not None and after not in keys:
        raise InvalidDefinition(
            "api.cursor", "What this cursor stands at is not in the list any more. Begin without one.", field="cursor"
        )
    start = keys.index(after) + 1 if after is not None else 0
    shown = keys[start : start + paging.limit]
    found = rows.in_bulk(shown)
    following = cursor_of(shown[-1]) if start + len(shown) < len(keys) else None
    return [found[key] for key in shown if key in found], following
