"""Rows of saved funnels and their versions: held while they change, and kept as they were. The unit is the version."""

from typing import Any

from django.utils import timezone

from tragt.errors import Conflict, NotFound
from tragt.funnel import Funnel
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.fields import one_line
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import SavedFunnel, SavedFunnelVersion
from tragt.web.shell.acting import Who
from tragt.web.shell.holding import hold

__all__ = ["NAME_LENGTH", "held", "name_funnel", "store_version", "usual_name"]

NAME_LENGTH = 150


def held(saved: SavedFunnel, version: int | None = None) -> SavedFunnel:
    """A funnel as it is by now, which nobody else changes until the act is over.

    Args:
        saved: The funnel as it was read.
        version: The version that the change is made from; None changes whatever is there.

    Raises:
        NotFound: It was deleted meanwhile.
        Conflict: Somebody changed it since that version.
    """
    hold(SavedFunnel, saved.pk)
    row = SavedFunnel.objects.filter(pk=saved.pk, deleted=None).first()
    if row is None:
        raise NotFound("funnels.unknown", "There is no such funnel; it may have been deleted.", key=saved.pk)
    if version is not None and row.version != version:
        raise Conflict(
            "funnels.changed",
            f"Somebody changed the funnel since its version {version}: it has version {row.version} now. Read it "
            "again, then send your change again.",
            version=row.version,
        )
    return row


def store_version(row: SavedFunnel, who: Who) -> bool:
    """Save a funnel. Where it asks something else than before it gets a new number, under which that is kept.

    Args:
        row: The funnel with its changes, held where it is not new.
        who: Who changed it.

    Returns:
        Whether it asks something else.
    """
    before = SavedFunnel.objects.filter(pk=row.pk).first() if row.pk else None
    if before is None:
        row.version = 1
    elif _state(before) == _state(row):
        row.save()
        return False
    else:
        _note_if_missing(before)
        row.version = before.version + 1
    row.save()
    _note(row, None if who.user is None else who.user.pk, timezone.now())
    return True


def name_funnel(row: SavedFunnel, funnel: Funnel, name: str) -> None:
    """Put a definition and a name into a row; an empty name calls it by its first and its last step."""
    row.name = one_line(name)[:NAME_LENGTH] or usual_name(funnel)
    row.definition = to_json(funnel)


def usual_name(funnel: Funnel) -> str:
    """What a funnel is called that nobody named: its first and its last step."""
    return one_line(f"{funnel.steps[0].title} → {funnel.steps[-1].title}")[:NAME_LENGTH]


def _state(row: SavedFunnel) -> tuple[str, str, dict[str, Any]]:
    return row.name, row.definition, _asked(row)


def _asked(row: SavedFunnel) -> dict[str, Any]:
    return {**Asked.of(row).written(), "targets": row.targets}


def _note_if_missing(before: SavedFunnel) -> None:
    """Keep what a funnel asked that was saved before versions were kept."""
    if not before.versions.filter(number=before.version).exists():
        _note(before, before.owner_id if before.version == 1 else None, before.updated)


def _note(row: SavedFunnel, by: int | None, at: Any) -> None:
    SavedFunnelVersion.objects.create(
        funnel_id=row.pk,
        number=row.version,
        name=row.name,
        definition=row.definition,
        asked=_asked(row),
        by_id=by,
        at=at,
    )
