"""A first answer to a funnel on a log of any size, while a reader waits for nothing. The unit is the question.

Plain funnels are answered from keys alone, and exactly. Others are counted whole where they look at few events, and
else among one unit in so many, which is said. What a first answer leaves out, a job works out.
"""

import logging
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.funnel import Funnel, Period, Report
from tragt.funnel.engine import needs_reference
from tragt.funnel.glance import Glance
from tragt.funnel.glanced import glanced
from tragt.funnel.postings import Layered
from tragt.funnel.question import Question
from tragt.funnel.selection import properties_of
from tragt.stats.arrays import BoolArray
from tragt.web.funnels import queries
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Asked, Figures, without_words
from tragt.web.funnels.counting.sources import log_names, looked_at
from tragt.web.funnels.counting.turns import one_at_a_time
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.tasks import prepare
from tragt.web.jobs.actions import enqueue
from tragt.web.shell.acting import SYSTEM
from tragt.web.shell.remembered import Remembered

__all__ = ["Preview", "glimpse", "preview_of"]

_AT_ONCE = 300_000
"""Events whose properties are read while a reader waits."""

_COUNTED = 60_000
"""Events that are counted while a reader waits, of a funnel that keys alone do not answer."""

_REMEMBERED_SECONDS = 60

_known: Remembered[Figures] = Remembered(most=32)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a builder shows of a definition that is not saved.

    Attributes:
        page: Its picture; None where there is none.
        preparing: Whether a job makes ready what it asks for, so that it is worth asking again.
    """

    page: Page | None = None
    preparing: bool = False


def preview_of(funnel: Funnel, period: SavedPeriod) -> Preview:
    """The picture of a definition that is being built. What is wrong with it, its fields say.

    Args:
        funnel: The definition.
        period: The period.
    """
    try:
        asked = queries.ask(funnel, period)
        if waits_for_properties(asked):
            return Preview(preparing=True)
        found = queries.figures(asked) or glimpse(asked)
    except TragtError:
        return Preview()
    except DatabaseError:
        raise
    except (Exception, PanicException):
        log.exception("The picture of a funnel that is being built cannot be drawn.")
        return Preview()
    return Preview() if found is None else Preview(Page(found))


def waits_for_properties(asked: Asked) -> bool:
    """Whether an index must read so much for the properties that a funnel asks for that a job does it, from now on.

    Args:
        asked: What is asked.
    """
    funnel = asked.funnel
    if counting.way_of(funnel) is not counting.Way.INDEX or counting.unread(funnel) <= _AT_ONCE:
        return False
    names = looked_at(funnel) or [one.name for one in log_names()]
    wanted = sorted(properties_of(Question(funnel, 0, Period(), counting.zone())))
    if not wanted:
        return False
    kind = counting.kind_of(funnel)
    enqueue(prepare, SYSTEM, subject=f"index:{kind}", kind=str(kind), names=list(names), properties=wanted)
    return True


def glimpse(asked: Asked) -> Figures | None:
    """The first answer, remembered for a minute; None where there can be none before a job was at work.

    Args:
        asked: What is asked.

    Raises:
        TragtError: As for `tragt.web.funnels.counting.counting.report_of`.
    """
    if counting.way_of(asked.funnel) is counting.Way.NOT_YET or needs_reference(asked.funnel):
        return None
    key = settings.TRAGT.lake, asked.key, timezone.now().timestamp() // _REMEMBERED_SECONDS
    found = _known.known(key)
    if found is None:
        with one_at_a_time(f"glimpse {asked.key}"):
            found = _known.of(key, lambda: _glimpse(asked))
    return replace(found, names=asked.names)


def _glimpse(asked: Asked) -> Figures:
    began, now = perf_counter(), timezone.now()
    funnel = asked.funnel
    as_of, _moves = queries.moment_of(funnel, now)
    question, held, units, moment = counting.laid_open(funnel, replace(asked.period, as_of=as_of))
    report, one_in = _counted(question, held, units)
    report = replace(
        without_words(report),
        funnel=funnel,
        as_of=moment.astimezone(question.zone),
        period=None if asked.period == Period() else asked.period,
    )
    took = round(1000 * (perf_counter() - began))
    events = sum(one.count for one in log_names())
    return Figures(report, None, events, took, now, names=asked.names, first=True, one_in=one_in)


def _counted(question: Question, held: Layered, units: BoolArray | None) -> tuple[Report, int]:
    """The report, and among one unit in how many it was counted."""
    glance = Glance(question.funnel, held, question.as_of, period=question.period, units=units)
    if glance.plain:
        return glanced(glance), 1
    names = looked_at(question.funnel)
    events = sum(one.count for one in log_names() if names is None or one.name in names)
    one_in = -(-events // _COUNTED) or 1
    if one_in == 1:
        return glanced(glance), 1
    chosen: BoolArray = np.arange(held.clean.units) % one_in == 0
    # Units of which something is new stand in two layers; of a sample they may be missing.
    some = replace(glance, log=replace(held, fresh=None), units=chosen if units is None else chosen & units)
    return glanced(some), one_in
