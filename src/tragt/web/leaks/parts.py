"""What the apps above add to leaks: links beside each of them, and parts of its page. The unit is the leak."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from tragt.web.leaks.presenting import Entry

__all__ = ["Link", "Linked", "Part", "add_link", "add_parts", "links_of", "parts_of"]


@dataclass(frozen=True, slots=True)
class Link:
    """What can be done about every leak.

    Attributes:
        words: What the link says.
        icon: Name of a Lucide icon.
        permission: What a user must have for it to be shown.
        url: Gives the address for the key of a leak; it asks nothing of the database.
    """

    words: str | Promise
    icon: str
    permission: str
    url: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Linked:
    """A link of one leak."""

    words: str | Promise
    icon: str
    permission: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page of a leak.

    Attributes:
        html: The part.
        aside: Whether it stands beside the figures; else below them.
        styles: Static files of the styles that it needs.
    """

    html: SafeString
    aside: bool = False
    styles: tuple[str, ...] = ()


Maker = Callable[[HttpRequest, "Entry"], Iterable[Part]]

_links: list[Link] = []
_makers: list[Maker] = []


def add_link(link: Link) -> None:
    """Let an app offer something to do about every leak."""
    if link not in _links:
        _links.append(link)


def links_of(key: int) -> list[Linked]:
    """What can be done about a leak, for whoever may.

    Args:
        key: Of the leak.
    """
    return [Linked(one.words, one.icon, one.permission, one.url(key)) for one in _links]


def add_parts(maker: Maker) -> None:
    """Let an app add parts to the page of each leak.

    Args:
        maker: Gives the parts for a request and a leak. It must ask a number of queries that does not grow.
    """
    if maker not in _makers:
        _makers.append(maker)


def parts_of(request: HttpRequest, entry: "Entry") -> list[Part]:
    """The parts that the apps above have for the page of a leak, in their order."""
    return [part for maker in _makers for part in maker(request, entry)]
