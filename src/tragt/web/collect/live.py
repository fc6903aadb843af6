"""The newest events as they arrive. The unit of observation is the event.

First they are read from the log; from then on only the batches that were settled since, so that a look that finds
nothing new costs one short query. Whose events are struck is left out, wholly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import polars as pl

from tragt.funnel.postings import LEAST_HUMAN
from tragt.lake.schema import EVENTS
from tragt.web.collect.queries import collected
from tragt.web.collect.settling import CAUSE
from tragt.web.inbox.models import Recent
from tragt.web.inbox.queries import recent
from tragt.web.log import queries as log
from tragt.web.log.arriving import events_in

__all__ = ["MOST", "Event", "Glimpse", "Opened", "Wanted", "Who", "newest", "opened", "since"]

MOST = 50
"""How many events are shown at once."""

SPANS = (timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""How far back is looked for them, the next only where the last held too few."""

_COLUMNS = ("id", "time", "name", "actor", "source", "received", "human", "traffic")
_ORDER = ("received", "time", "id")


_ROBOT = pl.col("human").fill_null(1.0) < LEAST_HUMAN
_OUTSIDE = pl.col("traffic").fill_null("outside") == "outside"


class Who(StrEnum):
    """Who acted: what counts by default, robots, or one's own people and tests."""

    PEOPLE = "people"
    ROBOTS = "robots"
    OWN = "own"


_BY_WHOM = {Who.PEOPLE: ~_ROBOT & _OUTSIDE, Who.ROBOTS: _ROBOT, Who.OWN: ~_OUTSIDE}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are asked for; what is empty asks for any.

    Attributes:
        source: Their source, as the log calls it.
        name: Their name.
        person: Who did it: an id as the log has it, or as the sender does.
        who: What kind of actor.
    """

    source: str = ""
    name: str = ""
    person: str = ""
    who: Who | None = None

    @property
    def actors(self) -> pl.Series | None:
        """The actors that are asked for; None means anybody."""
        if not self.person:
            return None
        return pl.Series([self.person, f"u:{self.person}", f"a:{self.person}"], dtype=pl.String)

    def of(self, events: pl.DataFrame) -> pl.DataFrame:
        """Those of some events that are asked for."""
        if self.source:
            events = events.filter(pl.col("source") == self.source)
        if self.name:
            events = events.filter(pl.col("name") == self.name)
        if (actors := self.actors) is not None:
            events = events.filter(pl.col("actor").is_in(actors.implode()))
        return events if self.who is None else events.filter(_BY_WHOM[self.who])


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the list shows it.

    Attributes:
        id: Its id in the log.
        time: When it happened, UTC.
        name: What happened.
        actor: Who did it: ``u:`` and a user id, or ``a:`` and an anonymous id; None where nobody is known.
        source: What the log calls its source.
        received: When it came, UTC.
        human: Probability that a human acted, 0 to 1; None means 1.
        traffic: ``own`` or ``test``; None means from outside.
    """

    id: str
    time: datetime
    name: str
    actor: str | None
    source: str
    received: datetime
    human: float | None = None
    traffic: str | None = None

    @property
    def robot(self) -> bool:
        """Whether it is left out as a robot's by default."""
        return self.human is not None and self.human < LEAST_HUMAN


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Some events, and from where to look on.

    Attributes:
        events: The events, what came last first.
        after: Key of the last settled batch that was looked at.
        more: How many more came that are not among them.
    """

    events: tuple[Event, ...]
    after: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """An event with all that it came with.

    Attributes:
        event: What the list shows of it.
        company: Its company; None where it names none.
        deal: Its deal; None where it names none.
        session: Its session; None where it names none.
        properties: Its properties as JSON.
        context: What its sender told of itself, as JSON.
    """

    event: Event
    company: str | None
    deal: str | None
    session: str | None
    properties: str
    context: str


def newest(wanted: Wanted, now: datetime, most: int = MOST) -> Glimpse:
    """The events that came last by the tracking API.

    Args:
        wanted: Which.
        now: The moment, UTC.
        most: How many at most.
    """
    settled = _settled()
    batches = recent()
    found = wanted.of(_arrived(batches))
    for span in SPANS:
        if found.height >= most:
            break
        found = pl.concat([found, _held(wanted, now - span)]).unique("id", keep="first")
    return Glimpse(_events(found, most), max([settled, *(batch.pk for batch in batches)]))


def since(wanted: Wanted, after: int, now: datetime, most: int = MOST) -> Glimpse | None:
    """The events that came since somebody last looked; None where nothing came at all.

    Where the lake took over a batch that was not looked at, these are the newest of all, those seen among them.

    Args:
        wanted: Which.
        after: Key of the settled batch that was looked at last.
        now: The moment, UTC.
        most: How many at most; what came before these is only counted.
    """
    batches = recent(after)
    if (not batches or batches[0].pk > after + 1) and _settled() > after:
        return newest(wanted, now, most)
    if not batches:
        return None
    found = wanted.of(_arrived(batches))
    return Glimpse(_events(found, most), batches[-1].pk, max(found.height - most, 0))


def opened(key: str, at: datetime) -> Opened | None:
    """An event with all that it came with; None where the log does not hold it, or who did it is struck.

    Args:
        key: Its id.
        at: When it happened, UTC: where in the log it is looked for.
    """
    held = log.events(start=at, end=at + timedelta(microseconds=1)).filter(pl.col("id") == key)
    if held.is_empty():
        return None
    (event,) = _events(held, 1)
    company, deal, session, properties, context = held.select(
        "company", "deal", "session", "properties", "context"
    ).row(0)
    return Opened(event, company, deal, session, _pretty(properties), _pretty(context))


def _settled() -> int:
    """The key of the last settled batch that the lake holds."""
    return log.lake().snapshot().settled


def _held(wanted: Wanted, start: datetime) -> pl.DataFrame:
    """The events of the log that came by the tracking API and happened since a moment."""
    names = [name for name in collected(start, wanted.source) if wanted.name in ("", name)]
    held = log.events(names, start=start, columns=[*_COLUMNS, "batch"], actors=wanted.actors)
    return wanted.of(held.filter(pl.col("batch").str.starts_with(f"{CAUSE}:")).select(_COLUMNS))


def _arrived(batches: Sequence[Recent]) -> pl.DataFrame:
    """The events of settled batches, without those of anybody who is struck."""
    empty = pl.DataFrame(schema={name: EVENTS[name] for name in _COLUMNS})
    events = pl.concat([empty, *map(_shown_columns, map(events_in, batches))], how="diagonal")
    gone = log.struck()["actor"] if events.height else None
    return (
        events
        if gone is None or gone.is_empty()
        else events.filter(~pl.col("actor").is_in(gone.implode()).fill_null(value=False))
    )


def _shown_columns(events: pl.DataFrame) -> pl.DataFrame:
    """What is shown of events; where they say nothing of who acted, a column is missing."""
    return events.select(name for name in _COLUMNS if name in events.columns)


def _events(found: pl.DataFrame, most: int) -> tuple[Event, ...]:
    shown = found.sort(_ORDER, descending=True).head(most).select(_COLUMNS)
    return tuple(Event(*row) for row in shown.iter_rows())


def _pretty(text: str) -> str:
    return msgspec.json.format(text, indent=2)
