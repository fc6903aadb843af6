"""Importing a file of 1,000,000 events of 50,000 persons, end to end: copied into the home, recognised, read, written
into the event log in one commit, persons learned.

Each runs in a process of its own, one after the other in each round; the median over the rounds is shown. The floor
is Polars, which reads the same file and writes Parquet: no row is checked, nothing is made sure to be there once, no
person is known afterwards. The peer is SQLite, which takes the same rows with executemany into a table whose key is
an id, as a small application would keep them.
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

ROWS, PERSONS = 1_000_000, 50_000
ROUNDS = 3 if os.environ.get("TRAGT_BENCH_SMALL") else 5
WANTED = 200_000
NAMES = ["Visit", "Product Viewed", "Cart", "Checkout", "Purchase"]

TRAGT = """
from pathlib import Path
from tragt.web.project.configuration import load
from tragt.web.project.home import prepare
prepare(load())
from tragt.events import Options
from tragt.web.imports.actions import import_file
from tragt.web.imports.signals import imported
from tragt.web.shell.acting import COMMAND_LINE
imported.receivers.clear()
def work():
    one = import_file(Path(path), COMMAND_LINE, Options(zone="Europe/Copenhagen"))
    assert one.state == "done" and one.result["added"] == rows, one.result
"""
AGAIN = TRAGT.replace("def work", "import_file(Path(path), COMMAND_LINE, Options(zone='Europe/Copenhagen'))\ndef work")
AGAIN = AGAIN.replace('one.result["added"] == rows', 'one.result["known"] == rows')
POLARS = """
import polars
def work():
    polars.read_csv(path, try_parse_dates=True).write_parquet(home + "/floor.parquet")
"""
SQLITE = """
import csv, sqlite3
def work():
    database = sqlite3.connect(home + "/peer.sqlite3")
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE events (id TEXT PRIMARY KEY, user TEXT, name TEXT, time TEXT, plan TEXT, amount REAL)")
    with open(path, newline="") as file:
        lines = csv.reader(file)
        next(lines)
        database.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?)",
            ((str(place), *line) for place, line in enumerate(lines)))
    database.commit()
"""
PROGRAM = """
import json, resource, sys, time
path, home, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
{program}
before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
work()
seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps(dict(seconds=seconds, cpu=cpu, peak=after.ru_maxrss * 1024)))
"""
READERS = {
    "tragt, the first time": TRAGT,
    "tragt, the same file again": AGAIN,
    "polars to Parquet (floor)": POLARS,
    "SQLite, executemany (peer)": SQLITE,
}


def main() -> None:
    print(f"{_cpu()}, {os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}")
    if hasattr(os, "getloadavg"):
        print(
            f"load of the machine before the first round: {os.getloadavg()[0]:.1f}; with others at work trust the CPU"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        _write(path)
        size = path.stat().st_size / 1e6
        print(f"{ROWS:,} events of {PERSONS:,} persons, {size:.0f} MB; {ROUNDS} rounds; wanted: {WANTED:,} rows/s")
        rounds = [{reader: _run(reader, path) for reader in READERS} for _ in range(ROUNDS)]
    floor = statistics.median(each["polars to Parquet (floor)"]["seconds"] for each in rounds)
    for reader in READERS:
        seconds = statistics.median(each[reader]["seconds"] for each in rounds)
        cpu = statistics.median(each[reader]["cpu"] for each in rounds)
        peak = max(each[reader]["peak"] for each in rounds)
        print(
            f"  {reader:<28}{seconds:6.2f} s{ROWS / seconds:>12,.0f} rows/s{cpu:7.2f} s of CPU"
            f"{seconds / floor:7.1f} x the floor{peak / 1e6:>8,.0f} MB at most"
        )


def _run(reader: str, path: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        others = {name: value for name, value in os.environ.items() if not name.startswith("TRAGT_")}
        environment = {**others, "TRAGT_HOME": home, "TRAGT_LOG_LEVEL": "error"}
        program = PROGRAM.format(program=READERS[reader])
        command = [sys.executable, "-c", program, str(path), home, str(ROWS)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _write(path: Path) -> None:
    chance = np.random.default_rng(1)
    person = pl.Series(chance.integers(0, PERSONS, ROWS)).cast(pl.String)
    seconds = pl.Series(chance.integers(1_700_000_000, 1_730_000_000, ROWS))
    pl.DataFrame(
        [
            ("user_" + person).alias("user_id"),
            pl.Series("event", NAMES).gather(chance.integers(0, len(NAMES), ROWS)),
            pl.from_epoch(seconds).dt.strftime("%Y-%m-%d %H:%M:%S").alias("timestamp"),
            pl.Series("plan", ["free", "team", "firm"]).gather(chance.integers(0, 3, ROWS)),
            pl.Series("amount", chance.integers(0, 10_000, ROWS) / 100),
        ]
    ).write_csv(path)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
