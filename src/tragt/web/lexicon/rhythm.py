"""Whether a name is new, and whether it stopped coming though it used to. The unit of observation is the name's day.

New is what was first seen within the last seven days, in a log that is older than that.

Vanished is what came regularly and then stayed away for longer than its own rhythm explains. Looked at are the 28 days
that end with its last day: there it must have happened at least twenty times, and in each of the four weeks. Its rhythm
is the longest run of whole days without it among these days; it is vanished once it has been away for three times that
long, and for two whole days at the least. So what comes daily is missed after two days, and what rests at weekends
after six.

What this does not answer: why, and whether that was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

__all__ = ["NEW_DAYS", "Rhythm", "is_new", "vanished"]

NEW_DAYS = 7
LOOKED_AT = 28
LEAST_EVENTS = 20
LEAST_SILENCE = 2
TIMES = 3
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a name used to come, and for how long it has not.

    Attributes:
        last: The last day on which it happened.
        events: How often it happened in the 28 days that end there.
        gap: The longest run of whole days without it among these.
        silent: Whole days since then without it, the day of now not counted.
    """

    last: date
    events: int
    gap: int
    silent: int


def is_new(first: date, begun: date, today: date) -> bool:
    """Whether a name is new.

    Args:
        first: The first day on which it happened.
        begun: The first day of the log.
        today: The day of now.
    """
    return begun <= today - timedelta(days=NEW_DAYS) < first


def vanished(days: Mapping[date, int], until: date) -> Rhythm | None:
    """How a name used to come that has vanished; None where it has not, or never came regularly.

    Args:
        days: How often it happened on each day; days without it may be absent.
        until: The day up to which its sources tell what happened.
    """
    there = sorted(day for day, count in days.items() if count)
    if not there:
        return None
    last = there[-1]
    looked_at = [day for day in there if (last - day).days < LOOKED_AT]
    events = sum(days[day] for day in looked_at)
    weeks = {(last - day).days // _WEEK for day in looked_at}
    if events < LEAST_EVENTS or len(weeks) < LOOKED_AT // _WEEK:
        return None
    gap = max((later - earlier).days - 1 for earlier, later in pairwise(looked_at))
    silent = (until - last).days - 1
    return Rhythm(last, events, gap, silent) if silent >= max(LEAST_SILENCE, TIMES * gap) else None
