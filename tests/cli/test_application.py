"""The commands of the application, as processes of their own."""

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tragt.lake import Lake

SECONDS = 60

pytestmark = pytest.mark.long


def tragt(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    return subprocess.Popen(
        [sys.executable, "-W", "error::DeprecationWarning", "-m", "tragt.cli.app", *arguments],
        env={**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said_by(*arguments: str, **environment: str) -> str:
    with tragt(*arguments, **environment) as process:
        return process.communicate(timeout=SECONDS)[0]


@contextlib.contextmanager
def up(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `tragt up` and its address."""
    with tragt("up", "--home", str(home), "--port", "0") as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, (re.search(r"ready: (\S+)", line) for line in process.stdout)), None)
            assert found is not None
            yield process, found[1]
        finally:
            process.terminate()
            process.wait(SECONDS)


def family_of(parent: int) -> dict[int, str]:
    """All processes below one that run, and what they are called."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            number = int(folder.name)
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent and is_running(number):
                found[number] = (folder / "comm").read_text().strip()
                found |= family_of(number)
    return found


def workers_of(parent: int) -> set[int]:
    return {number for number, name in family_of(parent).items() if name == "tragt worker"}


def is_running(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def answers(address: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{address}/healthz", timeout=5).status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def becomes(condition: Callable[[], bool]) -> bool:
    """Whether it comes true before long."""
    end = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def events_in(home: Path) -> int:
    return Lake.open(home / "lake").read(columns=["id"]).height


def found_by_doctor(home: Path) -> set[str]:
    said = said_by("doctor", "--home", str(home))
    return {words for words in ("up to date", "worker: at work") if words in said}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def made(tmp_path: Path, make_home: Callable[[Path], Path]) -> Path:
    """A home that was made before."""
    return make_home(tmp_path / "home")


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    file = tmp_path / "deals.csv"
    file.write_text(
        "deal,deal_stage,engage_date,close_date\nd1,Won,2026-01-05,2026-02-01\nd2,Lost,2026-01-06,2026-01-20\n"
    )
    return file


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_up_works_replaces_a_worker_that_died_and_ends_with_all_its_processes(home: Path, deals: Path) -> None:
    with up(home) as (process, address):
        assert answers(address)
        first = workers_of(process.pid)
        assert len(first) == 1
        os.kill(next(iter(first)), signal.SIGKILL)
        assert becomes(lambda: bool(workers_of(process.pid) - first))
        assert becomes(lambda: {"up to date", "worker: at work"} <= found_by_doctor(home))

        said = said_by("import", str(deals), "--home", str(home))
        assert "imports deals.csv now" in said, said
        assert becomes(lambda: events_in(home) == 4)

        family = family_of(process.pid)
        assert sorted(family.values()) == ["tragt nursery", "tragt settle", "tragt web", "tragt worker"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        assert becomes(lambda: not any(map(is_running, family)))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_up_holds_its_home_and_killed_leaves_it_free(made: Path) -> None:
    with up(made) as (process, address):
        said = said_by("web", "--home", str(made), "--port", "0")
        assert f"Tragt already runs on this home (process {process.pid})" in said
        family = family_of(process.pid)
        assert len(family) == 4
        process.kill()
        assert becomes(lambda: not any(map(is_running, family)))
        assert not answers(address)
        process.wait(SECONDS)
    with (made / "up.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_worker_that_lost_its_nursery_ends_with_a_failure(made: Path) -> None:
    with tragt("worker", "--home", str(made)) as process:
        assert becomes(lambda: "tragt settle" in family_of(process.pid).values())
        nursery = next(number for number, name in family_of(process.pid).items() if name == "tragt nursery")
        os.kill(nursery, signal.SIGKILL)
        assert process.wait(SECONDS) == 1


def test_up_port_in_use_says_what_to_do(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = said_by("up", "--home", str(home), "--port", str(taken.getsockname()[1]))
    assert "cannot listen" in said
    assert "--port 8001" in said


def test_commands_wrong_setting_is_one_sentence(home: Path) -> None:
    said = said_by("up", "--home", str(home), TRAGT_MAIL_URL="carrier-pigeon://")
    assert said.startswith("tragt: ")
    assert "Traceback" not in said


def test_import_brings_a_file_once_and_erase_takes_a_person_out(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "clicks.csv"
    file.write_text("user,time,event\nann,2026-01-05 10:00:00,Visit\nbo,2026-01-05 11:00:00,Visit\n")
    said = said_by("import", str(file), "--home", str(made))
    assert "2 new events, 0 here already" in said
    assert "2 new persons" in said
    assert "0 new events, 2 here already" in said_by("import", str(file), "--home", str(made))

    with tragt("erase", "ann", "--home", str(made)) as process:
        said = process.communicate("n\n", timeout=SECONDS)[0]
    assert "Erase identifier ann? It cannot be undone." in said
    assert events_in(made) == 2

    assert "nothing of this person is left" in said_by("erase", "ann", "--now", "--yes", "--home", str(made))
    assert "Nobody was found" in said_by("erase", "ann", "--now", "--yes", "--home", str(made))
    assert "event log: 1 events" in said_by("doctor", "--home", str(made))
