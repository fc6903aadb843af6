"""Reading a CSV file of events: speed beside pandas and Polars, and memory on a large file.

Every reader runs in a process of its own, the readers of one round one after the other, and the median over
the rounds is shown. The peers only read and parse times: they check no row and make no identifiers.

TRAGT_BENCH_SMALL=1 leaves out the file of 2 GB.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

ROWS = 1_000_000
ROUNDS = 5
LARGE_BYTES, LARGE_ROW = 2_000_000_000, 85
CHUNK = 1_000_000
NAMES = ["Visit", "Product Viewed", "Cart", "Checkout", "Purchase"]


READERS = {
    "tragt": ("from tragt import read", "read(path)"),
    "tragt, no properties": ("from tragt import read", "read(path, properties=[])"),
    "polars": ("import polars", "polars.read_csv(path, try_parse_dates=True)"),
    "pandas": ("import pandas", "frame = pandas.read_csv(path); frame.timestamp = pandas.to_datetime(frame.timestamp)"),
}
COMPARED = ("tragt", "polars", "pandas")
PROGRAM = """
import json, resource, sys, time
{before}
path = sys.argv[1]
start = time.perf_counter()
{reading}
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(dict(seconds=seconds, peak=peak)))
"""


def main() -> None:
    print(f"{_cpu()}, {os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder) / "events.csv")
        if not os.environ.get("TRAGT_BENCH_SMALL"):
            _large(Path(folder) / "large.csv")


def _compare(path: Path) -> None:
    _write(path, rows=ROWS, persons=100_000)
    print(f"{ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB: person, time, event and 3 properties; {ROUNDS} rounds")
    rounds = [{reader: _run(reader, path) for reader in COMPARED} for _ in range(ROUNDS)]
    medians = {reader: statistics.median(each[reader]["seconds"] for each in rounds) for reader in COMPARED}
    for reader in COMPARED:
        peak = max(each[reader]["peak"] for each in rounds)
        print(
            f"  {reader:<22}{medians[reader]:6.2f} s{ROWS / medians[reader]:>12,.0f} rows/s"
            f"{medians[reader] / medians['tragt']:6.2f} x the time of tragt{peak / 1e6:>8,.0f} MB at most"
        )


def _large(path: Path) -> None:
    rows = _write(path, rows=LARGE_BYTES // LARGE_ROW, persons=2_000_000, long=True)
    size = path.stat().st_size
    print(f"{rows:,} rows, {size / 1e9:.2f} GB, 2,000,000 persons; 1 round")
    for reader in ("tragt", "tragt, no properties"):
        found = _run(reader, path)
        print(
            f"  {reader:<22}{found['seconds']:6.1f} s{rows / found['seconds']:>12,.0f} rows/s"
            f"{found['peak'] / 1e9:6.2f} GB at most, {found['peak'] / size:.0%} of the file"
        )


def _write(path: Path, *, rows: int, persons: int, long: bool = False) -> int:
    """A seeded file of events, written in parts so that it may be larger than memory."""
    random = np.random.default_rng(20_240_313)
    ids = pl.Series([f"user_{number:06d}" for number in range(min(persons, 100_000))])
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            size = min(CHUNK, rows - start)
            seconds = np.datetime64("2024-01-01", "ms") + random.integers(0, 366 * 86_400_000, size)
            who = random.integers(0, persons, size)
            person = pl.Series(who).cast(pl.String).str.zfill(12) if long else ids[who]
            frame = pl.DataFrame(
                {
                    "user_id": "6f9619ff-8b86-d011-b42d-" + person if long else person,
                    "timestamp": seconds.astype("datetime64[us]"),
                    "event": random.choice(NAMES, size, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
                    "channel": random.choice(["mail", "search", "ad", "direct"], size),
                    "amount": np.round(random.gamma(2, 50, size), 2),
                    "country": random.choice(["DK", "SE", "NO", "DE"], size),
                }
            )
            form = "%Y-%m-%dT%H:%M:%S%.3fZ" if long else "%Y-%m-%d %H:%M:%S"
            frame.write_csv(file, include_header=start == 0, datetime_format=form)
    return rows


def _run(reader: str, path: Path) -> dict[str, float]:
    before, reading = READERS[reader]
    program = PROGRAM.format(before=before, reading=reading)
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _cpu() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


if __name__ == "__main__":
    main()
