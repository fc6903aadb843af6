"""The commands of the application, as processes of their own."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

SECONDS = 60


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


def children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(folder.name))
    return found


def workers_of(parent: int) -> list[int]:
    running = [one for one in children(parent) if is_running(one)]
    return [one for one in running if "\0worker\0" in (Path("/proc") / str(one) / "cmdline").read_text()]


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


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    file = tmp_path / "deals.csv"
    file.write_text(
        "deal,deal_stage,engage_date,close_date\nd1,Won,2026-01-05,2026-02-01\nd2,Lost,2026-01-06,2026-01-20\n"
    )
    return file


def test_up_ends_with_all_its_processes_when_told(tmp_path: Path) -> None:
    with up(tmp_path / "home") as (process, address):
        family = children(process.pid)
        assert len(family) >= 2
        assert answers(address)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        assert not any(map(is_running, family))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_up_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    with up(tmp_path / "home") as (process, address):
        family = children(process.pid)
        process.kill()
        end = time.monotonic() + SECONDS
        while any(map(is_running, family)) and time.monotonic() < end:
            time.sleep(0.1)
        assert not any(map(is_running, family))
        assert not answers(address)


def test_up_replaces_a_worker_that_died(tmp_path: Path) -> None:
    with up(tmp_path / "home") as (process, _):
        workers = [
            one for one in children(process.pid) if "worker" in (Path("/proc") / str(one) / "cmdline").read_text()
        ]
        os.kill(workers[0], signal.SIGKILL)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            fresh = [one for one in children(process.pid) if one not in workers and is_running(one)]
            if any("worker" in (Path("/proc") / str(one) / "cmdline").read_text() for one in fresh):
                return
            time.sleep(0.1)
        pytest.fail("no new worker came")


def test_up_on_a_home_where_it_runs_says_so_and_other_commands_go_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with up(home) as (process, address):
        for command in ("up", "web"):
            said = said_by(command, "--home", str(home), "--port", "0")
            assert f"Tragt already runs on this home (process {process.pid})" in said
        assert "up to date" in said_by("doctor", "--home", str(home))
        assert answers(address)
        process.kill()
        process.wait(SECONDS)
    with up(home) as (_, address):
        assert answers(address)


def test_up_port_in_use_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = said_by("up", "--home", str(tmp_path / "home"), "--port", str(taken.getsockname()[1]))
    assert "cannot listen" in said
    assert "--port 8001" in said


def test_commands_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    said = said_by("up", "--home", str(tmp_path / "home"), TRAGT_MAIL_URL="carrier-pigeon://")
    assert said.startswith("tragt: ")
    assert "Traceback" not in said


def test_import_brings_a_file_once_and_doctor_sees_it(tmp_path: Path, deals: Path) -> None:
    home = str(tmp_path / "home")
    assert "4 new events, 0 here already" in said_by("import", str(deals), "--home", home)
    assert "0 new events, 4 here already" in said_by("import", str(deals), "--home", home)
    assert "event log: 4 events" in said_by("doctor", "--home", home)


def test_import_where_tragt_runs_is_done_by_its_worker(tmp_path: Path, deals: Path) -> None:
    home = str(tmp_path / "home")
    with up(tmp_path / "home"):
        end = time.monotonic() + SECONDS
        while "worker: at work" not in said_by("doctor", "--home", home) and time.monotonic() < end:
            time.sleep(0.5)
        said = said_by("import", str(deals), "--home", home)
        assert "imports deals.csv now" in said, said
        end = time.monotonic() + SECONDS
        while "event log: 4 events" not in said_by("doctor", "--home", home) and time.monotonic() < end:
            time.sleep(0.5)
        assert "event log: 4 events" in said_by("doctor", "--home", home)


def test_erase_now_takes_a_person_out(tmp_path: Path) -> None:
    file, home = tmp_path / "clicks.csv", str(tmp_path / "home")
    file.write_text("user,time,event\nann,2026-01-05 10:00:00,Visit\nbo,2026-01-05 11:00:00,Visit\n")
    assert "2 new persons" in said_by("import", str(file), "--home", home)

    assert "nothing of this person is left" in said_by("erase", "ann", "--now", "--yes", "--home", home)
    assert "Nobody was found" in said_by("erase", "ann", "--now", "--yes", "--home", home)
    assert "event log: 1 events" in said_by("doctor", "--home", home)


def test_erase_asks_first(tmp_path: Path) -> None:
    file, home = tmp_path / "clicks.csv", str(tmp_path / "home")
    file.write_text("user,time,event\nann,2026-01-05 10:00:00,Visit\n")
    said_by("import", str(file), "--home", home)
    with tragt("erase", "ann", "--home", home) as process:
        said = process.communicate("n\n", timeout=SECONDS)[0]
    assert "Erase identifier ann? It cannot be undone." in said
    assert "event log: 1 events" in said_by("doctor", "--home", home)
