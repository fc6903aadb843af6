"""What share went on, by the values of a property that they entered with. The unit of observation is the value.

Two intervals side by side tempt to compare by eye, which finds a difference where there is none and misses those that
are there. So a value is only called worse, or better, where the test by which leaks are found says so, at a share of
false alarms of one in ten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from tragt.errors import NotEnoughData
from tragt.funnel.definition import Unit
from tragt.funnel.leaks.outlying import outlying
from tragt.funnel.question import At, Breakdown
from tragt.funnel.report import Part
from tragt.funnel.run import report_on
from tragt.stats.intervals import Rate
from tragt.web.crm.queries.segment_units import records_state
from tragt.web.crm.queries.unit_facts import facts_of
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.grouping import groups_offered, names_colleagues
from tragt.web.funnels.steps.drawing import Point, interval, scale
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.steps.values import called
from tragt.web.shell import formats

__all__ = ["Broken", "Split", "Value", "broken_by", "splits_offered"]

TOP = 20
_OF_UNITS = ("owner", "market")
_KINDS = (Unit.PERSON, Unit.COMPANY, Unit.DEAL)
_MOST_UNITS = 100_000


@dataclass(frozen=True, slots=True)
class Value:
    """Those with one value.

    Attributes:
        name: The value, as people call it.
        entered: How many came to the step.
        passed: How many of them went on.
        share: What share, with its interval; why there is none, where there is none.
        picture: The same drawn.
        mark: ``worse`` or ``better`` than the others beyond chance; else empty.
        against: How it is meant, where it is marked.
    """

    name: str
    entered: int
    passed: int
    share: str
    picture: SafeString
    mark: str = ""
    against: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A breakdown of those who go on.

    Attributes:
        property: The property, as a heading.
        values: The values, the lowest share last.
        end: The share at which the pictures end.
        whole: What share of all went on.
        judged: Whether the values could be compared.
        finding: The most notable thing.
    """

    property: str
    values: Sequence[Value]
    end: str
    whole: str
    judged: bool
    finding: str


@dataclass(frozen=True, slots=True)
class Split:
    """By what a step is broken down.

    Attributes:
        at: Where the value is read: at the entry, at the step where they stand, or of the unit as it is known now.
        name: The property.
        title: As a heading, in the reader's language.
    """

    at: At
    name: str
    title: str = field(default="", compare=False)

    @property
    def code(self) -> str:
        """As an address has it."""
        return f"{self.at}:{self.name}"

    @property
    def properties(self) -> list[str]:
        """The properties of events that must be read for it."""
        return [] if self.at is At.UNIT else [self.name]

    def known(self, opened: Opened) -> Mapping[str, Mapping[str, object]]:
        """What must be known of units for it."""
        return _known_of(opened) if self.at is At.UNIT else {}

    def breakdown(self, step: int) -> Breakdown:
        """As the library takes it.

        Args:
            step: Place of the step where they stand, from 0.
        """
        return Breakdown(self.name, at=self.at, step=step + 1 if self.at is At.STEP else None, top=TOP)


@dataclass(frozen=True, slots=True)
class _Shown:
    """How values are shown: of which step, up to which share, and which are marked."""

    opened: Opened
    end: float
    marks: Mapping[object, str] | None


def splits_offered(opened: Opened) -> list[Split]:
    """By what a step can be broken down: what tells groups apart and names nobody, when they entered, here, and now."""
    asked = ("splits", opened.gap.before, _records(opened))
    found = remembered(opened, asked, lambda: list(_offered(opened)))
    offered = [one for one in found if opened.all_seen or not names_colleagues(one.name)]
    return [replace(one, title=_title(one, opened)) for one in offered]


def _title(split: Split, opened: Opened) -> str:
    named = {"property": opened.figures.names.property_as(split.name)}
    match split.at:
        case At.UNIT:
            return gettext("%(property)s, as it is now") % named
        case At.STEP:
            return gettext("%(property)s, at this step") % named
    return named["property"]


def _offered(opened: Opened) -> Iterator[Split]:
    steps, first, here = opened.funnel.steps, opened.funnel.required[0], opened.gap.before
    for one in groups_offered(steps[first].names):
        yield Split(At.ENTRY, one.name)
    if here != first:
        for one in groups_offered(steps[here].names):
            yield Split(At.STEP, one.name)
    known = _known_of(opened)
    for name in _OF_UNITS:
        values = {held.get(name) for held in known.values()} - {None, ""}
        if 1 < len(values) <= TOP:
            yield Split(At.UNIT, name)


