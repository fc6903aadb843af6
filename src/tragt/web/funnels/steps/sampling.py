"""Everything that the units of a funnel did, in memory: of all of them, or where that is too much of one in so many.

A sample is of whole units: of each that is in it every event is there, under whichever of its names. The unit of
observation is the unit.
"""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings

from tragt.errors import NotEnoughData
from tragt.events import EventLog
from tragt.funnel import Context, Funnel
from tragt.funnel.condition import asked as asked_by
from tragt.funnel.definition import Unit
from tragt.funnel.paths import Journeys, journeys
from tragt.lake.rows import log_of
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.grouping import groups_offered, place_among
from tragt.web.funnels.counting.sources import event_log, log_names, log_properties, matches
from tragt.web.funnels.counting.standing import members_of
from tragt.web.funnels.counting.turns import one_at_a_time
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.steps.opening import Opened
from tragt.web.log.queries import events
from tragt.web.people.queries import identity, links
from tragt.web.people.queries.naming import named
from tragt.web.shell import organisation
from tragt.web.shell.remembered import Remembered

__all__ = ["CHANNELS", "SELLER", "Read", "forget", "journeys_of", "read"]

MOST = 500_000
"""So many events are read whole: with all that comes with them they take a few hundred megabytes."""

SAMPLE = 300_000
"""About so many events are read of a larger log."""

SELLER = "owner"
CHANNELS = ("channel", "medium", "utm_medium", "source", "utm_source")

_COLUMNS = ("id", "time", "precision", "name", "actor", "company", "deal", "session", "human", "traffic")

_logs: "Remembered[Read]" = Remembered(most=1)
_journeys: Remembered[Journeys] = Remembered(most=2)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read.

    Attributes:
        log: The events, with the properties by which groups are told apart, the channel and the seller.
        funnel: The definition, as the library counts it on this log.
        context: What is known of the units.
        one_in: Of how many units one was read; 1 is all.
        properties: The properties of the entry by which groups can be told apart.
        channel: The property that says by which channel something came; empty where none does.
        seller: Whether some events say who acted.
    """

    log: EventLog
    funnel: Funnel
    context: Context
    one_in: int
    properties: tuple[str, ...]
    channel: str
    seller: bool


def read(opened: Opened) -> Read:
    """Everything that the units of a funnel did.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty, or too large to read the events of its sessions.
    """
    one_in = _one_in()
    key = _key(opened, one_in)
    found = _logs.known(key)
    if found is not None:
        return found
    with one_at_a_time("a log with all that happened"):
        return _logs.of(key, lambda: _read(opened, one_in))


def journeys_of(opened: Opened, funnel: Funnel | None = None) -> Journeys:
    """The attempts of a funnel with everything that their units did.

    Args:
        opened: The step that is looked at.
        funnel: Another funnel over the same units, whose condition on the unit is that of the first; None is its own.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
    """

    def made() -> Journeys:
        known = read(opened)
        counted = known.funnel if funnel is None else _on(funnel, known)
        return journeys(counted, known.log, period=opened.period, context=known.context)

    key = settings.TRAGT.lake, opened.asked.key, opened.report.as_of, "" if funnel is None else to_json(funnel)
    found = _journeys.known(key)
    if found is not None:
        return found
    with one_at_a_time("journeys"):
        return _journeys.of(key, made)


def forget() -> None:
    """Read everything again."""
    _logs.forget()
    _journeys.forget()


def _one_in() -> int:
    """Of how many units one is read."""
    total = sum(one.count for one in log_names())
    return 1 if total <= MOST else -(-total // SAMPLE)


def _key(opened: Opened, one_in: int) -> tuple[object, ...]:
    """What a log that was read rests on; one of all units is the same for every period."""
    asked, as_of = opened.asked, opened.report.as_of
    if one_in > 1:
        return settings.TRAGT.lake, asked.key, as_of
    return settings.TRAGT.lake, asked.version, asked.zone, asked.units, to_json(asked.funnel), as_of


def _on(funnel: Funnel, known: Read) -> Funnel:
    """A funnel that leaves the same units as that which was read for."""
    return replace(funnel, where=known.funnel.where)


def _read(opened: Opened, one_in: int) -> Read:
    funnel = opened.funnel
    offered = tuple(one.name for one in groups_offered(funnel.steps[funnel.required[0]].names))
    there = log_properties([one.name for one in log_names()])
    channels = sorted((one.name for one in there if one.name.casefold() in CHANNELS), key=_place)
    seller = any(one.name == SELLER for one in there)
    channel = channels[0] if channels else ""
    asked = {*offered, *funnel.hold, *([channel] if channel else []), *([SELLER] if seller else [])}
    asked = asked.union(*(asked_by(match.where) for match in matches(funnel)))
    properties = sorted(asked)
    log = event_log(properties) if one_in == 1 else _sampled(opened, properties, one_in)
    counted, context = counting.known(funnel, log, opened.report.as_of)
    return Read(log, counted, context, one_in, offered, channel, seller)


def _place(name: str) -> int:
    return place_among(name, CHANNELS)


def _sampled(opened: Opened, properties: list[str], one_in: int) -> EventLog:
    """All events of one in so many of the units that entered."""
    if opened.funnel.unit is Unit.SESSION:
        raise NotEnoughData(
            "steps.too_many", "The log is too large to go through all that happened in the sessions of a funnel."
        )
    units = members_of(opened.asked, opened.figures).units.unique()
    chosen = units.filter(units.hash(0) % one_in == 0)
    actors = _actors(opened.funnel.unit, chosen)
    frames = [events(None, properties=properties, columns=_COLUMNS, actors=actors)]
    if opened.funnel.unit is not Unit.PERSON:
        own = str(opened.funnel.unit)
        with_unit = events(None, properties=properties, columns=_COLUMNS, having=[own])
        frames.append(with_unit.filter(pl.col(own).cast(pl.String).is_in(chosen.implode())))
    frame = pl.concat(frames, how="diagonal_relaxed").unique("id")
    return log_of(named(frame, identity(), links().deals), ZoneInfo(organisation.current().time_zone))


def _actors(unit: Unit, chosen: pl.Series) -> pl.Series:
    """Everybody whose events may belong to some units, under each of their names."""
    persons = chosen
    if unit is not Unit.PERSON:
        beside = links().companies if unit is Unit.COMPANY else links().contacts
        found = beside.filter(pl.col(str(unit)).cast(pl.String).is_in(chosen.implode()))
        persons = found["person"].cast(pl.String).unique()
    known, wanted = identity(), persons.implode()
    others = [one.filter(pl.col("person").cast(pl.String).is_in(wanted)) for one in (known.spans, known.persons)]
    return pl.concat([persons, *(one["actor"].cast(pl.String) for one in others)]).unique()
