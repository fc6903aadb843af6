"""A process killed at any point of a write leaves all of it or nothing, and running it again completes it."""

import random
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
import os, signal, sys
from tests.lake.making import perform
from tragt.lake import Lake, appending

folder, act, last = sys.argv[1], sys.argv[2], int(sys.argv[3])
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

sys.setprofile(count)
perform(lake, act)
sys.setprofile(None)
print(last - left)
"""
BEFORE = range(200)
AFTER = {
    "append": range(700),
    "remove": range(150, 200),
    "erase": [n for n in BEFORE if n % 5 not in (1, 3)],
    "upkeep": BEFORE,
    "purge": BEFORE,
}


def perform_killed(folder: Path, act: str, last: int) -> str:
    """Run an act that kills itself at its call number `last`; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), act, str(last)], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, -9), done.stderr
    return done.stdout


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("act", list(AFTER))
def test_write_killed_at_any_point_is_whole_or_absent_and_completes(tmp_path: Path, act: str) -> None:
    filled(tmp_path / "whole", range(150), range(150, 200))
    calls = int(perform_killed(tmp_path / "whole", act, 10**9))
    chosen = random.Random(calls)
    for place in range(ROUNDS):
        folder = tmp_path / str(place)
        filled(folder, range(150), range(150, 200))
        assert perform_killed(folder, act, chosen.randint(1, calls)) == ""
        left = ids(Lake.open(folder))
        assert left in (ids_of(BEFORE), ids_of(AFTER[act]))
        lake = Lake.open(folder)
        perform(lake, act)
        assert ids(lake) == ids_of(AFTER[act])
        lake.append(events([1000]), marker=Marker("other", 1), batch="other")
        lake.purge()
        assert ids(lake) == ids_of([*AFTER[act], 1000])
        assert not (folder / "_scratch").exists()
        assert pl.read_parquet(folder / "month=*/*.parquet", hive_partitioning=False).height == len(AFTER[act]) + 1
