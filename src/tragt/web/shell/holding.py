"""Holding a row until a transaction ends."""

from django.db import connection
from django.db.models import Model

__all__ = ["hold"]


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
