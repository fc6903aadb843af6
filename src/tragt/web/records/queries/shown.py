"""Records as the list of a reader shows them: nothing unseen is named, and what is read apart is there."""

from collections.abc import Sequence

from tragt.web.accounts.models import User
from tragt.web.records.kinds import Column, Kind, Record
from tragt.web.records.queries.names import beside, leave_out_unseen

__all__ = ["as_shown"]


def as_shown(kind: Kind, columns: Sequence[Column], records: Sequence[Record], user: User | None) -> Sequence[Record]:
    """The records, ready for the cells of a list. As many queries, however many records. They are not to be saved.

    Args:
        kind: What they are.
        columns: Those that are shown.
        records: Of one page, or of one batch of a file.
        user: Who looks; None sees everything.
    """
    leave_out_unseen(beside(kind, records), user)
    for column in columns:
        if column.attached is not None:
            values = column.attached(records, user)
            for record in records:
                setattr(record, column.slot, values.get(record.pk))
    return records
