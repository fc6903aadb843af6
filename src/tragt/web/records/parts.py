"""What other apps add to lists of records: something to do with what a list asks, and with those who are chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tragt.web.accounts.models import User
from tragt.web.records.kinds import Kind

__all__ = ["ListPart", "add_list_part", "list_parts", "part_doing"]

Keys = Callable[[], Sequence[int]]


@dataclass(frozen=True, slots=True)
class ListPart:
    """Something that may be done with a list.

    Attributes:
        act: What the form of the chosen records says that is to be done.
        permission: Who may do it.
        bar: Template beside the filters, for everyone; it has the list's own inputs.
        chosen: Template beside what is done with chosen records, for those who may do it.
        do: Does it, and says where to go on: with the request, the kind, and what gives the keys of the chosen.
    """

    act: str
    permission: str
    bar: str
    chosen: str
    do: Callable[[HttpRequest, Kind, Keys], HttpResponseBase]


_parts: dict[str, ListPart] = {}


def add_list_part(part: ListPart) -> None:
    """Let lists have a part of an app above."""
    _parts[part.act] = part


def list_parts() -> Sequence[ListPart]:
    """What other apps added, in the order of their acts."""
    return [_parts[act] for act in sorted(_parts)]


def part_doing(act: str, user: User) -> ListPart | None:
    """The part that does something, if a user may do it.

    Args:
        act: What is to be done.
        user: Who wants to.
    """
    found = _parts.get(act)
    return found if found is not None and user.has_perm(found.permission) else None
