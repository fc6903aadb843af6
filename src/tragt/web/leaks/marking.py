"""What funnels show of the ledger: their dearest leak. The unit of observation is the funnel."""

from collections.abc import Mapping, Sequence

from tragt.web.accounts.models import User
from tragt.web.funnels.marks import Marked
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.presenting import entries
from tragt.web.leaks.queries import dearest_of

__all__ = ["marks"]


def marks(funnels: Sequence[SavedFunnel], user: User | None) -> Mapping[int, Marked]:
    """The dearest leak of each of some funnels that a reader may be told of, where the funnel still has its step."""
    found = {}
    for entry in entries(dearest_of(funnels, user).values()):
        if entry.place:
            said = f"{entry.sentence} {entry.cost_sentence}"
            found[entry.row.funnel_id] = Marked(entry.place, entry.note, said, entry.url)
    return found
