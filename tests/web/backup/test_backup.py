"""A backup is whole or not there, holds all stores as they stood at one moment, and is refused where it is damaged."""

import json
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROUNDS
from tests.web.backup.firm import Firm, at_work, contents, made, places_in
from tragt.errors import InvalidFile, NotAllowed, NotFound, TragtError
from tragt.lake import Lake
from tragt.lake.table import Snapshot
from tragt.web.backup.manifest import decoded, encoded, name_of
from tragt.web.backup.moment import Places, held
from tragt.web.backup.restoring import check_place, put_in_place, unpack_home
from tragt.web.backup.taking import take

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An installation with something in every store."""
    return made(tmp_path / "home")


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_backup_restored_holds_what_every_store_held(places: Places, tmp_path: Path) -> None:
    taken = take(places, tmp_path / "b.tar", NOW)
    assert taken.manifest.tables["tragt"] == {"django_migrations": 1, "outbox": 0, "person": 200}
    assert (taken.manifest.lake.events, taken.manifest.made, taken.key) == (90, NOW, True)
    assert taken.file.stat().st_mode & 0o777 == 0o600
    assert left_in(tmp_path) == {"home", "b.tar"}
    restored = unpack_home(taken.file, tmp_path / "new", tmp_path / "nowhere", [])
    assert restored.manifest == taken.manifest
    assert contents(tmp_path / "new") == {
        name: held for name, held in contents(places.home).items() if "incoming" not in name
    }
    assert (tmp_path / "new" / "secret").read_text() == "a key"
    assert not (tmp_path / "new" / "index").exists(), "what is derived is made anew"


def test_backup_of_an_older_version_of_the_log_holds_no_file_of_a_newer_one(places: Places, tmp_path: Path) -> None:
    with held(places) as moment:
        Lake.open(places.lake).upkeep(vacuum=False)
        assert Lake.open(places.lake).version > moment.lake.version
    names = take(places, tmp_path / "b.tar", NOW).manifest.members
    data = [name for name in names if name.startswith("lake/month=")]
    assert len(data) == Lake.open(places.lake).snapshot().files.height


def test_backup_without_key_takes_it_from_where_it_is_restored(places: Places, tmp_path: Path) -> None:
    taken = take(places, tmp_path / "b.tar", NOW, secrets=False)
    assert not taken.key
    assert {"secret", "tragt.toml"} & set(taken.manifest.members) == set()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "secret").write_text("the key")
    check_place(tmp_path / "kept", replace=False)
    unpack_home(taken.file, tmp_path / "new", tmp_path / "kept", [])
    assert (tmp_path / "new" / "secret").read_text() == "the key"


def test_backup_while_events_pass_from_store_to_store_holds_each_acknowledged_one_once(
    places: Places, tmp_path: Path
) -> None:
    before = []
    with at_work(places.home) as firm:
        for number in range(6):
            firm.goes_on(50)
            before.append(firm.acknowledged)
            take(places, tmp_path / f"{number}.tar", NOW)
    for number, acknowledged in enumerate(before):
        home = tmp_path / f"restored {number}"
        unpack_home(tmp_path / f"{number}.tar", home, tmp_path / "nowhere", [])
        found, own = Firm.places_of_numbers(home)
        assert set(range(1, acknowledged + 1)) <= set(found) | own
        assert max(found.values()) == 1, "what waits is not in the lake already"
        assert all(one % 10 == 0 for one in own & set(found)), "only own events may stand in the outbox still"


@settings(max_examples=max(ROUNDS // 4, 1))
@given(share=st.floats(0, 1, exclude_max=True), other=st.integers(1, 255))
def test_backup_with_a_changed_byte_is_refused_or_holds_the_same(
    damaged: tuple[Path, bytes, dict[str, object]], share: float, other: int
) -> None:
    file, content, held = damaged
    place = int(share * len(content))
    changed = bytearray(content)
    changed[place] ^= other
    file.write_bytes(changed)
    home = file.with_name(f"new-{time.monotonic_ns()}")
    with suppress(InvalidFile):
        unpack_home(file, home, file.with_name("nowhere"), [])
        assert contents(home) == held, "what fills a block up may be anything"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, dict[str, object]]:
    """A small backup to be damaged, its bytes, and what it holds."""
    folder = tmp_path_factory.mktemp("damaged")
    file = take(made(folder / "home"), folder / "b.tar", NOW).file
    unpack_home(file, folder / "whole", folder / "nowhere", [])
    return file, file.read_bytes(), contents(folder / "whole")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_backup_that_is_cut_off_is_refused(damaged: tuple[Path, bytes, object], share: float, tmp_path: Path) -> None:
    content = damaged[1].rstrip(b"\0")
    (tmp_path / "cut.tar").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InvalidFile, match="no whole backup"):
        unpack_home(tmp_path / "cut.tar", tmp_path / "new", tmp_path / "nowhere", [])


def test_backup_whose_manifest_tells_other_counts_is_refused(places: Places, tmp_path: Path) -> None:
    taken = take(places, tmp_path / "b.tar", NOW)
    with tarfile.open(taken.file) as tar:
        tar.extractall(tmp_path / "parts", filter="data")
    (name,) = [path for path in (tmp_path / "parts").iterdir() if path.name.startswith("manifest-")]
    manifest = decoded(name.name, name.read_bytes())
    assert manifest is not None
    manifest.tables["tragt"]["person"] = 201
    name.unlink()
    content = encoded(manifest)
    (tmp_path / "parts" / name_of(content)).write_bytes(content)
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        for member in [*manifest.members, name_of(content)]:
            tar.add(tmp_path / "parts" / member, member)
    with pytest.raises(InvalidFile, match="is not what the backup says"):
        unpack_home(tmp_path / "c.tar", tmp_path / "new", tmp_path / "nowhere", [])


@pytest.mark.parametrize("name", ["../outside", "/absolute", "lake/../../outside", "index/postings"])
def test_backup_with_a_file_that_has_no_place_in_it_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(InvalidFile, match="has no place in a backup"):
        unpack_home(tmp_path / "b.tar", tmp_path / "new", tmp_path / "nowhere", [])
    assert left_in(tmp_path / "new") == set()


def test_backup_of_a_later_format_is_refused_with_the_version_to_install(tmp_path: Path) -> None:
    content = json.dumps({"format": 2, "tragt": "9"}).encode()
    (tmp_path / "manifest").write_bytes(content)
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        tar.add(tmp_path / "manifest", name_of(content))
    with pytest.raises(TragtError, match="made by Tragt 9, which is newer"):
        unpack_home(tmp_path / "b.tar", tmp_path / "new", tmp_path / "nowhere", [])


def test_backup_refuses_a_name_that_is_taken_and_a_home_that_is_not_there(places: Places, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("something dear")
    with pytest.raises(NotAllowed, match="already"):
        take(places, tmp_path / "b.tar", NOW)
    assert (tmp_path / "b.tar").read_text() == "something dear"
    with pytest.raises(NotFound, match="no installation"):
        take(places_in(tmp_path / "nowhere"), tmp_path / "c.tar", NOW)
    with pytest.raises(NotFound, match="no folder"):
        take(places, tmp_path / "nowhere" / "c.tar", NOW)
    assert left_in(tmp_path) == {"home", "b.tar"}


PROGRAM = """
import os, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from tests.conftest import ROUNDS
from tests.web.backup.firm import places_in
from tragt.errors import TragtError
from tragt.web.backup import taking
from tragt.web.backup.taking import take

