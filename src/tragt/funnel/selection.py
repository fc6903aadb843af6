"""Which attempts a report rests on, from whichever engine computed them."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.events.event import Event
from tragt.funnel import breakdown, reference
from tragt.funnel.attempt import Attempt, Outcome
from tragt.funnel.attempts import MISSING, NO_END, Attempts, Chosen, Membership, Selected
from tragt.funnel.condition import AllOf, AnyOf, Compare, Condition
from tragt.funnel.definition import Count, Funnel, Match, Order
from tragt.funnel.engine import Merged, merge, supports
from tragt.funnel.logs import unit_logs
from tragt.funnel.postings import FramePostings
from tragt.funnel.question import At, Period, Question
from tragt.funnel.reference.stages import backward_moves
from tragt.stats.arrays import IntArray

__all__ = ["REASON", "Choose", "chooser"]

REASON = "reason"
"""The property of a loss that says why."""

NO_REASON = ""


Choose = Callable[[Period], Selected]
"""From a period to the attempts a report on it rests on."""


def chooser(question: Question, frame: pl.DataFrame, *, fast: bool = True) -> Choose:
    """Make ready to choose the attempts that count, those that are mature, and those the expected rates rest on.

    Args:
        question: What is asked; its period is left to the choice.
        frame: Events with their ``unit``, none later than ``as_of``.
        fast: Whether the fast path may be taken where it applies.
    """
    by = question.by
    if fast and supports(question.funnel, frame) and (by is None or by.at in (At.ENTRY, At.UNIT)):
        merged = merge(question.funnel, FramePostings(frame), question.as_of)
        return lambda period: _merged(question, frame, _inside(merged, period, question.zone))
    logs = unit_logs(_looked_at(question, frame), _properties(question))
    return lambda period: _by_reference(question, logs, period)


def _looked_at(question: Question, frame: pl.DataFrame) -> pl.DataFrame:
    """The events the definition looks at: those it names, unless it asks what else there was."""
    funnel, by = question.funnel, question.by
    if funnel.order == Order.ADJACENT or funnel.window == "session" or (by is not None and by.at is At.LAST_TOUCH):
        return frame
    return frame.filter(
        pl.col("name").cast(pl.String).is_in([name for match in _matches(funnel) for name in match.names])
    )


def _matches(funnel: Funnel) -> list[Match]:
    steps = [step.match for step in funnel.steps] + [exclude.match for exclude in funnel.exclude]
    return [*steps, *funnel.lost, *funnel.reopen]


def _inside(merged: Merged, period: Period, zone: ZoneInfo) -> Merged:
    """The attempts whose entry lies in a period."""
    entry = merged.attempts.entry
    inside = np.ones(len(entry), dtype=np.bool_)
    if period.start is not None:
        inside &= entry >= start_of_day(period.start, zone)
    if period.end is not None:
        inside &= entry < start_of_day(period.end, zone)
    return merged.rows(inside)


def _merged(question: Question, frame: pl.DataFrame, merged: Merged) -> Selected:
    attempts = merged.attempts
    best = question.funnel.count == Count.BEST
    first = _first_of_units(attempts, np.arange(len(attempts)))
    mature = np.flatnonzero((attempts.matures == NO_END) | (attempts.watched >= attempts.matures))

    def chosen(places: IntArray) -> Chosen:
        kept = attempts.rows(places)
        return Chosen(kept, None if question.by is None else _read(question, frame, merged.entry_row[places]))

    counted = _deepest_of_units(attempts, np.arange(len(attempts))) if best else first
    ripe = _deepest_of_units(attempts, mature) if best else np.intersect1d(first, mature)
    rows = merged.loss_row[counted]
    return Selected(
        chosen(counted),
        chosen(ripe),
        chosen(first),
        loss_reasons=_reasons(frame, rows[rows != MISSING]) if question.funnel.lost else None,
        reopened=0 if question.funnel.lost else None,
    )


def _reasons(frame: pl.DataFrame, rows: IntArray) -> dict[str, int]:
    """The reasons of the losses in these rows, most frequent first."""
    name = f"properties.{REASON}"
    given = frame[name].cast(pl.String).gather(rows).fill_null(NO_REASON).to_list() if name in frame.columns else []
    return dict(Counter(given or [NO_REASON] * len(rows)).most_common())


def start_of_day(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day in a zone, ms since 1970 in UTC."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def _first_of_units(attempts: Attempts, places: IntArray) -> IntArray:
    _, first = np.unique(attempts.unit[places], return_index=True)
    return np.asarray(places[first])


def _deepest_of_units(attempts: Attempts, places: IntArray) -> IntArray:
    order = np.lexsort((places, -attempts.depth[places], attempts.unit[places]))
    return np.sort(_first_of_units(attempts, places[order]))


def _read(question: Question, frame: pl.DataFrame, rows: IntArray) -> Membership:
    """The parts by a property of the entry or of the unit."""
    by = question.by
    if by is not None and by.at is At.UNIT:
        units = frame["unit"].cast(pl.String).gather(rows)
        return Membership.of([(question.unit_properties.get(unit, {}).get(by.property),) for unit in units])
    name = f"properties.{by.property if by else ''}"
    if name not in frame.columns:
        return Membership(np.arange(len(rows)), np.zeros(len(rows), dtype=np.int64), (None,))
    read = frame[name].gather(rows)
    values = read.unique(maintain_order=True)
    codes = pl.DataFrame({"v": read}).join(
        pl.DataFrame({"v": values}).with_row_index("code"), on="v", how="left", nulls_equal=True, maintain_order="left"
    )["code"]
    return Membership(np.arange(len(rows)), codes.to_numpy().astype(np.int64), tuple(values.to_list()))


def _by_reference(question: Question, logs: dict[str, list[Event]], period: Period) -> Selected:
    funnel, by = question.funnel, question.by
    found = reference.attempts(funnel, logs, question.as_of, period, question.zone)

    def chosen(attempts: tuple[Attempt, ...]) -> Chosen:
        parts = None
        if by is not None:
            parts = Membership.of(
                [
                    breakdown.values(a, by, funnel, logs[a.unit], question.unit_properties.get(a.unit, {}))
                    for a in attempts
                ]
            )
        return Chosen(Attempts.from_objects(funnel, attempts, question.as_of), parts)

    lost = [attempt.loss for attempt in found.counted if attempt.outcome is Outcome.LOST and attempt.loss]
    reasons = Counter(str(loss.properties.get(REASON, NO_REASON)) for loss in lost)
    units = {attempt.unit for attempt in found.counted}
    return Selected(
        chosen(found.counted),
        chosen(found.mature),
        chosen(found.expected),
        loss_reasons=dict(reasons.most_common()) if funnel.lost else None,
        backwards=sum(backward_moves(funnel, logs[unit]) for unit in units) if funnel.skips else None,
        reopened=sum(a.voided for a in found.counted) if funnel.lost else None,
    )


def _properties(question: Question) -> set[str]:
    """The properties that a funnel or its breakdown looks at."""
    funnel = question.funnel
    named = {*funnel.hold, *([question.by.property] if question.by else []), REASON}
    return named.union(*(_asked(match.where) for match in _matches(funnel)))


def _asked(condition: Condition | None) -> set[str]:
    match condition:
        case Compare(property=name):
            return {name}
        case AllOf(parts) | AnyOf(parts):
            return set().union(*(_asked(part) for part in parts))
    return set()
