"""Parts that the apps above add to the page of a person or a company."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.safestring import SafeString

__all__ = ["Panel", "Place", "add_panels", "panels_of"]


class Place(StrEnum):
    """Where a part stands."""

    MAIN = "main"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page of a record.

    Attributes:
        place: Where it stands.
        html: The part.
        styles: Static files of the styles that it needs.
        scripts: Static files of the scripts that it needs, each a module.
    """

    place: Place
    html: SafeString
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


Maker = Callable[[HttpRequest, str, int], Iterable[Panel]]

_makers: list[Maker] = []


def add_panels(maker: Maker) -> None:
    """Let an app add parts to the page of each person and company.

    Args:
        maker: Gives the parts for a request, the code of a kind (``person``, ``company``) and the key of a record that
            the user may see. It must ask a number of queries that does not grow with what it shows.
    """
    if maker not in _makers:
        _makers.append(maker)


def panels_of(request: HttpRequest, kind: str, key: int) -> list[Panel]:
    """The parts that the apps above have for the page of a record, in their order."""
    return [panel for maker in _makers for panel in maker(request, kind, key)]
