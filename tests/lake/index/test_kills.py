"""A process killed while it builds, makes codes or erases leaves an index that says what the lake holds.

And a reader, while others build: it reads one generation from beginning to end.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import settings
from polars.testing import assert_frame_equal

from tests.lake.index.making import ZONE, Known, expected, filled, made, simple, told_layered
from tragt.errors import TragtError
from tragt.events.units import Links
from tragt.lake import Lake, Marker
from tragt.lake.index import Index, Kind
from tragt.lake.index.disk import locked

ROUNDS = max(settings().max_examples // 60, 1)
PROPERTIES = ("amount", "channel")
SIMPLE = simple()
KNOWN = Known(SIMPLE.spans.rename({"unit": "person"}), Links())

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
Perform = Callable[[str, Path, int], int]


@pytest.fixture(scope="module")
def perform() -> Iterator[Perform]:
    """Does an act in a child, killed after a number of calls; how many calls it took, 0 where it was killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.lake.index.killed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        def one(what: str, folder: Path, fatal: int) -> int:
            print(what, folder, fatal, file=process.stdin, flush=True)
            return int(process.stdout.readline())  # type: ignore[union-attr]

        yield one
        process.stdin.close()


def firm(folder: Path) -> tuple[Lake, Index]:
    """A lake with an index, and new events since."""
    random = Random(7)
    lake = filled(folder / "lake", made(random, 120))
    index = Index(folder / "index", lake, Kind.PERSON, ZONE)
    index.build(SIMPLE)
    lake.append(made(random, 10, 500), marker=Marker("new", 1), batch="new")
    return lake, index


def check(lake: Lake, index: Index) -> None:
    whole = KNOWN.truth(lake, Kind.PERSON)
    assert_frame_equal(told_layered(index.read(SIMPLE, properties=PROPERTIES), PROPERTIES), expected(whole, PROPERTIES))


@pytest.mark.soak
@pytest.mark.parametrize("act", ["build", "read", "erase"])
def test_index_after_a_kill_at_any_point_says_what_the_lake_holds(tmp_path: Path, act: str, perform: Perform) -> None:
    firm(tmp_path / "whole")
    calls = perform(act, tmp_path / "whole", 0)
    assert calls > 100
    random = Random(calls)
    for place in range(ROUNDS):
        folder = tmp_path / str(place)
        lake, index = firm(folder)
        assert perform(act, folder, random.randint(1, calls)) == 0
        check(lake, index)
        assert perform(act, folder, 0) > 0
        check(lake, index)
        index.build(SIMPLE)
        check(lake, index)
        assert not list((folder / "index" / "person").glob(".building-*"))


@pytest.mark.long
def test_readers_while_another_builds_read_one_generation_each(tmp_path: Path) -> None:
    lake, index = firm(tmp_path)
    reader = (
        "import sys\n"
        "from tests.lake.index.test_kills import *\n"
        "lake = Lake.open(sys.argv[1] + '/lake')\n"
        "index = Index(Path(sys.argv[1]) / 'index', lake, Kind.PERSON, ZONE)\n"
        "seen = ''\n"
        "while not (Path(sys.argv[1]) / 'done').exists():\n"
        "    check(lake, index)\n"
        "    if index.current().folder.name != seen:\n"
        "        seen = index.current().folder.name\n"
        "        print(seen, flush=True)\n"
    )
    command = [sys.executable, "-c", reader, str(tmp_path)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for _ in range(3):
        index.build(SIMPLE)
        index.remove_old(timedelta(0))
        newest = index.current()
        assert newest is not None
        for each in readers:
            assert each.stdout is not None
            assert any(line.strip() == newest.folder.name for line in each.stdout)
    (tmp_path / "done").touch()
    for each in readers:
        each.communicate()
        assert each.returncode == 0
    check(lake, index)


def test_build_while_another_builds_says_so(tmp_path: Path) -> None:
    _, index = firm(tmp_path)
    with locked(tmp_path / "index" / "person" / "lock", wait=False), pytest.raises(TragtError) as caught:
        index.build(SIMPLE)
    assert caught.value.code == "index.busy"


def test_codes_asked_for_by_several_at_once_are_made_once(tmp_path: Path) -> None:
    lake, index = firm(tmp_path)
    readers = [threading.Thread(target=index.read, args=(SIMPLE, None, PROPERTIES)) for _ in range(4)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    check(lake, index)
    current = index.current()
    assert current is not None
    names = {path.parent.name for path in current.folder.rglob("*.codes")}
    assert len(names) == len(PROPERTIES)
    assert pl.read_parquet(next(current.folder.rglob("tokens.parquet")))["token"].is_unique().all()
