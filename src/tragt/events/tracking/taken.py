"""Calls that were taken, as they are kept until they are settled. The unit of observation is the call.

Who takes calls has decoded and checked them; what that found is kept field by field, so that who settles them decodes
no call a second time. What is not kept is what a client sent beside the fields of the specification.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec.structs import astuple

from tragt.events.tracking.calls import Call, Kind
from tragt.events.tracking.fields import TELLING, Fields
from tragt.events.tracking.objects import decoded, text_of, written

__all__ = ["Taken", "as_sent", "packed", "unpacked"]

_TRACK, _IDENTIFY, _PLACES = str(Kind.TRACK), str(Kind.IDENTIFY), frozenset({str(Kind.PAGE), str(Kind.SCREEN)})


class Taken(msgspec.Struct, frozen=True, array_like=True):
    """The calls of one delivery, field by field. A text holds a line a call, which is empty where there is nothing.

    Attributes:
        kinds: What the calls say.
        ids: Their messageIds.
        names: What happened, as the log calls it.
        users: Whom they name.
        visitors: The anonymous visitors they name.
        previous: The ids that aliases join with their users.
        groups: The groups they name.
        deals: The deals that their properties name.
        told: Their properties or traits, a JSON object each.
        times: When they happened, by the clock of the one who received them, in seconds since 1970; eight bytes each.
        places: Of each its context among the contexts.
        contexts: The contexts that differ, each a JSON object or empty.
    """

    kinds: str
    ids: str
    names: str
    users: str
    visitors: str
    previous: str
    groups: str
    deals: str
    told: str
    times: bytes
    places: list[int]
    contexts: list[str]

    @property
    def moments(self) -> list[float]:
        """When the calls happened, in seconds since 1970."""
        return array("d", self.times).tolist()


_LINES: Final = Taken.__struct_fields__.index("times")
"""How many fields are texts with a line a call; they come first."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Taken)


def packed(given: Fields, times: Sequence[datetime], kept: Callable[[bytes], bytes] = bytes) -> bytes:
    """Calls that are taken, as `unpacked` reads them.

    Args:
        given: The calls, all of which are taken.
        times: When each happened, with its zone.
        kept: Makes of a context what may be written down of it.
    """
    told, deals = _told(given)
    columns = (
        given.kinds,
        _ids([call.message_id for call in given.calls]),
        given.names,
        given.users,
        given.visitors,
        given.previous,
        given.groups,
        deals,
    )
    moments = array("d", map(datetime.timestamp, times)).tobytes()
    contexts = [kept(context).decode() for context in given.contexts]
    return _encoder.encode((*map("\n".join, columns), told, moments, given.places, contexts))


def unpacked(packed: bytes) -> Taken:
    """Calls as `packed` gave them.

    Raises:
        msgspec.DecodeError: It did not.
    """
    return _decoder.decode(packed)


def as_sent(packed: bytes) -> list[dict[str, Any]]:
    """Calls as a client could send them, without ``sentAt``; what is decoded from JSON is left as JSON.

    Args:
        packed: As from `packed`.

    Raises:
        msgspec.DecodeError: It is not.
    """
    taken = unpacked(packed)
    if not taken.places:
        return []
    contexts = [taken.contexts[place] for place in taken.places]
    lines = [text.split("\n") for text in astuple(taken)[:_LINES]]
    return [_as_sent(*call) for call in zip(*lines, taken.moments, contexts, strict=True)]


def _as_sent(*call: Any) -> dict[str, Any]:
    kind, id_, name, user, visitor, previous, group, _deal, told, moment, context = call
    given = {
        "event": name if kind == _TRACK else "",
        "userId": user,
        "anonymousId": visitor,
        "previousId": previous,
        "groupId": group,
        "traits" if kind in TELLING else "properties": msgspec.Raw(told.encode()),
        "context": msgspec.Raw(context.encode()),
    }
    at = datetime.fromtimestamp(moment, UTC).isoformat()
    return {"type": kind, "messageId": id_, "timestamp": at, **{name: value for name, value in given.items() if value}}


def _ids(given: list[str | int | None]) -> list[str]:
    """The messageIds, or new ones, since some clients leave them out."""
    if set(map(type, given)) == {str} and all(map(str.strip, given)):  # type: ignore[arg-type]
        return given  # type: ignore[return-value]
    return [str(one) if one and str(one).strip() else f"tragt-{uuid4().hex}" for one in given]


def _told(given: Fields) -> tuple[str, Sequence[str]]:
    """The properties or traits as the log keeps them, a line each, and the deals that they name."""
    if _PLACES.isdisjoint(given.kinds) and "deal" not in given.told:
        return given.told, [""] * len(given.calls)
    calls = zip(given.calls, given.kinds, given.told.split("\n"), strict=True)
    found = [_with_deal(call, kind, text) for call, kind, text in calls]
    return "\n".join([text for text, _ in found]), [deal for _, deal in found]


def _with_deal(call: Call, kind: str, text: str) -> tuple[str, str]:
    """What a call tells, with name and category of the page that it is about, and the deal that it names."""
    placed = kind in _PLACES and (call.name or call.category)
    if kind == _IDENTIFY or not (placed or "deal" in text):
        return text, ""
    told = decoded(text)
    if placed:
        named = {"name": call.name, "category": call.category}
        told = {**{field: value for field, value in named.items() if value}, **told}
    deal = text_of(told.get("deal_id") or told.get("dealId"))
    return written(told), " ".join(deal.splitlines())
