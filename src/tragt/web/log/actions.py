"""Changing what the log shows. Each of these is a part of a larger act, which asks for the permission."""

import secrets
from collections.abc import Iterable

import polars as pl
from django.db import transaction

from tragt.web.log.models import HiddenBatch, LogState, Tombstone

__all__ = ["forget", "hide_batch", "show_batch", "strike", "touch"]


def touch() -> None:
    """Note that something changed which figures rest on: they are computed anew."""
    LogState.objects.update_or_create(pk=1, defaults={"revision": secrets.token_hex(16)})


@transaction.atomic
def hide_batch(batch: str) -> None:
    """Keep the events of a batch out of every figure."""
    HiddenBatch.objects.get_or_create(batch=batch)
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
