"""The sources: each write key with what came by it. The unit of observation is the write key.

What is not here: files that were imported, which are sources of the log too and stand under their imports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tragt.errors import NotFound
from tragt.web.accounts.models import KeyKind, WriteKey
from tragt.web.accounts.queries import write_keys
from tragt.web.collect import queries
from tragt.web.collect.queries import Volume
from tragt.web.collect.senders import key_of
from tragt.web.lexicon.queries import source_names
from tragt.web.outbox.queries import SOURCE
from tragt.web.shell.limits import Limit

__all__ = ["SLOW", "Source", "label", "name_of", "names", "source", "sources"]

SLOW = timedelta(seconds=10)
"""What waits for longer than this is said aloud: usually no settler runs."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source and how it stands.

    Attributes:
        key: Its write key.
        volume: How much it sent.
        turned: How many of its calls were turned away in the last thirty days.
        waiting: How many of its calls are not settled yet.
        lag: For how long the oldest of them has waited; None where none waits.
    """

    key: WriteKey
    volume: Volume
    turned: int
    waiting: int
    lag: timedelta | None

    @property
    def public(self) -> bool:
        """Whether its key is a public one."""
        return self.key.kind == KeyKind.PUBLIC

    @property
    def limit(self) -> Limit | None:
        """How much it may send from one address; None means without limit."""
        return key_of(self.key).limit

    @property
    def slow(self) -> bool:
        """Whether something waits for longer than it should."""
        return self.lag is not None and self.lag > SLOW


def name_of(key: WriteKey) -> str:
    """What the log calls events that came by a key."""
    return f"key-{key.pk}"


def sources(now: datetime) -> list[Source]:
    """All sources, those whose key was revoked last; as many queries however many they are.

    Args:
        now: The moment, UTC.
    """
    return _sources(list(write_keys()), now)


def source(key: int, now: datetime) -> Source:
    """One source.

    Args:
        key: Key of its write key.
        now: The moment, UTC.

    Raises:
        NotFound: There is no such write key.
    """
    found = list(write_keys().filter(pk=key))
    if not found:
        raise NotFound("collect.no_source", f"There is no source {key}.", source=key)
    return _sources(found, now)[0]


def names() -> dict[str, str]:
    """What people call each source that sends, by its name in the log; Tragt itself sends nothing."""
    return {source: called for source, called in source_names().items() if source != SOURCE}


def label(source: str, known: Mapping[str, str]) -> str:
    """What people call a source; its name in the log where its key is gone.

    Args:
        source: Its name in the log.
        known: What `names` gave.
    """
    return known.get(source, source)


def _sources(keys: list[WriteKey], now: datetime) -> list[Source]:
    volumes, turned, waits = queries.volumes(now.date()), queries.turned_by_source(now), queries.waits()
    found = []
    for key in sorted(keys, key=lambda one: (one.revoked is not None, one.name.casefold(), one.pk)):
        name = name_of(key)
        waiting = waits.get(name)
        lag = None if waiting is None else max(now - waiting.since, timedelta(0))
        number = 0 if waiting is None else waiting.number
        found.append(Source(key, volumes.get(name, queries.NOTHING), turned.get(name, 0), number, lag))
    return found
