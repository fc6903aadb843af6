"""A page of a timeline: the newest 50 events of a person or a company, out of the lake by the index.

The log is that of `benchmarks/index.py`: a visitor has some twenty events in a year, 5 names. Of every hundred events
one is given to one of twenty heavy persons, who so have 50,000 each among 100 M. A company is fifty visitors drawn at
random, so that no two stand side by side. Every import holds events of the whole year, the worst for a timeline: the
newest month stands in all of its files. All is asked warm, in one process, one question after another, of persons drawn
at random. Wall time, and the median of processor time over all cores, since a machine may be shared.

Peer: Polars over the same files, one lazy query with its own pushdown of the actors, sorted, the first 50 taken. It is
asked of few persons, for it takes long, and its rows are compared with those of the page.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from benchmarks.index import EVENTS_A_PERSON, NOBODY, ROWS, ZONE, made
from tragt.lake import Lake, Marker
from tragt.lake.index import Index, Kind
from tragt.lake.index.newest import Page, newest
from tragt.lake.index.places import Sought

PERSONS = 1_000
COMPANIES = 200
COLLEAGUES = 50
HEAVY = 20
HEAVY_ROUNDS = 5
PEER_ROUNDS = 3
COUNT = 50
SEED = 20_261_122


def main() -> None:
    """Measure lakes of the sizes that are asked for."""
    asked = _arguments()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}, pages of {COUNT}")
    for millions in asked.millions or [1, 10]:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TRAGT_BENCH_FOLDER")) as folder:
            _measured(asked.keep or Path(folder), millions)


def _arguments() -> argparse.Namespace:
    first = (__doc__ or "").partition("\n")[0]
    asked = argparse.ArgumentParser("python -m benchmarks.timeline", description=first)
    asked.add_argument("millions", type=int, nargs="*", help="millions of events; 1 and 10 unless given")
    asked.add_argument("--keep", type=Path, help="a folder that keeps lake and index; what is there is taken")
    return asked.parse_args()


def _measured(folder: Path, millions: int) -> None:
    lake = Lake.open(folder / "lake")
    index = Index(folder / "index", lake, Kind.PERSON, ZONE)
    visitors = millions * ROWS // EVENTS_A_PERSON
    if lake.version < 0:
        filled(lake, millions, visitors)
    if index.current() is None:
        index.build(NOBODY)
    files = lake.snapshot().files
    print(f"\n{millions} M events, {files.height} files, {visitors:,} persons and {HEAVY} heavy ones")
    random = np.random.default_rng(SEED)
    persons = [[f"u:user_{each}"] for each in random.integers(0, visitors, PERSONS)]
    heavy = [[f"u:heavy_{each}"] for each in range(HEAVY)]
    firms = [[f"u:user_{each}" for each in random.integers(0, visitors, COLLEAGUES)] for _ in range(COMPANIES)]
    _asked(lake, index, persons[:20])
    _shown(f"{PERSONS:,} persons", persons, lambda actors: _asked(lake, index, [actors]))
    _shown(
        f"{HEAVY} heavy persons, {HEAVY_ROUNDS} rounds", heavy * HEAVY_ROUNDS, lambda one: _asked(lake, index, [one])
    )
    _shown(f"{COMPANIES} companies of {COLLEAGUES}", firms, lambda actors: _asked(lake, index, [actors]))
    for what, those in (("a person", persons), ("a heavy person", heavy), ("a company", firms)):
        _shown(f"polars, {what}, {PEER_ROUNDS} rounds", those[:PEER_ROUNDS], lambda actors: _scanned(lake, actors))
        for actors in those[:PEER_ROUNDS]:
            assert_frame_equal(_page(lake, index, actors), _scanned(lake, actors))


def filled(lake: Lake, millions: int, visitors: int) -> None:
    """Events of so many visitors, and of the heavy persons, as from as many imports as there are millions."""
    for part in range(millions):
        events = made(part, ROWS, visitors)
        heavy = pl.Series(np.random.default_rng(SEED + part).integers(0, 100 * HEAVY, ROWS))
        actor = pl.when(heavy < HEAVY).then(pl.format("u:heavy_{}", heavy)).otherwise("actor")
        lake.append(events.with_columns(actor=actor), marker=Marker(f"import:{part}", 1), batch=f"import:{part}")
    lake.upkeep(vacuum=False)


def _asked(lake: Lake, index: Index, those: Sequence[Sequence[str]]) -> None:
    for actors in those:
        _page(lake, index, actors)


def _page(lake: Lake, index: Index, actors: Sequence[str]) -> pl.DataFrame:
    those = pl.Series(actors)
    return newest(lake, index, [Sought(those)], Page(pl.col("actor").is_in(those.implode()), lambda each: each, COUNT))


def _scanned(lake: Lake, actors: Sequence[str]) -> pl.DataFrame:
    files = [lake.storage.path(path) for path in lake.snapshot().files["path"]]
    events = pl.scan_parquet(files, hive_partitioning=False).filter(pl.col("actor").is_in(pl.Series(actors).implode()))
    return events.sort("time", "id", descending=True).head(COUNT).collect()


def _shown(what: str, those: Sequence[Sequence[str]], ask: Callable[[Sequence[str]], object]) -> None:
    wall, processor = [], []
    for actors in those:
        begun, used = time.perf_counter(), time.process_time()
        ask(actors)
        wall.append(1000 * (time.perf_counter() - begun))
        processor.append(1000 * (time.process_time() - used))
    p50, p95, p99 = np.percentile(wall, [50, 95, 99])
    busy = np.median(processor)
    print(f"  {what}: p50 {p50:,.1f} ms, p95 {p95:,.1f} ms, p99 {p99:,.1f} ms, processor {busy:,.1f} ms")


if __name__ == "__main__":
    main()
