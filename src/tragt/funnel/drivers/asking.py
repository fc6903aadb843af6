"""Ask what separates those who pass a step from those who do not, or what explains that it got worse.

The unit of observation is the mature attempt that reached the step before. What the drivers cause, or what would
happen if they were changed, is not answered: that takes an experiment.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from tragt.events.log import EventLog
from tragt.funnel.definition import Funnel
from tragt.funnel.drivers.candidates import check, events_of, properties_of, too_few
from tragt.funnel.drivers.choices import Among, Change
from tragt.funnel.drivers.comparison import Comparison, Table
from tragt.funnel.drivers.effects import effects, whole_change
from tragt.funnel.drivers.factors import Factor, Kind
from tragt.funnel.drivers.landing import Landing, scene
from tragt.funnel.drivers.landmark import at_risk, landmark_of
from tragt.funnel.drivers.naming import FALSE_SHARE, Found, find
from tragt.funnel.drivers.results import Absence, Candidate, Driver, Drivers, Incident, Label, Notice
from tragt.funnel.drivers.waiting import with_times
from tragt.funnel.question import Period
from tragt.funnel.run import Context
from tragt.stats.arrays import BoolArray
from tragt.stats.intervals import Rate, wilson
from tragt.stats.logistic import TermTest
from tragt.stats.multiplicity import benjamini_hochberg

__all__ = ["drivers", "explain_change", "incident"]


def drivers(
    funnel: Funnel,
    log: EventLog,
    step: int,
    *,
    among: Among | None = None,
    period: Period | None = None,
    context: Context | None = None,
) -> Drivers:
    """What separates those who pass a step from those who do not.

    Over the mature attempts that reached the step before (those the observed rate rests on), the passing of the step
    is modelled by logistic regression on the properties at entry and of the unit, each given the others. What came
    between the two steps is compared at a landmark (`tragt.funnel.drivers.landmark` says why): among those who at
    an equal early time had neither passed nor ended, whether an event had come by then, given their properties.
    The passing rate moves from day to day more than chance would have it, and the tests allow for as much as it does.
    Of the drivers named one in ten is false in the mean.

    Without a window attempts are followed from the step before for the time in which nine of ten of those who passed
    had passed, and those who cannot be followed so long are left out.

    Args:
        funnel: The definition.
        log: The events.
        step: The step, counted from 0 over all steps: a required one after the first.
        among: What is looked at; by default all properties and all events.
        period: Which entries count, and from when it is looked; as for `tragt.run`.
        context: What is known of the units besides; its properties are candidates.

    Returns:
        The drivers, or the reason why there is no answer.

    Raises:
        InvalidDefinition: There is no such step, property or event.
        NotEnoughData: The log is empty.

    Example:
        >>> from tragt import Funnel
        >>> from tragt.demo import FUNNEL_STEPS, DemoFirm
        >>> found = drivers(Funnel.of(*FUNNEL_STEPS, window="90d"), DemoFirm(persons=4_000).log(), 2)
        >>> found.drivers[0].label.name, found.drivers[0].values[0].value.value
        ('source', 'Paid Social')
    """
    asked, known, range_of = among or Among(), context or Context(), period or Period()
    seen = scene(funnel, log, step, range_of, known)
    check(seen, asked)
    landing = seen.landing(range_of)
    passed = int(landing.passed.sum())
    empty = Drivers(step, len(landing), passed)
    absence = _absence(landing)
    if absence:
        return replace(empty, absence=absence)
    properties = properties_of(seen, landing, asked)
    landmark = landmark_of(landing) if asked.landmark is None else asked.landmark // timedelta(milliseconds=1)
    risk = at_risk(landing, landmark or 0)
    there = landing.rows(risk)
    events = events_of(seen, there, landmark, asked)
    searches = _searches(landing, properties, events, risk)
    if not searches:
        return replace(empty, absence=Absence.NOTHING_TO_COMPARE)
    number = len(properties) + len(events)
    found = [(search, find(search, number)) for search in searches]
    named, candidates = _named(found, known.level)
    if asked.times:
        named = with_times(named, landing, properties, there, events)
    return replace(
        empty,
        drivers=named,
        candidates=candidates,
        landmark=timedelta(milliseconds=landmark) if events and landmark else None,
        at_landmark=len(there) if events else 0,
    )


def incident(
    funnel: Funnel,
    log: EventLog,
    step: int,
    change: Change,
    *,
    among: Among | None = None,
    context: Context | None = None,
) -> Incident:
    """What explains that a step passes otherwise than before.

    Over the mature attempts of both periods that reached the step before, the passing is modelled by logistic
    regression on all properties, the period, and the interactions of values with the period. A driver is a
    value that got worse than the others of its property; its effect is the difference between the two changes. Values
    that got better stand in a list of their own. How much the attempts changed all in all stands in
    `Incident.change`; how they are made up plays no part in any of it.

    Args:
        funnel: The definition.
        log: The events.
        step: The step, counted from 0 over all steps: a required one after the first.
        change: The two periods.
        among: What is looked at; events are not, for their landmark would differ between the periods.
        context: What is known of the units besides.

    Returns:
        The drivers, or the reason why there is no answer.

    Raises:
        InvalidDefinition: There is no such step or property, or no earlier period.
        NotEnoughData: The log is empty.
    """
    asked, known = among or Among(), context or Context()
    seen = scene(funnel, log, step, change.now, known)
    check(seen, asked)
    earlier = seen.landing(change.earlier(seen.today))
    later = seen.landing(change.now, earlier.followed)
    both = earlier.followed_by(later)
    now = np.arange(len(both)) >= len(earlier)
    explained = explain_change(table_of(both, now), properties_of(seen, both, asked), known.level)
    return replace(explained, step=step, absence=_absence(later) or explained.absence)


def explain_change(table: Table, properties: Sequence[Factor], level: float = 0.95) -> Incident:
    """What explains a change, from attempts that are already side by side.

    Args:
        table: The attempts of both periods.
        properties: What they may be compared by.
        level: Confidence level of the intervals.

    Returns:
        The drivers, or the reason why there is no answer; its step is None.
    """
    now = np.zeros(len(table.passed), dtype=np.bool_) if table.now is None else table.now
    empty = Incident(None, _rate(table.passed[~now], level), _rate(table.passed[now], level))
    for which in (~now, now):
        absence = too_few(table.passed[which])
        if absence:
            return replace(empty, absence=absence)
    if not properties:
        return replace(empty, absence=Absence.NOTHING_TO_COMPARE)
    comparison = Comparison(table, properties)
    if not comparison.terms:
        return replace(empty, absence=Absence.NOTHING_TO_COMPARE)
    found = find(comparison, len(comparison.terms))
    named, candidates = _named([(comparison, found)], level)
    return replace(
        empty,
        change=whole_change(comparison, found.model, level),
        drivers=tuple(driver for driver in named if driver.explained > 0),
        better=tuple(driver for driver in reversed(named) if driver.explained < 0),
        candidates=candidates,
    )


def table_of(landing: Landing, now: BoolArray | None = None) -> Table:
    """The attempts at a step as models see them."""
    _, unit = np.unique(landing.unit.to_numpy(), return_inverse=True)
    return Table(landing.passed, landing.day, unit.astype(np.int64), now)


def _absence(landing: Landing) -> Absence | None:
    absence = too_few(landing.passed)
    return Absence.NOBODY_OLD_ENOUGH if absence is Absence.NOBODY and landing.young else absence


def _rate(passed: BoolArray, level: float) -> Rate | None:
    return wilson(int(passed.sum()), len(passed), level) if len(passed) else None


def _searches(
    landing: Landing, properties: Sequence[Factor], events: Sequence[Factor], risk: BoolArray
) -> list[Comparison]:
    """The search among properties, over all, and that among events, over those at risk at the landmark."""
    found = []
    if properties:
        found.append(Comparison(table_of(landing), properties))
    if events:
        rows = np.flatnonzero(risk)
        found.append(Comparison(table_of(landing.rows(rows)), events, [factor.rows(rows) for factor in properties]))
    return found


_NOTICES = {Kind.UNIT: (Notice.KNOWN_NOW,), Kind.EVENT: (Notice.AFTER_LANDMARK_ONLY,), Kind.ENTRY: ()}


def _named(
    searches: Sequence[tuple[Comparison, Found]], level: float
) -> tuple[tuple[Driver, ...], tuple[Candidate, ...]]:
    """The drivers, most explained first, and all candidates, those that separate most clearly first."""
    shares = iter(_adjusted([test for _, found in searches for test in found.tests]))
    named, candidates = [], []
    for comparison, found in searches:
        for place, test in enumerate(found.tests):
            share, label = next(shares), _label(comparison, place)
            same = tuple(_label(comparison, other) for other in found.same_as[place])
            candidates.append(Candidate(label, test.p_value, share, same))
            if place in found.chosen and share <= FALSE_SHARE:
                values = effects(comparison, place, found.model, level)
                gains = [value.explained.value for value in values]
                explained = gains[0] if len(gains) == 1 else sum(max(gain, 0.0) for gain in gains)
                notices = _NOTICES[label.kind]
                named.append(Driver(label, test.p_value, share, explained, values, notices))
    return (
        tuple(sorted(named, key=lambda driver: -driver.explained)),
        tuple(sorted(candidates, key=lambda candidate: candidate.p_value)),
    )


def _label(comparison: Comparison, place: int) -> Label:
    term = comparison.terms[place]
    factor = comparison.factors[term.factor]
    return Label(factor.kind, factor.name, None if term.value is None else factor.values[term.value])


def _adjusted(tests: Sequence[TermTest]) -> list[float]:
    """The p-values adjusted for their number; of one-sided tests those of each side as a list of their own."""
    p_values = np.array([test.p_value for test in tests])
    upwards = np.array([test.upwards is True for test in tests], dtype=np.bool_)
    worse, better = (benjamini_hochberg(np.where(upwards == side, p_values, 1 - p_values)) for side in (False, True))
    return [float(p) for p in np.where(upwards, better, worse)]
