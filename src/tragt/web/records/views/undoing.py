"""What may be taken back of a change of many records, told once on the page that comes next."""

from dataclasses import dataclass

from django.http import HttpRequest

__all__ = ["Undoable", "remember", "undoable"]

_KEPT = "records_changed"


@dataclass(frozen=True, slots=True)
class Undoable:
    """A change of many records that was just made.

    Attributes:
        text: What became of them.
        change: Key of the change; None where nothing was changed.
    """

    text: str
    change: int | None


def remember(request: HttpRequest, change: Undoable) -> None:
    """Tell of a change on the next page."""
    request.session[_KEPT] = [change.text, change.change]


def undoable(request: HttpRequest) -> Undoable | None:
    """The change to be told of now; None where there is none."""
    kept = request.session.pop(_KEPT, None)
    return Undoable(*kept) if kept else None
