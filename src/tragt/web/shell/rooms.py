"""The rooms of the house: what the navigation, the settings and the command palette lead to.

An app registers its rooms when it is ready; a room whose app does not exist stands nowhere.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings as configured
from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["Chapter", "Hit", "Room", "add_room", "add_search", "hits", "reachable", "rooms"]

Text = str | Promise
Search = Callable[[HttpRequest, str], Iterable["Hit"]]


class Chapter(TextChoices):
    """A part of the settings, in the order in which they stand."""

    ACCOUNT = "account", _("Your account")
    ORGANISATION = "organisation", _("Organisation and access")
    COLLECTION = "collection", _("Data coming in")
    RECORDS = "records", _("Persons and companies")
    SALES = "sales", _("Pipelines and deals")
    CONNECTIONS = "connections", _("Mail and connections")
    PRIVACY = "privacy", _("Privacy and operation")


@dataclass(frozen=True, slots=True)
class Room:
    """A place that people go to.

    Attributes:
        title: What it is called, translated when it is shown.
        url_name: Name of its address.
        icon: Name of a Lucide icon.
        order: Place in its list; the loop of the product is counted in tens.
        chapter: The part of the settings that it is a page of; None: it stands in the main navigation.
        permission: What a user must have for it to be shown; empty means everyone.
        notices: Says how many things in it ask to be looked at; it must be quick. None means it never has any.
        about: What one does there, in a sentence, for a list of rooms.
        notices_for: The same as ``notices`` where it is not the same for everyone: for whoever asks.
    """

    title: Text
    url_name: str
    icon: str
    order: int
    chapter: Chapter | None = None
    permission: str = ""
    notices: Callable[[], int] | None = None
    about: Text = ""
    notices_for: Callable[[HttpRequest], int] | None = None

    def counts(self, request: HttpRequest) -> Callable[[], int] | None:
        """Says how many things in it ask whoever sends a request to be looked at; None where it never has any."""
        return self.notices if self.notices_for is None else functools.partial(self.notices_for, request)

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among the others, chapter by chapter."""
        return (list(Chapter).index(self.chapter) if self.chapter else -1), self.order


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


def rooms(request: HttpRequest, *, settings: bool) -> list[Room]:
    """The rooms that this user may enter, of the settings or of the main navigation, in their order."""
    asked = (room for room in _rooms.values() if bool(room.chapter) == settings)
    allowed = (room for room in asked if not room.permission or request.user.has_perm(room.permission))
    return sorted(allowed, key=lambda room: room.rank)


def reachable(request: HttpRequest, *, settings: bool) -> list[tuple[Room, str]]:
    """The rooms that this user may enter, each with its address; one without an address is left out."""
    within = (get_urlconf() or configured.ROOT_URLCONF, get_script_prefix())
    found = []
    for room in rooms(request, settings=settings):
        try:
            found.append((room, _address(room.url_name, *within)))
        except NoReverseMatch:
            continue
    return found


@functools.cache
def _address(url_name: str, urlconf: str, _prefix: str) -> str:
    """The address of a name, found once: every page asks for those of all rooms."""
    return reverse(url_name, urlconf)


def hits(request: HttpRequest, text: str, *, without: Search | None = None) -> list[Hit]:
    """What the searches of all apps find.

    Args:
        request: Of the user who looks.
        text: What was typed.
        without: A search that is left out.
    """
    return [hit for search in _searches if search is not without for hit in search(request, text)]
