"""Noting what happened on a day, changing that, removing it and bringing it back."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.funnels.building.fields import one_line
from tragt.web.funnels.models import Annotation, AnnotationKind, SavedFunnel
from tragt.web.funnels.trends.annotations import UNDO_DAYS, annotation, removed_annotation
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import hold

__all__ = ["Noted", "annotate", "bring_back_annotation", "change_annotation", "purge_annotations", "remove_annotation"]

TEXT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Noted:
    """What is said of a day.

    Attributes:
        text: What happened.
        day: On which day it happened or began.
        until: The last day of what lasted longer; None for one day.
        kind: What kind of thing it was.
        funnel: The funnel it concerns; None is all.
    """

    text: str
    day: date
    until: date | None = None
    kind: AnnotationKind = AnnotationKind.OTHER
    funnel: SavedFunnel | None = None

    def put(self, row: Annotation) -> None:
        """Write it into a row, which is not saved.

        Raises:
            InvalidDefinition: Nothing is said, or it ends before it begins.
        """
        text = one_line(self.text)[:TEXT_LENGTH].strip()
        if not text:
            raise InvalidDefinition("annotations.empty", "Say what happened, in a few words.", field="text")
        if self.until is not None and self.until < self.day:
            raise InvalidDefinition(
                "annotations.ends_first",
                f"The last day, {self.until}, comes before the first, {self.day}. Give a later one, or none.",
                field="until",
            )
        row.text, row.day, row.kind, row.funnel = text, self.day, self.kind, self.funnel
        row.until = None if self.until == self.day else self.until


def annotate(who: Who, noted: Noted) -> Annotation:
    """Note what happened.

    Raises:
        NotAllowed: The role does not allow it.
        InvalidDefinition: Nothing is said, or it ends before it begins.
    """
    with acting(who, "funnels.edit", _target(noted.funnel), what="annotated"):
        row = Annotation(by_id=None if who.user is None else who.user.pk)
        noted.put(row)
        row.save()
    return row


def change_annotation(who: Who, key: int, noted: Noted, *, version: int | None = None) -> Annotation:
    """Say otherwise what happened.

    Args:
        who: Who says it.
        key: Of the annotation.
        noted: All that is said from now on.
        version: The version that was seen; None changes whatever is there.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such annotation.
        Conflict: Somebody changed it since that version.
        InvalidDefinition: Nothing is said, or it ends before it begins.
    """
    with acting(who, "funnels.edit", _target(noted.funnel), what="annotation changed"):
        row = _held(key, version)
        noted.put(row)
        row.version += 1
        row.save()
    return row


def remove_annotation(who: Who, key: int, *, version: int | None = None) -> Annotation:
    """Remove an annotation; for thirty days that can be undone.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such annotation.
        Conflict: Somebody changed it since that version.
    """
    with acting(who, "funnels.edit", what="annotation removed") as act:
        row = _held(key, version)
        act.target = _target(row.funnel)
        row.deleted = timezone.now()
        row.version += 1
        row.save(update_fields=["deleted", "version"])
    return row


def bring_back_annotation(who: Who, key: int) -> Annotation:
    """Bring a removed annotation back.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such annotation, or it was removed too long ago.
    """
    with acting(who, "funnels.edit", what="annotation brought back") as act:
        hold(Annotation, key)
        row = removed_annotation(key)
        if row is None:
            raise NotFound("annotations.unknown", "There is no such annotation to bring back.", key=key)
        act.target = _target(row.funnel)
        row.deleted = None
        row.version += 1
        row.save(update_fields=["deleted", "version"])
    return row


def purge_annotations() -> int:
    """Remove annotations whose removal can no longer be undone; returns how many."""
    old = Annotation.objects.filter(deleted__lt=timezone.now() - timedelta(days=UNDO_DAYS))
    if not old.exists():
        return 0
    with acting(SYSTEM, "funnels.edit", what="annotations purged"):
        return old.delete()[0]


def _held(key: int, version: int | None) -> Annotation:
    hold(Annotation, key)
    row = annotation(key)
    if version is not None and row.version != version:
        raise Conflict(
            "annotations.changed",
            "Somebody changed this annotation meanwhile. Look at it as it is now, then change it.",
            version=row.version,
        )
    return row


def _target(saved: SavedFunnel | None) -> str:
    return "" if saved is None else f"funnel {saved.pk}"
