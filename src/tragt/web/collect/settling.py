"""Settling: what came becomes events of the log, each once; and the settled events become part of the lake.

Two hand-overs, each of which may be repeated: deliveries give way to a settled batch in one transaction of the inbox;
settled batches go when the lake has committed them under a marker that it knows ever after. Our own events come from
the outbox, in a hand-over of two databases: they go from there when a settled batch holds them.
"""

import io
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import polars as pl
from django.utils import timezone

from tragt.events.tracking import Delivery, Read, as_sent, joined, rows_of
from tragt.lake import Marker
from tragt.lake.table import SETTLED
from tragt.web.accounts.actions.keys import touch
from tragt.web.accounts.models import WriteKey
from tragt.web.collect.consents import consents
from tragt.web.collect.marking import Marking
from tragt.web.collect.seen import Seen
from tragt.web.collect.senders import number_of
from tragt.web.collect.subscribers import publish
from tragt.web.inbox import actions as inbox
from tragt.web.inbox.models import Raw
from tragt.web.inbox.queries import recent, standing, waiting
from tragt.web.log.arriving import events_in
from tragt.web.log.queries import lake
from tragt.web.outbox import actions as outbox
from tragt.web.outbox.models import Pending
from tragt.web.outbox.queries import all_pending, own_events, pending
from tragt.web.people.actions.consent import learn_consents
from tragt.web.people.actions.touches import learn_touches
from tragt.web.people.queries.subjects import waiting as erasures_waiting

__all__ = ["Settler"]

CAUSE = "collect"
A_TURN = 20_000
A_COMMIT = 100_000
OLDEST = timedelta(minutes=3)
_VISITORS = 200_000

log = logging.getLogger(__name__)


