"""What apps above hang on hypotheses: journeys, experiments, campaigns. The unit is the kind of what hangs there."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from tragt.errors import InvalidDefinition

__all__ = ["Attachable", "add_attachable", "attachable_of", "attachables"]


@dataclass(frozen=True, slots=True)
class Attachable:
    """A kind of things that can hang on hypotheses.

    Attributes:
        kind: What links call it.
        title: What one of it is called.
        icon: Name of a Lucide icon.
        url: Gives the address of one, by its key.
        permission: What a user must have to be led there.
    """

    kind: str
    title: str | Promise
    icon: str
    url: Callable[[str], str]
    permission: str


_attachables: dict[str, Attachable] = {}


def add_attachable(one: Attachable) -> None:
    """Let an app hang things of a kind on hypotheses."""
    _attachables[one.kind] = one


def attachables() -> list[Attachable]:
    """The kinds of things that can hang on hypotheses."""
    return list(_attachables.values())


def attachable_of(kind: str) -> Attachable:
    """A kind of things that can hang on hypotheses.

    Raises:
        InvalidDefinition: No app brings such a kind.
    """
    if kind not in _attachables:
        known = ", ".join(sorted(_attachables)) or "nothing"
        raise InvalidDefinition(
            "hypotheses.attachable", f"No '{kind}' can hang on a hypothesis; only {known} can.", field="kind", kind=kind
        )
    return _attachables[kind]
