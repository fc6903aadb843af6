"""Who may send, and what is done with addresses: known to this process without asking the database at each request."""

import threading
import time
from dataclasses import dataclass

from django.db import connection

from tragt.events.tracking.addresses import Addresses
from tragt.web.accounts.models import KeyKind, WriteKey
from tragt.web.accounts.tokens import digest
from tragt.web.collect.limits import PUBLIC
from tragt.web.collect.visitors import addresses, visitors
from tragt.web.shell.limits import Limit

__all__ = ["Key", "Keys", "key_of", "names_of", "number_of"]

_PACE = 2.0
_BURSTS = 30
"""How many times its rate a key may send at once, where nobody said."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a write key.

    Attributes:
        number: Its key in the database.
        trusted: Whether it is a secret key.
        origins: Where a browser may send from with it; empty means from everywhere.
        test: Whether what comes with it is test traffic.
        names: The events that it may send, as the log calls them; empty means all.
        limit: How much it may send from one address; None means without limit.
    """

    number: int
    trusted: bool
    origins: frozenset[str]
    test: bool = False
    names: frozenset[str] = frozenset()
    limit: Limit | None = None

    @property
    def source(self) -> str:
        """What the log calls events that came with it."""
        return f"key-{self.number}"


def number_of(source: str) -> int:
    """The key in the database of what the log calls so; 0 where it is no key."""
    number = source.removeprefix("key-")
    return int(number) if number.isdecimal() else 0


def names_of(source: str) -> frozenset[str]:
    """The events that a source may send now, as the log calls them; empty means all.

    Args:
        source: What the log calls it.
    """
    found = WriteKey.objects.filter(pk=number_of(source)).values_list("names", flat=True)
    return frozenset(*found)


def key_of(row: WriteKey) -> Key:
    """What is known of a write key."""
    trusted = row.kind == KeyKind.SECRET
    return Key(row.pk, trusted, frozenset(row.origins), row.test, frozenset(row.names), _limit(row, trusted=trusted))


def _limit(row: WriteKey, *, trusted: bool) -> Limit | None:
    if row.rate is None and (trusted or row.burst is None):
        return None if trusted else PUBLIC
    rate = float(row.rate or PUBLIC.rate)
    return Limit(rate, float(row.burst or rate * _BURSTS))


def _unless_same(old: Addresses, new: Addresses) -> Addresses:
    """The old where nothing changed: it remembers what it looked at."""
    return old if old == new else new


class Keys:
    """The keys that stand, read again every two seconds while anybody asks; and what is done with addresses.

    Attributes:
        addresses: What is done with addresses.
    """

    def __init__(self) -> None:
        self.addresses = Addresses()
        self._lock = threading.Lock()
        self._known: dict[str, Key] = {}
        self._read = float("-inf")

    @property
    def stale(self) -> bool:
        """Whether they are to be read again."""
        return time.monotonic() - self._read > _PACE

    @property
    def known(self) -> bool:
        """Whether they were read at all."""
        return self._read > float("-inf")

    def find(self, given: str) -> Key | None:
        """The key that a sender gave; None where there is none, or it was revoked."""
        return self._known.get(digest(given)) if given else None

    def read(self) -> None:
        """Read the keys, where that was not done a moment ago. Called in a thread that may wait for the database."""
        with self._lock:
            if not self.stale:
                return
            try:
                self._known = {row.digest: key_of(row) for row in WriteKey.objects.filter(revoked=None)}
                self.addresses = _unless_same(self.addresses, addresses(visitors()))
            finally:
                connection.close()  # the thread may be another one next time
            self._read = time.monotonic()
