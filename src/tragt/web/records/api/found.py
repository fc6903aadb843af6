"""One record that a program may see. The unit of observation is the record."""

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.records.kinds import Kind, Record
from tragt.web.shell.holding import hold

__all__ = ["one_seen"]


def one_seen(kind: Kind, user: User, key: int, *, locked: bool = False) -> Record:
    """A record of a kind.

    Args:
        kind: Of which kind.
        user: Who asks.
        key: Key of the record.
        locked: Whether nobody else changes it until the transaction ends.

    Raises:
        NotFound: It is not there, or this one does not see it: the sentence does not tell which of the two.
    """
    if locked:
        hold(kind.model, key)
    found = kind.visible(user).filter(pk=key).select_related(*kind.related).first()
    if found is None:
        raise NotFound(f"records.no_{kind.code}", f"There is no {kind.code} {key}, or it is not for this key to see.")
    return found
