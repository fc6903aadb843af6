"""What sets apart those who go on from a step, and what explains that fewer do than before. The unit is the driver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tragt.errors import NotEnoughData
from tragt.funnel import Period
from tragt.funnel.drivers import Among, Change, Driver, Drivers, Incident, drivers, incident
from tragt.funnel.drivers.factors import Between, Kind
from tragt.funnel.drivers.factors import Value as Found
from tragt.funnel.drivers.results import Absence, Label, Notice, ValueEffect
from tragt.web.funnels.counting.grouping import names_colleagues
from tragt.web.funnels.steps.drawing import Point, interval, scale
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.steps.sampling import Read, read
from tragt.web.funnels.steps.values import called
from tragt.web.shell import formats

__all__ = ["Cause", "Changed", "Effect", "Told", "changed_of", "told_of"]

DAYS = 28
_FEWEST = 30
_SHOWN = 8
_EFFECTS = 6


@dataclass(frozen=True, slots=True)
class Effect:
    """What goes along with one value.

    Attributes:
        name: The value.
        entered: How many with it came to the step.
        share: What share of them went on.
        points: By how many percentage points they do otherwise than the others, all else being equal, with interval.
        picture: The share drawn.
        mark: ``worse`` or ``better`` where the interval says which; else empty.
    """

    name: str
    entered: int
    share: str
    points: str
    picture: SafeString
    mark: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A property or an event that goes along with going on, or with not going on.

    Attributes:
        title: What it is.
        sentence: How much goes along with it.
        effects: Its values, the one that costs most first.
        notices: What must be told beside it.
    """

    title: str
    sentence: str
    effects: Sequence[Effect]
    notices: Sequence[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What sets those who go on apart.

    Attributes:
        causes: The drivers, the one that explains most first.
        entered: How many were looked at.
        passed: How many of them went on.
        looked_at: What was looked at and says nothing of its own.
        absence: Why there is no answer; empty where there is one.
        notice: What must be told beside all of it.
        one_in: Of how many units one was looked at.
    """

    causes: Sequence[Cause]
    entered: int
    passed: int
    looked_at: Sequence[str]
    absence: str
    notice: str
    one_in: int


@dataclass(frozen=True, slots=True)
class Changed:
    """What explains that a step passes otherwise than before.

    Attributes:
        sentence: How the share went.
        worse: The values that got worse than the others.
        better: The values that got better.
        absence: Why there is no answer; empty where there is one.
    """

    sentence: str
    worse: Sequence[str]
    better: Sequence[str]
    absence: str


def told_of(opened: Opened) -> Told:
    """What sets those who go on apart from those who do not.

    Raises:
        NotEnoughData: The steps come in any order.
    """
    opened.refuse_any_order()
    known = read(opened)
    found = remembered(opened, ("drivers", opened.gap, opened.all_seen), lambda: _drivers(opened, known))
    named = {one.label for one in found.drivers}
    others = [one.label for one in found.candidates if one.label not in named]
    return Told(
        [_cause(one, found, opened) for one in found.drivers[:_SHOWN]],
        found.entered,
        found.passed,
        list(dict.fromkeys(_titled(label, opened) for label in others)),
        _absence(found.absence, opened),
        opened.said.driver.notices[Notice.NO_CAUSE],
        known.one_in,
    )


def changed_of(opened: Opened) -> Changed:
    """What explains that the last four weeks pass the step otherwise than the time before.

    Raises:
        NotEnoughData: The steps come in any order.
    """
    opened.refuse_any_order()
    known = read(opened)
    found = remembered(opened, ("incident", opened.gap, opened.all_seen), lambda: _incident(opened, known))
    percent = opened.said.numbers.rate
    was = formats.ABSENT if found.before is None else percent(found.before)
    now = formats.ABSENT if found.now is None else percent(found.now)
    sentence = gettext("Of those old enough, %(now)s went on in the newest four weeks; before that it was %(was)s.") % {
        "now": now,
        "was": was,
    }
    return Changed(
        sentence,
        [_moved(one, opened) for one in found.drivers[:_SHOWN]],
        [_moved(one, opened) for one in found.better[:_SHOWN]],
        _absence(found.absence, opened),
    )


def _drivers(opened: Opened, known: Read) -> Drivers:
    among = Among(properties=_compared(opened, known))
    period = opened.period
    return drivers(known.funnel, known.log, opened.gap.after, among=among, period=period, context=known.context)


def _incident(opened: Opened, known: Read) -> Incident:
    """The change from the time before to the newest four weeks whose attempts have had their time."""
    funnel = opened.funnel
    ripe = funnel.window if isinstance(funnel.window, timedelta) else timedelta(0)
    end = (opened.report.as_of - ripe).date()
    now = Period(end - timedelta(days=DAYS), end, opened.report.as_of)
    among = Among(properties=_compared(opened, known), events=())
    if not among.properties:
        raise NotEnoughData("steps.nothing_to_compare", "No property divides those who enter into groups.")
    return incident(known.funnel, known.log, opened.gap.after, Change(now), among=among, context=known.context)


def _compared(opened: Opened, known: Read) -> tuple[str, ...]:
    """The properties that are compared: without those that name colleagues, for who sees their own records alone."""
    return tuple(name for name in known.properties if opened.all_seen or not names_colleagues(name))


def _absence(absence: Absence | None, opened: Opened) -> str:
    if absence is None:
        return ""
    said = opened.said
    filled = {"before": said.quoted(opened.before), "after": said.quoted(opened.after), "fewest": str(_FEWEST)}
    return said.driver.absences[absence].format(**filled)


def _titled(label: Label, opened: Opened) -> str:
    names = opened.figures.names
    return names.called_as(label.name) if label.kind is Kind.EVENT else names.property_as(label.name)


def _cause(driver: Driver, found: Drivers, opened: Opened) -> Cause:
    said = opened.said
    title = _titled(driver.label, opened)
    shown = driver.values[:_EFFECTS]
    end = scale(max((one.passed / one.entered for one in shown if one.entered), default=1.0))
    named = _names([one.value for one in shown], opened)
    effects = [_effect(one, name, end, opened) for one, name in zip(shown, named, strict=True)]
    count = said.numbers.number(round(abs(driver.explained)))
    if driver.label.kind is Kind.EVENT:
        sentence = gettext(
            "Whether “%(event)s” came early goes along with going on. If all did as well as those who do better, about "
            "%(count)s more would have gone on."
        )
        text = sentence % {"event": title, "count": count}
    else:
        sentence = gettext("If the weaker values did as well as the others, about %(count)s more would have gone on.")
        text = sentence % {"count": count}
    landmark = "" if found.landmark is None else said.calendar.about(found.landmark.total_seconds())
    filled = {"before": said.quoted(opened.before), "landmark": landmark}
    return Cause(title, text, effects, [said.driver.notices[one].format(**filled) for one in driver.notices])


def _effect(one: ValueEffect, name: str, end: float, opened: Opened) -> Effect:
    difference = one.difference
    mark = "worse" if difference.high < 0 else "better" if difference.low > 0 else ""
    rate = one.passed / one.entered if one.entered else None
    return Effect(
        name,
        one.entered,
        formats.share(rate),
        _points(difference.value, difference.low, difference.high, opened),
        interval(Point(rate), end, mark),
        mark,
    )


def _points(value: float, low: float, high: float, opened: Opened) -> str:
    def signed(share: float) -> str:
        written = opened.said.numbers.number(abs(100 * share), 1)
        return f"+{written}" if share > 0 else f"−{written}" if share < 0 else written

    return gettext("%(value)s points (%(low)s to %(high)s)") % {
        "value": signed(value),
        "low": signed(low),
        "high": signed(high),
    }


def _moved(driver: Driver, opened: Opened) -> str:
    """A value that went otherwise than the others, in a sentence."""
    (effect,) = driver.values
    (name,) = _names([effect.value], opened)
    difference = effect.difference
    return gettext("%(property)s %(value)s: %(points)s beside the others") % {
        "property": _titled(driver.label, opened),
        "value": opened.said.quoted(name),
        "points": _points(difference.value, difference.low, difference.high, opened),
    }


def _names(values: Sequence[Found], opened: Opened) -> list[str]:
    said = opened.said
    texts = called([one.value for one in values])
    return [_name(one, text) or said.chart.unset for one, text in zip(values, texts, strict=True)]


def _name(value: Found, text: str) -> str:
    if value.other:
        return gettext("the rest")
    match value.value:
        case Between(low=low, high=high):
            return gettext("%(low)s to %(high)s") % {"low": formats.number(low), "high": formats.number(high)}
        case bool():
            return gettext("happened") if value.value else gettext("did not happen")
    return text