home, file, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
else:
    taking._pack_lake = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
try:
    take(places_in(home), file, datetime.now(UTC))
except TragtError as problem:
    print(problem.code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of files as on Linux")
@pytest.mark.parametrize("how", ["full", "killed"])
def test_backup_that_is_killed_or_finds_the_disk_full_leaves_no_half_file(
    places: Places, tmp_path: Path, how: str
) -> None:
    (places.home / "uploads" / "7" / "large.csv").write_text("person,event\n" * 20_000)
    before = contents(places.home)
    command = [sys.executable, "-c", PROGRAM, str(places.home), str(tmp_path / "b.tar"), how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not (tmp_path / "b.tar").exists()
    if how == "full":
        assert done.stdout.split() == ["backup.full"], done.stderr
        assert left_in(tmp_path) == {"home"}
    else:
        assert done.returncode == -signal.SIGKILL
    take(places, tmp_path / "c.tar", NOW)
    assert left_in(tmp_path) == {"home", "c.tar"}, "the next one sweeps what a killed one left"
    assert contents(places.home) == before


def test_place_that_holds_something_is_refused_and_moved_aside_where_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "tragt.sqlite3").write_text("the old one")
    (tmp_path / "new").mkdir()
    with pytest.raises(NotAllowed, match="--replace"):
        check_place(tmp_path / "home", replace=False)
    check_place(tmp_path / "home", replace=True)
    aside = put_in_place(tmp_path / "new", tmp_path / "home", NOW)
    assert aside == tmp_path / "home.before-2026-05-04-030201"
    assert (aside / "tragt.sqlite3").read_text() == "the old one"
    assert left_in(tmp_path / "home") == set()
    (tmp_path / "another").mkdir()
    assert put_in_place(tmp_path / "another", tmp_path / "home", NOW) is None, "an empty folder is nothing"


def test_moment_keeps_what_was_there_while_others_write(places: Places) -> None:
    with held(places) as moment, closing(sqlite3.connect(places.home / "tragt.sqlite3")) as main:
        main.execute("DELETE FROM person")
        main.commit()
        assert moment.databases[0].tables()["person"] == 200
        assert main.execute("SELECT count(*) FROM person").fetchone() == (0,)


def test_moment_begins_while_nobody_can_commit_to_any_database(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []
    looked_up = Lake.snapshot

    def looking(lake: Lake) -> Snapshot:
        for name, table in (("tragt.sqlite3", "outbox"), ("tragt-inbox.sqlite3", "raw")):
            with closing(sqlite3.connect(places.home / name, timeout=0)) as file:
                try:
                    file.execute(f"INSERT INTO {table} VALUES (1)")
                except sqlite3.OperationalError as problem:
                    refused.append(str(problem))
        return looked_up(lake)

    monkeypatch.setattr(Lake, "snapshot", looking)
    with held(places) as moment:
        assert refused == ["database is locked"] * 2
        assert [one.tables().get("outbox", 0) for one in moment.databases] == [0, 0]
