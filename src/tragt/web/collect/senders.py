"""Who may send: the write keys, known to this process without asking the database at each request."""

import threading
import time
from dataclasses import dataclass

from django.db import connection

from tragt.web.accounts.models import KeyKind, WriteKey
from tragt.web.accounts.tokens import digest

__all__ = ["Key", "Keys", "number_of"]

_PACE = 2.0


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a write key.

    Attributes:
        number: Its key in the database.
        trusted: Whether it is a secret key.
        origins: Where a browser may send from with it; empty means from everywhere.
    """

    number: int
    trusted: bool
    origins: frozenset[str]

    @property
    def source(self) -> str:
        """What the log calls events that came with it."""
        return f"key-{self.number}"


def number_of(source: str) -> int:
    """The key in the database of what the log calls so; 0 where it is no key."""
    number = source.removeprefix("key-")
    return int(number) if number.isdecimal() else 0


class Keys:
    """The keys that stand, read again every two seconds while anybody asks."""

    def __init__(self) -> None:
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
                rows = WriteKey.objects.filter(revoked=None).values_list("digest", "pk", "kind", "origins")
                self._known = {
                    one: Key(number, kind == KeyKind.SECRET, frozenset(origins)) for one, number, kind, origins in rows
                }
            finally:
                connection.close()  # the thread may be another one next time
            self._read = time.monotonic()
