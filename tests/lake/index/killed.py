"""A process that builds, reads and erases, each time in a child that can be killed.

Called as ``python -m tests.lake.index.killed``. A line of its input says what to do (``build``, ``read`` or ``erase``),
in which folder, and after how many calls of functions, its own and those in C, the child sends itself SIGKILL (0 for
never). A line of its output says how many calls it took, 0 where it was killed. The compiled parts are loaded once, for
loading them takes longer than a round; nothing else is used before a child is made, for threads do not survive that.
"""

import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

import numpy as np
import polars as pl

from tests.lake.index.making import ZONE, simple
from tragt.lake import Lake, Marker
from tragt.lake.index import Index, Kind, bits, kernels


def main() -> None:
    warm()
    print("ready", flush=True)
    for line in sys.stdin:
        what, folder, fatal = line.split()
        print(in_a_child(what, Path(folder), int(fatal)), flush=True)


def warm() -> None:
    """Load the compiled parts."""
    i32, i64 = np.zeros(1, np.int32), np.zeros(1, np.int64)
    u64, u16, u8 = np.zeros(1, np.uint64), np.zeros(1, np.uint16), np.zeros(1, np.uint8)
    kernels.numbered((u64, u64), np.full((8, 2), np.iinfo(np.uint64).max, np.uint64), 0, i32.copy(), i64.copy())
    order, starts = kernels.ordered(i32, i64, 1)
    kernels.tied(order, starts, i64, 1000)
    kernels.dealt(order, starts, i64, u16, (1, 0), i64.copy())
    kernels.flagged(order, u16, u8, i64.copy(), 1)
    kernels.counted(u16, u8, 1)
    kernels.entered(i32, (0, 1, 0), np.zeros((1, 3), np.int32), u8)
    kernels.distributed((i32, i32, u8), i64.copy(), i32.copy(), u8.copy())
    kernels.renamed(i32.copy(), i32)
    kernels.listed(u8, i64, i64)
    kernels.shortened(u64, i64, np.zeros(2, np.int64), i32, u8)
    bits.packed(np.zeros(1, np.uint32), i64 + 1)
    kernels.siphash(u8, i64 + 1, np.uint64(0), np.uint64(0))


def in_a_child(what: str, folder: Path, fatal: int) -> int:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(act(what, folder, fatal)).encode())
        except BaseException:  # noqa: BLE001 - nothing of the parent may run in the child
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        calls = told.read()
    ended = os.waitstatus_to_exitcode(status)
    if ended not in (0, -signal.SIGKILL):
        sys.exit(1)
    return int(calls) if ended == 0 else 0


def act(what: str, folder: Path, fatal: int) -> int:
    lake = Lake.open(folder / "lake")
    index = Index(folder / "index", lake, Kind.PERSON, ZONE)
    lake.snapshot()
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1
            if calls == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    if what == "build":
        index.build(simple())
    elif what == "read":
        index.read(simple(), properties=["amount", "channel"])
    else:
        lake.erase(pl.Series(["u:p1", "a:v2"]), Marker("erase:1", 1))
    sys.setprofile(None)
    return calls


if __name__ == "__main__":
    main()
