"""To which units the events of the log belong, as an index needs it said."""

from dataclasses import replace

from tragt.lake.index import Assignment, Kind, companies, deals, persons, sessions
from tragt.web.log.queries import hidden_batches, struck
from tragt.web.people.normal import company_keys
from tragt.web.people.queries.identity import identity
from tragt.web.people.queries.links import links

__all__ = ["assignment"]


def assignment(kind: Kind) -> Assignment:
    """To which units of a kind events belong, by the ledger, the links and what is hidden or struck now.

    Args:
        kind: What is counted.
    """
    ledger = identity().spans
    match kind:
        case Kind.PERSON:
            given = persons(ledger, links())
        case Kind.COMPANY:
            given = replace(companies(ledger, links()), spelled=company_keys)
        case Kind.DEAL:
            given = deals(ledger, links())
        case Kind.SESSION:
            given = sessions(ledger)
    return replace(given, hidden=frozenset(hidden_batches()), struck=struck())
