"""Reading who is who: the log with its persons, persons for lists, and the register of personal data."""

from tragt.web.people.queries.arriving import import_under_way, upload_under_way
from tragt.web.people.queries.identity import Identity, identity, units
from tragt.web.people.queries.log import event_log
from tragt.web.people.queries.persons import Named, companies_of, persons_of
from tragt.web.people.queries.register import Entry, entries, register
from tragt.web.people.queries.subjects import events_of, found, person_of, spans_of, subject_of, waiting

__all__ = [
    "Entry",
    "Identity",
    "Named",
    "companies_of",
    "entries",
    "event_log",
    "events_of",
    "found",
    "identity",
    "import_under_way",
    "person_of",
    "persons_of",
    "register",
    "spans_of",
    "subject_of",
    "units",
    "upload_under_way",
    "waiting",
]
