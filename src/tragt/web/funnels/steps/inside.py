"""The sub-funnel of a step, opened in place, and the sub-funnels of its steps in turn. The unit is the sub-funnel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from django.utils import timezone

from tragt.errors import InvalidDefinition
from tragt.funnel import Funnel, Period
from tragt.funnel.figures import line_names
from tragt.funnel.paths import propose_subfunnel
from tragt.web.funnels.counting import counting
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.showing.presenting import Page
from tragt.web.funnels.steps.opening import Opened
from tragt.web.funnels.steps.remembering import remembered
from tragt.web.funnels.steps.sampling import journeys_of, read

__all__ = ["DEEPEST", "Crumb", "Inside", "inside_of", "proposed", "trail_of"]

DEEPEST = 4
"""So many sub-funnels lie inside each other at most."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A sub-funnel on the way to the one that is looked at.

    Attributes:
        name: From which step to which it leads.
        then: The steps through which it is reached, as an address has them.
    """

    name: str
    then: str


@dataclass(frozen=True, slots=True)
class Inside:
    """A sub-funnel that is looked at.

    Attributes:
        page: What its picture and its table say.
        trail: The sub-funnels around it, the outermost first.
        name: From which step to which it leads.
        then: The steps through which it is reached, as an address has them.
        deeper: For each of its steps how an address reaches the sub-funnel of that one; empty where none can be opened.
        one_in: Of how many units one was looked at for the proposal; 1 is all. The figures are of all.
    """

    page: Page
    trail: Sequence[Crumb]
    name: str
    then: str
    deeper: Sequence[str]
    one_in: int


def trail_of(given: str) -> tuple[int, ...]:
    """The places of steps that an address names, such as ``0.1``; none where it cannot be read."""
    parts = given.split(".") if given else []
    if len(parts) >= DEEPEST or not all(part.isascii() and part.isdigit() and len(part) < 3 for part in parts):
        return ()
    return tuple(map(int, parts))


def proposed(opened: Opened, then: Sequence[int] = ()) -> list[Funnel]:
    """The sub-funnel of a step, and those of its steps in turn.

    Args:
        opened: The step.
        then: Places of steps, each in the funnel before.

    Raises:
        InvalidDefinition: One of the steps is none that another follows.
        NotEnoughData: Nothing can be proposed.
    """
    found: list[Funnel] = []
    for place in (opened.gap.before, *then):
        of = found[-1] if found else None
        trail = tuple(then[: len(found)])
        found.append(remembered(opened, ("inside", opened.gap.before, trail), partial(_propose, opened, of, place)))
    return found


def inside_of(opened: Opened, then: Sequence[int] = ()) -> Inside:
    """The sub-funnel of a step, counted; or one of those inside.

    Raises:
        InvalidDefinition: One of the steps is none that another follows.
        NotEnoughData: Nothing can be proposed.
    """
    opened.refuse_any_order()
    chain = proposed(opened, then)
    shown = opened.figures.names
    names = [_called(shown.shown(one), opened) for one in chain]
    addresses = [".".join(map(str, then[:depth])) for depth in range(len(chain))]
    crumbs = [Crumb(name, address) for name, address in zip(names, addresses, strict=True)]
    figures = remembered(
        opened, ("inside figures", opened.gap.before, tuple(then)), lambda: _counted(opened, chain[-1])
    )
    last = len(chain[-1].steps) - 1
    room = len(chain) < DEEPEST
    deeper = [".".join(map(str, (*then, place))) if room and place < last else "" for place in range(last + 1)]
    return Inside(Page(figures), crumbs[:-1], names[-1], addresses[-1], deeper, read(opened).one_in)


def _propose(opened: Opened, of: Funnel | None, place: int) -> Funnel:
    funnel = opened.funnel if of is None else of
    if place not in funnel.required[:-1]:
        raise InvalidDefinition("steps.no_inside", "This step is none that another one follows.")
    found = propose_subfunnel(journeys_of(opened, of), place)
    return replace(found, where=opened.funnel.where)


def _counted(opened: Opened, funnel: Funnel) -> Figures:
    began = perf_counter()
    report = counting.report_of(funnel, opened.period)
    report = replace(report, period=None if opened.asked.period == Period() else opened.asked.period)
    took = round(1000 * (perf_counter() - began))
    figures = opened.figures
    return Figures(report, None, figures.events, took, timezone.now(), names=figures.names)


def _called(funnel: Funnel, opened: Opened) -> str:
    names = line_names(funnel, opened.said)
    return f"{names[0]} → {names[-1]}"
