"""Processes that are forked of one that loaded everything: born, ended, lost, and ended with who opened it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OPENED = """
import os, signal, sys, threading, time
from pathlib import Path
from tragt.web.project.configuration import load
from tragt.web.project.home import furnish

furnish(load())
from tragt.web.project import nursery as nurseries
from tragt.web.project.nursery import Child, Gone, Nursery

def born(act, *given):
    one = Child(nursery, "one of it", act, *given)
    assert not one.is_alive()
    one.start()
    return one

def code(act, *given):
    one = born(act, *given)
    assert one.join(60)
    return one.exit_code
"""
QUIET = """
nurseries.load()
from django.db import connections
names = sorted({Path(f"/proc/self/task/{one}/comm").read_text().strip() for one in os.listdir("/proc/self/task")})
print(threading.active_count(), names, [one.connection for one in connections.all()])
"""
ENDS = """
from tests.web.project.test_nursery import computes
nursery = Nursery()
print("codes:", code(sys.exit, 3), code(os.abort), code(int, "no number"), code(sys.exit), code(computes, 1_000_000))

asleep = born(time.sleep, 100)
assert asleep.is_alive() and not asleep.join(0.1)
print("called:", Path(f"/proc/{asleep.pid}/comm").read_text().strip())
asleep.terminate()
assert asleep.join(60) and not asleep.is_alive()
print("told:", asleep.exit_code == -signal.SIGTERM)

left = born(time.sleep, 100)
os.kill(nursery.pid, signal.SIGKILL)
assert left.join(60)
print("lost:", left.exit_code)
os.kill(left.pid, signal.SIGKILL)
try:
    born(time.sleep, 100)
except Gone as problem:
    print(problem)
"""

REFUSES = """
import errno
refusals, forked = iter([False, True, False]), nurseries._fork  # the nursery, and two of it

def forks():
    if next(refusals):
        raise OSError(errno.EAGAIN, "")
    return forked()

nurseries._fork = forks
nursery = Nursery()
try:
    born(sys.exit, 3)
except OSError as problem:
    print("refused:", problem.errno == errno.EAGAIN)
print("then:", code(sys.exit, 3))
nursery.close()
"""
HANGS_UP = """
from tests.web.project.test_nursery import hears_hangup
for handler in (signal.SIG_IGN, signal.SIG_DFL, lambda *_: None):
    signal.signal(signal.SIGHUP, handler)
    nursery = Nursery()
    print("hears:", code(hears_hangup))
    nursery.close()
"""
BREAKS = """
def breaks(*_):
    raise RuntimeError("broken")

nurseries._tell_ended = breaks
nursery = Nursery()
born(sys.exit, 3).join(60)
print("ended:", os.waitstatus_to_exitcode(os.waitpid(nursery.pid, 0)[1]))
"""
HANGS = """
nurseries.ANSWER_SECONDS = nurseries.END_SECONDS = 0.2
nursery = Nursery()
os.kill(nursery.pid, signal.SIGSTOP)
nursery.close()
nursery = Nursery()
os.kill(nursery.pid, signal.SIGSTOP)
try:
    born(time.sleep, 100)
except Gone as problem:
    print(problem)
nursery.close()
"""
HOLDS = """
import fcntl
from tragt.web.project import home
home.hold(load())
ours, theirs = os.pipe()
begun, begins = os.pipe()
if not os.fork():
    os.close(theirs)
    os.write(begins, b".")
    os.read(ours, 1)
    os._exit(0)
os.read(begun, 1)
held = home._held.pop()
held.close()
with open(held.name) as lock:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free")
"""


SWEEPS = """
nurseries.SWEEP_SECONDS = 0.1
from tests.web.project.test_nursery import is_swept
nursery = Nursery()
print("swept:", code(is_swept, os.environ["POLARS_OOC_SPILL_DIR"]))
nursery.close()
"""


def is_swept(folder: str) -> None:
    """End well once what this process spilled long ago is gone, and what it spilled lately is not."""
    own = Path(folder, str(os.getpid()))
    own.mkdir(parents=True)
    old, new = own / "spill-1.ipc", own / "spill-2.ipc"
    for file in (old, new):
        file.touch()
    long_ago = new.stat().st_mtime - 7 * 3600
    os.utime(old, (long_ago, long_ago))
    end = time.monotonic() + 60
    while old.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not old.exists()
    assert new.exists()


def hears_hangup() -> None:
    """End with whether it is heard that the terminal goes."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    sys.exit(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL and signal.SIGHUP not in blocked)


def computes(rows: int) -> None:
    """Let Polars use its threads, as jobs do; another of it would wait for ever where threads were lost."""
    import polars as pl  # noqa: PLC0415 - in the child, or the process that opens the nursery

    found = pl.LazyFrame({"n": range(rows)}).group_by(pl.col("n") % 7).agg(pl.len()).sort("len").collect()
    assert found["len"].sum() == rows


def said(home: Path, *parts: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(parts)],
        cwd=ROOT,
        env={**kept, "TRAGT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_what_is_loaded_before_the_nursery_starts_no_thread_that_a_child_would_miss(tmp_path: Path) -> None:
    """Linear algebra and the allocator of Polars take care of a fork; its cleaner removes files of large sorts."""
    harmless = ["jemalloc_bg_thd", "polars-ooc-clea", "python"]

    assert said(tmp_path / "home", OPENED, QUIET) == f"1 {harmless} [None, None]\n"


def test_children_end_as_they_end_and_are_lost_with_their_nursery(tmp_path: Path) -> None:
    told = said(tmp_path / "home", OPENED, ENDS)

    assert "codes: 3 -6 1 0 0" in told
    assert "ValueError: invalid literal" in told, "what goes wrong is told"
    assert "called: one of it" in told
    assert "told: True\nlost: 255\nThe process that starts the others has ended." in told


def test_nursery_that_may_not_fork_says_so_and_lives_on(tmp_path: Path) -> None:
    assert said(tmp_path / "home", OPENED, REFUSES) == "refused: True\nthen: 3\n"


def test_children_mind_a_terminal_that_goes_as_who_opened_the_nursery_does(tmp_path: Path) -> None:
    assert said(tmp_path / "home", OPENED, HANGS_UP) == "hears: 0\nhears: 1\nhears: 1\n"


def test_nursery_that_breaks_ends_and_says_why(tmp_path: Path) -> None:
    told = said(tmp_path / "home", OPENED, BREAKS)

    assert "RuntimeError: broken" in told
    assert "ended: 1" in told


def test_nursery_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert "The process that starts the others has ended." in said(tmp_path / "home", OPENED, HANGS)


def test_children_remove_what_polars_kept_for_them_long_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread of Polars that would is in the nursery alone."""
    monkeypatch.setenv("POLARS_OOC_SPILL_DIR", str(tmp_path / "spill"))
    assert said(tmp_path / "home", OPENED, SWEEPS) == "swept: 0\n"


def test_home_is_held_by_the_process_alone_and_not_by_what_it_starts(tmp_path: Path) -> None:
    assert said(tmp_path / "home", OPENED, HOLDS) == "free\n"
