"""Every acknowledged event is in the lake exactly once, whatever is killed, stopped, full, slow, or wrong by a day.

A real server and settlers over a home of their own; senders have 10,000 calls a second to send, and send again under
the same ids what was not acknowledged; own events are told beside. `make test` has five rounds, `make soak` 200.
"""

import http.client
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.web.collect.conftest import basic
from tests.web.collect.faults.installation import Installation, running
from tests.web.collect.faults.rounds import HAND_OVERS, POINTS, TROUBLES, Round, coming
from tests.web.collect.faults.sending import Log, post
from tools.run_tests import postgres_programs

KILLS = max(5, int(os.environ.get("TRAGT_SOAK_ROUNDS", "0")) // 50)
MANY = 200
A_HOME = 50
"""Rounds over one home, so that each has a lake that begins."""

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform != "linux", reason="there is no SIGKILL, or no /proc"),
]
SOAKING, SUITE_ON_POSTGRES = "TRAGT_SOAK_ROUNDS" in os.environ, "TRAGT_TEST_DATABASE_URL" in os.environ
slow = pytest.mark.skipif(not SOAKING, reason="takes its time: make soak")
on_files = pytest.mark.skipif(SUITE_ON_POSTGRES, reason="the suite runs on PostgreSQL")
on_postgres = (
    pytest.mark.skipif(not SOAKING and not SUITE_ON_POSTGRES, reason="takes its time: make soak, make postgres"),
    pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not on this machine"),
    pytest.mark.django_db,  # by this make postgres chooses it
)


@pytest.mark.parametrize(
    "database", [pytest.param("files", marks=on_files), pytest.param("PostgreSQL", marks=on_postgres)]
)
def test_acknowledged_events_are_in_the_lake_once_whatever_happens(
    tmp_path: Path, make_home: Callable[[Path], Path], database: str
) -> None:
    chance, log, hit, begun = random.Random(), Log(), Counter[str](), time.monotonic()
    for first in range(0, KILLS, A_HOME):
        (tmp_path / str(first)).mkdir()
        with running(tmp_path / str(first), make_home, on_postgres=database == "PostgreSQL") as installation:
            for number in range(first, min(first + A_HOME, KILLS)):
                long = KILLS >= MANY and number == 1
                play(Round(installation, log, chance, 30.0 if long else 0.3, hit), number)
            events, distinct = installation.distinct()
            assert events == distinct
        took = time.monotonic() - begun
        print(f"{number + 1} rounds on {database} in {took:.0f} s: {log}, {log.taken / took:.0f} a second over all")
    print("a kill left half done:", dict(hit))
    assert KILLS < MANY or all(hit[name] >= MANY // 20 for name in HAND_OVERS)


def play(round_: Round, number: int) -> None:
    """A trouble and a kill while events come; then all that was acknowledged is there."""
    with coming(round_.installation, round_.log):
        round_.comes_through()
        TROUBLES[number % len(TROUBLES)](round_)
        round_.kill_settler(POINTS[number % len(POINTS)])
        round_.comes_through()
    round_.installation.check(round_.log)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path]) -> Iterator[Installation]:
    """A running installation that several tests send to."""
    with running(tmp_path_factory.mktemp("faults"), make_home) as started:
        yield started


@pytest.fixture(scope="module")
def log() -> Log:
    """What was sent to it and acknowledged."""
    return Log()


@slow
@pytest.mark.parametrize("trouble", ["full", "broken"])
def test_disk_that_takes_nothing_is_answered_with_503_and_nothing_is_half_written(
    installation: Installation, log: Log, trouble: str
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=10)
    installation.settler.signal(signal.SIGSTOP)  # what it settles would make room
    installation.orders.give("disk", trouble)
    refused = taken = 0
    for _ in range(200):
        numbers = log.begin(500)
        answer = post(connection, installation.key, numbers)
        assert answer.status in (200, 503)
        if answer.status == 200:
            log.take(numbers)
            taken += 1
        else:
            refused += 1
            assert int(answer.again) > 0
        if refused == 3:
            break
    assert refused == 3
    (deliveries,) = installation.ask("SELECT count(*) FROM tragt_inbox_raw")
    assert deliveries == taken, "a delivery that was refused is not there"
    installation.orders.take_back("disk")
    assert post(connection, installation.key, numbers).status == 200
    connection.close()
    installation.settler.signal(signal.SIGCONT)
    log.take(numbers)
    installation.check(log)


@slow
def test_clients_that_trickle_or_hang_up_keep_nobody_waiting_and_write_nothing(
    installation: Installation, log: Log
) -> None:
    trickling = [begun(installation, 40) for _ in range(50)]
    for client in [begun(installation, 40) for _ in range(50)]:
        client.close()
    with coming(installation, log):
        Round(installation, log, random.Random()).comes_through(5)
    for client in trickling:
        with client:
            assert b" 408 " in client.recv(200), "it is told that its body did not come in time"
    for cut in (1, 20, 200):
        begun(installation, cut).close()
    installation.check(log)


def begun(installation: Installation, length: int) -> socket.socket:
    """A client that has sent its headers and the beginning of its body."""
    client = socket.create_connection(("127.0.0.1", installation.port), timeout=30)
    body = b'{"batch":[' + b'{"type":"page","messageId":"never","userId":"u"},' * 20
    headers = "".join(f"{name}: {value}\r\n" for name, value in basic(installation.key).items())
    client.sendall(f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n{headers}".encode())
    client.sendall(f"Content-Length: {len(body) + 2}\r\n\r\n".encode() + body[:length])
    return client
