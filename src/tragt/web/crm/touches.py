"""What the event log is told of calls, meetings and mails. The unit of observation is the activity.

The log is never rewritten: what it was told stays, and a correction is told beside it, so that whoever counts by
outcome or length can take it into account. What turns out to have happened after all is told then.
"""

from dataclasses import replace

from tragt.web.crm.models import Activity, ActivityKind
from tragt.web.crm.queries.deals import actor_of
from tragt.web.outbox.actions import OwnEvent, tell

__all__ = ["CORRECTED", "tell_of_activity", "tell_of_correction", "touch_of"]

CORRECTED = "Activity Corrected"

_HELD = ("", "held")
"""What is said of a meeting that took place."""

_CORRECTED = ("outcome", "minutes", "direction")


def tell_of_activity(row: Activity) -> None:
    """Let the log know of an activity as it is, where that is anything to it: done, or a meeting that is booked."""
    event = touch_of(row)
    if event is not None:
        tell(event)


def tell_of_correction(row: Activity, was: OwnEvent | None) -> None:
    """Let the log know that something done was otherwise than it was told.

    Args:
        row: The activity as it is now.
        was: What the log was told of it; None where that was nothing.
    """
    now = touch_of(row)
    if was is not None and was != now:
        tell(_correction(was, now, row))
    if now is not None and (was is None or was.name != now.name):
        tell(now)


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
    known = {"outcome": row.outcome, "minutes": row.minutes, "direction": "in" if row.incoming else "out"}
    return {name: value for name, value in known.items() if value not in (None, "")}


def _correction(was: OwnEvent, now: OwnEvent | None, row: Activity) -> OwnEvent:
    """What was told, and of what was otherwise both: ``outcome`` as it is and ``was_outcome`` as it was told."""
    told: dict[str, object] = {"event": was.name}
    if now is None or now.name != was.name:
        told["to"] = now.name if now else ""
    is_now = _told(row)
    for name in _CORRECTED:
        old, new = was.properties.get(name), is_now.get(name)
        if old != new:
            told |= {f"was_{name}": old, name: new}
    if row.at != was.time:
        told |= {"was_at": was.time, "at": row.at}
    known = {name: value for name, value in told.items() if value not in (None, "")}
    return replace(was, name=CORRECTED, time=None, properties=known)
