"""Event model and reading: any file or frame of events becomes one log."""

from tragt.events.columns import UNITS, Mapping
from tragt.events.event import Event
from tragt.events.log import PRECISION, PROPERTY, TIME, EventLog
from tragt.events.options import Options, ReadOptions
from tragt.events.reading import read, recognise
from tragt.events.rejections import Rejection, Rejections
from tragt.events.wide import DateColumn

__all__ = [
    "PRECISION",
    "PROPERTY",
    "TIME",
    "UNITS",
    "DateColumn",
    "Event",
    "EventLog",
    "Mapping",
    "Options",
    "ReadOptions",
    "Rejection",
    "Rejections",
    "read",
    "recognise",
]
