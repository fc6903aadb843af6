"""What all tests share: their order, a home that is made, where the real data lie, how many examples are tried."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE_ROUNDS = int(os.environ.get("TRAGT_SOAK_ROUNDS", "300"))
ROUNDS = max(REFERENCE_ROUNDS // 5, 1)

settings.register_profile(
    "tragt",
    max_examples=ROUNDS,
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tragt")


SERVERS = ("server", "servers", "stranger", "installation")
"""Fixtures that start a server."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every process begin with what takes long, so that at the end none waits for another."""
    long: dict[object, list[pytest.Item]] = {}
    short = []
    for item in items:
        if item.get_closest_marker("long") or item.get_closest_marker("soak"):
            long.setdefault(_server_of(item), []).append(item)
        else:
            short.append(item)
    items[:] = _dealt(list(long.values()), short, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _server_of(item: pytest.Item) -> object:
    """The server that a test shares with others, which one process is to run; else the test alone."""
    for name in SERVERS:
        for fixture in item._fixtureinfo.name2fixturedefs.get(name, ()):  # type: ignore[attr-defined]
            if fixture.scope != "function":
                return name, fixture.baseid
    return item.nodeid


def _dealt(long: list[list[pytest.Item]], short: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """The tests in the order in which xdist hands them out: equally many in a row to each process."""
    dealt: list[pytest.Item] = []
    left = sum(map(len, long)) + len(short)
    for process in range(processes):
        mine = [item for group in long[process::processes] for item in group]
        more = max(left // (processes - process) - len(mine), 0)
        dealt += [*mine, *short[:more]]
        short, left = short[more:], left - len(mine) - more
    return dealt + short


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what touches the database, before tests are chosen by mark.

    It may use the inbox as well, which is a database of its own where databases are files.
    """
    marker = item.get_closest_marker("django_db")
    if marker is not None or "db" in getattr(item, "fixturenames", ()):
        given = dict(marker.kwargs) if marker else {}
        item.add_marker(pytest.mark.django_db(**{**given, "databases": "__all__"}), append=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; a test that asks for it is skipped where the folder is absent."""
    folder = Path(os.environ.get("TRAGT_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data are not here (looked in {folder}; TRAGT_SHARED names another folder)")
    return folder


MAKING = "from tragt.cli.application import enter; enter()"


@pytest.fixture(scope="session")
def make_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Makes a home in a folder that is not there yet, as `tragt` makes one; all are copies of one made in this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = shared / "made-home"
    with (shared / "made-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
            unfinished = shared / "home-being-made"
            told = {**kept, "TRAGT_HOME": str(unfinished)}
            subprocess.run([sys.executable, "-c", MAKING], env=told, check=True)
            unfinished.rename(made)

    def make(folder: Path) -> Path:
        shutil.copytree(made, folder)
        return folder

    return make
