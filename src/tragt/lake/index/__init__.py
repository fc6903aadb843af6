"""The index on disk: the postings of every event name by unit and time, in generations."""

from tragt.lake.index.assigning import companies, deals, persons, sessions
from tragt.lake.index.assignment import Assignment, Kind
from tragt.lake.index.index import GRACE, Index

__all__ = ["GRACE", "Assignment", "Index", "Kind", "companies", "deals", "persons", "sessions"]
