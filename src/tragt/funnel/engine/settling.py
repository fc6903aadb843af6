"""Every attempt that a report rests on, worked out from postings.

The unit of observation is the attempt. Compiled code walks through the events unit by unit; units that it cannot
settle go through the reference.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from tragt.events.event import Event
from tragt.funnel import reference
from tragt.funnel.attempt import Attempt
from tragt.funnel.attempts import Attempts
from tragt.funnel.condition import asked
from tragt.funnel.definition import Count, Funnel, Order
from tragt.funnel.durations import milliseconds
from tragt.funnel.engine.rules import compiled
from tragt.funnel.engine.settled import Settled
from tragt.funnel.engine.steps import entered_between, is_short, step_postings
from tragt.funnel.engine.timeline import timeline
from tragt.funnel.postings import Posting, Source
from tragt.funnel.question import Period
from tragt.funnel.reading import Counting, unit_logs
from tragt.funnel.reference.stages import backward_moves
from tragt.funnel.steps import Match
from tragt.stats.arrays import BoolArray

__all__ = ["Settler", "matches", "needs_reference", "start_of_day"]

_FAR = np.iinfo(np.int64).max


class Settler:
    """What works out the attempts of one funnel on one source.

    Args:
        funnel: The definition.
        source: The log.
        counting: Which events count, and the moment to look from.
        fast: Whether compiled code may be used; else everything goes through the reference.
    """

    def __init__(self, funnel: Funnel, source: Source, counting: Counting, *, fast: bool = True) -> None:
        self._funnel = funnel
        self._source = source
        self._counting = counting
        self._short = step_postings(funnel, source, counting) if fast and is_short(funnel) else None
        rules = compiled(funnel) if fast and not self._short else None
        self._walked = None if rules is None else (rules, timeline(funnel, rules, source, counting))
        self._logs: dict[str, list[Event]] | None = None

    def settle(self, period: Period) -> Settled:
        """The attempts of a period.

        Args:
            period: Which entries count.
        """
        if self._short is not None:
            return self._merged(self._short, period)
        if self._walked is None:
            if self._logs is None:
                self._logs = self._read(None)
            return self._by_reference(self._logs, period)
        from tragt.funnel.engine.walking import walked  # noqa: PLC0415 - the compiler takes long to load

        found, knotty = walked(*self._walked, *self._asked(period))
        if not knotty.any():
            return found
        units = np.zeros(self._source.units, dtype=np.bool_)
        units[self._walked[1].units[knotty]] = True
        return Settled.joined([found, self._by_reference(self._read(units), period)])

    def _merged(self, postings: Sequence[Posting], period: Period) -> Settled:
        from tragt.funnel.engine.plain import Asked  # noqa: PLC0415 - the compiler takes long to load
        from tragt.funnel.engine.plain_attempts import settled  # noqa: PLC0415

        window = None if self._funnel.length is None else milliseconds(self._funnel.length)
        packing, (start, end, as_of) = self._source.packing, self._asked(period)
        entries = entered_between(packing, postings[0], start, end)
        return settled([entries, *postings[1:]], Asked(packing, window, as_of, self._funnel.count == Count.BEST))

    def _asked(self, period: Period) -> tuple[int, int, int]:
        """First moment of an entry, first moment after, and the moment to look from."""
        zone = self._source.zone
        start = 1 - _FAR if period.start is None else start_of_day(period.start, zone)
        return start, _FAR if period.end is None else start_of_day(period.end, zone), self._counting.as_of

    def _read(self, units: BoolArray | None) -> dict[str, list[Event]]:
        funnel = self._funnel
        everything = funnel.order == Order.ADJACENT or funnel.window == "session"
        names = None if everything else {name for match in matches(funnel) for name in match.names}
        properties = sorted({*funnel.hold, *(name for match in matches(funnel) for name in asked(match.where))})
        counting = self._counting if units is None else replace(self._counting, units=units)
        logs = unit_logs(self._source, counting, names, properties, sessions=funnel.window == "session")
        return {f"{unit:020}": log for unit, log in logs.items()}

    def _by_reference(self, logs: dict[str, list[Event]], period: Period) -> Settled:
        funnel, as_of = self._funnel, self._counting.as_of
        found = reference.attempts(funnel, logs, as_of, period, self._source.zone)
        roles: dict[tuple[str, str], list[bool]] = {}
        distinct: dict[tuple[str, str], Attempt] = {}
        for place, chosen in enumerate((found.counted, found.mature, found.expected)):
            for attempt in chosen:
                key = attempt.unit, attempt.entry.id
                distinct.setdefault(key, attempt)
                roles.setdefault(key, [False, False, False])[place] = True
        counted, mature, expected = np.array(list(roles.values()), dtype=np.bool_).reshape(-1, 3).T
        units = {attempt.unit for attempt in found.counted}
        return Settled(
            Attempts.from_objects(funnel, list(distinct.values()), as_of),
            counted,
            mature,
            expected,
            reopened=sum(attempt.voided for attempt in found.counted),
            backwards=sum(backward_moves(funnel, logs[unit]) for unit in units) if funnel.skips else 0,
        )


def matches(funnel: Funnel) -> list[Match]:
    """Every kind of event that a definition looks for.

    Args:
        funnel: The definition.
    """
    steps = [step.match for step in funnel.steps] + [exclude.match for exclude in funnel.exclude]
    return [*steps, *funnel.lost, *funnel.reopen]


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day in a zone, ms since 1970 in UTC."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def needs_reference(funnel: Funnel) -> bool:
    """Whether only the reference knows a definition: one that means more kinds of events than a whole number has bits.

    Args:
        funnel: The definition.
    """
    return compiled(funnel) is None
