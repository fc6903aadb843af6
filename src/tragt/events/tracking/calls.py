"""A call of the tracking API, decoded and checked. The unit of observation is the call.

What is not checked here: whether the sender may send at all (its key), and how much it sends.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from tragt.events.tracking.refusals import Refusal, of_decoding

__all__ = ["EARLIEST", "LARGEST", "NAMES", "RESERVED", "Call", "Kind", "Sender", "accepted", "decoded", "reserved"]

LARGEST = 32 * 1024
"""Bytes of the largest call."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing that is taken happened before."""

_LONGEST_ID = 390
_LONGEST_NAME = 200
_AHEAD = timedelta(days=1)
_MILLISECONDS = 1e11
_OBJECT = (b"{", b"n")
"""How an object begins, and null."""
_ONE_DIGIT = re.compile(r"-(\d)(?!\d)")


class Kind(StrEnum):
    """What a call says."""

    TRACK = "track"
    PAGE = "page"
    SCREEN = "screen"
    IDENTIFY = "identify"
    GROUP = "group"
    ALIAS = "alias"


KINDS = frozenset(Kind)
_TRACK, _ALIAS, _GROUP = str(Kind.TRACK), str(Kind.ALIAS), str(Kind.GROUP)

NAMES: Final[Mapping[str, str]] = {
    Kind.PAGE: "Page Viewed",
    Kind.SCREEN: "Screen Viewed",
    Kind.IDENTIFY: "Identified",
    Kind.GROUP: "Group Joined",
    Kind.ALIAS: "Alias Made",
}
"""How calls other than track are called in the log."""

_CONSENT = frozenset({"Consent Given", "Consent Withdrawn"})

RESERVED = frozenset(
    {
        "Activity Corrected",
        "Call Logged",
        "Consent Given",
        "Consent Withdrawn",
        "Deal Created",
        "Deal Lost",
        "Deal Reopened",
        "Deal Stage Entered",
        "Deal Won",
        "Email Bounced",
        "Email Clicked",
        "Email Delivered",
        "Email Opened",
        "Email Replied",
        "Email Sent",
        "Form Confirmed",
        "Form Submitted",
        "Lifecycle Stage Entered",
        "Meeting Booked",
        "Meeting Held",
        "Referral Made",
    }
)
"""Names of events that Tragt itself or a secret key tells, compared as people read them, whatever capitals and blanks.

Consent is a visitor's own to give: with a public key it tells of the visitor alone.
"""

_UNSEEN = {
    **dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0"), " "),
    **dict.fromkeys([0x34F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]),
}
"""Characters that count as printable and show nothing: fillers stand for a blank, marks for nothing."""

_RESERVED = frozenset(name.casefold() for name in RESERVED - _CONSENT)

Id = Annotated[str, msgspec.Meta(max_length=_LONGEST_ID)] | int | None
Name = Annotated[str, msgspec.Meta(max_length=_LONGEST_NAME)] | None
Moment = str | int | float | None


