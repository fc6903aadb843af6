"""Holding a row, or a turn, until a transaction ends."""

import hashlib

from django.db import connection
from django.db.models import Model

__all__ = ["hold", "take_turn"]


def hold(model: type[Model], key: object) -> None:
    """Let nobody else change a row until the transaction is over; read it after that, with what it refers to.

    It is locked alone: PostgreSQL reads a row anew once it has the lock, but not the rows that were joined to it. A row
    whose reference changed meanwhile would be missing from the answer, or stand beside nothing.

    Args:
        model: Of which model.
        key: The row's key; nothing is held where there is none.
    """
    if connection.features.has_select_for_update:
        list(model._base_manager.select_for_update().filter(pk=key).values_list("pk"))  # noqa: SLF001 - Django's public name


def take_turn(*what: str) -> None:
    """Wait until nobody else does something, and let nobody begin it until the transaction is over.

    For what is counted before it is added to: two who count at the same moment would both find room. SQLite lets one
    transaction write at a time anyway.

    Args:
        *what: What it is called; the same name is the same turn. Of several each is taken, always in one order, so that
            no two who take the same ones wait for each other.
    """
    if connection.vendor == "postgresql" and what:
        digests = sorted(hashlib.sha256(one.encode()).digest()[:8] for one in what)
        numbers = [int.from_bytes(one, signed=True) for one in digests]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(one) FROM unnest(%s::bigint[]) AS one", [numbers])
