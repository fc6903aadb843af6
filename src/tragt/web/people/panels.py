"""Parts that the apps above add to the page of a person or a company, and the timeline that they tell more in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.safestring import SafeString

from tragt.web.people.queries import Named

__all__ = ["Panel", "Place", "add_panels", "add_teller", "panels_of", "timeline_told"]


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

Teller = Callable[[HttpRequest, str, Named], SafeString | None]

_makers: list[Maker] = []
_tellers: list[Teller] = []


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


def add_teller(teller: Teller) -> None:
    """Let an app tell the timelines of persons and companies, with what stands in its tables besides the event log.

    Args:
        teller: Gives the part of the page for a request, the code of a kind (``person``, ``company``) and the record,
            which the user may see; the lines alone where a part of the page asks for older ones; None leaves the
            timeline to the event log. It raises `InvalidDefinition` for a place that is none.
    """
    if teller not in _tellers:
        _tellers.append(teller)


def timeline_told(request: HttpRequest, kind: str, record: Named) -> SafeString | None:
    """The timeline of a record as the apps above tell it; None where none of them does."""
    told = (teller(request, kind, record) for teller in _tellers)
    return next((one for one in told if one is not None), None)
