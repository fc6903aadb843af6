"""Which attempts a report rests on, and what the log says of them besides."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from tragt.funnel.attempts import MISSING, Attempts, Chosen, Membership, Selected
from tragt.funnel.condition import asked
from tragt.funnel.definition import Funnel
from tragt.funnel.engine import Settled, Settler
from tragt.funnel.engine.settling import matches
from tragt.funnel.postings import Layered, Source
from tragt.funnel.question import At, Breakdown, Period, Question
from tragt.funnel.reading import Counting, last_before, values_at
from tragt.funnel.value import values_of
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["REASON", "Choose", "chooser_of", "properties_of"]

REASON = "reason"
"""The property of a loss that says why."""

NO_REASON = ""

Choose = Callable[[Period], Selected]
"""From a period to the attempts a report on it rests on."""


def chooser_of(question: Question, log: Layered, *, units: BoolArray | None = None, fast: bool = True) -> Choose:
    """Make ready to choose the attempts that count, those that are mature, and those the expected rates rest on.

    Args:
        question: What is asked; its period is left to the choice.
        log: The log.
        units: Of which units of ``log.clean``, shape (units,); None is all. Those of ``log.fresh`` all count.
        fast: Whether compiled code may be used; else everything goes through the reference.
    """
    layers = [_Layer(question, source, counted, fast=fast) for source, counted in log.layers(units)]

    def choose(period: Period) -> Selected:
        return _joined(question, [layer.select(period) for layer in layers])

    return choose


def properties_of(question: Question) -> set[str]:
    """The properties of events that an answer reads, which an index must be asked for.

    Args:
        question: What is asked.
    """
    funnel, by, value = question.funnel, question.by, question.value
    found = {*funnel.hold}.union(*(asked(match.where) for match in matches(funnel)))
    if by is not None and by.at is not At.UNIT:
        found.add(by.property)
    if value is not None:
        found |= {value.property, *([] if value.currency is None else [value.currency])}
    return found | ({REASON} if funnel.lost else set())


class _Layer:
    """One source of a log, and the attempts on it."""

    def __init__(self, question: Question, source: Source, units: BoolArray | None, *, fast: bool) -> None:
        self._question = question
        self._source = source
        funnel = question.funnel
        self._counting = Counting(question.as_of, funnel.robots, funnel.own, units)
        self._settler = Settler(funnel, source, self._counting, fast=fast)

    def select(self, period: Period) -> Selected:
        """The attempts of a period, with their parts and the reasons of losses."""
        funnel = self._question.funnel
        found = self._settler.settle(period)
        counted = self._valued(self._chosen(found, found.counted))
        return Selected(
            counted,
            self._chosen(found, found.mature),
            self._chosen(found, found.expected),
            loss_reasons=self._reasons(counted.attempts) if funnel.lost else None,
            backwards=found.backwards if funnel.skips else None,
            reopened=found.reopened if funnel.lost else None,
        )

    def _chosen(self, found: Settled, rows: BoolArray) -> Chosen:
        attempts = found.attempts if rows.all() else found.attempts.rows(np.flatnonzero(rows))
        by = self._question.by
        return Chosen(attempts, None if by is None else self._parts(attempts, by))

    def _valued(self, chosen: Chosen) -> Chosen:
        """The attempts with their values, where these were asked for."""
        value = self._question.value
        if value is None:
            return chosen
        names = _names_of_steps(self._question.funnel)
        return replace(chosen, values=values_of(value, self._source, names, chosen.attempts))

    def _parts(self, attempts: Attempts, by: Breakdown) -> Membership:
        funnel, names = self._question.funnel, _names_of_steps(self._question.funnel)
        match by.at:
            case At.UNIT:
                known = self._question.unit_properties
                units = self._source.unit_names(attempts.unit).to_list()
                return Membership.of([(known.get(unit, {}).get(by.property),) for unit in units])
            case At.LAST_TOUCH:
                names = set(self._source.names())
                numbers = last_before(self._source, self._counting, attempts.unit, attempts.entry)
            case At.STEP:
                numbers = _at_step(funnel, attempts, (by.step or 1) - 1)
            case At.ANY:
                return self._any(attempts, by, names)
            case _:
                numbers = attempts.event[:, 0]
        return values_at(self._source, names, numbers, by.property)

    def _any(self, attempts: Attempts, by: Breakdown, names: set[str]) -> Membership:
        """Every value that an event of the attempt has; absent where none has one."""
        events = np.column_stack([attempts.event, attempts.taken_event])
        read = values_at(self._source, names, events.reshape(-1), by.property)
        codes = cast("list[list[int]]", read.codes.reshape(events.shape).tolist())
        seen = [dict.fromkeys(read.values[code] for code in row) for row in codes]
        return Membership.of([tuple(v for v in row if v is not None) or (None,) for row in seen])

    def _reasons(self, attempts: Attempts) -> dict[str, int]:
        """The reasons of those lost, most frequent first."""
        names = {name for match in self._question.funnel.lost for name in match.names}
        read = values_at(self._source, names, attempts.loss[attempts.loss != MISSING], REASON)
        named = [NO_REASON if value is None else str(value) for value in read.values]
        return dict(Counter(named[code] for code in read.codes.tolist()).most_common())


def _joined(question: Question, layers: Sequence[Selected]) -> Selected:
    """The selections of several sources as one; units and events of later ones are numbered on."""
    if len(layers) == 1:
        return layers[0]
    reasons: Counter[str] = Counter()
    for layer in layers:
        reasons.update(layer.loss_reasons or {})
    funnel = question.funnel
    return Selected(
        Chosen.joined([layer.counted for layer in layers]),
        Chosen.joined([layer.mature for layer in layers]),
        Chosen.joined([layer.expected for layer in layers]),
        loss_reasons=dict(reasons.most_common()) if funnel.lost else None,
        backwards=sum(layer.backwards or 0 for layer in layers) if funnel.skips else None,
        reopened=sum(layer.reopened or 0 for layer in layers) if funnel.lost else None,
    )


def _names_of_steps(funnel: Funnel) -> set[str]:
    return {name for match in matches(funnel) for name in match.names}


def _at_step(funnel: Funnel, attempts: Attempts, number: int) -> IntArray:
    """The events of a step (from 0), optional or not."""
    place = sum(required < number for required in funnel.required)
    return attempts.taken_event[:, number - place] if funnel.steps[number].optional else attempts.event[:, place]
