"""Sending what waits. The unit of observation is the message.

A message that is under way is due again after a minute, so that it is sent once more where the process that carried it
was killed: whoever takes it in hand does so for that minute alone, and what comes of it counts only until then.
Messages are carried by threads, which ask no database; what comes of them is written by the one that asked for it.
"""

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from tragt.errors import InvalidSetting
from tragt.web.webhooks.actions.noting import wake
from tragt.web.webhooks.actions.stopping import stop, withhold
from tragt.web.webhooks.carrying import GONE, Outcome, Parcel, carry
from tragt.web.webhooks.messages import TEST, kind_of_type, tells_of_removal
from tragt.web.webhooks.models import Cause, Delivery, Endpoint, Silent, State, Stopped
from tragt.web.webhooks.queries.content import Content, content_of
from tragt.web.webhooks.queries.deliveries import due, next_moment, orphans
from tragt.web.webhooks.queries.endpoints import endpoints
from tragt.web.webhooks.signing import signatures, unseal

__all__ = ["SCHEDULE", "send_due"]

SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""How long after each attempt the next one follows, as Standard Webhooks proposes; after the last there is none."""

LEASE = timedelta(minutes=1)
PATIENCE = timedelta(days=5)
AT_ONCE = 8
OF_ONE = 2
BUDGET = 5.0
_SOON = timedelta(minutes=1)
_BREATH = timedelta(seconds=1)
_JITTER = 0.2

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _UnderWay:
    """The messages that are being carried."""

    pool: ThreadPoolExecutor
    parcels: dict[Future[Outcome], Parcel] = field(default_factory=dict)
    found: bool = False

    def fill(self) -> None:
        """Take in hand as much more as may be under way at once."""
        busy = Counter(parcel.endpoint for parcel in self.parcels.values())
        now = timezone.now()
        order = list(endpoints())
        random.shuffle(order)
        for endpoint in order:
            _stop_unless_allowed(endpoint)
            free = min(AT_ONCE - len(self.parcels), (1 if endpoint.failing else OF_ONE) - busy[endpoint.pk])
            for row in due(endpoint, now, max(free, 0)):
                self.found = True
                parcel = _in_hand(row, endpoint)
                if parcel is not None:
                    self.parcels[self.pool.submit(carry, parcel)] = parcel

    def settle(self) -> None:
        """Write down what came of those that are through."""
        done, _rest = wait(self.parcels, timeout=1, return_when=FIRST_COMPLETED)
        for one in done:
            _settle(self.parcels.pop(one), _outcome(one))


def _outcome(carried: Future[Outcome]) -> Outcome:
    """What came of a message; where carrying it failed for a reason of its own, that it was not taken."""
    problem = carried.exception()
    if problem is None:
        return carried.result()
    log.error("A message of a webhook could not be carried.", exc_info=problem)
    return Outcome(cause=Cause.ANSWER)


def send_due(pause: Callable[[], None] = lambda: None, *, budget: float = BUDGET) -> None:
    """Send what is due, and ask for somebody to look again when more is.

    Args:
        pause: Is called now and then; what it raises ends this once nothing is under way any more.
        budget: For how many seconds new messages are taken in hand, so that other quick jobs have their turn.
    """
    if orphans().exists():
        orphans().delete()
    until, ending = monotonic() + budget, None
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        under_way = _UnderWay(pool)
        while True:
            try:
                pause()
            except BaseException as asked:  # noqa: BLE001 - the worker's own ways to end a job are no exceptions
                ending = asked
            if ending is None and monotonic() < until:
                under_way.fill()
            if not under_way.parcels:
                break
            under_way.settle()
    # Where something is due and nothing was found, others hold it.
    _look_again(timedelta(0) if under_way.found else _BREATH)
    if ending is not None:
        raise ending


def _look_again(breath: timedelta) -> None:
    """Let what is due within a minute be sent in time; the schedule looks for the rest every minute."""
    now = timezone.now()
    moments = [moment for endpoint in endpoints() if (moment := next_moment(endpoint, now)) is not None]
    soonest = min(moments, default=None)
    if soonest is not None and soonest < now + _SOON:
        wake(max(soonest, now + breath))


def _in_hand(row: Delivery, endpoint: Endpoint) -> Parcel | None:
    """A message made ready for one attempt; None where another has it, or its maker must not be told any more."""
    now = timezone.now()
    lease = now + LEASE
    with transaction.atomic():
        held = Delivery.objects.filter(pk=row.pk, state=State.WAITING, next=row.next)
        # While another transaction adds to it, nobody waits for that one to end.
        if held.select_for_update(of=("self",), skip_locked=True).first() is None:
            return None
        if not held.update(next=lease, tried=now):
            return None
        row = Delivery.objects.get(pk=row.pk)
        content = _content(row, endpoint)
        if content is None:
            withhold(Delivery.objects.filter(pk=row.pk))
            return None
        try:
            known = _secrets(endpoint, now)
        except InvalidSetting:
            Delivery.objects.filter(pk=row.pk).update(state=State.FAILED, cause=Cause.SECRET, next=None)
            return None
        if not row.body:
            row.body, row.person = _body(row, content), content.person
            row.save(update_fields=["body", "person"])
    body = row.body.encode()
    moment = int(now.timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Tragt-Webhooks/1",
        "webhook-id": row.message,
        "webhook-timestamp": str(moment),
        "webhook-signature": signatures(known, row.message, moment, body),
    }
    return Parcel(row.pk, endpoint.pk, lease, endpoint.address, headers, body)


def _content(row: Delivery, endpoint: Endpoint) -> Content | None:
    if endpoint.silent:
        return None
    if row.type == TEST:
        return Content({})
    if tells_of_removal(row.type):
        # Whether its maker saw the record was asked while there was one.
        return Content({"id": row.record})
    return content_of(kind_of_type(row.type), row.record, endpoint.reader)


def _stop_unless_allowed(endpoint: Endpoint) -> None:
    """Stop a webhook whose maker may not manage webhooks any more: it starts again by nobody's promotion alone."""
    if endpoint.silent == Silent.RIGHT and endpoint.stopped != Stopped.RIGHT:
        with transaction.atomic():
            locked = Endpoint.objects.select_for_update(of=("self",), no_key=True).select_related("maker", "program")
            now = locked.filter(pk=endpoint.pk).first()
            if now is not None and now.silent == Silent.RIGHT and now.stopped != Stopped.RIGHT:
                stop(now, Stopped.RIGHT)


