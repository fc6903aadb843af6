"""What is done with calls that were turned away: mended and sent again, sent again as they are, thrown away.

And what is said of visitors: what is kept of them, and which networks are one's own, or those of machines.

A call that is sent again is checked as any that comes, and counts as come when it first came: without a time of its
own it would else move to today. It goes into the inbox and off the list in one transaction of the inbox.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.events.tracking.bodies import BATCH, Body, read
from tragt.events.tracking.ranges import Ranges
from tragt.events.tracking.refusals import Refusal
from tragt.web.collect.models import NetworkList, Visitors
from tragt.web.collect.network_lists import Found
from tragt.web.collect.queries import moment, turned_away
from tragt.web.collect.senders import names_of
from tragt.web.collect.visitors import VISITORS
from tragt.web.inbox import actions as inbox
from tragt.web.inbox.models import Rejected
from tragt.web.shell.acting import Who, acting

__all__ = [
    "AT_ONCE",
    "Chosen",
    "Sent",
    "change_visitors",
    "keep_list",
    "mend",
    "remove_list",
    "send_again",
    "throw_away",
    "throw_away_all",
]

AT_ONCE = 2000
"""How many calls are sent again at once."""

_MANY = 500
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which calls are meant: those of one reason.

    Attributes:
        code: The reason.
        field: The field that it is about; empty where it is the call as a whole.
        source: The source, as the log calls it; empty means all.
    """

    code: str
    field: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of calls that were sent again.

    Attributes:
        taken: How many were taken.
        refused: How many were turned away again; they stay as they are.
        left: How many were not tried, for there are more than can be sent at once.
    """

    taken: int
    refused: int
    left: int


def mend(who: Who, row: Rejected, text: str) -> Refusal | None:
    """Send a call again as somebody mended it; why it is turned away again, None where it is taken.

    Args:
        who: Who mended it.
        row: The call that was turned away.
        text: Its JSON now.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: Somebody sent it again or threw it away meanwhile.
    """
    found = _checked(row, text.encode(errors="replace"), names_of(row.source))
    if isinstance(found, Refusal):
        return found
    with acting(who, "keys.edit", _target(row.source), code=row.code) as act:
        act.verb = "sources.mend"
        _hand_over([(row, found)])
    return None


def send_again(who: Who, chosen: Chosen) -> Sent:
    """Send calls of one reason again as they are: what refused them may be mended in Tragt or at the source's key.

    Args:
        who: Who does it.
        chosen: Which calls; the oldest `AT_ONCE` of them.

    Raises:
        NotAllowed: The permission is missing.
        NotFound: Somebody sent some of them again or threw them away meanwhile.
    """
    with acting(who, "keys.edit", _target(chosen.source), code=chosen.code) as act:
        act.verb = "sources.again"
        rows = _of(chosen)
        tried = list(rows.order_by("pk")[:AT_ONCE])
        left = max(rows.count() - len(tried), 0)
        names = {source: names_of(source) for source in {row.source for row in tried}}
        checked = [(row, _checked(row, bytes(row.call), names[row.source])) for row in tried]
        taken = [(row, body) for row, body in checked if isinstance(body, Body)]
        _hand_over(taken)
        act.details["number"] = len(taken)
    return Sent(len(taken), len(tried) - len(taken), left)


def throw_away(who: Who, row: Rejected) -> None:
    """Throw a call away that was turned away.

    Raises:
        NotAllowed: The permission is missing.
    """
    with acting(who, "keys.edit", _target(row.source), code=row.code, number=1) as act:
        act.verb = "sources.throw_away"
        Rejected.objects.filter(pk=row.pk).delete()


def throw_away_all(who: Who, chosen: Chosen) -> int:
    """Throw away all calls of one reason; how many.

    Args:
        who: Who does it.
        chosen: Which calls.

    Raises:
        NotAllowed: The permission is missing.
    """
    with acting(who, "keys.edit", _target(chosen.source), code=chosen.code) as act:
        act.verb = "sources.throw_away"
        number = _of(chosen).delete()[0]
        act.details["number"] = number
    return number


def change_visitors(who: Who, **values: Any) -> None:
    """Change what is kept of visitors and who of them are the firm's own; fields not named stay.

    Processes that collect know it two seconds later, the one that settles ten.

    Args:
        who: Who does it.
        **values: Fields of `Visitors`.

    Raises:
        NotAllowed: The permission is missing.
    """
    with acting(who, "keys.edit") as act:
        act.verb = "visitors.edit"
        said, _new = Visitors.objects.select_for_update().get_or_create(pk=VISITORS)
        changed = [name for name, value in values.items() if getattr(said, name) != value]
        for name in changed:
            setattr(said, name, values[name])
        if changed:
            said.save(update_fields=changed)
        act.details["fields"] = changed


def keep_list(who: Who, name: str, found: Found) -> NetworkList:
    """Keep a list of networks of data centres or scanners, in the place of the one that is called so.

    Processes that collect know it two seconds later.

    Args:
        who: Who does it.
        name: What the list is called.
        found: What it holds.

    Raises:
        NotAllowed: The permission is missing.
        InvalidDefinition: The name is blank or too long.
    """
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidDefinition(
            "collect.list_name",
            f"A list of networks has a name of 1 to {_LONGEST_NAME} characters; this one has {len(name)}.",
            field="name",
        )
    told: dict[str, Any] = {
        "number": len(found.networks),
        "ranges": Ranges.of(found.networks).packed(),
        "wrong": [[one.place, one.text] for one in found.wrong],
        "wrong_number": found.wrong_number,
        "changed": timezone.now(),
    }
    with acting(who, "keys.edit", number=len(found.networks)) as act:
        act.verb = "networks.edit"
        row, _new = NetworkList.objects.update_or_create(name=name, defaults=told)
        act.target = f"networks {row.pk}"
    return row


def remove_list(who: Who, key: int) -> None:
    """Remove a list of networks; what was marked by it stays as it was.

    Raises:
        NotAllowed: The permission is missing.
    """
    with acting(who, "keys.edit", f"networks {key}") as act:
        act.verb = "networks.remove"
        NetworkList.objects.filter(pk=key).delete()


def _of(chosen: Chosen) -> QuerySet[Rejected]:
    return turned_away(chosen.source, chosen.code, chosen.field)


def _checked(row: Rejected, text: bytes, names: frozenset[str]) -> Body | Refusal:
    """What a call is found to be by the checks of the tracking API, as if it came when it first did."""
    calls = text.strip()
    if not calls.startswith(b"["):  # only what the settler could not read is a whole delivery
        calls = b"[" + calls + b"]"
    sent = {} if row.sent is None else {"sentAt": moment(row.sent).isoformat()}
    body = msgspec.json.encode({"batch": msgspec.Raw(calls), **sent})
    found = read(body, BATCH, trusted=row.trusted, received=moment(row.received), names=names)
    if isinstance(found, Refusal):
        return found
    if found.turned:
        return found.turned[0].refusal
    return found if found.number else Refusal("json", "", "There is no call here.")


def _hand_over(calls: Sequence[tuple[Rejected, Body]]) -> None:
    """Bring calls into the inbox and off the list."""
    keys = [row.pk for row, _ in calls]
    with transaction.atomic(using=settings.INBOX):
        gone = sum(Rejected.objects.filter(pk__in=some).delete()[0] for some in _pieces(keys))
        if gone != len(keys):
            said = "Somebody sent this again or threw it away meanwhile. Look at the list again."
            raise NotFound("collect.no_call", said)
        inbox.keep([_kept(row, body) for row, body in calls], [])


def _kept(row: Rejected, body: Body) -> inbox.Row:
    return row.source, row.trusted, row.received, row.sent, "", "", row.mark, body.number, body.calls


def _pieces(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + _MANY] for start in range(0, len(keys), _MANY))


def _target(source: str) -> str:
    """What the audit calls a source: by its write key."""
    number = source.removeprefix("key-")
    return f"write key {number}" if number.isdigit() else ""
