"""What the event log is told of calls, meetings and mails. The unit of observation is the activity.

The log is never rewritten: what it was told stays, and a correction is told beside it, so that whoever counts by
outcome or length can take it into account. What turns out to have happened after all is told then. Whatever is
corrected how often, an activity is told once under each name; each event names it, and the last correction counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tragt.web.crm.models import Activity, ActivityKind
from tragt.web.crm.queries.deals import actor_of
from tragt.web.outbox.actions import OwnEvent, tell

__all__ = ["CORRECTED", "Before", "before", "tell_of_activity", "tell_of_correction", "touch_of"]

CORRECTED = "Activity Corrected"

_HELD = ("", "held")
"""What is said of a meeting that took place."""

_CORRECTED = ("outcome", "minutes", "direction", "owner")

_CHANNELS = {ActivityKind.CALL: "phone", ActivityKind.MEETING: "meeting", ActivityKind.EMAIL: "email"}


@dataclass(frozen=True, slots=True)
class Before:
    """What an activity was before it was corrected.

    Attributes:
        event: What the log would have been told of it; None where that is nothing.
        told: What is told of it besides.
        at: When it happened.
    """

    event: OwnEvent | None
    told: Mapping[str, object]
    at: datetime | None


def before(row: Activity) -> Before:
    """What an activity is now, to be compared with once it was corrected."""
    return Before(touch_of(row), _told(row), row.at)


def tell_of_activity(row: Activity) -> None:
    """Let the log know of an activity as it is, where that is anything to it: done, or a meeting that is booked."""
    event = touch_of(row)
    if event is not None and event.name not in row.told:
        tell(event)
        _note(row, event.name)


def tell_of_correction(row: Activity, was: Before) -> None:
    """Let the log know that something done was otherwise than it was told.

    Args:
        row: The activity as it is now.
        was: What it was before.
    """
    now = touch_of(row)
    if now == was.event:
        return
    if was.event is not None:
        _note(row, was.event.name)
        tell(_correction(was.event, now, was, row))
    elif now is not None and now.name in row.told:
        tell(_correction(now, now, was, row))
    tell_of_activity(row)


def touch_of(row: Activity) -> OwnEvent | None:
    """What the log is told of an activity; None where it is nothing to the log, or is about nobody whom it knows."""
    name = _name(row)
    if not name:
        return None
    actor = actor_of(row.person_id) if row.person_id is not None else ""
    company = row.company.key if row.company else ""
    deal = row.deal.key if row.deal else ""
    if not (actor or company or deal):
        return None
    return OwnEvent(name, actor, company, deal, row.at, _told(row))


def _name(row: Activity) -> str:
    planned = row.at is None
    match row.kind:
        case ActivityKind.CALL if not planned:
            return "Call Logged"
        case ActivityKind.MEETING if planned:
            return "Meeting Booked"
        case ActivityKind.MEETING if row.outcome in _HELD:
            return "Meeting Held"
        case ActivityKind.EMAIL:
            return "Email Replied" if row.incoming else "Email Sent"
    return ""


def _told(row: Activity) -> dict[str, object]:
    known = {
        "outcome": row.outcome,
        "minutes": row.minutes,
        "direction": "in" if row.incoming else "out",
        "owner": f"user:{row.owner_id}" if row.owner_id else "",
        "channel": _CHANNELS.get(ActivityKind(row.kind), ""),
    }
    return {"activity": row.pk} | {name: value for name, value in known.items() if value not in (None, "")}


def _note(row: Activity, name: str) -> None:
    """Keep under which name the log knows of an activity."""
    if name not in row.told:
        row.told = [*row.told, name]
        row.save(update_fields=["told"])


def _correction(told_as: OwnEvent, now: OwnEvent | None, was: Before, row: Activity) -> OwnEvent:
    """What was told, and of what was otherwise both: ``outcome`` as it is and ``was_outcome`` as it was told."""
    told: dict[str, object] = {"activity": row.pk, "event": told_as.name}
    if now is None or now.name != told_as.name:
        told["to"] = now.name if now else ""
    is_now = _told(row)
    for name in _CORRECTED:
        old, new = was.told.get(name), is_now.get(name)
        if old != new:
            told |= {f"was_{name}": old, name: new}
    if row.at != was.at:
        told |= {"was_at": was.at, "at": row.at}
    known = {name: value for name, value in told.items() if value not in (None, "")}
    return replace(told_as, name=CORRECTED, time=None, properties=known)
