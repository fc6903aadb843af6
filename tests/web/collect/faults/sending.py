"""A sender as SDKs are: it sends batches, and sends again under the same ids what was not acknowledged."""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.web.collect.conftest import basic

__all__ = ["Answer", "Log", "post", "sending"]

BATCH, EVERY_SECONDS = 250, 0.1
"""Of each sender: three of them send 7,500 calls a second to one who answers in time."""

PATIENCE_SECONDS = 10.0
SENT_AGAIN, GIVES_UP = 0.15, 0.1

_numbers = itertools.count()


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


def post(connection: http.client.HTTPConnection, key: str, ids: Sequence[str]) -> Answer:
    """Send a batch, one call an id.

    Args:
        connection: A connection to the server.
        key: The write key.
        ids: The ids of its calls.
    """
    connection.request("POST", "/v1/batch", _body(ids), {**basic(key), "Content-Type": "application/json"})
    response = connection.getresponse()
    return Answer(response.status, response.getheader("Retry-After", ""), response.read())


def _body(ids: Sequence[str]) -> bytes:
    """Most are pages of a visitor; one in a batch says who the visitor is."""
    visitor = f"v{hash(ids[0]) % 97}"
    rows: list[dict[str, object]] = [{"type": "page", "messageId": one, "anonymousId": visitor} for one in ids]
    rows[0] = {**rows[0], "type": "identify", "userId": f"u-{visitor}", "traits": {"plan": visitor}}
    return json.dumps({"batch": rows}).encode()


@dataclass(slots=True)
class Log:
    """What senders know of what did not come into the lake yet.

    Attributes:
        acknowledged: The ids that were acknowledged.
        tried: All ids that were sent.
        taken: How many ids were acknowledged, ever.
        refused: How many requests were answered with 503.
        seconds: For how long something was sent.
    """

    acknowledged: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    taken: int = 0
    refused: int = 0
    seconds: float = 0.0

    def take(self, ids: Sequence[str]) -> None:
        """Note what was acknowledged."""
        self.acknowledged.update(ids)
        self.taken += len(ids)

    def check(self, ids: Sequence[str], acknowledged: Set[str]) -> None:
        """Compare with what came into the lake; what is there is done with.

        Args:
            ids: What came since the last time.
            acknowledged: What had to be among it.
        """
        assert [one for one, times in Counter(ids).items() if times > 1][:5] == [], "twice in the lake"
        came = set(ids)
        assert sorted(acknowledged - came)[:5] == [], "acknowledged and not in the lake"
        assert sorted(came - self.tried)[:5] == [], "in the lake once more, or nobody sent it"
        self.tried -= came
        self.acknowledged -= came


@dataclass(frozen=True, slots=True)
class _Sender:
    """Sends until told to stop."""

    port: int
    key: str
    log: Log
    stop: threading.Event

    def run(self) -> None:
        """Send batch after batch; the last one, too, is acknowledged or given up in the end."""
        chance, done = random.Random(), list[list[str]]()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        while not self.stop.is_set():
            begun = time.monotonic()
            ids = [f"m{next(_numbers)}" for _ in range(BATCH)]
            if done and chance.random() < SENT_AGAIN:
                ids[: BATCH // 2] = chance.choice(done[-50:])[: BATCH // 2]
            self.log.tried.update(ids)
            while not self._sent(connection, ids):
                connection.close()
                time.sleep(0.05)
                if chance.random() < GIVES_UP:
                    break
            else:
                self.log.take(ids)
                done.append(ids)
            self.stop.wait(EVERY_SECONDS - (time.monotonic() - begun))
        connection.close()

    def _sent(self, connection: http.client.HTTPConnection, ids: Sequence[str]) -> bool:
        try:
            status = post(connection, self.key, ids).status
        except (OSError, http.client.HTTPException):
            return False
        self.log.refused += status == http.client.SERVICE_UNAVAILABLE
        return status == http.client.OK


@contextmanager
def sending(port: int, key: str, log: Log, threads: int = 3) -> Iterator[None]:
    """Send meanwhile; at the end nobody sends any more.

    Args:
        port: Where the server listens.
        key: The write key.
        log: Where what was sent is noted.
        threads: How many send at once.
    """
    stop = threading.Event()
    working = [threading.Thread(target=_Sender(port, key, log, stop).run) for _ in range(threads)]
    begun = time.monotonic()
    for thread in working:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        log.seconds += time.monotonic() - begun
        for thread in working:
            thread.join()
