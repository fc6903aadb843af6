"""Real worker processes over a database of their own, killed and stopped in the middle of their work."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[3]
# A kill costs seconds, so only a soak kills more than once.
ROUNDS = max(1, int(os.environ.get("TRAGT_SOAK_ROUNDS", "300")) // 500)


pytestmark = pytest.mark.django_db  # its processes touch the database, so PostgreSQL has its turn too


class House:
    """An installation of its own, its workers, and a process that asks and answers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ticks = home / "ticks"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAGT_")}
        self.environment = {
            **kept,
            "TRAGT_HOME": str(home),
            "TRAGT_SECRET_KEY": "only-for-tests",
            "PYTHONPATH": str(ROOT),
            "TICKS": str(self.ticks),
        }
        if server := os.environ.get("TRAGT_TEST_DATABASE_URL"):
            name = f"house_{os.getpid()}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {name}")
                connection.execute(f"CREATE DATABASE {name}")
            self.environment["TRAGT_DATABASE_URL"] = f"{server.rsplit('/', 1)[0]}/{name}"
        self.workers: list[subprocess.Popen[str]] = []
        self.controller = self.start("control")

    def start(self, kind: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.web.jobs.process", kind]
        pipe = subprocess.PIPE if kind == "control" else subprocess.DEVNULL
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def ask(self, do: str, **order: Any) -> Any:
        assert self.controller.stdin is not None
        assert self.controller.stdout is not None
        self.controller.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self.controller.stdin.flush()
        return json.loads(self.controller.stdout.readline())

    def enqueue(self, name: str, *, later: float = 0, **arguments: Any) -> int:
        return int(self.ask("enqueue", name=name, later=later, arguments=arguments))

    def staff(self, number: int) -> None:
        """So many workers live, and no other."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        for worker in self.workers[number:]:
            worker.terminate()
            worker.wait(10)
        del self.workers[number:]
        while len(self.workers) < number:
            self.workers.append(self.start("worker"))
        self.until(lambda: len(self.ask("workers")[0]) == number)

    def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.02)

    def holder(self, job: int) -> subprocess.Popen[str]:
        """The process that has a job, once one has."""
        self.until(lambda: self.ask("job", job=job)["done"] > 1)
        held_by = self.ask("job", job=job)["worker"].split(":")[1]
        return next(worker for worker in self.workers if str(worker.pid) == held_by)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can write the database."""
        if address := self.environment.get("TRAGT_DATABASE_URL"):
            with psycopg.connect(address) as connection:
                connection.execute("LOCK TABLE tragt_jobs_job, tragt_jobs_worker IN EXCLUSIVE MODE")
                yield
        else:
            with closing(sqlite3.connect(self.home / "tragt.sqlite3", isolation_level=None)) as lock:
                lock.execute("BEGIN IMMEDIATE")
                yield

    def ends(self, job: int, state: str) -> dict[str, Any]:
        self.until(lambda: self.ask("job", job=job)["state"] == state)
        return dict(self.ask("job", job=job))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = House(tmp_path_factory.mktemp("house"))
    built.ask("migrate")
    yield built
    for process in [*built.workers, built.controller]:
        process.kill()
        process.communicate()


@pytest.mark.soak
def test_worker_killed_in_the_middle_of_a_job_another_takes_it_over(house: House, tmp_path: Path) -> None:
    for number in range(ROUNDS):
        house.staff(2)
        marks = tmp_path / str(number)
        job = house.enqueue("test.slow", file=str(marks), seconds=1)
        house.holder(job).kill()
        ended = house.ends(job, "done")
        assert (ended["attempts"], ended["deaths"]) == (2, 1)
        assert marks.read_text() == "." * 20, "resumed from its mark, nothing done twice"
        assert (ended["done"], ended["total"], ended["text"]) == (19, 20, "Counting")
    assert house.ask("workers")[1] is True


def test_schedule_two_workers_do_each_due_job_once(house: House) -> None:
    house.staff(2)
    for number in range(1, 6):
        house.until(lambda: house.ask("due") == 1)
        house.until(lambda: house.ask("due_now") == 0)
        house.until(lambda: house.ask("unfinished") == 0)
        assert house.ticks.read_text().split() == ["tick"] * number


def test_worker_locked_database_waits_and_goes_on(house: House, tmp_path: Path) -> None:
    house.staff(2)
    job = house.enqueue("test.slow", file=str(tmp_path / "marks"), seconds=1.5)
    house.holder(job)
    meanwhile = house.enqueue("test.note", later=0.5, file=str(tmp_path / "note"))
    with house.locked():
        time.sleep(3)  # longer than a worker may be silent; a job comes due and another ends meanwhile
    silent = house.ask("seen")
    house.until(lambda: all(moment > silent[name] for name, moment in house.ask("seen").items()))
    assert house.ends(meanwhile, "done")["attempts"] == 1
    ended = house.ends(job, "done")
    assert (ended["attempts"], ended["deaths"]) == (1, 0), "nobody was thought dead"
    assert all(worker.poll() is None for worker in house.workers)


def test_worker_busy_with_a_long_job_does_quick_ones_meanwhile(house: House, tmp_path: Path) -> None:
    house.staff(1)
    long = house.enqueue("test.slow", file=str(tmp_path / "marks"), seconds=60)
    house.holder(long)
    house.ends(house.enqueue("test.urgent", file=str(tmp_path / "note")), "done")
    assert house.ask("cancel", job=long) == "running"
    house.ends(long, "cancelled")


def test_cancel_job_of_a_worker_ends_it(house: House, tmp_path: Path) -> None:
    house.staff(2)
    job = house.enqueue("test.slow", file=str(tmp_path / "marks"), seconds=60)
    house.holder(job)
    assert house.ask("cancel", job=job) == "running"
    assert house.ends(job, "cancelled")["attempts"] == 1


def test_worker_asked_to_stop_gives_its_job_back(house: House, tmp_path: Path) -> None:
    house.staff(2)
    marks = tmp_path / "marks"
    job = house.enqueue("test.slow", file=str(marks), seconds=2)
    stopping = house.holder(job)
    stopping.send_signal(signal.SIGTERM)
    assert stopping.wait(10) == 0
    assert house.ends(job, "done")["attempts"] == 1, "it counts as never begun"
    assert marks.read_text() == "." * 40
