"""A home that cannot be used: each trouble is provoked for real, and the start says what to do."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

PROGRAM = """
import sys
from tragt.errors import TragtError
from tragt.web.project.configuration import load
from tragt.web.project.home import prepare
try:
    prepare(load())
except TragtError as error:
    print(error.code, str(error))
    sys.exit(1)
"""


def prepared(home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={**environment, "TRAGT_HOME": str(home), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home made ready once; nothing in this file may change it."""
    folder = tmp_path_factory.mktemp("homes") / "home"
    done = prepared(folder)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


@pytest.fixture
def used(home: Path, tmp_path: Path) -> Path:
    """A copy of a home that was in use."""
    folder = tmp_path / "home"
    folder.mkdir()
    for file in ("tragt.sqlite3", "secret"):
        (folder / file).write_bytes((home / file).read_bytes())
    return folder


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], stderr=subprocess.DEVNULL):
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.check_call(["umount", folder])


def test_prepare_makes_the_home_for_its_owner_alone(home: Path) -> None:
    assert (home / "tragt.sqlite3").is_file()
    assert (home / "secret").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o077 == 0


def test_prepare_again_keeps_secret_and_rows(used: Path) -> None:
    with closing(sqlite3.connect(used / "tragt.sqlite3")) as database:
        database.execute("CREATE TABLE kept (x)")
    secret = (used / "secret").read_text()

    assert prepared(used).returncode == 0
    assert (used / "secret").read_text() == secret
    with closing(sqlite3.connect(used / "tragt.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_prepare_two_processes_at_once_agree(tmp_path: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], env={**os.environ, "TRAGT_HOME": str(tmp_path / "home"),
                         "DJANGO_SETTINGS_MODULE": "tragt.web.project.settings"})
        for _ in range(2)
    ]  # fmt: skip
    assert [process.wait(120) for process in both] == [0, 0]


def test_prepare_database_of_a_newer_version_is_refused_and_left_alone(used: Path) -> None:
    with closing(sqlite3.connect(used / "tragt.sqlite3")) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('tragt_accounts', '0999_later', '2030-01-01')"
        )
        database.commit()
    before = (used / "tragt.sqlite3").read_bytes()

    done = prepared(used)

    assert (done.returncode, done.stdout.split()[0]) == (1, "database.newer"), done.stderr
    assert "Install that version again" in done.stdout
    assert (used / "tragt.sqlite3").read_bytes() == before


def test_prepare_damaged_database_says_so(used: Path) -> None:
    (used / "tragt.sqlite3").write_bytes(b"this is no database" * 1000)

    assert prepared(used).stdout.startswith("database.damaged")


def test_prepare_unreachable_postgres_hides_the_password(tmp_path: Path) -> None:
    done = prepared(tmp_path / "home", TRAGT_DATABASE_URL="postgres://tragt:hush@127.0.0.1:9/tragt")

    assert done.stdout.startswith("database.unreachable"), done.stderr
    assert "hush" not in done.stdout + done.stderr


def test_prepare_folder_that_cannot_be_written_says_what_to_do() -> None:
    done = prepared(Path("/proc/tragt"))

    assert done.stdout.startswith("home.unwritable")
    assert "TRAGT_HOME" in done.stdout


def test_prepare_full_disk_says_what_to_do(full_disk: Path) -> None:
    done = prepared(full_disk / "home")

    assert done.stdout.startswith("home.full")
    assert "Nothing is lost" in done.stdout
