"""Changing what the log shows. Each of these is a part of a larger act, which asks for the permission."""

import secrets
from collections.abc import Iterable, Iterator

import polars as pl
from django.db import transaction
from django.utils import timezone

from tragt.lake import Marker
from tragt.lake.ageing import Aged
from tragt.web.log.models import REVISION_LENGTH, HiddenBatch, LogState, Tombstone
from tragt.web.log.queries import acts_of, lake

__all__ = [
    "anonymise",
    "erase",
    "expire",
    "forget",
    "hide_batch",
    "purge",
    "retract",
    "show_batch",
    "strike",
    "touch",
    "upkeep",
]

_EVENTS_AT_ONCE = 500_000
"""One file may hold more."""


def touch(*, by_calls: bool = False) -> None:
    """Note that something changed which figures rest on: they are computed anew.

    Args:
        by_calls: Whether clients told it, as they do all the time: then `acts_of` stays as it was. Within a
            transaction only.
    """
    acts = ""
    if by_calls:
        # Locked as it is read, or an act that is committed in between would be undone here, and nobody read anew.
        held = LogState.objects.select_for_update().filter(pk=1)
        acts = acts_of(held.values_list("revision", flat=True).first() or "")
    rest = secrets.token_hex((REVISION_LENGTH - len(acts)) // 2)
    if not LogState.objects.filter(pk=1).update(revision=acts + rest):
        LogState.objects.update_or_create(pk=1, defaults={"revision": acts + rest})


@transaction.atomic
def hide_batch(batch: str) -> None:
    """Keep the events of a batch out of every figure."""
    HiddenBatch.objects.update_or_create(batch=batch, defaults={"since": timezone.now()})
    touch()


@transaction.atomic
def show_batch(batch: str) -> None:
    """Let the events of a batch count."""
    HiddenBatch.objects.filter(batch=batch).delete()
    touch()


@transaction.atomic
def strike(spans: pl.DataFrame) -> None:
    """Strike the events of actors from every figure, at once.

    Args:
        spans: ``actor``, ``start`` (inclusive) and ``end`` (exclusive); null means without bound.
    """
    rows = spans.select("actor", "start", "end").iter_rows()
    Tombstone.objects.bulk_create([Tombstone(actor=actor, start=start, end=end) for actor, start, end in rows])
    touch()


@transaction.atomic
def forget(actors: Iterable[str]) -> None:
    """Remove the tombstones of actors, once the lake holds none of their struck events."""
    Tombstone.objects.filter(actor__in=list(actors)).delete()
    touch()


def erase(spans: pl.DataFrame) -> int:
    """Remove events of actors from the lake; how many. Doing it again finds nothing and does no harm.

    Args:
        spans: ``actor``, ``start`` (inclusive) and ``end`` (exclusive; null means without bound).
    """
    return lake().erase(spans, _marker())


def anonymise(actors: Iterable[str], secret: bytes) -> int:
    """Make events of actors nameless in the lake; how many. Doing it again finds nothing and does no harm.

    Args:
        actors: The actors.
        secret: What their new names are made with.
    """
    return lake().anonymise(pl.Series(sorted(actors), dtype=pl.String), _marker(), secret)


def retract(deals: pl.Series) -> int:
    """Remove events of deals from the lake; how many. Doing it again finds nothing and does no harm.

    Args:
        deals: The deals.
    """
    return lake().retract(deals, _marker())


def expire(aged: Aged) -> Iterator[int]:
    """Remove old events from the lake, some files in one commit; how many with each.

    Args:
        aged: Which.
    """
    gone_through: set[str] = set()
    while files := lake().oldest(aged.before, gone_through, _EVENTS_AT_ONCE):
        gone_through.update(files)
        yield lake().expire(aged, files, _marker())


def upkeep() -> None:
    """Keep the lake quick and small."""
    lake().upkeep()


def purge() -> None:
    """Remove the bytes that no event needs any more."""
    lake().purge()


def _marker() -> Marker:
    """A marker that the lake has not seen, for what may be done more than once; it tells of nobody."""
    return Marker("rights", int(timezone.now().timestamp() * 1_000_000))