class Call(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A call as a client sends it; what a client leaves out is None, or empty."""

    type: str | None = None
    action: str | None = None
    event: Name = None
    name: str | None = None
    category: str | None = None
    message_id: Annotated[str, msgspec.Meta(max_length=_LONGEST_NAME)] | int | None = None
    anonymous_id: Id = None
    user_id: Id = None
    user: Id = msgspec.field(default=None, name="user_id")
    previous_id: Id = None
    group_id: Id = None
    timestamp: Moment = None
    original_timestamp: Moment = None
    sent_at: Moment = None
    properties: msgspec.Raw = msgspec.Raw()
    traits: msgspec.Raw = msgspec.Raw()
    context: msgspec.Raw = msgspec.Raw()

    @property
    def kind(self) -> str:
        """What it says it is; empty where it does not."""
        return (self.type or self.action or "").lower()

    @property
    def known(self) -> str:
        """The user it names; empty where it names none."""
        return _text(self.user_id) or _text(self.user)

    @property
    def anonymous(self) -> str:
        """The anonymous visitor it names; empty where it names none."""
        return _text(self.anonymous_id)

    @property
    def previous(self) -> str:
        """The id that an alias joins with the user; empty where there is none."""
        return _text(self.previous_id)

    @property
    def group(self) -> str:
        """The group it names; empty where it names none."""
        return _text(self.group_id)

    def happened(self, received: datetime, sent: datetime | None) -> datetime | None:
        """When it happened, by the clock of the one who received it.

        The time from happening to sending is read off the sender's own clock, whatever that shows. A moment that then
        still lies ahead is that of receiving.

        Args:
            received: When it came, UTC.
            sent: When the batch was sent, by the sender's clock; None where it does not say.

        Returns:
            With its zone; None where the sender's clock shows something that no clock can.
        """
        try:
            told = moment(self.timestamp)
            if self.original_timestamp is not None:
                # A client that is told of something past sends that time beside its own clock's.
                original = moment(self.original_timestamp)
                told = min(told, original) if told and original else told or original
            if told is None:
                return received
            left = sent if self.sent_at is None else moment(self.sent_at) or sent
            at = received - (left - told) if left else told
        except (OverflowError, ValueError):
            return None
        if at <= received:
            return at
        return received if at < received + _AHEAD else None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends calls, and when they came.

    Attributes:
        trusted: Whether a secret key sends them, which may say everything.
        received: When they came, UTC.
        sent: When the batch was sent, by the sender's clock; None where it does not say.
        names: The events that the key may send, as the log calls them; empty means all.
        plain: Whether no text that they send can hold a character that cannot be printed.
    """

    trusted: bool
    received: datetime
    sent: datetime | None = None
    names: frozenset[str] = frozenset()
    plain: bool = False


_decoder = msgspec.json.Decoder(Call)


def decoded(raw: bytes | msgspec.Raw, place: int = 0) -> Call | Refusal:
    """A call from its JSON; a refusal where that is none, or a field has another type.

    Args:
        raw: The JSON.
        place: Place of the call in its batch.
    """
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        return of_decoding(problem, place)


def accepted(call: Call, kind: str, sender: Sender, place: int = 0) -> datetime | Refusal:
    """When a call that is taken happened; a refusal where it is not taken.

    Args:
        call: The call.
        kind: What it says it is, its ``type`` or the path it came by.
        sender: Who sends it.
        place: Place of the call in its batch.
    """
    found = _kind(kind) or _who(call, kind) or _event(call, kind, sender) or _texts(call, sender) or _objects(call)
    if found is None and sender.names:
        found = _listed(call, kind, sender)
    if found is None:
        at = call.happened(sender.received, sender.sent)
        if at is not None and at >= EARLIEST:
            return at
        found = _time(call)
    code, field, message = found
    return Refusal(code, field, message, place)


def moment(told: Moment) -> datetime | None:
    """A time as clients write it, with its zone or in UTC: ISO 8601, or seconds or milliseconds since 1970.

    Raises:
        ValueError: It is not written so, or no calendar has it.
        OverflowError: No calendar has it.
    """
    if told is None or told == "":
        return None
    if isinstance(told, str):
        given = _iso(told)
        return given if given.tzinfo is not None else given.replace(tzinfo=UTC)
    seconds = told / 1000 if abs(told) >= _MILLISECONDS else told
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _iso(text: str) -> datetime:
    """A time of ISO 8601, also where a month or a day has one digit, as in examples of the specification."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(_ONE_DIGIT.sub(r"-0\1", text.strip()))


Found = tuple[str, str, str] | None


def _kind(kind: str) -> Found:
    if kind in KINDS:
        return None
    return "type.unknown", "type", f"'{kind[:40]}' is no type of call. Known are {', '.join(Kind)}."


def _who(call: Call, kind: str) -> Found:
    if not call.known and not call.anonymous:
        return "id.missing", "userId", "The call names nobody. Send userId, anonymousId, or both."
    if kind == _ALIAS and not (call.known and call.previous):
        return "alias.incomplete", "previousId", "An alias needs userId and previousId."
    if kind == _GROUP and not call.group:
        return "group.missing", "groupId", "A group call needs groupId."
    return None


def _event(call: Call, kind: str, sender: Sender) -> Found:
    if kind != _TRACK:
        return None
    name = (call.event or "").strip()
    if not name:
        return "event.missing", "event", "A track call needs event, the name of what happened."
    if not sender.trusted and reserved(name):
        return "event.reserved", "event", f"'{name}' may be sent with a secret key only."
    return None


def reserved(name: str) -> bool:
    """Whether only Tragt itself or a secret key may tell of this, as people read it."""
    return _as_read(name) in _RESERVED


def _as_read(name: str) -> str:
    """A name as people read it: whatever its capitals, and one blank for several or for what only looks like one."""
    if name.isascii():
        return " ".join(name.casefold().split()) if "  " in name else name.casefold()
    return " ".join(unicodedata.normalize("NFKC", name).translate(_UNSEEN).casefold().split())


def _listed(call: Call, kind: str, sender: Sender) -> Found:
    name = NAMES.get(kind) or (call.event or "").strip()
    if name in sender.names or name in _CONSENT:
        return None
    return (
        "event.unlisted",
        "event",
        f"'{name}' is none of the events that this key may send. Add it to the key's list.",
    )


def _texts(call: Call, sender: Sender) -> Found:
    if sender.plain:
        return None
    texts = call.user_id, call.user, call.anonymous_id, call.previous_id, call.group_id, call.message_id, call.event
    if "".join([text for text in texts if text.__class__ is str]).isprintable():
        return None
    fields = "userId", "user_id", "anonymousId", "previousId", "groupId", "messageId", "event"
    field = next(name for name, text in zip(fields, texts, strict=True) if not str(text or "").isprintable())
    return "text.unprintable", field, f"{field} holds characters that cannot be printed. Leave them out."


def _objects(call: Call) -> Found:
    if _is_object(call.properties) and _is_object(call.context) and _is_object(call.traits):
        return None
    given = (("properties", call.properties), ("traits", call.traits), ("context", call.context))
    field = next(name for name, raw in given if not _is_object(raw))
    return "type", field, f"{field} must be an object."


def _is_object(raw: msgspec.Raw) -> bool:
    return not raw or bytes(raw)[:1] in _OBJECT


def _time(call: Call) -> tuple[str, str, str]:
    field = "timestamp" if call.original_timestamp is None else "originalTimestamp"
    said = "is no time of ISO 8601, or lies before 1990, or more than a day ahead. Correct it, or leave it out."
    return "time.range", field, f"{field} {said}"


def _text(told: Id) -> str:
    if told is None:
        return ""
    return told.strip() if isinstance(told, str) else str(told)
