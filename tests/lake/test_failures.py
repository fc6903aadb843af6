"""A full disk, a folder that may not be written, a table that is busy: a message that says what to do."""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake.exceptions import DeltaError

from tests.lake.making import events, filled, ids, ids_of
from tragt.errors import TragtError
from tragt.lake import Lake, Marker, storage
from tragt.lake.failures import explained
from tragt.lake.storage import Storage

PROGRAM = """
import os, resource, sys
from tests.lake.making import events
from tragt.errors import TragtError
from tragt.lake import Lake, Marker

lake, how = Lake.open(sys.argv[1]), sys.argv[2]
rows, given = lake.read().height, events(range(5000))
match how:
    case "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
    case "read-only":
        if not os.geteuid():
            os.seteuid(65534)
for act in (
    lambda: lake.append(given, marker=Marker("import:1", 1), batch="b1"),
    *([lambda: lake.remove_batch("b0", Marker("import:0", 2)), lake.purge] if how == "read-only" else []),
):
    try:
        act()
    except TragtError as error:
        print(error.code, error.message)
print(rows, lake.read().height)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may enter."""
    with tempfile.TemporaryDirectory(prefix="tragt-lake-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of files and users as on Linux")
@pytest.mark.parametrize(("how", "code"), [("full", "lake.disk_full"), ("read-only", "lake.read_only")])
def test_disk_that_cannot_be_written_is_told_and_nothing_is_lost(open_folder: Path, how: str, code: str) -> None:
    filled(open_folder, range(20))
    for path in open_folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid():
        open_folder.chmod(0o555)
    command = [sys.executable, "-c", PROGRAM, str(open_folder), how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *errors, rows = done.stdout.splitlines()
    assert errors
    assert all(line.startswith(f"{code} ") and "Nothing was" in line for line in errors)
    assert rows == "20 20"
    for path in [open_folder, *open_folder.rglob("*")]:
        path.chmod(0o755)
    lake = Lake.open(open_folder)
    assert ids(lake) == ids_of(range(20))
    assert lake.append(events(range(30)), marker=Marker("import:1", 1), batch="b1").added == 10


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "lake.disk_full"),
        (OSError("Generic LocalFileSystem error: No space left on device (os error 28)"), "lake.disk_full"),
        (DeltaError("Permission denied (os error 13)"), "lake.read_only"),
        (OSError(errno.EROFS, "Read-only file system"), "lake.read_only"),
        (DeltaError("the bucket is gone"), "lake.failed"),
    ],
)
def test_errors_of_disk_and_table_are_told_in_words(error: Exception, code: str) -> None:
    with pytest.raises(TragtError) as caught, explained("here"):
        raise error
    assert caught.value.code == code
    assert "here" in caught.value.message


def test_writer_that_never_ends_makes_others_give_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_PATIENCE", 0.05)
    lake = filled(tmp_path, range(3))
    with Storage(tmp_path).writing(alone=True), pytest.raises(TragtError, match="Try again later"):
        lake.append(events([5]), marker=Marker("a", 1), batch="b")
    assert lake.read().height == 3
