"""The rooms of the house: what the navigation, the settings and the command palette lead to.

An app registers its rooms when it is ready; a room whose app does not exist stands nowhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

__all__ = ["Hit", "Room", "add_room", "add_search", "hits", "reachable", "rooms"]

Text = str | Promise
Search = Callable[[HttpRequest, str], Iterable["Hit"]]


@dataclass(frozen=True, slots=True)
class Room:
    """A place that people go to.

    Attributes:
        title: What it is called, translated when it is shown.
        url_name: Name of its address.
        icon: Name of a Lucide icon.
        order: Place in its list; the loop of the product is counted in tens.
        place: ``main`` navigation, or page of the ``settings``.
        permission: What a user must have for it to be shown; empty means everyone.
        notices: Says how many things in it ask to be looked at; it must be quick. None means it never has any.
    """

    title: Text
    url_name: str
    icon: str
    order: int
    place: Literal["main", "settings"] = "main"
    permission: str = ""
    notices: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that the command palette leads to.

    Attributes:
        title: What it is called.
        url: Where it leads.
        kind: What it is.
        icon: Name of a Lucide icon.
        last: Whether it stands after all others, however many there are.
    """

    title: str
    url: str
    kind: Text
    icon: str = "arrow-right"
    last: bool = False


_rooms: dict[str, Room] = {}
_searches: list[Search] = []


def add_room(room: Room) -> None:
    """Let a room stand in the navigation."""
    _rooms[room.url_name] = room


def add_search(search: Search, *, first: bool = False) -> None:
    """Let the command palette find what `search` finds for a request and a text; it must be quick.

    Args:
        search: Gives what it finds.
        first: Whether that stands before what others find.
    """
    if search not in _searches:
        _searches.insert(0 if first else len(_searches), search)


def rooms(request: HttpRequest, place: str) -> list[Room]:
    """The rooms of a place that this user may enter, in their order."""
    allowed = (room for room in _rooms.values() if not room.permission or request.user.has_perm(room.permission))
    return sorted((room for room in allowed if room.place == place), key=lambda room: room.order)


def reachable(request: HttpRequest, place: str) -> list[tuple[Room, str]]:
    """The rooms of a place that this user may enter, each with its address; one without an address is left out."""
    found = []
    for room in rooms(request, place):
        try:
            found.append((room, reverse(room.url_name)))
        except NoReverseMatch:
            continue
    return found


def hits(request: HttpRequest, text: str, *, without: Search | None = None) -> list[Hit]:
    """What the searches of all apps find.

    Args:
        request: Of the user who looks.
        text: What was typed.
        without: A search that is left out.
    """
    return [hit for search in _searches if search is not without for hit in search(request, text)]
