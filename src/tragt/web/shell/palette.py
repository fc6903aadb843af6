"""What the command palette finds: rooms by their names, things to do, and what the searches of the apps find."""

import unicodedata
from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tragt.web.shell import rooms, shortcuts
from tragt.web.shell.rooms import Hit

__all__ = ["MOST", "found", "plain"]

MOST = 20
LONGEST = 100


def found(request: HttpRequest, text: str) -> list[Hit]:
    """What a text leads to, at most `MOST`: rooms first, those whose name starts with it before the others.

    What stands last comes besides.

    Args:
        request: Of the user, who finds only what they may enter.
        text: What was typed; an empty one finds the rooms and what can be done.
    """
    wanted = plain(text)
    places = sorted(_rooms(request, wanted.casefold()), key=lambda hit: not _starts(hit, wanted.casefold()))
    acts = shortcuts.offered(request, wanted)
    every = [*places, *acts, *(rooms.hits(request, wanted) if wanted else ())]
    return [*[hit for hit in every if not hit.last][:MOST], *(hit for hit in every if hit.last)]


def plain(given: str) -> str:
    """A text as it may be searched for: without what no keyboard types and not every database takes."""
    return "".join(letter for letter in given if unicodedata.category(letter) not in ("Cc", "Cs")).strip()[:LONGEST]


def _rooms(request: HttpRequest, wanted: str) -> Iterator[Hit]:
    for settings, kind in ((False, _("Page")), (True, _("Settings"))):
        for room, url in rooms.reachable(request, settings=settings):
            if wanted in str(room.title).casefold():
                yield Hit(str(room.title), url, kind, room.icon)


def _starts(hit: Hit, wanted: str) -> bool:
    return hit.title.casefold().startswith(wanted)
