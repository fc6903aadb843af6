"""What the apps above mark in funnels: the step that is to be looked at, with what it costs. The unit is the funnel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tragt.web.accounts.models import User
from tragt.web.funnels.models import SavedFunnel

__all__ = ["Marked", "Marker", "add_marks", "marks_of"]


@dataclass(frozen=True, slots=True)
class Marked:
    """The step of a funnel that is to be looked at.

    Attributes:
        place: Its place among all steps, from 0; never the first.
        note: What stands beside it in the picture, in a few words.
        sentence: What is to be said of it; it stands in the place of the finding.
        url: Where one reads more.
    """

    place: int
    note: str
    sentence: str
    url: str


Marker = Callable[[Sequence[SavedFunnel], User | None], Mapping[int, Marked]]

_markers: list[Marker] = []


def add_marks(marker: Marker) -> None:
    """Let an app mark steps of saved funnels.

    Args:
        marker: Gives the marks of some funnels by their keys, in the reader's language, as far as the reader may be
            told; None is a reader outside. It must ask a number of queries that does not grow with the funnels, and
            work nothing out.
    """
    if marker not in _markers:
        _markers.append(marker)


def marks_of(funnels: Sequence[SavedFunnel], user: User | None) -> dict[int, Marked]:
    """The marks of some funnels by their keys; the app that was added first comes first.

    Args:
        funnels: Saved funnels.
        user: Who reads; None is somebody outside.
    """
    found: dict[int, Marked] = {}
    for marker in _markers:
        for key, marked in marker(funnels, user).items():
            found.setdefault(key, marked)
    return found
