"""Records that somebody chose in a list. The unit of observation is the record."""

from collections.abc import Iterable, Sequence

from tragt.web.accounts.models import User
from tragt.web.records.kinds import Kind, Record
from tragt.web.records.listing import Listing
from tragt.web.records.queries.narrowing import narrowed, unfolded
from tragt.web.records.queries.pages import MOST_COUNTED

__all__ = ["chosen_records", "labels", "matching_keys"]


def matching_keys(listing: Listing, user: User) -> list[int]:
    """The keys of all records that the filters of a list leave, at most one more than are counted."""
    rows = narrowed(listing.kind, user, unfolded(listing, user).filters)
    return list(rows.values_list("pk", flat=True)[: MOST_COUNTED + 1])


def chosen_records(kind: Kind, user: User, keys: Sequence[int]) -> list[Record]:
    """The records of some keys that the user sees, in the order of the keys."""
    rows = kind.visible(user).filter(pk__in=list(keys)).select_related(*kind.joined)
    found = {row.pk: row for row in (rows.prefetch_related(kind.tags) if kind.tags else rows)}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def labels(kind: Kind, keys: Iterable[int]) -> dict[int, str]:
    """What those records of some keys are called that are there, for the audit."""
    rows = kind.rows().filter(pk__in=list(keys)).select_related(*kind.joined)
    return {row.pk: kind.label(row) for row in rows}
