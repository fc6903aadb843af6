"""The index on disk: how fast it is built, how large it is, and how soon a change is seen in it.

A seeded log of a firm: a visitor has some twenty events in a year, 5 names, 2 properties. Building and reading run in
one process; beside them stands reading the same columns of the same lake with Polars and doing nothing with them. Each
kind of change is measured alone, on a copy of lake and index that shares their files. The first question after a
restart is asked in processes of their own, from their start to the answer; compiled code lies on disk by then.
Wall and processor time are shown, since a machine may be shared; the peak is the process's largest resident memory.

    python benchmarks/index.py [millions of events …]      1 and 10 by default
    python benchmarks/index.py 100 LAKE                    of a lake that is there, of events as from `made`
"""

import os
import platform
import resource
import shutil
import statistics
import subprocess
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

from tragt import Funnel
from tragt.funnel.glance import Glance
from tragt.funnel.postings import Layered
from tragt.funnel.question import Period, Question
from tragt.funnel.run import report_on
from tragt.lake import Lake, Marker
from tragt.lake.index import Assignment, Index, Kind, persons
from tragt.lake.index.assignment import SPANS, STRUCK

ROWS = 1_000_000
EVENTS_A_PERSON = 20
NAMES = ["Visit", "Product Viewed", "Cart", "Checkout", "Purchase"]
ASKED = ["Visit", "Cart", "Purchase"]
STEPS = ["Visit", "Product Viewed", "Cart", "Checkout"]
START = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_US = 366 * 86_400_000_000
NEW = 100_000
NEW_PERSONS = 5_000
ROUNDS = 5
BUILDS = 3
ZONE = ZoneInfo("Europe/Copenhagen")
NOBODY = persons(pl.DataFrame(schema={**SPANS}).rename({"unit": "person"}))


def main() -> None:
    """Measure lakes of the sizes that are asked for."""
    if sys.argv[1:2] == ["ask"]:
        _asked(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        return
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}, {ROUNDS} rounds")
    given = next((Path(each) for each in sys.argv[1:] if not each.isdigit()), None)
    for millions in [int(each) for each in sys.argv[1:] if each.isdigit()] or [1, 10]:
        with tempfile.TemporaryDirectory(dir=given.parent if given else os.environ.get("TRAGT_BENCH_FOLDER")) as folder:
            _measured(Path(folder), millions, given)


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


def _measured(folder: Path, millions: int, given: Path | None) -> None:
    place = given or folder / "lake"
    lake = Lake.open(place)
    if given is None:
        for part in range(millions):
            events = made(part, ROWS, millions * ROWS // EVENTS_A_PERSON)
            lake.append(events, marker=Marker(f"import:{part}", 1), batch=f"import:{part}")
        lake.upkeep(vacuum=False)
    print(f"\n{millions} M events, {len(lake.snapshot().files)} files")
    index = Index(folder / "index", lake, Kind.PERSON, ZONE)
    before = _peak()
    _rate("polars, the same columns", lambda: _columns(lake), millions)
    _rate("build", lambda: index.build(NOBODY), millions)
    index.remove_old(timedelta(0))
    print(f"  peak memory {_peak():.2f} GB, before it {before:.2f} GB")
    _sizes(index)
    _first_codes(index, NOBODY)
    _restarted(place, folder / "index")
    _shown("read, nothing new", lambda: _read(index, NOBODY))
    for change in (_new, _merge, _strike, _erase):
        with tempfile.TemporaryDirectory(dir=folder) as beside:
            _alone(change, Path(beside), (place, folder / "index"))
    print(f"  peak memory {_peak():.2f} GB")


def _alone(change: Callable[[Lake], tuple[str, Assignment]], beside: Path, origin: tuple[Path, Path]) -> None:
    """How soon one change is seen; files never change, so that copies share them."""
    for source, name in zip(origin, ("lake", "index"), strict=True):
        shutil.copytree(source, beside / name, copy_function=os.link)
    lake = Lake.open(beside / "lake")
    index = Index(beside / "index", lake, Kind.PERSON, ZONE)
    what, who = change(lake)
    _shown(f"read, {what}", lambda: _read(index, who))


def _new(lake: Lake) -> tuple[str, Assignment]:
    new = made(7_000, NEW, NEW_PERSONS).with_columns(time=pl.col("time").dt.offset_by("1y"))
    lake.append(new, marker=Marker("new", 1), batch="new")
    return f"{NEW:,} new events of {NEW_PERSONS:,} persons alone", NOBODY


def _merge(_: Lake) -> tuple[str, Assignment]:
    rows = [("u:user_7", None, None, "u:user_11"), ("u:user_11", None, None, "u:user_11")]
    return "one merge alone", persons(pl.DataFrame(rows, schema={**SPANS}, orient="row").rename({"unit": "person"}))


def _strike(_: Lake) -> tuple[str, Assignment]:
    struck = pl.DataFrame([("u:user_33", None, None)], schema={**STRUCK}, orient="row")
    return "one person struck alone", replace(NOBODY, struck=struck)


def _erase(lake: Lake) -> tuple[str, Assignment]:
    start = time.perf_counter()
    lake.erase(pl.Series(["u:user_33"]), Marker("erase", 1))
    print(f"  the lake's own erasure of a person: {time.perf_counter() - start:.2f} s")
    return "one erasure alone", NOBODY


def _restarted(lake: Path, index: Path) -> None:
    """The first question in a new process: how many units reached each of four steps, and the whole report."""
    for kind in ("glance", "report"):
        command = [sys.executable, __file__, "ask", kind, str(lake), str(index)]
        subprocess.run(command, check=True, capture_output=True)  # code that is not on disk yet is compiled
        wall, own, before = [], [], _children()
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            wall.append(time.perf_counter() - begun)
            own.append(float(told))
        print(
            f"  first {kind} over {len(STEPS)} names in a new process: {statistics.median(wall):.2f} s from its start, "
            f"{statistics.median(own):.2f} s without the imports, processor {(_children() - before) / ROUNDS:.2f} s"
        )


def _asked(kind: str, place: Path, folder: Path) -> None:
    begun = time.perf_counter()
    log = Index(folder, Lake.open(place), Kind.PERSON, ZONE).read(NOBODY, STEPS)
    funnel, now = Funnel(STEPS, window="30d"), int(END.timestamp() * 1000)
    if kind == "glance":
        entered = Glance(funnel, log, now).entered()[0]
    else:
        entered = report_on(Question(funnel, now, Period(), ZONE), log).steps[0].entered
    assert entered > 0
    print(time.perf_counter() - begun)


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
    for _ in range(BUILDS if millions <= 10 else 1):
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
    postings = sum(size for name, size in sizes.items() if name.startswith(("keys", "numbers", "flags"))) / events
    whole = sum(sizes.values()) / (events + units)
    print(f"  postings {postings:.2f} bytes an event; with names and locator {whole:.2f} an event and unit")


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
