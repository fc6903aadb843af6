"""The event log with persons and companies in place of actors: what funnels read."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tragt.events import EventLog
from tragt.lake.rows import log_of
from tragt.web.log.queries import events
from tragt.web.people.queries.identity import identity
from tragt.web.people.queries.links import links
from tragt.web.people.queries.naming import named
from tragt.web.shell import organisation

__all__ = ["event_log"]

_COLUMNS = ("id", "time", "precision", "name", "actor", "company", "deal", "session", "human", "traffic")


def event_log(
    names: Sequence[str] | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    properties: Sequence[str] = (),
    one_in: int = 1,
) -> EventLog:
    """The events that count, with whom and what firm they belong to.

    Args:
        names: Names of the events; None means all.
        start: Earliest time, inclusive; None means without bound.
        end: Latest time, exclusive; None means without bound.
        properties: Properties to add.
        one_in: Only those of one deal or actor in so many.

    Returns:
        The log in the organisation's zone. ``person`` is the canonical actor by the ledger at the time of the event;
        ``company`` the key of the event's company, else of its deal's, else of its person's. A column that no event
        has is absent.
    """
    zone = ZoneInfo(organisation.current().time_zone)
    frame = events(names, start=start, end=end, properties=properties, columns=_COLUMNS, one_in=one_in)
    return log_of(named(frame, identity(), links().deals), zone)
