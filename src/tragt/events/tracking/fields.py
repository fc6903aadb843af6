"""The calls of a request field by field, which takes half the time of looking at call after call.

The unit of observation is the request. What `times` says of all calls, `calls.accepted` says of each; where anything
might be wrong with one of them it says nothing, and they are looked at one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import NoneType
from typing import Final

from tragt.events.tracking.calls import EARLIEST, NAMES, Call, Kind, Sender, reserved
from tragt.events.tracking.objects import compact

__all__ = ["TELLING", "Fields", "times"]

TELLING: Final = frozenset({str(Kind.IDENTIFY), str(Kind.GROUP), str(Kind.ALIAS)})
"""The calls that tell who somebody is: they have traits in the place of properties."""

_TRACK = str(Kind.TRACK)
_USUAL = frozenset({_TRACK, str(Kind.PAGE), str(Kind.SCREEN), str(Kind.IDENTIFY)})
_NOTHING = {NoneType}


@dataclass(frozen=True)
class Fields:
    """Calls of one request. A list has as many values as there are calls, in their order.

    Attributes:
        calls: The calls, decoded.
        kinds: What each says it is, its ``type`` or the path it came by.
        one_line: Whether the request held no blank but the space, and no sign that cannot be printed.
    """

    calls: Sequence[Call]
    kinds: Sequence[str]
    one_line: bool = False

    @cached_property
    def users(self) -> list[str]:
        """The users they name; empty where they name none."""
        users = _texts([call.user_id for call in self.calls])
        return users if all(users) else [call.known for call in self.calls]

    @cached_property
    def visitors(self) -> list[str]:
        """The anonymous visitors they name; empty where they name none."""
        return _texts([call.anonymous_id for call in self.calls])

    @cached_property
    def previous(self) -> list[str]:
        """The ids that aliases join with the user; empty where there is none."""
        return _texts([call.previous_id for call in self.calls])

    @cached_property
    def groups(self) -> list[str]:
        """The groups they name; empty where they name none."""
        return _texts([call.group_id for call in self.calls])

    @cached_property
    def names(self) -> list[str]:
        """What happened, as the log calls it; empty where a call does not say."""
        given = zip(self.calls, self.kinds, strict=True)
        return [(call.event or "").strip() if kind == _TRACK else NAMES.get(kind, "") for call, kind in given]

    @cached_property
    def told(self) -> str:
        """Their properties or traits, in JSON without blanks between its parts; a line each."""
        raws = [call.properties or b"{}" for call in self.calls]
        if not TELLING.isdisjoint(self.kinds):
            given = zip(self.calls, self.kinds, raws, strict=True)
            raws = [call.traits or b"{}" if kind in TELLING else raw for call, kind, raw in given]
        lines = b"\n".join(raws).decode() if self.one_line else ""
        if lines and " " not in lines and self.objects(lines):
            return lines
        return "\n".join([compact(str(raw, "utf-8")) for raw in raws])

    def objects(self, lines: str) -> bool:
        """Whether there is a line for each call, and an object on each."""
        return lines.startswith("{") and lines.count("\n{") == lines.count("\n") == len(self.calls) - 1

    @cached_property
    def contexts(self) -> dict[bytes, int]:
        """The contexts that differ, as they were sent; of each its place."""
        raws = [call.context for call in self.calls]
        first = bytes(raws[0]) if raws else b""
        if b"".join(raws) == first * len(raws):  # most clients send the same with every call
            return {first: 0}
        return {context: place for place, context in enumerate(dict.fromkeys(map(bytes, raws)))}

    @property
    def places(self) -> list[int]:
        """Of each its context among those that differ."""
        if len(self.contexts) == 1:
            return [0] * len(self.calls)
        return [self.contexts[bytes(call.context)] for call in self.calls]


def times(given: Fields, sender: Sender) -> list[datetime] | None:
    """When calls happened that are all taken; None where one of them may not be.

    Args:
        given: The calls.
        sender: Who sends them.

    Returns:
        What `calls.accepted` gives of each.
    """
    usual = not sender.names and _USUAL.issuperset(given.kinds)
    if usual and _named(given, sender) and _printable(given, sender) and _objects(given):
        return _moments(given, sender)
    return None


def _named(given: Fields, sender: Sender) -> bool:
    """Whether each says who did something, and what; and nothing that its sender may not tell."""
    actors = [user or visitor for user, visitor in zip(given.users, given.visitors, strict=True)]
    return all(actors) and all(name and (sender.trusted or not reserved(name)) for name in set(given.names))


def _printable(given: Fields, sender: Sender) -> bool:
    if sender.plain:
        return True
    ids = [(one.user_id, one.user, one.anonymous_id, one.previous_id, one.group_id) for one in given.calls]
    texts = [text for call in ids for text in call if text.__class__ is str]
    texts += [text for one in given.calls for text in (one.message_id, one.event) if text.__class__ is str]
    return "".join(texts).isprintable()


def _objects(given: Fields) -> bool:
    """Whether what each tells is an object, and its context too."""
    unused = [call.traits for call in given.calls]
    if not TELLING.isdisjoint(given.kinds):
        calls = zip(given.calls, given.kinds, unused, strict=True)
        unused = [call.properties if kind in TELLING else traits for call, kind, traits in calls]
    return not any(unused) and given.objects(given.told) and all(one[:1] in (b"{", b"") for one in given.contexts)


def _moments(given: Fields, sender: Sender) -> list[datetime] | None:
    """When they happened, where each tells one moment by the clock of all."""
    told = [call.timestamp for call in given.calls]
    others = {type(call.original_timestamp) for call in given.calls} | {type(call.sent_at) for call in given.calls}
    if others != _NOTHING:
        return None
    late = sender.received - (sender.sent or sender.received)
    try:
        moments = [moment + late for moment in map(datetime.fromisoformat, told)]  # type: ignore[arg-type]
        # What is no text raises, and so does a moment without a zone where it is compared.
        return moments if max(moments) <= sender.received and min(moments) >= EARLIEST else None
    except (OverflowError, TypeError, ValueError):
        return None


def _texts(given: list[str | int | None]) -> list[str]:
    """Ids as texts without blanks around them; empty where there is none."""
    types = set(map(type, given))
    if types == {str}:
        return list(map(str.strip, given))  # type: ignore[arg-type]
    return [""] * len(given) if types == _NOTHING else ["" if one is None else str(one).strip() for one in given]
