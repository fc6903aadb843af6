"""What the frame of a page shows: rooms, languages, themes, the organisation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.functional import cached_property

from tragt.web.shell import rooms
from tragt.web.shell.language import LANGUAGES, Language, spoken
from tragt.web.shell.organisation import OrganisationInfo, current
from tragt.web.shell.themes import Theme, chosen

__all__ = ["Part", "Place", "Shell", "shell"]

ON_THE_PHONE = 4
REMOVE_DEMONSTRATION = "demonstration_remove"


@dataclass(frozen=True, slots=True)
class Place:
    """A room as the navigation shows it.

    Attributes:
        title: What it is called, translated when it is shown.
        url: Its address.
        icon: Name of a Lucide icon.
        current: What ``aria-current`` says: ``page`` on the room's own page, ``true`` further inside, else empty.
        counts: Says how many things in it ask to be looked at.
        chapter: The part of the settings that it is a page of, if any.
        about: What one does there.
    """

    title: rooms.Text
    url: str
    icon: str
    current: str = ""
    counts: Callable[[], int] | None = None
    chapter: rooms.Chapter | None = None
    about: rooms.Text = ""

    @property
    def notices(self) -> int:
        """How many things in it ask to be looked at."""
        return self.counts() if self.counts else 0


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter of the settings with the pages of it that a user may open.

    Attributes:
        chapter: Which one.
        places: Its pages.
    """

    chapter: rooms.Chapter
    places: list[Place]

    @property
    def current(self) -> bool:
        """Whether the page that is shown belongs to it."""
        return any(place.current for place in self.places)


class Shell:
    """The frame of the page that a request asks for; each part is found when the template first asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def signed_in(self) -> bool:
        """Whether someone is signed in; not so on a page that failed before that was known."""
        return bool(getattr(getattr(self._request, "user", None), "is_authenticated", False))

    @cached_property
    def frame(self) -> str:
        """The template that pages for both, those signed in and others, stand in."""
        return "shell/page.html" if self.signed_in else "shell/narrow.html"

    @cached_property
    def main(self) -> list[Place]:
        """The rooms of the navigation."""
        return self._places(settings=False)

    @cached_property
    def first(self) -> list[Place]:
        """Those that the bar of a phone has room for."""
        return self.main[:ON_THE_PHONE]

    @cached_property
    def rest(self) -> list[Place]:
        """Those that a phone shows under *More*."""
        return self.main[ON_THE_PHONE:]

    @cached_property
    def settings(self) -> list[Place]:
        """The pages of the settings."""
        return self._places(settings=True)

    @cached_property
    def chapters(self) -> list[Part]:
        """The pages of the settings, chapter by chapter."""
        by_chapter = groupby(self.settings, key=lambda place: place.chapter)
        return [Part(chapter, list(places)) for chapter, places in by_chapter if chapter]

    @cached_property
    def in_settings(self) -> bool:
        """Whether the page belongs to the settings."""
        return any(place.current for place in self.settings) or self._request.path == reverse("settings")

    @cached_property
    def organisation(self) -> OrganisationInfo:
        """The organisation."""
        return current()

    @cached_property
    def remove_demonstration(self) -> str:
        """Where the demonstration firm is removed, for those who may; else empty."""
        if not self.signed_in or not self._request.user.has_perm("demonstration.remove"):
            return ""
        try:
            return reverse(REMOVE_DEMONSTRATION)
        except NoReverseMatch:
            return ""

    @property
    def languages(self) -> Iterable[Language]:
        """The languages to choose from."""
        return LANGUAGES

    @cached_property
    def language(self) -> Language:
        """The language of this page."""
        code = spoken(translation.get_language() or "")
        return next((one for one in LANGUAGES if one.code == code), LANGUAGES[0])

    @property
    def themes(self) -> Iterable[Theme]:
        """The themes to choose from."""
        return Theme

    @cached_property
    def theme(self) -> Theme:
        """The theme of this page."""
        return chosen(self._request)

    @cached_property
    def here(self) -> str:
        """Where to come back to after a choice of language or theme."""
        return self._request.get_full_path() if self._request.method == "GET" else self._request.path

    def _places(self, *, settings: bool) -> list[Place]:
        if not self.signed_in:
            return []
        found = [
            Place(
                room.title,
                url,
                room.icon,
                counts=room.counts(self._request),
                chapter=room.chapter,
                about=room.about,
            )
            for room, url in rooms.reachable(self._request, settings=settings)
        ]
        inside = max((one.url for one in found if _leads_to(one.url, self._request.path)), key=len, default="")
        return [
            replace(one, current=_current(one.url, self._request.path)) if one.url == inside else one for one in found
        ]


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Give every template the frame of its page as ``shell``."""
    return {"shell": Shell(request)}


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _current(url: str, path: str) -> str:
    return "page" if path == url else "true"
