"""Ask a log how people pass a funnel."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl

from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.events.log import EventLog
from tragt.events.sessions import with_sessions
from tragt.events.units import LOOKBACK, Links, with_units
from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import Chosen, Selected
from tragt.funnel.condition import holds
from tragt.funnel.definition import Count, Funnel, choice
from tragt.funnel.lines import Lines, lines
from tragt.funnel.postings import LEAST_HUMAN, FrameSource, Layered
from tragt.funnel.question import Breakdown, Every, Period, Question
from tragt.funnel.report import Curve, Part, Report
from tragt.funnel.selection import Choose, chooser_of
from tragt.funnel.stationarity import behave_alike
from tragt.funnel.value import Value, with_values
from tragt.stats.arrays import BoolArray, IntArray
from tragt.stats.intervals import wilson

__all__ = ["Context", "check_funnel", "counted_events", "moment_of", "report_on", "reported", "run"]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the units besides their events.

    Attributes:
        links: How units hang together; None takes the links of the log itself.
        contacts: To whom a deal's event without a person belongs.
        lookback: How long before a deal's creation its contacts' touches belong to it.
        properties: Properties of each unit.
        segments: Members of each segment.
        value: The money property whose sums are asked for, by its name or in full.
        level: Confidence level of the intervals, between 0 and 1.
        fast: Whether the fast path may be taken; False computes everything by the reference implementation.
    """

    links: Links | None = None
    contacts: Literal["primary", "all"] = "primary"
    lookback: timedelta = LOOKBACK
    properties: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    segments: Mapping[str, Collection[str]] = field(default_factory=dict)
    value: Value | str | None = None
    level: float = 0.95
    fast: bool = True

    def __post_init__(self) -> None:
        if self.contacts not in ("primary", "all"):
            raise InvalidDefinition(
                "context.contacts",
                f"Contacts are {self.contacts!r}; a deal's events belong to its 'primary' contact or to 'all' of them.",
                given=self.contacts,
            )
        if self.value is not None and not isinstance(self.value, str | Value):
            raise InvalidDefinition(
                "context.value",
                f"{self.value!r} is no money property; give its name, such as 'amount', or Value(…).",
                given=self.value,
            )


def run(
    funnel: Funnel,
    log: EventLog,
    *,
    period: Period | None = None,
    by: Breakdown | str | None = None,
    trend: Every | str | None = None,
    context: Context | None = None,
) -> Report:
    """The report of a funnel on a log.

    Args:
        funnel: The definition.
        log: The events.
        period: Which entries count, in days of the organisation's zone, and the moment to look from: by default
            the time of the log's last event.
        by: A property to break the report down by, read at the entry, or a full breakdown.
        trend: day, week or month: the report of each stretch of the period, so that a unit may count in several.
        context: What is known of the units besides, and how to compute.

    Returns:
        The report. On a log without a single event that counts all counts are 0 and all rates absent.

    Raises:
        InvalidDefinition: The log does not know the funnel's unit, or an option cannot mean anything.
        NotEnoughData: The log is empty, so that there is no moment to look from.

    Example:
        >>> import polars as pl
        >>> from tragt import Funnel, read
        >>> log = read(pl.DataFrame({
        ...     "user": ["ann", "ann", "bo"], "event": ["Visited", "Paid", "Visited"],
        ...     "time": ["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z"]}))
        >>> run(Funnel.of("Visited", "Paid", window="14d"), log).steps[0].passed
        1
    """
    check_funnel(funnel)
    known, range_of = context or Context(), Period.of(period)
    moment = moment_of(range_of.as_of, log)
    frame = counted_events(funnel, log, known, moment)
    breakdown = Breakdown.of(by)
    value = Value(known.value) if isinstance(known.value, str) else known.value
    question = Question(funnel, int(moment.timestamp() * 1000), range_of, log.zone, breakdown, known.properties, value)
    stretches = None if trend is None else choice(Every, trend)
    report = report_on(question, Layered(FrameSource(frame, log.zone)), trend=stretches, context=known)
    return replace(
        report,
        as_of=moment.astimezone(log.zone),
        undated=_undated(funnel, log),
        rejected=len(log.rejected),
        period=None if period is None else range_of,
    )


