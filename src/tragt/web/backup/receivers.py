"""What backups do when a person is erased: it goes into the list, in the transaction that asks for it."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from tragt.web.backup.actions.noting import note
from tragt.web.people.models import Erasure

__all__ = ["note_erasure"]


@receiver(post_save, sender=Erasure)
def note_erasure(instance: Erasure, *, created: bool, **_given: Any) -> None:
    """Note it before it is committed: an erasure that cannot be remembered does not happen."""
    if created and instance.subject:
        note(instance)
