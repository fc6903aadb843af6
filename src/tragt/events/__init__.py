"""Event model and reading: any file or frame of events becomes one log."""

from tragt.events.columns import Mapping
from tragt.events.log import PRECISION, PROPERTY, TIME, UNITS, EventLog
from tragt.events.reading import read
from tragt.events.rejections import Rejection, Rejections

__all__ = [
    "PRECISION",
    "PROPERTY",
    "TIME",
    "UNITS",
    "EventLog",
    "Mapping",
    "Rejection",
    "Rejections",
    "read",
]
