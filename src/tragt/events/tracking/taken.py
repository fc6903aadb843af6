"""Calls that were taken, as they are kept until they are settled. The unit of observation is the call.

Who takes calls has decoded and checked them; what that found is kept field by field, so that who settles them decodes
no call a second time. What is not kept is what a client sent beside the fields of the specification.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import msgspec

from tragt.events.tracking.calls import NAMES, Call, Kind
from tragt.events.tracking.objects import compact, decoded, text_of, written

__all__ = ["TELLING", "Taken", "Taking", "as_sent", "unpacked"]

TELLING: Final = frozenset({str(Kind.IDENTIFY), str(Kind.GROUP), str(Kind.ALIAS)})
"""The calls that tell who somebody is: they have traits in the place of properties."""

_TRACK, _IDENTIFY, _PLACES = str(Kind.TRACK), str(Kind.IDENTIFY), (str(Kind.PAGE), str(Kind.SCREEN))


class Taken(msgspec.Struct, frozen=True, array_like=True):
    """The calls of one delivery, field by field: of all lists but the last, the same place is the same call.

    Attributes:
        kinds: What the calls say.
        ids: Their messageIds.
        names: What happened, as the log calls it.
        users: Whom they name; None where nobody.
        visitors: The anonymous visitors they name; None where none.
        previous: The ids that aliases join with their users; None elsewhere.
        groups: The groups they name; None where none.
        deals: The deals that their properties name; None where none.
        times: When they happened, by the clock of the one who received them, in seconds since 1970.
        told: Their properties or traits, a JSON object.
        places: Of each its context among the contexts.
        contexts: The contexts that differ, each a JSON object or empty.
    """

    kinds: list[str]
    ids: list[str]
    names: list[str]
    users: list[str | None]
    visitors: list[str | None]
    previous: list[str | None]
    groups: list[str | None]
    deals: list[str | None]
    times: list[float]
    told: list[str]
    places: list[int]
    contexts: list[str]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Taken)


class Taking:
    """Collects the calls that are taken.

    Args:
        kept: Makes of a context what may be written down of it.
    """

    def __init__(self, kept: Callable[[bytes], bytes] = bytes) -> None:
        self._kept = kept
        self._rows: list[tuple[object, ...]] = []
        self._contexts: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, call: Call, kind: str, at: datetime) -> None:
        """Take a call.

        Args:
            call: The call.
            kind: What it says.
            at: When it happened, with its zone.
        """
        told, deal = _told(call, kind)
        name = (call.event or "").strip() if kind == _TRACK else NAMES[kind]
        place = self._contexts.setdefault(bytes(call.context), len(self._contexts))
        previous = call.previous or None if call.previous_id is not None else None
        group = call.group or None if call.group_id is not None else None
        who = call.known or None, call.anonymous or None, previous, group
        self._rows.append((kind, _id(call), name, *who, deal, at.timestamp(), told, place))

    def packed(self) -> bytes:
        """The calls as `unpacked` reads them."""
        fields = zip(*self._rows, strict=True) if self._rows else [()] * (len(Taken.__struct_fields__) - 1)
        return _encoder.encode((*fields, [self._kept(context).decode() for context in self._contexts]))


def unpacked(packed: bytes) -> Taken:
    """Calls as `Taking.packed` gave them.

    Raises:
        msgspec.DecodeError: It did not.
    """
    return _decoder.decode(packed)


def as_sent(packed: bytes) -> list[dict[str, Any]]:
    """Calls as a client could send them, without ``sentAt``; what is decoded from JSON is left as JSON.

    Args:
        packed: As from `Taking.packed`.

    Raises:
        msgspec.DecodeError: It is not.
    """
    taken = unpacked(packed)
    return [_as_sent(taken, place) for place in range(len(taken.ids))]


def _as_sent(taken: Taken, place: int) -> dict[str, Any]:
    kind, context = taken.kinds[place], taken.contexts[taken.places[place]]
    told = {
        "event": taken.names[place] if kind == _TRACK else None,
        "userId": taken.users[place],
        "anonymousId": taken.visitors[place],
        "previousId": taken.previous[place],
        "groupId": taken.groups[place],
        "traits" if kind in TELLING else "properties": msgspec.Raw(taken.told[place].encode()),
        "context": msgspec.Raw(context.encode()) if context else None,
    }
    at = datetime.fromtimestamp(taken.times[place], UTC).isoformat()
    given = {name: value for name, value in told.items() if value is not None}
    return {"type": kind, "messageId": taken.ids[place], "timestamp": at, **given}


def _id(call: Call) -> str:
    """Its messageId, or a new one, since some clients leave it out."""
    given = call.message_id
    return str(given) if given and str(given).strip() else f"tragt-{uuid4().hex}"


def _told(call: Call, kind: str) -> tuple[str, str | None]:
    """The properties or traits as the log keeps them, and the deal that they name."""
    text = compact(bytes(call.traits if kind in TELLING else call.properties).decode())
    placed = kind in _PLACES and (call.name or call.category)
    if kind == _IDENTIFY or not (placed or "deal" in text):
        return text, None
    told = decoded(text)
    if placed:
        named = {"name": call.name, "category": call.category}
        told = {**{field: value for field, value in named.items() if value}, **told}
    return written(told), text_of(told.get("deal_id") or told.get("dealId")) or None
