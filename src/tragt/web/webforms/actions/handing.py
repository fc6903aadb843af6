"""Calls of a form on their way into the inbox."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tragt.errors import InvalidEvent
from tragt.events.tracking.bodies import BATCH, read
from tragt.events.tracking.refusals import Refusal
from tragt.web.inbox import actions as inbox
from tragt.web.inbox.models import Mark
from tragt.web.webforms.calls import Call
from tragt.web.webforms.sent import Sent

__all__ = ["hand_over"]


def hand_over(sent: Sent, received: datetime, *, ours: Sequence[Call] = (), theirs: Sequence[Call] = ()) -> None:
    """Bring calls into the inbox, in one transaction: once this returns, they are on disk.

    Args:
        sent: What was sent, of which they tell.
        received: When they came, UTC.
        ours: What we know ourselves, which may have a reserved name.
        theirs: What a visitor says.

    Raises:
        InvalidEvent: One of them is no call of the tracking API; a mistake of ours.
    """
    told = ((ours, True), (theirs, False))
    inbox.keep([_row(sent, received, calls, trusted=trusted) for calls, trusted in told if calls], [])


def _row(sent: Sent, received: datetime, calls: Sequence[Call], *, trusted: bool) -> inbox.Row:
    source, mark = sent.form.source, Mark.OWN.value if sent.visit.own else ""
    body = read(msgspec.json.encode({"batch": calls}), BATCH, trusted=trusted, received=received)
    if isinstance(body, Refusal) or body.turned:
        refusal = body if isinstance(body, Refusal) else body.turned[0].refusal
        raise InvalidEvent("webforms.call", f"What {source} was sent makes no call: {refusal.message}")
    # Address and program stand in the calls: they are the visitor's, whoever hands them over.
    return source, trusted, round(received.timestamp() * 1_000_000), None, "", "", mark, body.number, body.calls
