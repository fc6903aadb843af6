"""Choosing for how long a kind of data is kept, and removing what is past its time. What goes does not come back."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.web.retention.models import Rule, Run
from tragt.web.retention.queries import Standing, standing
from tragt.web.shell.acting import Who, acting
from tragt.web.shell.retention import Kind

__all__ = ["PERMISSION", "apply", "choose"]

PERMISSION = "organisation.edit"


def choose(who: Who, kind: Kind, days: int | None, way: str = "") -> None:
    """Choose for how long a kind of data is kept. Nothing goes before the next night.

    Args:
        who: Who chooses.
        kind: The kind.
        days: For how many days; None is for ever.
        way: How it shall go, of its `ways`; empty where there is one way only.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: It may not be kept for so short or so long, or cannot go that way.
    """
    if not kind.allows(days):
        longest = "for ever" if kind.longest is None else f"{kind.longest} days"
        given = "for ever" if days is None else f"{days} days"
        raise InvalidDefinition(
            "retention.days",
            f"{kind.title} cannot be kept {given}. Choose from {kind.least} days to {longest}.",
            kind=kind.code,
        )
    ways = [code for code, _ in kind.ways] or [""]
    if way not in ways:
        raise InvalidDefinition("retention.way", f"{kind.title} cannot go the way {way!r}. Choose of {ways}.")
    with acting(who, PERMISSION, kind.code) as act:
        before = standing(kind)
        act.verb = "retention.edit"
        act.details.update({"from": _said(before.days), "to": _said(days)})
        if kind.ways:
            act.details.update(way=way)
        Rule.objects.update_or_create(pk=kind.code, defaults={"days": days, "way": way, "chosen": timezone.now()})


def apply(of: Standing, now: datetime, gone: Callable[[int], None]) -> int:
    """Remove what is past its time of one kind, a piece at a time; how much of it went.

    What went in a run that was cut short counts along, for this goes on with it.

    Args:
        of: The kind and what holds for it.
        now: The moment, UTC.
        gone: Is told after each piece how much of it went so far, and may end it there.
    """
    before = of.before(now)
    if before is None:
        _end(of.kind)
        return 0
    removed = _begin(of.kind, before)
    for number in of.kind.remove(before, of.way):
        removed += number
        Run.objects.filter(pk=of.kind.code).update(removed=F("removed") + number)
        gone(removed)
    _end(of.kind)
    return removed


def _end(kind: Kind) -> None:
    """End a run, also one that was cut short before its rule was turned off: what went is to leave no bytes."""
    run = Run.objects.filter(pk=kind.code, finished=None).first()
    if run is None:
        return
    if run.removed:
        kind.finish()
    Run.objects.filter(pk=kind.code).update(finished=timezone.now())


@transaction.atomic
def _begin(kind: Kind, before: datetime) -> int:
    """Begin a run, or go on with one that was cut short; what went in it already."""
    run = Run.objects.filter(pk=kind.code, finished=None).first()
    if run is not None:
        Run.objects.filter(pk=kind.code).update(before=before)
        return run.removed
    fresh = {"before": before, "started": timezone.now(), "finished": None, "removed": 0}
    Run.objects.update_or_create(pk=kind.code, defaults=fresh)
    return 0


def _said(days: int | None) -> int | str:
    return "for ever" if days is None else days
