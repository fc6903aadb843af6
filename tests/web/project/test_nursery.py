"""Processes that are forked of one that loaded everything: born, ended, lost, and ended with who opened it."""

import os
import subprocess
import sys
from pathlib import Path

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
