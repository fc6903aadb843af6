"""The index on disk: how fast it is built, how large it is, and how soon a change is seen in it.

A seeded log of a firm: a visitor has some ten visits' events a month, 5 names, 2 properties. Building and reading run
in one process; beside them stands reading the same columns of the same lake with Polars and doing nothing with them.
Wall and processor time are shown, since a machine may be shared; the peak is the process's largest resident memory.

    python benchmarks/index.py [millions of events …]      1 and 10 by default
"""

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.funnel.postings import Layered
from tragt.lake import Lake, Marker
from tragt.lake.index import Assignment, Index, Kind, persons
from tragt.lake.index.assignment import SPANS, STRUCK

ROWS = 1_000_000
EVENTS_A_PERSON = 20
NAMES = ["Visit", "Product Viewed", "Cart", "Checkout", "Purchase"]
ASKED = ["Visit", "Cart", "Purchase"]
START = datetime(2024, 1, 1, tzinfo=UTC)
YEAR_US = 366 * 86_400_000_000
NEW = 100_000
NEW_PERSONS = 5_000
ROUNDS = 3
ZONE = ZoneInfo("Europe/Copenhagen")


def main() -> None:
    """Measure lakes of the sizes that are asked for."""
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}, {ROUNDS} rounds")
    for millions in [int(each) for each in sys.argv[1:]] or [1, 10]:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TRAGT_BENCH_FOLDER")) as folder:
            _measured(Path(folder), millions)


def made(part: int, rows: int, persons: int, first: int = 0) -> pl.DataFrame:
    """Rows of the lake; every part holds other events."""
    random = np.random.default_rng(20_240_313 + part)
    moments = np.datetime64("2024-01-01", "us") + random.integers(0, YEAR_US, rows)
    amount = pl.Series(np.round(random.gamma(2, 50, rows), 0)).cast(pl.String)
    channel = pl.Series(random.choice(["mail", "search", "ad"], rows))
    frame = pl.DataFrame({"amount": amount, "channel": channel})
    return pl.DataFrame(
        {
            "id": f"shop:{part}-" + pl.Series(random.integers(0, 2**63, rows, dtype=np.uint64)).cast(pl.String),
            "time": pl.Series(moments).dt.replace_time_zone("UTC"),
            "name": pl.Series(random.choice(NAMES, rows, p=[0.4, 0.3, 0.15, 0.1, 0.05])),
            "actor": "u:user_" + pl.Series(first + random.integers(0, persons, rows)).cast(pl.String),
            "properties": frame.select(
                pl.lit('{"amount":') + pl.col("amount") + pl.lit(',"channel":"') + pl.col("channel") + pl.lit('"}')
            ).to_series(),
        }
    ).with_columns(source=pl.lit("shop"), received=pl.lit(START))


def _measured(folder: Path, millions: int) -> None:
    number = millions * ROWS // EVENTS_A_PERSON
    lake = Lake.open(folder / "lake")
    for part in range(millions):
        lake.append(made(part, ROWS, number), marker=Marker(f"import:{part}", 1), batch=f"import:{part}")
    lake.upkeep(vacuum=False)
    told(lake, folder, millions)


def told(lake: Lake, folder: Path, millions: int) -> None:
    """Measure the index of a lake.

    Args:
        lake: The lake, of events as from `made`.
        folder: For the index.
        millions: Millions of events in it.
    """
    print(f"\n{millions} M events, {len(lake.snapshot().files)} files")
    index = Index(folder / "index", lake, Kind.PERSON, ZONE)
    nobody = pl.DataFrame(schema={**SPANS}).rename({"unit": "person"})
    who = persons(nobody)
    before = _peak()
    _rate("polars, the same columns", lambda: _columns(lake), millions)
    _rate("build", lambda: index.build(who), millions)
    index.remove_old(timedelta(0))
    print(f"  peak memory {_peak():.2f} GB, before it {before:.2f} GB")
    _sizes(index)
    _first_codes(index, who)
    _shown("read, nothing new", lambda: _read(index, who))
    for part in range(ROUNDS):
        new = made(1_000 + part, NEW, NEW_PERSONS, first=part * NEW_PERSONS).with_columns(
            time=pl.col("time").dt.offset_by("1y")
        )
        lake.append(new, marker=Marker(f"new:{part}", 1), batch=f"new:{part}")
        _shown(
            f"read, {(part + 1) * NEW:,} new events of {(part + 1) * NEW_PERSONS:,} persons", lambda: _read(index, who)
        )
    merged = pl.DataFrame(
        [("u:user_7", None, None, "u:user_11"), ("u:user_11", None, None, "u:user_11")],
        schema={**SPANS},
        orient="row",
    ).rename({"unit": "person"})
    _shown("read, and one merge", lambda: _read(index, persons(merged)))
    struck = pl.DataFrame([("u:user_21", None, None)], schema={**STRUCK}, orient="row")
    _shown("read, and one person struck", lambda: _read(index, replace(persons(merged), struck=struck)))
    start = time.perf_counter()
    lake.erase(pl.Series(["u:user_21"]), Marker("erase:1", 1))
    print(f"  the lake's own erasure of a person: {time.perf_counter() - start:.2f} s")
    _shown("read, and that erasure", lambda: _read(index, persons(merged)))
    print(f"  peak memory {_peak():.2f} GB")


def _columns(lake: Lake) -> None:
    for path in lake.snapshot().files["path"]:
        pl.read_parquet(
            lake.storage.path(path),
            columns=["time", "name", "actor", "deal", "precision", "human", "traffic"],
            hive_partitioning=False,
        )


def _read(index: Index, who: Assignment) -> Layered:
    layers = index.read(who, ASKED, ["channel"])
    for name in ASKED:
        for source in (layers.clean, layers.fresh):
            if source is not None:
                source.posting(name), source.codes(name, "channel")
    return layers


def _first_codes(index: Index, who: Assignment) -> None:
    start = time.perf_counter()
    index.read(who, ASKED, ["channel"])
    print(f"  codes of one property for {len(ASKED)} names, made when first asked: {time.perf_counter() - start:.2f} s")


def _rate(what: str, act: Callable[[], object], millions: int) -> None:
    wall, processor = [], []
    for _ in range(ROUNDS if millions <= 10 else 1):
        begun, used = time.perf_counter(), time.process_time()
        act()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    seconds, busy = statistics.median(wall), statistics.median(processor)
    print(f"  {what}: {seconds:.2f} s ({millions / seconds:.2f} M events/s), processor {busy:.2f} s")


def _shown(what: str, act: Callable[[], Layered]) -> None:
    wall, processor = [], []
    for _ in range(ROUNDS):
        begun, used = time.perf_counter(), time.process_time()
        layers = act()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    dirty = 0 if layers.dirty is None else int(layers.dirty.sum())
    print(f"  {what}: {statistics.median(wall):.3f} s, processor {statistics.median(processor):.3f} s, dirty {dirty:,}")


def _sizes(index: Index) -> None:
    generation = index.current()
    assert generation is not None
    sizes = {path.name: path.stat().st_size for path in generation.folder.iterdir() if path.is_file()}
    events, units = generation.description.events, generation.units
    postings = sum(sizes[name] for name in ("keys", "numbers", "flags")) / events
    whole = sum(sizes.values()) / (events + units)
    print(f"  postings {postings:.2f} bytes an event; with names and locator {whole:.2f} an event and unit")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
