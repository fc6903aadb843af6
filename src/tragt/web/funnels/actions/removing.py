"""Deleting funnels, bringing them back, and removing those for which it is too late."""

from datetime import timedelta

from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.funnels import queries
from tragt.web.funnels.actions.versions import held
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.signals import redefined
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import hold

__all__ = ["delete", "purge", "undelete"]


def delete(who: Who, saved: SavedFunnel, *, version: int | None = None) -> None:
    """Delete a funnel; for thirty days that can be undone.

    Args:
        who: Who deletes it.
        saved: The funnel.
        version: The version that was seen; None deletes whatever is there.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: It is deleted already.
        Conflict: Somebody changed it since that version.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="deleted"):
        row = held(saved, version)
        row.deleted = saved.deleted = timezone.now()
        row.save(update_fields=["deleted"])


def undelete(who: Who, key: int) -> SavedFunnel:
    """Bring a deleted funnel back.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such funnel, or it was deleted too long ago.
    """
    with acting(who, "funnels.edit", f"funnel {key}", what="brought back"):
        hold(SavedFunnel, key)
        row = queries.deleted_funnel(key)
        if row is None:
            raise NotFound("funnels.unknown", "There is no such funnel to bring back.", key=key)
        row.deleted = None
        if row.pipeline_id is not None and queries.saved_funnels().filter(pipeline=row.pipeline_id).exists():
            row.pipeline = None  # another one follows that pipeline since
        row.save(update_fields=["deleted", "pipeline"])
        redefined.send(SavedFunnel, saved=row)
    return row


def purge() -> int:
    """Remove the rows of funnels whose deletion can no longer be undone; returns how many."""
    before = timezone.now() - timedelta(days=queries.UNDO_DAYS)
    old = SavedFunnel.objects.filter(deleted__lt=before)
    number = old.count()
    if number:
        with acting(SYSTEM, "funnels.edit", what="purged"):
            old.delete()
    return number
