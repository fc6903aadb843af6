"""What the apps above count in a file, and the parts that they add to the page of an import."""

from collections.abc import Callable, Iterable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from tragt.events import EventLog
from tragt.web.imports.models import Import

__all__ = ["add_counter", "add_parts", "counted_in", "parts_of"]

Counter = Callable[[EventLog], dict[str, dict[str, int]]]
Parts = Callable[[HttpRequest, Import], Iterable[SafeString]]

_counters: list[Counter] = []
_makers: list[Parts] = []


def add_counter(counter: Counter) -> None:
    """Let an app count in the events of a file, at its trial and when it is imported.

    Args:
        counter: Gives, by a name of its own, words of the file and the number of units that each stands at.
    """
    if counter not in _counters:
        _counters.append(counter)


def add_parts(maker: Parts) -> None:
    """Let an app add parts to the page of an import that was tried or is done.

    Args:
        maker: Gives the parts for a request and an import, as HTML.
    """
    if maker not in _makers:
        _makers.append(maker)


def counted_in(log: EventLog) -> dict[str, dict[str, int]]:
    """What the apps above count in the events of a file."""
    return {name: words for counter in _counters for name, words in counter(log).items() if words}


def parts_of(request: HttpRequest, one: Import) -> list[SafeString]:
    """The parts that the apps above have for the page of an import, in their order."""
    return [part for maker in _makers for part in maker(request, one)]
