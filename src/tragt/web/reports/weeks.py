"""What happened week by week: how many reached each step of a funnel, whenever they entered.

The unit of observation is the attempt that counts. A week is the seven days up to the last whole day that the funnel's
sources tell of, and those before it; so the last week of a file that ends in May is a week of May. Nothing is estimated
but by how much a count may have changed by chance alone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.utils import timezone

from tragt.funnel import Period
from tragt.funnel.attempts import MISSING
from tragt.stats.intervals import wilson
from tragt.web.funnels.counting.counting import members_of
from tragt.web.funnels.counting.sources import log_version, seen_until
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.queries import ask, calendar
from tragt.web.reports.models import Counted
from tragt.web.shell import organisation

__all__ = ["WEEKS", "Change", "Weeks", "count", "state_of", "weeks_now", "weeks_of"]

WEEKS = 12
"""How many weeks are counted."""

_FORMAT = 1
_FIRST, _REST = 24, 40


@dataclass(frozen=True, slots=True)
class Change:
    """How a count of this week stands beside that of the week before.

    Attributes:
        now: How many this week.
        before: How many the week before.
        share: By how much it changed, as a share of the week before: 0.5 is half as many again; None where the week
            before had none.
        low: The least change that chance leaves possible, at 95 %; None where there is no share.
        high: The largest.
    """

    now: int
    before: int
    share: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, now: int, before: int) -> "Change":
        """Compare two counts.

        If both weeks were alike, each of all these would fall into this week as into the week before; so how many did
        is a binomial count, whose interval (Wilson) gives that of the quotient.

        References:
            Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
            Biometrika 31, 313-323.
        """
        if not before:
            return cls(now, before)
        part = wilson(now, now + before)
        low, high = (_odds(limit) - 1 for limit in (part.low, part.high))
        return cls(now, before, now / before - 1, low, high)

    @property
    def beyond_chance(self) -> bool:
        """Whether it is more than chance explains."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")


@dataclass(frozen=True, slots=True)
class Weeks:
    """How many reached each required step, week by week, the oldest first.

    Attributes:
        starts: The first day of each week.
        steps: For each required step a number for each week.
        computed: When they were counted; None where that is now.
        state: What `state_of` said then.
    """

    starts: tuple[date, ...]
    steps: tuple[tuple[int, ...], ...]
    computed: datetime | None = None
    state: str = ""

    @property
    def end(self) -> date:
        """The day after the last week."""
        return self.starts[-1] + timedelta(days=7)

    @property
    def entered(self) -> Change:
        """Those who reached the first step."""
        return self.change(0)

    @property
    def finished(self) -> Change:
        """Those who reached the last step."""
        return self.change(len(self.steps) - 1)

    def change(self, step: int) -> Change:
        """This week against the one before.

        Args:
            step: Place among the required steps, from 0.
        """
        *_, before, now = self.steps[step]
        return Change.of(now, before)

    @classmethod
    def read(cls, row: Counted) -> "Weeks | None":
        """What is kept of a funnel; None where it could not be counted."""
        if row.mistake or not row.starts:
            return None
        starts, steps = tuple(map(date.fromisoformat, row.starts)), tuple(map(tuple, row.steps))
        return cls(starts, steps, row.computed, row.state)


def state_of(saved: SavedFunnel, version: str | None = None) -> str:
    """A text that changes whenever other weeks could come out; it begins with what tells the definition.

    Args:
        saved: The funnel.
        version: Of the log, where it is known already.
    """
    zone = organisation.current().time_zone
    version = log_version() if version is None else version
    day = timezone.localdate(timezone=ZoneInfo(zone))
    return _definition(saved) + _digest("\n".join([str(_FORMAT), version, zone, str(day)]))[:_REST]


def weeks_of(funnels: Sequence[SavedFunnel]) -> dict[int, Weeks]:
    """The weeks that are kept of some funnels, by the funnel's key; those of a definition since changed are not.

    What came into the log since is not in them; `Weeks.state` tells whether anything did.

    Args:
        funnels: Saved funnels.
    """
    rows = {row.funnel_id: row for row in Counted.objects.filter(funnel__in=[one.pk for one in funnels])}
    asked = {one.pk: _definition(one) for one in funnels}
    kept = {key: Weeks.read(row) for key, row in rows.items() if row.state.startswith(asked[key])}
    return {key: weeks for key, weeks in kept.items() if weeks is not None}


def weeks_now(saved: SavedFunnel, version: str) -> Weeks:
    """The weeks of a funnel as the log is now: those that are kept where nothing came since, else counted.

    Args:
        saved: The funnel.
        version: Of the log.

    Raises:
        TragtError: They cannot be counted, as of `count`.
    """
    kept = weeks_of([saved]).get(saved.pk)
    return kept if kept is not None and kept.state == state_of(saved, version) else count(saved)


def _definition(saved: SavedFunnel) -> str:
    """What tells a definition from others."""
    return _digest(saved.definition)[:_FIRST]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def count(saved: SavedFunnel) -> Weeks:
    """Count the weeks of a funnel, at the cost of a report over all entries.

    Args:
        saved: The funnel.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit.
        NotEnoughData: The log is empty.
        TragtError: The log is too large for the memory, and there is no index yet.
    """
    asked = ask(saved.funnel, SavedPeriod(PeriodKind.ALL))
    last = seen_until(asked.funnel)
    moment = None if last is None else min(last, timezone.now())
    attempts = members_of(asked.funnel, replace(Period(), as_of=moment)).attempts
    end = _end(calendar(asked.funnel, asked.version).today, asked.zone)
    starts = tuple(end - timedelta(days=7 * back) for back in range(WEEKS, 0, -1))
    edges = np.asarray([_midnight(day, asked.zone) for day in (*starts, end)])
    counted = []
    for ages in attempts.ages.T:
        reached = (attempts.entry + ages)[ages != MISSING]
        counted.append(tuple(int(number) for number in _binned(reached, edges)))
    return Weeks(starts, tuple(counted))


def _binned(moments: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many moments lie in each stretch between two edges, the later edge not included."""
    places = np.searchsorted(edges, moments, side="right")
    inside = (places > 0) & (places < len(edges))
    return np.bincount(places[inside] - 1, minlength=len(edges) - 1)


def _end(last: date, zone: str) -> date:
    """The day after the last whole one: today is not over, the last day of a file is."""
    today = timezone.localdate(timezone=ZoneInfo(zone))
    return last if last >= today else last + timedelta(days=1)


def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp() * 1000)
