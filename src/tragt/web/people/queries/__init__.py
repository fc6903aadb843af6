"""Reading who is who: the log with its persons, persons for lists, and the register of personal data."""

from tragt.web.people.queries.arriving import import_under_way, upload_under_way
from tragt.web.people.queries.assignments import assignment
from tragt.web.people.queries.consents import Consent, consent_of, consents_of
from tragt.web.people.queries.duplicates import Pair, Standing, pairs, pairs_at
from tragt.web.people.queries.edges import Tie, edges_of
from tragt.web.people.queries.extent import Extent, extent
from tragt.web.people.queries.identity import Identity, identity, units
from tragt.web.people.queries.links import links
from tragt.web.people.queries.log import event_log
from tragt.web.people.queries.persons import (
    Named,
    colleagues,
    companies_of,
    company_at,
    person_at,
    person_of_row,
    persons_of,
)
from tragt.web.people.queries.register import Entry, entries, register
from tragt.web.people.queries.subjects import (
    events_of,
    found,
    person_of,
    rows_of,
    spans_of,
    subject_of,
    telling_of,
    waiting,
)

__all__ = [
    "Consent",
    "Entry",
    "Extent",
    "Identity",
    "Named",
    "Pair",
    "Standing",
    "Tie",
    "assignment",
    "colleagues",
    "companies_of",
    "company_at",
    "consent_of",
    "consents_of",
    "edges_of",
    "entries",
    "event_log",
    "events_of",
    "extent",
    "found",
    "identity",
    "import_under_way",
    "links",
    "pairs",
    "pairs_at",
    "person_at",
    "person_of",
    "person_of_row",
    "persons_of",
    "register",
    "rows_of",
    "spans_of",
    "subject_of",
    "telling_of",
    "units",
    "upload_under_way",
    "waiting",
]