def _body(row: Delivery, content: Content) -> str:
    told = {
        "type": row.type,
        "timestamp": row.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "kind": kind_of_type(row.type),
            "id": row.record,
            "change": row.change,
            "record": content.record,
        },
    }
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))


def _secrets(endpoint: Endpoint, now: datetime) -> Sequence[str]:
    """The secret, and the one before while that is good and can be read."""
    known = [unseal(endpoint.secret)]
    if endpoint.previous_until is not None and endpoint.previous_until > now:
        with suppress(InvalidSetting):
            known.append(unseal(endpoint.previous))
    return known


def _settle(parcel: Parcel, outcome: Outcome) -> None:
    """Write down what came of an attempt, unless the message was taken in hand by somebody else meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        # The webhook first, as where it is removed; and not so that noting messages for it would have to wait.
        locked = Endpoint.objects.select_for_update(of=("self",), no_key=True).select_related("maker")
        endpoint = locked.filter(pk=parcel.endpoint).first()
        rows = Delivery.objects.filter(pk=parcel.key, state=State.WAITING, next=parcel.lease)
        row = rows.select_for_update(of=("self",)).first()
        if row is None or endpoint is None:
            return
        row.attempts += 1
        row.status, row.cause, row.answer = outcome.status, outcome.cause, outcome.answer
        row.state, row.next = _following(row.attempts, outcome, now)
        row.save(update_fields=["attempts", "status", "cause", "answer", "state", "next"])
        _note_health(endpoint, outcome, now)


def _following(attempts: int, outcome: Outcome, now: datetime) -> tuple[State, datetime | None]:
    """What a message is after an attempt, and when the next one is."""
    if outcome.taken:
        return State.TAKEN, None
    if outcome.status == GONE or attempts >= len(SCHEDULE):
        return State.FAILED, None
    after = SCHEDULE[attempts] * (1 + random.uniform(0, _JITTER))
    return State.WAITING, now + max(after, outcome.rest or timedelta(0))


def _note_health(endpoint: Endpoint, outcome: Outcome, now: datetime) -> None:
    """Keep of a webhook since when it fails and until when it rests; stop one that is gone or fails for too long."""
    failing = None if outcome.taken else endpoint.failing or now
    rests = now + outcome.rest if outcome.rest else None
    if (failing, rests) != (endpoint.failing, endpoint.rests):
        endpoint.failing, endpoint.rests = failing, rests
        endpoint.save(update_fields=["failing", "rests"])
    if endpoint.stopped or outcome.taken:
        return
    if outcome.status == GONE:
        stop(endpoint, Stopped.GONE)
    elif failing is not None and now - failing >= PATIENCE:
        stop(endpoint, Stopped.FAILING)
