"""The event log on disk: appending 1 M events of 50,000 persons, and reading them, beside plain writers.

The peers write the same sorted rows and no more: Polars one Parquet file, deltalake a partitioned table. The lake also
looks for ids that it holds, sorts, and synchronises its files with the disk. All run in one process, one after the
other in each round; the median over the rounds is shown.

TRAGT_BENCH_SMALL=1 leaves out the lake of 10 M events.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import numpy as np
import polars as pl
from deltalake import write_deltalake

from tragt.events import PRECISION, EventLog
from tragt.lake import Lake, Marker
from tragt.lake.rows import events_of, log_of

ROWS = 1_000_000
PERSONS = 50_000
ROUNDS = 5
NAMES = ["Visit", "Product Viewed", "Cart", "Checkout", "Purchase"]
START = datetime(2024, 1, 1, tzinfo=UTC)
UNITS = ["id", "time", "precision", "name", "actor"]


def main() -> None:
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}")
    print(f"{ROWS:,} events of {PERSONS:,} persons in 12 months, 5 names, 2 properties; {ROUNDS} rounds")
    log = made(0)
    with tempfile.TemporaryDirectory() as folder:
        _writing(log, Path(folder))
        lake = Lake.open(Path(folder) / "lake")
        lake.append(_rows(log, "import:0"), marker=Marker("import:0", 1), batch="import:0")
        _reading(lake, log)
        if not os.environ.get("TRAGT_BENCH_SMALL"):
            _larger(lake)


def made(part: int) -> EventLog:
    """A seeded log; every part holds other events."""
    random = np.random.default_rng(20_240_313 + part)
    moments = np.datetime64("2024-01-01", "us") + random.integers(0, 366 * 86_400_000_000, ROWS)
    frame = pl.DataFrame(
        {
            "id": random.integers(0, 2**63, ROWS, dtype=np.uint64),
            "time": pl.Series(moments).dt.replace_time_zone("UTC"),
            "precision": pl.repeat("exact", ROWS, dtype=PRECISION, eager=True),
            "name": pl.Series(random.choice(NAMES, ROWS, p=[0.4, 0.3, 0.15, 0.1, 0.05])).cast(pl.Categorical),
            "person": ("user_" + pl.Series(random.integers(0, PERSONS, ROWS)).cast(pl.String)).cast(pl.Categorical),
            "properties.channel": pl.Series(random.choice(["mail", "search", "ad"], ROWS)).cast(pl.Categorical),
            "properties.amount": np.round(random.gamma(2, 50, ROWS), 2),
        }
    )
    return EventLog(frame)


def _rows(log: EventLog, batch: str) -> pl.DataFrame:
    return events_of(log, batch=batch, source="shop", received=START)


def _writing(log: EventLog, folder: Path) -> None:
    rows = _rows(log, "import:0")
    ready = rows.with_columns(month=pl.col("time").dt.strftime("%Y-%m")).sort("month", "name", "actor", "time")

    def lake() -> None:
        Lake.open(folder / uuid4().hex).append(rows, marker=Marker("import:0", 1), batch="import:0")

    _compared(
        {
            "lake, append": lake,
            "events of a log as rows": lambda: _rows(log, "import:0"),
            "polars, one sorted file": lambda: ready.write_parquet(folder / f"{uuid4().hex}.parquet"),
            "deltalake, sorted rows": lambda: write_deltalake(folder / uuid4().hex, ready, partition_by=["month"]),
        }
    )


def _reading(lake: Lake, log: EventLog) -> None:
    path = log.frame
    _compared(
        {
            "lake, all names": lambda: lake.read(columns=UNITS),
            "lake, all names, 1 property": lambda: lake.read(columns=UNITS, properties=["amount"]),
            "lake, 2 of 5 names": lambda: lake.read(["Cart", "Checkout"], columns=UNITS),
            "lake, 5 names as a log": lambda: log_of(lake.read(NAMES, columns=UNITS)),
            "lake, one month": lambda: lake.read(columns=UNITS, start=START, end=START + timedelta(days=30)),
            "polars, frame in memory, 2 names": lambda: path.filter(pl.col("name").is_in(["Cart", "Checkout"])),
        }
    )


def _larger(lake: Lake) -> None:
    for part in range(1, 10):
        lake.append(_rows(made(part), f"import:{part}"), marker=Marker(f"import:{part}", 1), batch=f"import:{part}")
    print("The lake now holds 10,000,000 events")
    again, new = _rows(made(3), "again"), _rows(made(10), "new").with_columns(pl.col("id").str.replace("#", "shop:"))
    marker = (Marker(f"again:{place}", 1) for place in count())
    person = count(1)
    _compared(
        {
            "lake, the same file again": lambda: lake.append(again, marker=next(marker), batch="again"),
            "lake, 1 M new ids of a source": lambda: (
                lake.append(new, marker=next(marker), batch="new"),
                lake.remove_batch("new", next(marker)),
            ),
            "lake, erase one person": lambda: lake.erase(pl.Series([f"u:user_{next(person)}"]), next(marker)),
        },
        rounds=3,
    )
    for what, act in {"join small files": lambda: lake.upkeep(vacuum=False), "purge": lake.purge}.items():
        start = time.perf_counter()
        act()
        print(f"  {what:<34}{time.perf_counter() - start:7.2f} s")


def _compared(acts: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            start = time.perf_counter()
            act()
            seconds[name].append(time.perf_counter() - start)
    for name, each in seconds.items():
        median = statistics.median(each)
        first = statistics.median(next(iter(seconds.values())))
        print(f"  {name:<34}{median:7.3f} s{ROWS / median:>14,.0f} rows/s{median / first:7.2f} x the first")


if __name__ == "__main__":
    main()
