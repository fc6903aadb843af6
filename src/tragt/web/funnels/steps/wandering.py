"""What people did on the way from a step to the next one, before they came and afterwards. The unit is the path."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext

from tragt.funnel.paths import Between, Journeys, Paths
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.steps.sampling import journeys_of, read
from tragt.web.shell import formats

__all__ = ["Met", "Wandered", "Way", "Ways", "ways_of"]

TOP = 8
_EVENTS = 5
_MET = 15
_LEAST = 5
_ROUNDED = 10


@dataclass(frozen=True, slots=True)
class Way:
    """A path that some took.

    Attributes:
        steps: What they did, one after the other, with how often on average where it is more than once.
        count: How many took it.
        share: Their share, with its interval.
        size: The share as a length out of 100.
    """

    steps: Sequence[str]
    count: int
    share: str
    size: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Paths under a heading.

    Attributes:
        title: Whose they are.
        whole: How many took any.
        ways: The most frequent ones.
        other: How many took another one.
        other_ways: How many different other ones there were.
    """

    title: str
    whole: int
    ways: Sequence[Way]
    other: int
    other_ways: int


@dataclass(frozen=True, slots=True)
class Met:
    """Something that was met on the way.

    Attributes:
        name: What.
        passed: What share of those who went on met it, with its interval.
        dropped: The same of those who did not.
        lift: How many times as often those who go on had met it as the others at the same age, with its interval; of
            what none of those met who did not go on, that it is so.
        least: The lower end of that alone, where there is no upper one; else empty.
        mark: ``better`` or ``worse`` where that is beyond chance; else empty.
    """

    name: str
    passed: str
    dropped: str
    lift: str
    least: str
    mark: str


@dataclass(frozen=True, slots=True)
class Wandered:
    """What people did around a step.

    Attributes:
        groups: The paths.
        met: What was met on the way, what those who went on met most first.
        one_in: Of how many units one was looked at.
        finding: The most notable thing.
    """

    groups: Sequence[Ways]
    met: Sequence[Met]
    one_in: int
    finding: str


@dataclass(frozen=True, slots=True)
class _Found:
    between: Between
    before: Paths | None
    after: Paths | None


def ways_of(opened: Opened) -> Wandered:
    """What people did around a step.

    Raises:
        NotEnoughData: The steps come in any order.
    """
    opened.refuse_any_order()
    found = remembered(opened, ("paths", opened.gap), lambda: _found(opened, journeys_of(opened)))
    named = {"before": opened.before, "after": opened.after}
    groups = [
        _ways(gettext("Those who went on from “%(before)s” to “%(after)s”") % named, found.between.passed, opened),
        _ways(gettext("Those who did not go on from “%(before)s”") % named, found.between.dropped, opened),
    ]
    if found.before is not None:
        groups.insert(0, _ways(gettext("Before they came to “%(before)s”") % named, found.before, opened))
    if found.after is not None:
        groups.append(_ways(gettext("After “%(after)s”") % named, found.after, opened))
    met = [_met(row, opened) for row in _common(found.between.names).iter_rows(named=True)]
    return Wandered([one for one in groups if one.whole], met, read(opened).one_in, _finding(met, opened))


def _found(opened: Opened, known: Journeys) -> _Found:
    required, gap = opened.funnel.required, opened.gap
    return _Found(
        known.between(gap.before, TOP),
        known.before(_EVENTS, TOP) if gap.before == required[0] else None,
        known.after(events=_EVENTS, top=TOP) if gap.after == required[-1] else None,
    )


def _common(names: pl.DataFrame) -> pl.DataFrame:
    return names.filter(pl.col("passed") + pl.col("dropped") >= _LEAST).head(_MET)


def _ways(title: str, paths: Paths, opened: Opened) -> Ways:
    numbers, called = opened.said.numbers, opened.figures.names.called_as
    ways = [
        Way(
            [
                _step(called(name), events, path.attempts, opened)
                for name, events in zip(path.names, path.events, strict=True)
            ],
            path.attempts,
            numbers.rate(path.share),
            f"{100 * path.share.rate:.4g}",
        )
        for path in paths.top
    ]
    return Ways(title, paths.attempts, ways, paths.other, paths.other_paths)


def _step(name: str, events: int, attempts: int, opened: Opened) -> str:
    often = events / attempts
    return name if round(often, 1) <= 1 else f"{name} × {opened.short(often)}"


def _met(row: dict[str, object], opened: Opened) -> Met:
    numbers = opened.said.numbers

    def share(arm: str) -> str:
        rate = row[f"{arm}_share"]
        return formats.ABSENT if not isinstance(rate, float) else numbers.percent(rate)

    name = opened.figures.names.called_as(str(row["name"]))
    low, high = row["lift_low"], row["lift_high"]
    mark = "better" if isinstance(low, float) and low > 1 else "worse" if isinstance(high, float) and high < 1 else ""
    return Met(name, share("passed"), share("dropped"), *_lift(row, opened, mark), mark)


def _lift(row: dict[str, object], opened: Opened, mark: str) -> tuple[str, str]:
    """How many times as often, with the limits; and the lower one alone, for against nobody there is no upper one."""

    def number(value: float) -> str:
        return opened.said.numbers.number(value, 0 if value >= _ROUNDED else 1)

    lift, low, high = (row[name] for name in ("lift", "lift_low", "lift_high"))
    if not isinstance(low, float):
        return formats.ABSENT, ""
    named = {"low": number(low)}
    least = gettext("at least %(low)s times") % named if mark else ""
    if row["passed"] and not row["dropped"]:
        return gettext("only those who went on"), least
    if isinstance(lift, float) and isinstance(high, float):
        named |= {"lift": number(lift), "high": number(high)}
        return gettext("%(lift)s times (%(low)s to %(high)s)") % named, ""
    return least or formats.ABSENT, ""


def _finding(met: Sequence[Met], opened: Opened) -> str:
    helping = [opened.said.quoted(one.name) for one in met if one.mark == "better"][:3]
    if not helping:
        return gettext("Nothing that happens on the way goes along with going on, beyond chance.")
    return gettext("Those who go on have more often met %(events)s by then than the others.") % {
        "events": opened.said.all_of(helping)
    }
