"""A process killed at any point of a write leaves all of it or nothing, and running it again completes it.

It kills itself at one of its calls, or the kernel ends it after some time, in the midst of what is no Python.
"""

import random
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings

from tests.lake.making import events, filled, ids, ids_of, perform
from tragt.lake import Lake, Marker

ROUNDS = max(settings().max_examples // 150, 2)

PROGRAM = """
import os, signal, sys, time
from tests.lake.making import perform
from tragt.lake import Lake, appending

folder, act, last, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
appending._CHUNK = 150
lake = Lake.open(folder)
lake.read()
left = last

def count(frame, event, arg):
    global left
    if event.endswith("call") and "/tragt/lake/" in frame.f_code.co_filename:
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

signal.signal(signal.SIGALRM, signal.SIG_DFL)
start = time.monotonic()
signal.setitimer(signal.ITIMER_REAL, seconds)
if last:
    sys.setprofile(count)
perform(lake, act)
sys.setprofile(None)
print(last - left, time.monotonic() - start)
"""
BEFORE = range(200)
AFTER = {
    "append": range(700),
    "remove": range(150, 200),
    "erase": [n for n in BEFORE if n % 5 not in (1, 3)],
    "upkeep": BEFORE,
    "purge": BEFORE,
}


def perform_killed(folder: Path, act: str, *, call: int = 0, seconds: float = 0) -> str:
    """Run an act that is ended at one of its calls, or after some time; what it printed if it ended before."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), act, str(call), str(seconds)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL, -signal.SIGALRM), done.stderr
    return done.stdout


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("act", list(AFTER))
def test_write_killed_at_any_point_is_whole_or_absent_and_completes(tmp_path: Path, act: str) -> None:
    filled(tmp_path / "whole", range(150), range(150, 200))
    calls, seconds = perform_killed(tmp_path / "whole", act, call=10**9).split()
    chosen = random.Random(calls)
    for place in range(ROUNDS):
        folder = tmp_path / str(place)
        filled(folder, range(150), range(150, 200))
        if place % 2:
            perform_killed(folder, act, seconds=chosen.uniform(0, float(seconds)))
        else:
            assert perform_killed(folder, act, call=chosen.randint(1, int(calls))) == ""
        assert ids(Lake.open(folder)) in (ids_of(BEFORE), ids_of(AFTER[act]))
        lake = Lake.open(folder)
        perform(lake, act)
        assert ids(lake) == ids_of(AFTER[act])
        lake.append(events([1000]), marker=Marker("other", 1), batch="other")
        lake.purge()
        assert ids(lake) == ids_of([*AFTER[act], 1000])
        assert not (folder / "_scratch").exists()
        files = pl.read_parquet(folder / "month=*/*.parquet", hive_partitioning=False)
        assert files.height == len(AFTER[act]) + 1
