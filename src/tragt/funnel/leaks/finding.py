"""Where a funnel leaks, and what the leaks cost.

The unit of observation is the cell: the passage from one required step to the next, for one value of a breakdown or
for all. It says where and how much, not why: see the drivers of a step for what goes with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from tragt.errors import InvalidDefinition
from tragt.events.log import EventLog
from tragt.funnel.definition import Funnel
from tragt.funnel.leaks import judging
from tragt.funnel.leaks.choosing import Choosing
from tragt.funnel.leaks.cost import Costing, beyond, cost_of, worth_of
from tragt.funnel.leaks.judging import Arena, Cells, Verdict
from tragt.funnel.leaks.result import Against, Kind, Leak, Leaks, NotJudged
from tragt.funnel.leaks.rules import Rules
from tragt.funnel.leaks.search import NO_BREAKDOWN, NO_PEERS, Search, dates
from tragt.funnel.postings import FrameSource, Layered
from tragt.funnel.question import Breakdown, Period, Question
from tragt.funnel.run import Context, counted_events, moment_of
from tragt.funnel.value import Value
from tragt.stats.arrays import BoolArray, check_between

__all__ = ["leaks", "leaks_on"]


def leaks(
    funnel: Funnel,
    log: EventLog,
    *,
    by: Sequence[Breakdown | str] = (),
    period: Period | None = None,
    context: Context | None = None,
    rules: Rules | None = None,
) -> Leaks:
    """Find where a funnel leaks, against targets, the time before, and the others, and rank it by cost.

    Only attempts that had as much time as all others are compared: with a window those whose window is over,
    without one those as old as nine of ten conversions needed.

    Args:
        funnel: The definition.
        log: The events.
        by: Properties, or full breakdowns, whose values are compared.
        period: The days to judge, and the moment to look from. None judges the last week that is old enough
            against the four weeks before, and all entries against targets and the others. Who comes back in a given
            period enters it anew, as whatever brought them then: count="first_ever" leaves them out.
        context: What is known of the units besides, and which property is money.
        rules: What counts as a leak, and how its cost is computed.

    Returns:
        The leaks, dearest first.

    Raises:
        InvalidDefinition: A target names no step after the first, or is not between 0 and 1; amounts are in several
            currencies, and there are no rates; or as `run` says.
        NotEnoughData: The log is empty, so that there is no moment to look from.

    Example:
        >>> from tragt.demo import FUNNEL_STEPS, DemoFirm
        >>> funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
        >>> found = leaks(funnel, DemoFirm(seed=2).log(), by=["source"], rules=Rules(value="value"))
        >>> found.worse[0].step, found.worse[0].value
        ('Demo Requested', 'Paid Social')
    """
    known, range_of = context or Context(), period or Period()
    moment = moment_of(range_of.as_of, log)
    frame = counted_events(funnel, log, known, moment)
    question = Question(funnel, int(moment.timestamp() * 1000), range_of, log.zone, None, known.properties)
    found = leaks_on(question, Layered(FrameSource(frame, log.zone)), by=by, context=known, rules=rules)
    return replace(found, as_of=moment.astimezone(log.zone))


def leaks_on(
    question: Question,
    log: Layered,
    *,
    by: Sequence[Breakdown | str] = (),
    context: Context | None = None,
    rules: Rules | None = None,
    units: BoolArray | None = None,
) -> Leaks:
    """The leaks of a funnel on postings, such as an index gives them.

    Args:
        question: What is asked; its breakdown plays no part.
        log: The postings, and what has changed since they were made; as for `tragt.funnel.run.report_on`. They must
            know the properties of the breakdowns and of the money too.
        by: Properties, or full breakdowns, whose values are compared.
        context: How to compute, and which property is money; what it knows of units is part of the question.
        rules: What counts as a leak, and how its cost is computed.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.

    Returns:
        The leaks, dearest first.

    Raises:
        InvalidDefinition: As `leaks` says.
    """
    known, asked, breakdowns = context or Context(), rules or Rules(), tuple(_breakdowns(by))
    valued = replace(question, value=_value(question, known, asked))
    targets = _targets(question.funnel, asked.targets)
    choosing = Choosing(valued, log, breakdowns, units=units, fast=known.fast)
    search = Search(valued, breakdowns, asked, choosing)
    cells: list[Cells] = []
    missing: list[NotJudged] = []
    drifted = search.drifted()
    for one in (*drifted, *search.stuck()):
        if isinstance(one, NotJudged):
            missing.append(one)
        else:
            cells.extend(_compared(one, targets, whole_time=one.before is None))
    if not breakdowns:
        missing.append(NotJudged(Kind.DRIFTED, Against.OTHERS, NO_BREAKDOWN))
    missing += [NotJudged(one.arena.kind, one.against, NO_PEERS) for one in cells if _without_peers(one)]
    worse, better, judged = judging.judge(cells, asked.false_share)
    spans = [(one.now[0], one.before[0]) for one in drifted if isinstance(one, Arena) and one.before]
    return Leaks(
        worse=_ranked(valued, asked, worse),
        better=_ranked(valued, asked, better),
        judged=judged,
        false_share=asked.false_share,
        as_of=datetime.fromtimestamp(question.as_of / 1000, UTC).astimezone(question.zone),
        days=dates(spans[0][0]) if spans else None,
        previous=dates(spans[0][1]) if spans else None,
        not_judged=tuple(missing),
        currency=None if valued.value is None else valued.value.into,
    )


def _value(question: Question, context: Context, rules: Rules) -> Value | None:
    """The money property that the rules name, else the context, else the question."""
    given = next((one for one in (rules.value, context.value, question.value) if one is not None), None)
    return Value(given) if isinstance(given, str) else given


def _breakdowns(by: Sequence[Breakdown | str]) -> Iterator[Breakdown]:
    for one in (by,) if isinstance(by, str | Breakdown) else by:
        yield Breakdown(one) if isinstance(one, str) else one


def _targets(funnel: Funnel, given: Mapping[str, float]) -> dict[int, float]:
    """The targets by number of the passage."""
    titles = [funnel.steps[place].title for place in funnel.required[1:]]
    for title, rate in given.items():
        if title not in titles:
            raise InvalidDefinition(
                "leaks.unknown_target",
                f"A target is given for {title!r}; it can be given for {', '.join(titles)}.",
                step=title,
            )
        check_between("target", rate, 0, 1)
    return {titles.index(title): rate for title, rate in given.items()}


def _compared(arena: Arena, targets: Mapping[int, float], *, whole_time: bool) -> Iterator[Cells]:
    """The comparisons that an arena allows: with the time before, or with targets and the others."""
    if not whole_time:
        yield judging.previous(arena)
        return
    if targets and arena.kind is Kind.DRIFTED:
        yield judging.target(arena, targets)
    if arena.grouping.by is not None:
        yield judging.others(arena)


def _without_peers(cells: Cells) -> bool:
    return cells.against is Against.OTHERS and bool(np.isnan(cells.p_worse).all())


def _ranked(question: Question, rules: Rules, verdicts: Sequence[Verdict]) -> tuple[Leak, ...]:
    """The leaks with their costs, dearest first; those without a cost last, by how many are lost."""
    costing = Costing(question.value is not None, rules.level, rules.rounds, rules.seed)
    titles = [question.funnel.steps[place].title for place in question.funnel.required]
    found = [_leak(verdict, costing, list(pairwise(titles))[verdict.step]) for verdict in verdicts]
    of_steps: dict[tuple[Kind, str], float] = {}
    for leak in found:
        if leak.by is None and leak.cost is not None:
            key = leak.kind, leak.step
            of_steps[key] = max(of_steps.get(key, 0.0), leak.cost.per_month, key=abs)
    listed = [_beyond(leak, of_steps.get((leak.kind, leak.step))) for leak in found]
    return tuple(sorted(listed, key=_dearest))


def _dearest(leak: Leak) -> tuple[bool, float, float]:
    return leak.cost is None, -abs(leak.cost.per_month) if leak.cost else 0.0, -abs(leak.units_lost)


def _beyond(leak: Leak, step: float | None) -> Leak:
    if leak.by is None or leak.cost is None:
        return leak
    return replace(leak, cost=replace(leak.cost, beyond_step=beyond(leak.cost.per_month, step)))


def _leak(verdict: Verdict, costing: Costing, titles: tuple[str, str]) -> Leak:
    cells, place = verdict.cells, (verdict.step, verdict.group)
    arena = cells.arena
    worth = worth_of(arena.trials, arena.grouping, arena.kind)
    cost, reason = cost_of(verdict, worth, costing)
    entered, kept = float(cells.entered[place]), float(cells.kept[place])
    return Leak(
        kind=arena.kind,
        against=cells.against,
        step=titles[1],
        previous_step=titles[0],
        by=arena.grouping.by,
        value=arena.grouping.values[verdict.group],
        entered=int(entered),
        kept=int(kept),
        rate=kept / entered,
        reference=float(cells.reference[place]),
        p_value=verdict.p_value,
        q_value=verdict.q_value,
        units_lost=entered * float(cells.reference[place] - cells.shrunk[place]),
        cost=cost,
        reason=reason,
        days=dates(arena.now[verdict.step]),
    )