def report_on(
    question: Question,
    log: Layered,
    *,
    trend: Every | None = None,
    context: Context | None = None,
    units: BoolArray | None = None,
    expected: bool = True,
) -> Report:
    """The report of a funnel on postings, such as an index gives them.

    Args:
        question: What is asked.
        log: The postings, and what has changed since they were made; events later than the moment are left out.
        trend: Also the report of each day, week or month.
        context: Level of the intervals, and how to compute; what it knows of units is part of the question.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.
        expected: Whether expected rates and times are worked out, which takes longer than all else.
    """
    known = context or Context()
    choose = chooser_of(question, log, units=units, fast=known.fast)
    found = reported(question, choose(question.period), level=known.level, expected=expected)
    return replace(found, trend=tuple(_trend(question, choose, trend, known.level)) if trend else ())


def reported(question: Question, selected: Selected, *, level: float, expected: bool = True) -> Report:
    """The report of attempts that are settled and chosen, without its trend.

    Args:
        question: What is asked.
        selected: What became of those who entered.
        level: Confidence level of the intervals.
        expected: As for `report_on`.
    """
    funnel = question.funnel
    whole = _lines(funnel, selected, level, observed_only=not expected)
    moment = datetime.fromtimestamp(question.as_of / 1000, UTC).astimezone(question.zone)
    return replace(
        _report(funnel, selected, whole, moment),
        stationary=None
        if whole.horizon is None
        else behave_alike(selected.expected.attempts, whole.horizon, alone=funnel.count != Count.EVERY),
        breakdown=question.by,
        parts=tuple(_parts(funnel, selected, question.by, level)) if question.by else (),
        currency=None if question.value is None else question.value.into,
    )


def moment_of(as_of: datetime | None, log: EventLog) -> datetime:
    """The moment to look from, in UTC: the given one, else that of the log's last event.

    Raises:
        NotEnoughData: None is given and the log is empty.
    """
    if not isinstance(log, EventLog):
        raise InvalidDefinition(
            "funnel.not_a_log", f"A {type(log).__name__} is no event log; read it first: run(funnel, tragt.read(…))."
        )
    if as_of is not None:
        return (as_of if as_of.tzinfo else as_of.replace(tzinfo=log.zone)).astimezone(UTC)
    if log.last_time is None:
        raise NotEnoughData(
            "funnel.no_events",
            "The log holds no event, so there is nothing to count; read a file with events, or give as_of.",
        )
    return log.last_time


def check_funnel(funnel: object) -> None:
    """Refuse what is no funnel.

    Raises:
        InvalidDefinition: It is none.
    """
    if not isinstance(funnel, Funnel):
        raise InvalidDefinition(
            "funnel.not_a_funnel", f"A {type(funnel).__name__} is no funnel; define one: Funnel(['Visited', 'Paid'])."
        )


