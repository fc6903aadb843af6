"""A worker that is killed while a message is under way loses nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.web.webhooks.conftest import Receiver, Wish

ROOT = Path(__file__).resolve().parents[3]


def until(condition: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@pytest.mark.long
def test_message_under_way_is_sent_again_by_another_worker_after_a_kill(
    receiver: Receiver, tmp_path: Path, make_home: Callable[[Path], Path]
) -> None:
    made = make_home(tmp_path / "home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAGT_")}
    home = {"TRAGT_HOME": str(made), "TRAGT_SECRET_KEY": "only-for-tests", "TRAGT_ALLOW_PRIVATE_ADDRESSES": "yes"}
    environment = {**kept, **home, "PYTHONPATH": str(ROOT)}

    def started(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.web.webhooks.process", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    assert started("make", receiver.address).wait(120) == 0
    receiver.wishes = [Wish(seconds=60), Wish()]
    with started("worker") as first:
        until(lambda: receiver.came)
        first.send_signal(signal.SIGKILL)
    with started("worker") as second:
        until(lambda: len(receiver.came) == 2)
        until(lambda: _state(made / "tragt.sqlite3") == ("taken", 1))
        second.terminate()
    assert receiver.came[0].headers["webhook-id"] == receiver.came[1].headers["webhook-id"]
    assert receiver.came[0].body == receiver.came[1].body


def _state(file: Path) -> tuple[str, int]:
    with closing(sqlite3.connect(file)) as connection:
        found: tuple[str, int] = connection.execute("SELECT state, attempts FROM tragt_webhooks_delivery").fetchone()
    return found
