"""A process that imports or undoes is killed anywhere: nothing is half-visible, and doing it again completes it."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROUNDS
from tragt.lake import Lake

EVENTS, PERSONS = 90, 30


@dataclass(frozen=True)
class Seen:
    """What anyone can see of a home: events that count, persons, and the states of its imports."""

    events: int
    persons: int
    states: tuple[str, ...]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "events.csv"
    names = ("Visit", "Cart", "Buy")
    rows = [f"p{row // 3},{names[row % 3]},2024-03-01 10:00:{row % 60:02d},x{row}" for row in range(EVENTS)]
    path.write_text("\n".join(["user,event,time,plan", *rows]))
    return path


@pytest.fixture(scope="module")
def empty(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its tables and nothing in them; each round has a copy, for making the tables takes longest."""
    home = tmp_path_factory.mktemp("homes") / "empty"
    process("complete", home, file)
    return home


def process(what: str, home: Path, file: Path, fatal: int = 0) -> int:
    """Runs the process; gives how many calls it took, 0 where it was killed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    environment |= {"TRAGT_HOME": str(home), "TRAGT_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "tests.web.imports.killed", what, str(file), str(fatal)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-3000:]
    return int(done.stdout) if done.returncode == 0 else 0


def seen(home: Path) -> Seen:
    with sqlite3.connect(home / "tragt.sqlite3") as database:
        states = tuple(row[0] for row in database.execute("SELECT state FROM tragt_imports_import ORDER BY id"))
        hidden = [row[0] for row in database.execute("SELECT batch FROM tragt_log_hiddenbatch")]
        (persons,) = database.execute("SELECT count(*) FROM tragt_people_person").fetchone()
    database.close()
    events = Lake.open(home / "lake").read(columns=["id"], without_batches=hidden)
    assert events["id"].n_unique() == events.height
    return Seen(events.height, persons, states)


def is_whole(now: Seen) -> bool:
    """Whether the whole file is seen or nothing of it, as its states say."""
    figures = (now.events, now.persons)
    if "undoing" in now.states:
        return figures in ((EVENTS, PERSONS), (0, 0))
    return figures == ((EVENTS, PERSONS) if "done" in now.states else (0, 0))


@pytest.mark.soak
def test_a_killed_import_is_not_half_visible_and_can_be_completed(file: Path, empty: Path, tmp_path: Path) -> None:
    calls = process("import", shutil.copytree(empty, tmp_path / "first"), file)
    chance = random.Random(ROUNDS)
    for place in range(max(2, ROUNDS // 150)):
        home = shutil.copytree(empty, tmp_path / f"home {place}")
        # Every other round falls into the writing, which is the later part.
        fatal = chance.randrange(calls // 2 if place % 2 else 1, calls)
        assert process("import", home, file, fatal) == 0
        now = seen(home)
        assert is_whole(now), (fatal, now)
        process("complete", home, file)
        if "done" not in seen(home).states:
            process("import", home, file)
        now = seen(home)
        assert is_whole(now), (fatal, now)
        assert "done" in now.states, (fatal, now)


@pytest.mark.soak
def test_a_killed_undo_is_not_half_visible_and_can_be_completed(file: Path, empty: Path, tmp_path: Path) -> None:
    home = shutil.copytree(empty, tmp_path / "home")
    calls, chance = 0, random.Random(ROUNDS + 1)
    for place in range(max(2, ROUNDS // 150)):
        process("import", home, file)
        fatal = chance.randrange(1, calls) if calls else 0
        calls = process("undo", home, file, fatal) or calls
        now = seen(home)
        assert is_whole(now), (fatal, now)
        process("complete", home, file)
        if "done" in seen(home).states:
            process("undo", home, file)
        now = seen(home)
        assert (now.events, now.persons, set(now.states)) == (0, 0, {"undone"}), (place, fatal, now)
