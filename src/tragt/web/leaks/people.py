"""Who leaks: the lists of those who stand where a leak, or what is written about it, is. The unit is the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from tragt.errors import TragtError
from tragt.funnel.leaks import Kind, Leak
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.funnels import queries as funnels
from tragt.web.funnels.counting.parts import Part
from tragt.web.funnels.listing import OF_ONE
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.steps import names_of_steps

__all__ = ["OUTCOMES", "Lists", "People", "Spot", "lists_at", "outcomes_of"]

OUTCOMES = ("expired", "lost", "excluded", "open")
"""How those stand at a step who did not go on, those first whom one can do something about."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where they stand.

    Attributes:
        before: What `steps.names_of_steps` calls the step at which they stopped.
        by: The property of the entry by which they are told apart; empty where it is about all.
        value: Its value; empty is none.
        outcomes: How they stand there.
    """

    before: str
    by: str = ""
    value: str = ""
    outcomes: Sequence[str] = OUTCOMES


@dataclass(frozen=True, slots=True)
class People:
    """A list of those who stand at a step.

    Attributes:
        words: How they stand.
        url: The list.
        count: How many they are; None where that is not counted yet.
    """

    words: Promise
    url: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of those who stand somewhere.

    Attributes:
        theirs: Of those whom it is about.
        others: Of those of all values, where it is about those of one.
    """

    theirs: Sequence[People]
    others: Sequence[People] = ()


def outcomes_of(leak: Leak) -> tuple[str, ...]:
    """How those stand at the step before who leak."""
    return ("open",) if leak.kind is Kind.STUCK else ("expired", "lost", "excluded")


def lists_at(user: User, saved: SavedFunnel, spot: Spot) -> Lists | None:
    """The lists of those who stand somewhere, as the kept figures of the funnel count them.

    Args:
        user: Who looks.
        saved: The funnel.
        spot: Where they stand.

    Returns:
        None for who does not see everyone's records, and where the funnel has no such step or cannot be counted. Where
        those of one value cannot be listed by themselves the lists are of all values.
    """
    if visible_owners(user) is not None:
        return None
    try:
        place = names_of_steps(saved.funnel).index(spot.before)
        asked = funnels.ask(saved.funnel, saved.saved_period)
    except (TragtError, ValueError):
        return None
    figures = funnels.figures(asked)
    address = reverse("funnel_step", args=[saved.pk, place + 1])
    line = None if figures is None else figures.report.steps[place]
    counts = {one: None if line is None else int(getattr(line, one)) for one in spot.outcomes}
    standing = {one: count for one, count in counts.items() if count != 0}
    everyone = [People(OF_ONE[one], f"{address}?outcome={one}", count) for one, count in standing.items()]
    part = Part(spot.by, spot.value)
    if not (spot.by and part.at_hand(asked.funnel) and funnels.is_quick(asked) and part.there(asked.funnel)):
        return Lists(everyone)
    said = urlencode({"by": spot.by, "value": spot.value})
    return Lists([People(OF_ONE[one], f"{address}?outcome={one}&{said}", None) for one in standing], everyone)
