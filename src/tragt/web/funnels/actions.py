"""Saving, renaming, deleting and proposing funnels."""

from datetime import timedelta

from django.utils import timezone

from tragt.errors import NotFound, TragtError
from tragt.funnel import Funnel
from tragt.web.crm.models import Pipeline
from tragt.web.funnels import queries
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.fields import one_line
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.proposals import proposal
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["delete", "export_list", "propose_first", "purge", "rename", "save", "undelete", "usual_name"]

NAME_LENGTH = 150


def save(
    who: Who,
    funnel: Funnel,
    name: str = "",
    period: SavedPeriod | None = None,
    saved: SavedFunnel | None = None,
    *,
    pipeline: Pipeline | None = None,
) -> SavedFunnel:
    """Save a definition: as a new funnel, or in the place of one.

    Args:
        who: Who saves.
        funnel: The definition.
        name: What to call it; empty calls it by its first and last step.
        period: The period it is usually looked at over; None is all.
        saved: The funnel that is changed; None makes a new one.
        pipeline: The pipeline whose stages it follows; None where it is somebody's own.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "funnels.edit") as act:
        row = saved or SavedFunnel(owner_id=None if who.user is None else who.user.pk)
        _put(row, funnel, name, period or SavedPeriod())
        row.proposed, row.pipeline = False, pipeline
        row.save()
        act.target = f"funnel {row.pk}"
        act.details["what"] = "changed" if saved else "created"
    return row


def rename(who: Who, saved: SavedFunnel, name: str) -> None:
    """Call a funnel something else; an empty name calls it by its first and last step.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="renamed"):
        saved.name = one_line(name)[:NAME_LENGTH] or usual_name(saved.funnel)
        saved.save(update_fields=["name", "updated"])


def delete(who: Who, saved: SavedFunnel) -> None:
    """Delete a funnel; for thirty days that can be undone.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="deleted"):
        saved.deleted = timezone.now()
        saved.save(update_fields=["deleted"])


def undelete(who: Who, key: int) -> SavedFunnel:
    """Bring a deleted funnel back.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such funnel, or it was deleted too long ago.
    """
    with acting(who, "funnels.edit", f"funnel {key}", what="brought back"):
        row = queries.deleted_funnel(key)
        if row is None:
            raise NotFound("funnels.unknown", "There is no such funnel to bring back.", key=key)
        row.deleted = None
        row.save(update_fields=["deleted"])
    return row


def propose_first(who: Who = SYSTEM) -> SavedFunnel | None:
    """Propose a funnel where there is none yet, and work its figures out.

    Args:
        who: Who brought the data; the funnel belongs to nobody.

    Returns:
        The funnel; None where there is one already, or nothing can be proposed from the log.
    """
    if queries.saved_funnels().exists():
        return None
    try:
        funnel = proposal()
    except TragtError:
        return None
    with acting(SYSTEM, "funnels.edit", asked_by=who.kind) as act:
        row = SavedFunnel(proposed=True)
        _put(row, funnel, "", SavedPeriod())
        row.save()
        act.target = f"funnel {row.pk}"
        act.details["what"] = "proposed"
    return row


def export_list(who: Who, saved: SavedFunnel, step: int, rows: int) -> None:
    """Note that the list of those who stand at a step is taken away as a file.

    Args:
        who: Who takes it.
        saved: The funnel.
        step: Number of the step, from 1.
        rows: How many the list names.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "people.export", f"funnel {saved.pk} step {step}", rows=rows):
        pass


def purge() -> int:
    """Remove the rows of funnels whose deletion can no longer be undone; returns how many."""
    before = timezone.now() - timedelta(days=queries.UNDO_DAYS)
    old = SavedFunnel.objects.filter(deleted__lt=before)
    if not old.exists():
        return 0
    with acting(SYSTEM, "funnels.edit", what="purged"):
        return old.delete()[0]


def _put(row: SavedFunnel, funnel: Funnel, name: str, period: SavedPeriod) -> None:
    row.name = one_line(name)[:NAME_LENGTH] or usual_name(funnel)
    row.definition = to_json(funnel)
    row.period, row.start, row.end = period.kind, period.start, period.end


def usual_name(funnel: Funnel) -> str:
    """What a funnel is called that nobody named: its first and its last step."""
    return one_line(f"{funnel.steps[0].title} → {funnel.steps[-1].title}")[:NAME_LENGTH]
