"""Every acknowledged call is in the lake exactly once, whatever is killed, stopped, full, slow, or wrong by a day.

A real server and settlers over a home of their own; a sender sends some thousands of calls a second, and sends again
under the same ids what was not acknowledged.
"""

import http.client
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROUNDS
from tests.web.collect.conftest import basic
from tests.web.collect.faults.installation import Installation, running
from tests.web.collect.faults.orders import Point
from tests.web.collect.faults.sending import Log, post, sending

KILLS = max(5, ROUNDS // 50)
OF_WEB = (Point.INSERTED, Point.KEPT)
AT = (
    Point.APPENDED,
    Point.SETTLED,
    Point.WRITTEN,
    Point.LEARNED,
    Point.DROPPING,
    Point.SETTLING,
    Point.DROPPED,
    None,
)
"""Where a settler is killed: at a point, or anywhere; those come first that do not forgive."""

pytestmark = [
    pytest.mark.skipif("TRAGT_SOAK_ROUNDS" not in os.environ, reason="kills take their time: make soak"),
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running installation that all tests of this module send to."""
    with running(tmp_path_factory.mktemp("faults")) as started:
        yield started


@pytest.fixture(scope="module")
def log() -> Log:
    """What was sent and acknowledged in this module."""
    return Log()


def test_acknowledged_calls_are_in_the_lake_once_whatever_is_killed(installation: Installation, log: Log) -> None:
    chance, hit = random.Random(), Counter[str]()
    for number in range(KILLS):
        with sending(installation.port, installation.key, log):
            comes_through(installation, log)
            hit.update(kill_settler(installation, AT[number % len(AT)], chance))
            comes_through(installation, log)
            if number % 3 == 0:
                kill_web(installation, number // 3, chance)
                comes_through(installation, log)
        log.check(installation.ids())
    print(f"{KILLS} rounds, {len(log.acknowledged)} calls acknowledged; a settler was killed amid", dict(hit))


def comes_through(installation: Installation, log: Log) -> None:
    """Wait until something new was acknowledged."""
    before = len(log.acknowledged)
    installation.until(lambda: len(log.acknowledged) > before)


def kill_settler(installation: Installation, point: Point | None, chance: random.Random) -> list[str]:
    """Kill the settler at a point, or anywhere, and start another; the hand-overs that it was in the midst of."""
    if point is None:
        time.sleep(chance.uniform(0, 0.5))
        installation.settler.kill()
    else:
        installation.orders.give("die", point)
    assert installation.settler.wait(60) == -signal.SIGKILL
    between = installation.place().between()
    installation.settler = installation.start_settler()
    return between


def kill_web(installation: Installation, number: int, chance: random.Random) -> None:
    """Kill what answers, at a point or anywhere; or what watches it."""
    worker = installation.worker
    if number % 4 < 2:
        installation.orders.give("die", OF_WEB[number % 4])
    elif number % 4 == 2:
        time.sleep(chance.uniform(0, 0.3))
        os.kill(worker, signal.SIGKILL)
    else:
        installation.server.kill()
    installation.until(lambda: not Path(f"/proc/{worker}").exists())
    installation.watch_server()
    installation.until(lambda: installation.worker != worker)


def test_settler_that_is_woken_after_its_successor_took_over_repeats_nothing(
    installation: Installation, log: Log
) -> None:
    """Neither knows of the other: what keeps them apart is what they write, not the lock."""
    chance = random.Random()
    another = installation.start_settler(alone=True)
    with sending(installation.port, installation.key, log):
        for _ in range(KILLS * 2):
            stopped = chance.choice((another, installation.settler))
            stopped.send_signal(signal.SIGSTOP)
            time.sleep(chance.uniform(0, 0.4))
            stopped.send_signal(signal.SIGCONT)
            time.sleep(chance.uniform(0, 0.2))
    another.terminate()
    assert another.wait(60) == 0
    log.check(installation.ids())


@pytest.mark.parametrize("trouble", ["full", "broken"])
def test_disk_that_takes_nothing_is_answered_with_503_and_nothing_is_half_written(
    installation: Installation, log: Log, trouble: str
) -> None:
    if trouble == "full" and "TRAGT_TEST_DATABASE_URL" in os.environ:
        pytest.skip("PostgreSQL has no limit to the pages of a file")
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=10)
    installation.settler.send_signal(signal.SIGSTOP)  # what it settles would make room
    installation.orders.give("disk", trouble)
    refused = taken = 0
    for number in range(200):
        ids = [f"{trouble}-{number}-{one}" for one in range(500)]
        log.tried += ids
        answer = post(connection, installation.key, ids)
        assert answer.status in (200, 503)
        if answer.status == 200:
            log.acknowledged += ids
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
    assert post(connection, installation.key, ids).status == 200
    connection.close()
    installation.settler.send_signal(signal.SIGCONT)
    log.acknowledged += ids
    log.check(installation.ids())


def test_clients_that_trickle_or_hang_up_keep_nobody_waiting_and_write_nothing(
    installation: Installation, log: Log
) -> None:
    trickling = [begun(installation, 40) for _ in range(50)]
    for client in [begun(installation, 40) for _ in range(50)]:
        client.close()
    with sending(installation.port, installation.key, log):
        for _ in range(5):
            comes_through(installation, log)
    for client in trickling:
        with client:
            assert b" 408 " in client.recv(200), "it is told that its body did not come in time"
    for cut in (1, 20, 200):
        begun(installation, cut).close()
    log.check(installation.ids())


def begun(installation: Installation, length: int) -> socket.socket:
    """A client that has sent its headers and the beginning of its body."""
    client = socket.create_connection(("127.0.0.1", installation.port), timeout=30)
    body = b'{"batch":[' + b'{"type":"page","messageId":"never","userId":"u"},' * 20
    headers = "".join(f"{name}: {value}\r\n" for name, value in basic(installation.key).items())
    client.sendall(f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n{headers}".encode())
    client.sendall(f"Content-Length: {len(body) + 2}\r\n\r\n".encode() + body[:length])
    return client


def test_clock_that_jumps_a_day_ahead_and_back_loses_and_repeats_nothing(installation: Installation, log: Log) -> None:
    with sending(installation.port, installation.key, log):
        for hours in ("26", "0", "-26", "0"):
            for _ in range(5):
                comes_through(installation, log)
            time.sleep(0.4)
            installation.orders.give("clock", hours)
        for _ in range(5):
            comes_through(installation, log)
    log.check(installation.ids())
