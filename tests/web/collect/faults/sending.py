"""A sender as SDKs are: it sends batches, and sends again under the same ids what was not acknowledged."""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.web.collect.conftest import basic

__all__ = ["Answer", "Log", "post", "sending"]

BATCH, PAUSE_SECONDS = 100, 0.05
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
    """What senders know.

    Attributes:
        acknowledged: The ids that were acknowledged.
        tried: All ids that were sent.
    """

    acknowledged: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def check(self, ids: Counter[str]) -> None:
        """Compare with how often each id is in the lake."""
        assert [one for one, times in ids.items() if times > 1][:5] == [], "twice in the lake"
        assert sorted(set(self.acknowledged) - ids.keys())[:5] == [], "acknowledged and not in the lake"
        assert sorted(ids.keys() - set(self.tried))[:5] == [], "in the lake, and nobody sent it"


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
            ids = [f"m{next(_numbers)}" for _ in range(BATCH)]
            if done and chance.random() < SENT_AGAIN:
                ids[: BATCH // 2] = chance.choice(done[-50:])[: BATCH // 2]
            self.log.tried.extend(ids)
            while not self._sent(connection, ids):
                connection.close()
                time.sleep(0.05)
                if chance.random() < GIVES_UP:
                    break
            else:
                self.log.acknowledged.extend(ids)
                done.append(ids)
            time.sleep(PAUSE_SECONDS)
        connection.close()

    def _sent(self, connection: http.client.HTTPConnection, ids: Sequence[str]) -> bool:
        try:
            return post(connection, self.key, ids).status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


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
    for thread in working:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in working:
            thread.join()
