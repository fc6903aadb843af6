"""Calls of Segment's tracking API: what a client may send, and the events that come of it."""

from tragt.events.tracking.calls import NAMES, RESERVED, Call, Kind, Sender, accepted, decoded
from tragt.events.tracking.refusals import Refusal
from tragt.events.tracking.rows import TOUCHES, Delivery, Read, joined, rows_of
from tragt.events.tracking.taken import as_sent

__all__ = [
    "NAMES",
    "RESERVED",
    "TOUCHES",
    "Call",
    "Delivery",
    "Kind",
    "Read",
    "Refusal",
    "Sender",
    "accepted",
    "as_sent",
    "decoded",
    "joined",
    "rows_of",
]
