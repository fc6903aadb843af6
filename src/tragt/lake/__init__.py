"""The event log on disk: one open table."""

from tragt.lake.appending import Appended
from tragt.lake.lake import Lake
from tragt.lake.table import Marker

__all__ = ["Appended", "Lake", "Marker"]