class Settler:
    """Settles what waits. There is one at a time; where there were two, each event would still settle once."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._marking = Marking()
        self._users: dict[str, str] = {}
        self._used: dict[str, float] = {}
        self._last = 0
        self._remember()

    def settle(self) -> int:
        """Settle some of what waits; how many calls and own events that were."""
        return self._settle_deliveries() + self._settle_own()

    def _settle_deliveries(self) -> int:
        taken = waiting(A_TURN)
        if not taken:
            return 0
        newest = max(raw.received for raw in taken)
        found = self._read(taken)
        new = self._seen.new(found.rows["id"], newest)
        rows = found.rows.filter(new)
        rows = self._marking.marked(rows, found.touches, {raw.source for raw in taken if raw.trusted})
        cause = f"{CAUSE}:{taken[0].pk}-{taken[-1].pk}-{taken[0].received}"
        learn_touches(self._telling(found.touches), cause=cause)
        if said := consents(rows):
            learn_consents(said, cause=cause)
        publish(rows, cause)
        if rows.height:
            inbox.settle(taken, inbox.Batch(self._last + 1, rows.height, _written(rows)), _held)
            self._last += 1
            self._seen.add(rows["id"], newest)
        else:
            inbox.settle(taken)
        self._note_use(taken)
        return sum(raw.number for raw in taken)

    def _settle_own(self) -> int:
        """What Tragt itself told: those who told it have learned already what there is to learn."""
        taken = pending(A_TURN)
        if taken:
            rows = own_events(taken)
            publish(rows, f"own:{taken[0].pk}-{taken[-1].pk}")
            inbox.settle([], inbox.Batch(self._last + 1, len(taken), _written(rows)), _held)
            self._last += 1
            outbox.remove(taken)
        return len(taken)

    def commit(self, *, now: bool = False) -> int:
        """Bring settled events into the lake, where they are many or old; how many.

        Args:
            now: Whether to do it however few and new they are.
        """
        waits = standing()
        if not waits.number:
            return 0
        if not (now or waits.number >= A_COMMIT or _age(waits.oldest) >= OLDEST or erasures_waiting()):
            return 0
        held = _held()
        batches = recent(after=held, until=waits.newest)
        if batches:
            marker = Marker(SETTLED, waits.newest, after=held)
            batch = f"{CAUSE}:{timezone.now():%Y-%m-%d}"
            events = pl.concat(map(events_in, batches), how="diagonal")
            lake().append(events, marker=marker, batch=batch, known_new=True)
        inbox.drop(waits.newest)
        return sum(batch.number for batch in batches)

    def _read(self, taken: Sequence[Raw]) -> Read:
        """The events that deliveries hold; a delivery that nobody can read is turned away as a whole."""
        try:
            return rows_of(_delivery(raw) for raw in taken)
        except Exception:
            log.exception("A delivery cannot be read.")
        read = [(raw, _readable(raw)) for raw in taken]
        inbox.keep([], [_turned(raw) for raw, found in read if found is None])
        return joined([found for _, found in read if found is not None])

    def _note_use(self, taken: Sequence[Raw]) -> None:
        """Remember that keys were used, to the minute."""
        minute = time.monotonic() // 60
        for source in {raw.source for raw in taken}:
            if self._used.get(source) != minute:
                self._used[source] = minute
                for key in WriteKey.objects.filter(pk=number_of(source)):
                    touch(key)

    def _telling(self, touches: pl.DataFrame) -> pl.DataFrame:
        """Those that tell something: that a visitor is the user of a moment ago need not be learned at every call."""
        pairs = touches.select("anonymous", "user").drop_nulls()
        visitors, users = pairs["anonymous"].to_list(), pairs["user"].to_list()
        known = self._users.get
        moved = {visitor for visitor, user in zip(visitors, users, strict=True) if known(visitor) != user}
        if moved:
            both = zip(visitors, users, strict=True)
            self._users.update((visitor, user) for visitor, user in both if visitor in moved)
        if len(self._users) > _VISITORS:
            self._users.clear()
        of_moved = pl.col("anonymous").is_in(pl.Series(list(moved), dtype=pl.String).implode())
        return touches.filter((pl.col("kind") != "touch") | of_moved)

    def _remember(self) -> None:
        """The ids that came in the days before what waits, from the lake and from what is on its way there.

        What waits may be old: a backup that is restored holds what waited then.
        """
        begun = [datetime.fromtimestamp(raw.received / 1e6, UTC) for raw in waiting(1)]
        since = min([*begun, timezone.now()]) - timedelta(days=7)
        self._last = _held()
        inbox.drop(self._last)  # one that ended between lake and inbox left them
        for batch in recent():
            self._seen.add(events_in(batch)["id"], batch.settled)
            self._last = batch.pk
        if lake().version >= 0:
            held = lake().ids_since(since, f"{CAUSE}:")
            for (day,), ids in held.group_by(pl.col("received").dt.truncate("1d")):
                self._seen.add(ids["id"], _microseconds(day))
        for own in all_pending(A_TURN):
            outbox.remove(_settled(own))  # one that ended between inbox and outbox left them


def _held() -> int:
    """The key of the last batch that the lake holds."""
    return lake().snapshot().settled


def _settled(own: Sequence[Pending]) -> list[Pending]:
    """Those of some own events that a settled batch or the lake holds; looked for in this order, for so they move."""
    ids = [events_in(batch)["id"] for batch in recent()]
    if lake().version >= 0:
        times = [event.time for event in own]
        names, end = sorted({event.name for event in own}), max(times) + timedelta(microseconds=1)
        ids.append(lake().read(names, start=min(times), end=end, columns=["id"])["id"])
    known = set(pl.concat(ids).to_list()) if ids else set()
    return [event for event in own if event.event_id in known]


def _readable(raw: Raw) -> Read | None:
    try:
        return rows_of([_delivery(raw)])
    except Exception:  # noqa: BLE001 - what is wrong with it is in the log already
        return None


def _turned(raw: Raw) -> inbox.Row:
    said = "This could not be brought into the event log. The log of the settler says why."
    return raw.source, raw.trusted, raw.received, None, raw.mark, "unreadable", "", said, _as_sent(raw)


def _as_sent(raw: Raw) -> bytes:
    """The calls of a delivery as a client could send them again, with times by our clock; else whatever it holds."""
    calls = bytes(raw.calls)
    try:
        return msgspec.json.encode(as_sent(calls))
    except msgspec.DecodeError:
        return calls


def _written(rows: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    rows.write_ipc(out, compression="lz4")
    return out.getvalue()


def _delivery(raw: Raw) -> Delivery:
    return Delivery(bytes(raw.calls), raw.source, raw.trusted, raw.received, raw.address, raw.agent, raw.mark)


def _microseconds(at: object) -> int:
    return int(at.timestamp() * 1e6) if isinstance(at, datetime) else 0


def _age(settled: int | None) -> timedelta:
    now = time.time_ns() // 1000
    return abs(timedelta(microseconds=now - (settled or now)))
