"""The funnel engine beside ClickHouse, DuckDB and Polars: the same events, the same answers, how long it takes.

Shown for a funnel of four steps, on one thread and on all: the time of each engine beside the better of two table
layouts of ClickHouse, and Tragt's as a multiple of adding up the bytes that it must read.

Each engine runs in a process of its own with the events loaded: ClickHouse (chDB) and DuckDB from tables on disk in the
page cache, Polars from a frame, Tragt from postings in memory. They are asked in turns, in blocks of warm runs; every
answer must be the same, or the benchmark stops. Times are medians over all runs. Seconds of processor stand beside
them: on a machine that does other things they are the figure to trust.

Run: python -m benchmarks.funnel [--events 1e6,1e7,1e8] [--threads 1,2] [--folder F] [--growth] [--plots F]
The events and tables are kept in the folder (or TRAGT_BENCH_FOLDER), else they are drawn anew; a hundred million take
about 8 GB of disk. TRAGT_BENCH_SMALL=1 asks a million events only, in two blocks.
"""

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.funnel_peers.comparing import Pace, asked_of, compared, shown
from benchmarks.funnel_peers.data import Events, events
from benchmarks.funnel_peers.growth import grown, plot, told
from benchmarks.funnel_peers.question import Question
from benchmarks.funnel_peers.worker import ENGINES

SMALL = os.environ.get("TRAGT_BENCH_SMALL") == "1"
LARGE = 50_000_000


def main() -> None:
    given = _arguments()
    with ExitStack() as until_end:
        folder = given.folder or Path(until_end.enter_context(tempfile.TemporaryDirectory()))
        every = [_drawn(number, folder) for number in given.events]
        if given.growth or given.plots:
            points = grown(every, max(given.threads), [name for name in given.engines if name != "DuckDB"])
            told(points)
            if given.plots:
                print(f"\n{plot(points, given.plots)}")
        else:
            _compare(every, given.threads, given.engines, asked_of(Question(), given.asked))


def _compare(every: list[Events], with_threads: list[int], engines: list[str], asked: list[Question]) -> None:
    for one in every:
        for threads in with_threads:
            every_standing = compared(one, threads, asked, engines, _pace(one))
            for question, found in zip(asked, every_standing, strict=True):
                shown(one, threads, question, found)


def _drawn(number: int, folder: Path) -> Events:
    found = events(number, folder)
    size = sum(file.stat().st_size for kind in ("parquet", "npy") for file in found.folder.glob(f"*.{kind}"))
    print(f"{number:,} events of {found.persons:,} persons, {size / 1e6:,.0f} MB in {found.folder.name}", flush=True)
    return found


def _pace(asked: Events) -> Pace:
    if SMALL:
        return Pace(blocks=2, runs=3, slow=3)
    return Pace(slow=1) if asked.number > LARGE else Pace()


def _arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(float(number)) for number in text.split(",")]

    kept = os.environ.get("TRAGT_BENCH_FOLDER")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=numbers, default=[10**6] if SMALL else [10**6, 10**7])
    parser.add_argument("--threads", type=numbers, default=sorted({1, os.cpu_count() or 1}))
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(ENGINES))
    parser.add_argument("--asked", type=lambda text: text.split(","), default=(), help="of counts,by_source,times")
    parser.add_argument("--folder", type=Path, default=Path(kept) if kept else None)
    parser.add_argument("--growth", action="store_true", help="how the cost grows, instead of the comparison")
    parser.add_argument("--plots", type=Path, help="folder for a picture of the growth")
    return parser.parse_args()


if __name__ == "__main__":
    main()