def counted_events(funnel: Funnel, log: EventLog, context: Context, as_of: datetime) -> pl.DataFrame:
    """The events that count, up to a moment, each with its ``unit``."""
    next_moment = as_of.replace(microsecond=as_of.microsecond // 1000 * 1000) + timedelta(milliseconds=1)
    frame = log.frame.filter(pl.col("time") < next_moment)
    if "session" in (funnel.unit, funnel.window):
        frame = with_sessions(frame)  # robots and own traffic still among them: what counts cuts no session
    if not funnel.robots and "human" in frame.columns:
        frame = frame.filter(pl.col("human").fill_null(1.0) >= LEAST_HUMAN)
    if not funnel.own and "traffic" in frame.columns:
        frame = frame.filter(pl.col("traffic").cast(pl.String).fill_null("outside") == "outside")
    if funnel.unit == "session":
        frame = frame.with_columns(unit="session").drop_nulls("unit")
    else:
        frame = with_units(frame, funnel.unit, context.links, context.contacts, context.lookback)
    if funnel.where is not None:
        units = frame["unit"].cast(pl.String).unique().to_list()
        inside = [unit for unit in units if _belongs(funnel, context, unit)]
        frame = frame.filter(pl.col("unit").cast(pl.String).is_in(inside))
    return frame


def _belongs(funnel: Funnel, context: Context, unit: str) -> bool:
    segments = [name for name, members in context.segments.items() if unit in members]
    return holds(funnel.where, context.properties.get(unit, {}), segments)


def _undated(funnel: Funnel, log: EventLog) -> int:
    if funnel.unit not in log.undated.columns:
        return 0
    return log.undated.height


def _lines(funnel: Funnel, selected: Selected, level: float, *, observed_only: bool = False) -> Lines:
    counted = selected.counted
    found = lines(
        funnel,
        counted.attempts,
        selected.mature.attempts,
        selected.expected.attempts,
        level,
        observed_only=observed_only,
    )
    if counted.values is None:
        return found
    return replace(found, steps=with_values(funnel, found.steps, counted.attempts, counted.values))


def _report(funnel: Funnel, selected: Selected, whole: Lines, as_of: datetime) -> Report:
    counted = selected.counted.attempts
    won, lost = int(counted.of(Outcome.CONVERTED).sum()), int(counted.of(Outcome.LOST).sum())
    return Report(
        funnel=funnel,
        steps=whole.steps,
        as_of=as_of,
        observed_so_far=funnel.window is None and funnel.length is None,
        mature=len(selected.mature.attempts),
        attempts=len(counted),
        expected_from=str(Count.FIRST if funnel.count == Count.BEST else funnel.count),
        horizon_seconds=None if whole.horizon is None else whole.horizon / 1000,
        of_those_closed=wilson(won, won + lost) if funnel.lost and won + lost else None,
        loss_reasons=selected.loss_reasons,
        backwards=selected.backwards,
        reopened=selected.reopened,
        curve=None if whole.estimate is None else Curve.of(whole.estimate),
    )


def _having(chosen: Chosen, values: Collection[object]) -> Chosen:
    """The attempts with one of these values."""
    parts = chosen.parts
    if parts is None:
        return chosen
    codes = [code for code, value in enumerate(parts.values) if value in values]
    return chosen.rows(np.unique(parts.rows[np.isin(parts.codes, codes)]))


def _each(selected: Selected, change: Callable[[Chosen], Chosen]) -> Selected:
    return Selected(change(selected.counted), change(selected.mature), change(selected.expected))


def _part(
    funnel: Funnel, selected: Selected, values: Collection[object], level: float, *, observed_only: bool
) -> Lines:
    """The lines of the attempts whose value is one of these."""
    having = _each(selected, lambda chosen: _having(chosen, values))
    return _lines(funnel, having, level, observed_only=observed_only)


def _parts(funnel: Funnel, selected: Selected, by: Breakdown, level: float) -> list[Part]:
    """One part for each of the most frequent values, and one for the rest."""
    parts = selected.counted.parts
    if parts is None:
        return []
    sizes = np.bincount(parts.codes, minlength=len(parts.values))
    order = sorted(range(len(parts.values)), key=lambda code: (-sizes[code], str(parts.values[code])))
    ranked = [parts.values[code] for code in order]
    alone, rest = ranked[: by.top], ranked[by.top :]
    found = [Part(value, _part(funnel, selected, [value], level, observed_only=False).steps) for value in alone]
    if rest:
        found.append(Part(None, _part(funnel, selected, rest, level, observed_only=False).steps, other=True))
    return found


def _trend(question: Question, choose: Choose, every: Every, level: float) -> list[Part]:
    """One part for each day, week or month: the report of that stretch of the period."""
    whole = choose(question.period)
    entries = np.concatenate([whole.counted.attempts.entry, whole.expected.attempts.entry])
    if len(entries) == 0:
        return []
    windowed = question.funnel.window is not None or question.funnel.length is not None
    found = []
    for stretch in _stretches(entries, question, every):
        selected = choose(stretch)
        ripe = selected.counted.attempts
        mature = bool(np.all(ripe.watched >= ripe.matures)) if windowed else None
        found.append(
            Part(stretch.start, _lines(question.funnel, selected, level, observed_only=True).steps, mature=mature)
        )
    while found and found[-1].steps[0].entered == 0:
        found.pop()
    return found


def _stretches(entries: IntArray, question: Question, every: Every) -> Iterator[Period]:
    """The days, weeks or months from the first entry to the last moment, cut to the period."""
    step = {Every.DAY: "1d", Every.WEEK: "1w", Every.MONTH: "1mo"}[every]
    ends = pl.Series([int(entries.min()), question.as_of]).cast(pl.Datetime("ms", "UTC"))
    first, last = ends.dt.convert_time_zone(str(question.zone)).dt.date()
    starts = pl.date_range(pl.lit(first).dt.truncate(step), last, step, eager=True)
    whole = question.period
    for start, end in zip(starts, starts.dt.offset_by(step), strict=True):
        since = start if whole.start is None else max(start, whole.start)
        until = end if whole.end is None else min(end, whole.end)
        if since < until:
            yield Period(since, until)
