"""Calls of Segment's tracking API: what a client may send, and the events that come of it."""

from tragt.events.tracking.calls import RESERVED, Call, Kind, Sender, accepted, decoded
from tragt.events.tracking.refusals import Refusal
from tragt.events.tracking.rows import NAMES, TOUCHES, Delivery, Read, joined, rows_of

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
    "decoded",
    "joined",
    "rows_of",
]