def _known_of(opened: Opened) -> Mapping[str, Mapping[str, object]]:
    """Owner and market of each unit that has a record, as they are now; of none where there are too many to ask for."""
    unit = opened.funnel.unit
    if unit not in _KINDS or opened.report.attempts > _MOST_UNITS:
        return {}

    def found() -> Mapping[str, Mapping[str, object]]:
        facts = facts_of(str(unit), _OF_UNITS)
        return {one: dict(zip(_OF_UNITS, values, strict=True)) for one, values in facts.items()}

    return remembered(opened, ("units", _records(opened)), found)


def _records(opened: Opened) -> str:
    """A text that changes soon when what is known of units does."""
    unit = opened.funnel.unit
    return records_state({str(unit)}) if unit in _KINDS else ""


def broken_by(opened: Opened, split: Split) -> Broken:
    """What share went on, by the values of a property.

    Args:
        opened: The step.
        split: By what, one of `splits_offered`.

    Raises:
        NotEnoughData: Nobody entered, or the steps come in any order.
    """
    opened.refuse_any_order()
    rests = _records(opened) if split.at is At.UNIT else ""
    parts = remembered(opened, ("parts", opened.gap.before, split, rests), lambda: _parts(opened, split))
    if not parts:
        raise NotEnoughData("steps.no_parts", "Nobody entered in this period, so there is nothing to break down.")
    marks = remembered(opened, ("marks", opened.gap, split, rests), lambda: _marks(opened, split))
    rates = [_rate(part, opened) for part in parts]
    end = scale(max((rate.high for rate in rates if rate is not None), default=1.0))
    words = called([part.value for part in parts])
    shown = _Shown(opened, end, marks)
    values = [_value(part, rate, word, shown) for part, rate, word in zip(parts, rates, words, strict=True)]
    order = sorted(range(len(parts)), key=lambda place: (parts[place].other, -_sorted_by(rates[place])))
    found = [values[place] for place in order]
    whole = opened.report.steps[opened.gap.after].from_previous
    judged = marks is not None and whole is not None
    return Broken(
        split.title,
        found,
        formats.share(end),
        formats.ABSENT if whole is None else opened.said.numbers.rate(whole),
        judged,
        _finding(found, opened, judged=judged),
    )


def _parts(opened: Opened, split: Split) -> tuple[Part, ...]:
    question, log, units, _moment = counting.laid_open(opened.funnel, opened.period, split.properties)
    asked = replace(question, by=split.breakdown(opened.gap.before), unit_properties=split.known(opened))
    return tuple(part for part in report_on(asked, log, units=units).parts if part.steps[opened.gap.before].entered)


def _marks(opened: Opened, split: Split) -> dict[object, str] | None:
    """Which values do worse, or better, than the others beyond chance; None where that cannot be told."""
    question, log, units, _moment = counting.laid_open(opened.funnel, opened.period, split.properties)
    question = replace(question, unit_properties=split.known(opened))
    found = outlying(question, log, split.breakdown(opened.gap.before), opened.gap.after, units=units)
    return None if found is None else {value: "worse" if worse else "better" for value, worse in found.items()}


def _rate(part: Part, opened: Opened) -> Rate | None:
    return part.steps[opened.gap.after].from_previous


def _sorted_by(rate: Rate | None) -> float:
    return -1.0 if rate is None else rate.rate


def _value(part: Part, rate: Rate | None, word: str, shown: "_Shown") -> Value:
    line, before = part.steps[shown.opened.gap.after], part.steps[shown.opened.gap.before]
    mark = "" if part.other else (shown.marks or {}).get(part.value, "")
    said = shown.opened.said
    return Value(
        said.chart.other if part.other else word or said.chart.unset,
        before.entered,
        line.entered,
        said.reason(line.reason) if rate is None else said.numbers.rate(rate),
        interval(Point(None) if rate is None else Point(rate.rate, rate.low, rate.high), shown.end, mark),
        mark,
        _against(mark),
    )


def _against(mark: str) -> str:
    return {
        "worse": pgettext("of one value", "worse than the others"),
        "better": pgettext("of one value", "better than the others"),
    }.get(mark, "")


def _finding(values: Sequence[Value], opened: Opened, *, judged: bool) -> str:
    named = {"before": opened.before, "after": opened.after}
    worse = [one.name for one in values if one.mark == "worse"]
    if worse:
        listed = opened.said.all_of(map(opened.said.quoted, worse))
        return gettext("From “%(before)s” to “%(after)s”, %(values)s do worse than the others, beyond chance.") % {
            **named,
            "values": listed,
        }
    if judged:
        return gettext("From “%(before)s” to “%(after)s”, no value does worse than the others beyond chance.") % named
    return gettext("What share went on from “%(before)s” to “%(after)s”.") % named
