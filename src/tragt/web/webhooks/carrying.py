"""Carrying one message to its receiver, and what comes of it. No database is asked here. The unit is the attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

from tragt.web.shell.guard import Address, AddressRefused, Answer, Bounds, Request, Unreachable, ask
from tragt.web.webhooks.models import ANSWER_LENGTH, Cause

__all__ = ["GONE", "LONGEST_REST", "Outcome", "Parcel", "carry"]

BOUNDS = Bounds(seconds=10.0, most=64 * 1024)
GONE = 410
LONGEST_REST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as it is carried.

    Attributes:
        key: Key of the message.
        endpoint: Key of its webhook.
        lease: Until when nobody else carries it.
        address: Where to.
        headers: What stands beside the body.
        body: What is told.
    """

    key: int
    endpoint: int
    lease: datetime
    address: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        status: What was answered; None where nothing was.
        cause: Why it was not taken; empty where it was.
        answer: The beginning of what was answered.
        rest: How long the receiver asks to be left alone; None where it does not ask.
    """

    status: int | None = None
    cause: str = ""
    answer: str = ""
    rest: timedelta | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return not self.cause


def carry(parcel: Parcel) -> Outcome:
    """Carry a message to its receiver. Whatever goes wrong is an outcome."""
    try:
        answer = ask(Request(Address.of(parcel.address), "POST", parcel.headers, parcel.body), BOUNDS)
    except AddressRefused as refusal:
        return Outcome(cause=Cause.ADDRESS, answer=_short(refusal.message))
    except Unreachable as problem:
        return Outcome(cause=Cause(str(problem.fields["cause"])), answer=_short(problem.message))
    taken = 200 <= answer.status < 300
    return Outcome(
        answer.status,
        "" if taken else Cause.STATUS,
        _short(answer.body.decode(errors="replace")),
        None if taken else _rest(answer),
    )


def _short(text: str) -> str:
    """The beginning of a text, without signs that no database takes or that show nothing."""
    shown = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text[:ANSWER_LENGTH])
    return shown.strip()


def _rest(answer: Answer) -> timedelta | None:
    """What the header ``Retry-After`` asks for: seconds, or a moment; a day at most."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        rest = timedelta(seconds=min(int(said[:9]), LONGEST_REST.total_seconds()))
    else:
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return None
        rest = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - timezone.now()
    return min(max(rest, timedelta(0)), LONGEST_REST)
