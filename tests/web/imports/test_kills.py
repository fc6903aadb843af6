"""A process that imports or undoes is killed anywhere: nothing is half-visible, and doing it again completes it."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROUNDS
from tragt.lake import Lake

EVENTS, PERSONS = 90, 30
KILLS = max(5 if "CI" in os.environ else 2, ROUNDS // 150)


@dataclass(frozen=True)
class Seen:
    """What anyone can see of a home: events that count, persons, and the states of its imports."""

    events: int
    persons: int
    states: tuple[str, ...]


@dataclass(frozen=True)
class Importer:
    """A home, and a process that imports and undoes a file in it."""

    home: Path
    empty: Path
    process: subprocess.Popen[str]

    def does(self, what: str, fatal: int = 0) -> int:
        """How many calls it took, 0 where it was killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(what, fatal, file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def starts_anew(self) -> None:
        """Make the home as it was before anything was imported."""
        shutil.rmtree(self.home)
        shutil.copytree(self.empty, self.home)

    def sees(self) -> Seen:
        with sqlite3.connect(self.home / "tragt.sqlite3") as database:
            states = tuple(row[0] for row in database.execute("SELECT state FROM tragt_imports_import ORDER BY id"))
            hidden = [row[0] for row in database.execute("SELECT batch FROM tragt_log_hiddenbatch")]
            (persons,) = database.execute("SELECT count(*) FROM tragt_people_person").fetchone()
        database.close()
        events = Lake.open(self.home / "lake").read(columns=["id"], without_batches=hidden)
        assert events["id"].n_unique() == events.height
        return Seen(events.height, persons, states)


@pytest.fixture
def importer(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Importer]:
    file, home, empty = tmp_path / "events.csv", make_home(tmp_path / "home"), tmp_path / "empty"
    names = ("Visit", "Cart", "Buy")
    rows = [f"p{row // 3},{names[row % 3]},2024-03-01 10:00:{row % 60:02d},x{row}" for row in range(EVENTS)]
    file.write_text("\n".join(["user,event,time,plan", *rows]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    environment |= {"TRAGT_HOME": str(home), "TRAGT_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "tests.web.imports.killed", str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        shutil.copytree(home, empty)
        yield Importer(home, empty, process)


def is_whole(now: Seen) -> bool:
    """Whether the whole file is seen or nothing of it, as its states say."""
    figures = (now.events, now.persons)
    if "undoing" in now.states:
        return figures in ((EVENTS, PERSONS), (0, 0))
    return figures == ((EVENTS, PERSONS) if "done" in now.states else (0, 0))


@pytest.mark.soak
def test_a_killed_import_is_not_half_visible_and_can_be_completed(importer: Importer) -> None:
    calls = importer.does("import")
    chance = random.Random(ROUNDS)
    for place in range(KILLS):
        importer.starts_anew()
        # Every other round falls into the writing, which is the later part.
        fatal = chance.randrange(calls // 2 if place % 2 else 1, calls)
        assert importer.does("import", fatal) == 0
        now = importer.sees()
        assert is_whole(now), (fatal, now)
        importer.does("complete")
        if "done" not in importer.sees().states:
            importer.does("import")
        now = importer.sees()
        assert is_whole(now), (fatal, now)
        assert "done" in now.states, (fatal, now)


@pytest.mark.soak
def test_a_killed_undo_is_not_half_visible_and_can_be_completed(importer: Importer) -> None:
    importer.does("import")
    calls, chance = importer.does("undo"), random.Random(ROUNDS + 1)
    for place in range(KILLS):
        importer.does("import")
        fatal = chance.randrange(1, calls)
        importer.does("undo", fatal)
        now = importer.sees()
        assert is_whole(now), (fatal, now)
        importer.does("complete")
        if "done" in importer.sees().states:
            importer.does("undo")
        now = importer.sees()
        assert (now.events, now.persons, set(now.states)) == (0, 0, {"undone"}), (place, fatal, now)
