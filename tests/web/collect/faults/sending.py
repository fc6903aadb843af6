"""Senders as SDKs are: they send batches, and send again under the same ids what was not acknowledged.

What could not be sent in time is sent as soon as somebody answers, as SDKs do with what they have queued.
"""

import functools
import http.client
import json
import math
import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tests.web.collect.conftest import basic

__all__ = ["Answer", "Log", "post", "sending"]

BATCH, EVERY_SECONDS = 250, 0.1
"""Of each sender: four of them have 10,000 calls a second to send."""

VISITORS = 97
PATIENCE_SECONDS = 10.0
SENT_AGAIN, GIVES_UP = 0.15, 0.1
OUTAGE_SECONDS = 0.5
"""When nothing was acknowledged for longer than this, nobody answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said.

    Attributes:
        status: Its status.
        again: After how many seconds to send again; empty where it does not say.
        told: Its body.
    """

    status: int
    again: str
    told: bytes


def post(connection: http.client.HTTPConnection, key: str, numbers: Sequence[int]) -> Answer:
    """Send a batch.

    Args:
        connection: A connection to the server.
        key: The write key.
        numbers: Those of its calls.
    """
    connection.request("POST", "/v1/batch", _body(numbers), {**basic(key), "Content-Type": "application/json"})
    response = connection.getresponse()
    return Answer(response.status, response.getheader("Retry-After", ""), response.read())


def _body(numbers: Sequence[int]) -> bytes:
    return _unnumbered(f"v{numbers[0] % VISITORS}", len(numbers)) % tuple(numbers)


@functools.cache
def _unnumbered(visitor: str, calls: int) -> bytes:
    """A batch without its numbers. Most calls are pages of a visitor; the first says who the visitor is."""
    page: dict[str, object] = {"type": "page", "messageId": "m%d", "anonymousId": visitor}
    first = {**page, "type": "identify", "userId": f"u-{visitor}", "traits": {"plan": visitor}}
    return json.dumps({"batch": [first, *[page] * (calls - 1)]}).encode()


@dataclass(slots=True)
class Log:
    """What senders know, and what of it came into the lake. Events are numbered; 7 is sent under the id ``m7``.

    Attributes:
        taken: How many events of senders were acknowledged.
        offered: How many they sent.
        refused: How many requests were answered with 503.
        seconds: For how long they were at it.
        outages: For how many of these seconds nobody answered.
    """

    taken: int = 0
    offered: int = 0
    refused: int = 0
    seconds: float = 0.0
    outages: float = 0.0
    _acknowledged: bytearray = field(default_factory=bytearray)
    _came: bytearray = field(default_factory=bytearray)
    _named: dict[str, int] = field(default_factory=dict)
    _answered: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, number: int) -> range:
        """The numbers of events that are sent next."""
        with self._lock:
            self.offered += number
            return self._next(number)

    def _next(self, number: int) -> range:
        first = len(self._came)
        self._came.extend(bytes(number))
        self._acknowledged.extend(bytes(number))
        return range(first, first + number)

    def take(self, numbers: Iterable[int]) -> None:
        """Note what was acknowledged."""
        with self._lock:
            for number in numbers:
                self.taken += not self._acknowledged[number]
                self._acknowledged[number] = True
            self._answer()

    def _answer(self) -> None:
        now = time.monotonic()
        waited = now - self._answered
        self.outages += waited if waited > OUTAGE_SECONDS else 0.0
        self._answered = now

    def tell(self, names: Iterable[str], *, acknowledged: bool) -> None:
        """Note own events: that somebody set about telling of them, or that it was acknowledged.

        Args:
            names: Their ids.
            acknowledged: Whether it was.
        """
        with self._lock:
            for name in names:
                number = self._named[name] if acknowledged else self._named.setdefault(name, self._next(1)[0])
                self._acknowledged[number] |= acknowledged

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure for how long something is sent."""
        begun = self._answered = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._answer()
            self.seconds += time.monotonic() - begun

    def check(self, ids: Iterable[str]) -> None:
        """Compare with what came into the lake; nobody sends meanwhile.

        Args:
            ids: What came since the last time.
        """
        for one in ids:
            number = self._number(one)
            assert not self._came[number], f"{one} is twice in the lake"
            self._came[number] = True
        missing = np.flatnonzero(_flags(self._acknowledged) & ~_flags(self._came))
        assert not len(missing), f"{len(missing)} were acknowledged and are not in the lake, as {missing[:5]}"

    def _number(self, one: str) -> int:
        number = self._named.get(one, -1) if one.startswith("own:") else int(one.removeprefix("m"))
        assert 0 <= number < len(self._came), f"{one} is in the lake, and nobody sent it"
        return number

    def __str__(self) -> str:
        sent, taken = (f"{number / self.seconds:.0f} a second" for number in (self.offered, self.taken))
        sending = f"{self.seconds:.0f} s of sending, of which nobody answered for {self.outages:.0f} s"
        return f"{self.taken} events acknowledged; in {sending}, {sent} sent and {taken} acknowledged"


def _flags(numbers: bytearray) -> npt.NDArray[np.bool_]:
    return np.frombuffer(bytes(numbers), np.bool_)


@dataclass(frozen=True, slots=True)
class _Sender:
    """Sends until told to stop."""

    port: int
    key: str
    log: Log
    stop: threading.Event

    def run(self) -> None:
        """Send batch after batch; what was due when it was told to stop is sent still."""
        chance, done = random.Random(), deque[Sequence[int]](maxlen=50)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        due, end = time.monotonic(), math.inf
        while due < end:
            again = chance.choice(done)[: BATCH // 2] if done and chance.random() < SENT_AGAIN else ()
            numbers = [*again, *self.log.begin(BATCH - len(again))]
            while not self._sent(connection, numbers):
                connection.close()
                time.sleep(0.05)
                if chance.random() < GIVES_UP:
                    break
            else:
                self.log.take(numbers)
                done.append(numbers)
            due += EVERY_SECONDS
            if self.stop.wait(due - time.monotonic()):
                end = min(end, time.monotonic())
        connection.close()

    def _sent(self, connection: http.client.HTTPConnection, numbers: Sequence[int]) -> bool:
        try:
            status = post(connection, self.key, numbers).status
        except (OSError, http.client.HTTPException):
            return False
        self.log.refused += status == http.client.SERVICE_UNAVAILABLE
        return status == http.client.OK


@contextmanager
def sending(port: int, key: str, log: Log, threads: int = 4) -> Iterator[None]:
    """Send meanwhile; at the end nobody sends any more.

    Args:
        port: Where the server listens.
        key: The write key.
        log: Where what was sent is noted.
        threads: How many send at once.
    """
    stop = threading.Event()
    working = [threading.Thread(target=_Sender(port, key, log, stop).run) for _ in range(threads)]
    with log.timed():
        for thread in working:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in working:
                thread.join()
