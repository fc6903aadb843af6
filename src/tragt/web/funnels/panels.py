"""What the apps above add to the page of a step: what was tried there before, and the like. The unit is the step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel

__all__ = ["Panel", "Teller", "add_panels", "panels_of"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page of a step.

    Attributes:
        name: By which the page leads to it; small letters and hyphens, unlike any other on the page.
        title: Its heading, in the reader's language.
        html: What stands below the heading.
        styles: Further style sheets that it needs, as ``{% static %}`` takes them.
    """

    name: str
    title: str
    html: SafeString
    styles: tuple[str, ...] = ()


Teller = Callable[[SavedFunnel, int, User], Panel | None]

_tellers: list[Teller] = []


def add_panels(teller: Teller) -> None:
    """Let an app add a panel to the pages of steps.

    Args:
        teller: Gives the panel of a saved funnel's step, by its place among all steps from 0, for who looks; None where
            it has nothing to say. It must work nothing out: the page waits for it.
    """
    if teller not in _tellers:
        _tellers.append(teller)


def panels_of(saved: SavedFunnel, place: int, user: User) -> Sequence[Panel]:
    """What the apps above say of a step, in the order in which they were added.

    Args:
        saved: The funnel.
        place: The place of the step among all, from 0.
        user: Who looks.
    """
    return [panel for teller in _tellers if (panel := teller(saved, place, user)) is not None]
