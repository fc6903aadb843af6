"""Two stretches of entries as they stood at one age, so that neither had longer. The unit is the attempt.

Where a funnel has no limit in time, or the younger stretch has not had it, shares so far and expected ones rest on
ages of their own. At one age both rest on the first attempts of those who entered at least so long ago.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import numpy as np
from django.core.cache import cache

from tragt.errors import TragtError
from tragt.funnel import Funnel, Report
from tragt.funnel.attempts import MISSING, Attempts
from tragt.funnel.leaks.trials import usual_age
from tragt.funnel.selection import chooser_of
from tragt.stats.intervals import Rate, wilson
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import KEPT_FOR, Asked, Figures
from tragt.web.funnels.counting.keeping import keep_if_possible

__all__ = ["AtAge", "at_one_age", "uneven"]

FORMAT = 1
_ROUND = tuple(timedelta(**{unit: 1}) // timedelta(milliseconds=1) for unit in ("days", "hours", "minutes"))


class AtAge(msgspec.Struct, frozen=True):
    """Two stretches at one age.

    Attributes:
        age_ms: The age, in milliseconds.
        here: A rate a step, of those who had reached the required step before by that age; None where nobody had, and
            at the first step.
        there: The same of the stretch beside.
        entered: How many entered here at least so long ago.
        entered_there: How many there.
    """

    age_ms: int
    here: tuple[Rate | None, ...]
    there: tuple[Rate | None, ...]
    entered: int
    entered_there: int

    @property
    def age(self) -> timedelta:
        """The age."""
        return timedelta(milliseconds=self.age_ms)


def uneven(report: Report, beside: Report) -> bool:
    """Whether the entries of two stretches have had different times, which their shares do not allow for.

    Args:
        report: The report of the one.
        beside: That of the other.
    """
    return report.observed_so_far or not report.mature or not beside.mature


def at_one_age(asked: Asked, figures: Figures, other: Asked, beside: Figures) -> AtAge | None:
    """Both stretches at the age that half of the younger entries have reached, or at which nine of ten get through.

    Args:
        asked: What is asked.
        figures: Its figures.
        other: What stands beside, by the same definition.
        beside: Its figures.

    Returns:
        Both; None where that cannot be counted at once, or there is no age that they share.
    """
    told = f"{FORMAT} {asked.lasting} {figures.stamp} {other.lasting} {beside.stamp}"
    key = f"funnels.one_age.{hashlib.sha256(told.encode()).hexdigest()}"
    held = cache.get(key)
    if isinstance(held, bytes):
        with suppress(msgspec.DecodeError):
            return _decoder.decode(held)
    if figures.first or beside.first or not (queries.is_quick(asked) and queries.is_quick(other)):
        return None
    try:
        sides = [_attempts(one, figures.report.as_of) for one in (asked, other)]
    except TragtError:
        return None
    found = _at_one_age(asked.funnel, *sides)
    if found is not None:
        keep_if_possible(key, msgspec.msgpack.encode(found), KEPT_FOR)
    return found


def _attempts(asked: Asked, as_of: datetime) -> Attempts:
    """The first attempts: which of several does best is not known alike of old entries and of young ones."""
    question, log, units, _moment = counting.laid_open(asked.funnel, replace(asked.period, as_of=as_of))
    return chooser_of(question, log, units=units)(question.period).expected.attempts


def _at_one_age(funnel: Funnel, here: Attempts, there: Attempts) -> AtAge | None:
    age = _age(here, there)
    if age is None:
        return None
    old, old_there = (one.rows(one.watched >= age) for one in (here, there))
    return AtAge(age, _rates(funnel, old, age), _rates(funnel, old_there, age), len(old), len(old_there))


def _age(here: Attempts, there: Attempts) -> int | None:
    """An age that half of both have reached, in whole days, hours or minutes."""
    if not len(here) or not len(there):
        return None
    reached = min(int(np.quantile(one.watched, 0.5, method="lower")) for one in (here, there))
    usual = usual_age(Attempts.joined([here, there]))
    age = reached if usual is None else min(reached, usual)
    return next((age // unit * unit for unit in _ROUND if age >= unit), None)


def _rates(funnel: Funnel, old: Attempts, age: int) -> tuple[Rate | None, ...]:
    reached = (old.ages != MISSING) & (old.ages <= age)
    taken = (old.taken != MISSING) & (old.taken <= age)
    found: list[Rate | None] = []
    for number, step in enumerate(funnel.steps):
        required = sum(place <= number for place in funnel.required)
        before = reached[:, required - 1 if step.optional else max(required - 2, 0)]
        came = before & (taken[:, number - required] if step.optional else reached[:, required - 1])
        tried = int(before.sum())
        found.append(wilson(int(came.sum()), tried) if number and tried else None)
    return tuple(found)


_decoder = msgspec.msgpack.Decoder(AtAge)
