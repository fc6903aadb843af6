"""What the command palette offers to do: an app registers a shortcut when it is ready."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Hit, Text

__all__ = ["Shortcut", "add_shortcut", "offered"]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Something to do.

    Attributes:
        title: What it is called, as a request.
        words: By what other words it is found.
        icon: Name of a Lucide icon.
        url_name: Name of the address where it is done.
        place: What follows the address: a query and a part of the page.
        permission: What a user must have for it to be offered; empty means everyone.
    """

    title: Text
    words: Text
    icon: str
    url_name: str
    place: str = ""
    permission: str = ""


_shortcuts: dict[tuple[str, str], Shortcut] = {}


def add_shortcut(shortcut: Shortcut) -> None:
    """Let the command palette offer to do something."""
    _shortcuts[shortcut.url_name, shortcut.place] = shortcut


def offered(request: HttpRequest, text: str) -> Iterator[Hit]:
    """The shortcuts whose title or other words begin as every word that was typed, to those who may."""
    typed = text.casefold().split()
    for one in _shortcuts.values():
        known = f"{one.title} {one.words}".casefold().split()
        if one.permission and not request.user.has_perm(one.permission):
            continue
        if all(any(word.startswith(start) for word in known) for start in typed):
            yield Hit(str(one.title), reverse(one.url_name) + one.place, _("Action"), one.icon)
