"""Why some did not go on from a step: what ended them, or that nothing was heard. The unit is the attempt."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from tragt.funnel.losses import losses_on
from tragt.funnel.members import Members
from tragt.funnel.selection import REASON
from tragt.web.funnels.counting import counting
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.steps.times import ages_of

__all__ = ["Loss", "Losses", "losses_of"]

_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Loss:
    """A way in which some did not go on.

    Attributes:
        name: Why.
        count: How many.
        share: What share of all who did not go on, 0 to 1.
        outcome: The list in which they stand.
    """

    name: str
    count: int
    share: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Losses:
    """Why some did not go on.

    Attributes:
        lines: Each why, the most frequent first.
        whole: How many did not go on.
        silent: How many of them nothing was heard of.
        withheld: Whether reasons are kept from the reader.
        finding: The most notable thing.
    """

    lines: Sequence[Loss]
    whole: int
    silent: int
    withheld: bool
    finding: str


def losses_of(opened: Opened, members: Members | None) -> Losses:
    """Why those who did not go on did not.

    Args:
        opened: The step.
        members: Who stands where; None where that is not known yet, so that nobody is told to have been silent for
            longer than usual.

    Raises:
        NotEnoughData: The steps come in any order.
    """
    opened.refuse_any_order()
    line = opened.report.steps[opened.gap.before]
    ages = None if members is None else ages_of(opened, members)
    late = 0 if ages is None else ages.late
    found = [*_reasons(opened), (gettext("Ruled out by an exclusion"), line.excluded, "excluded")]
    found.append((gettext("Gone silent: their time ran out"), line.expired, "expired"))
    usual = "" if ages is None else ages.usual
    words = gettext("Gone silent: still open after more than %(time)s") % {"time": usual}
    found.append((words, late, "open"))
    there = sorted((one for one in found if one[1]), key=lambda one: -one[1])
    whole = sum(count for _name, count, _outcome in there)
    lines = [Loss(name, count, count / whole, outcome) for name, count, outcome in there]
    return Losses(
        lines,
        whole,
        line.expired + late,
        not opened.all_seen and line.lost > 0,
        _finding(lines, whole, line.expired + late, opened),
    )


def _reasons(opened: Opened) -> list[tuple[str, int, str]]:
    """The reasons of those lost; how many alone for who does not see everyone's records."""
    lost = opened.report.steps[opened.gap.before].lost
    if not lost:
        return []
    if not opened.all_seen:
        return [(gettext("Lost"), lost, "lost")]
    told = remembered(opened, ("losses", opened.gap.before), lambda: _told(opened))
    named = [(reason or gettext("Lost, no reason given"), count, "lost") for reason, count in told.items()]
    rest = sum(count for _name, count, _outcome in named[_SHOWN:])
    return [*named[:_SHOWN], *([(gettext("Lost for other reasons"), rest, "lost")] if rest else [])]


def _told(opened: Opened) -> dict[str | None, int]:
    question, log, units, _moment = counting.laid_open(opened.funnel, opened.period, [REASON])
    return losses_on(question, log, opened.gap.before, units=units)


def _finding(lines: Sequence[Loss], whole: int, silent: int, opened: Opened) -> str:
    if not whole:
        return gettext("Nobody has been lost at “%(step)s”.") % {"step": opened.before}
    numbers = opened.said.numbers
    if 2 * silent > whole:
        return gettext("Most of those who do not go on from “%(step)s” simply go silent: %(count)s of %(whole)s.") % {
            "step": opened.before,
            "count": numbers.number(silent),
            "whole": numbers.number(whole),
        }
    return gettext("The most frequent end at “%(step)s”: %(reason)s, %(count)s of %(whole)s.") % {
        "step": opened.before,
        "reason": lines[0].name,
        "count": numbers.number(lines[0].count),
        "whole": numbers.number(whole),
    }
