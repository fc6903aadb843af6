"""``tragt backup`` and ``tragt restore`` as processes of their own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.test_application import said_by
from tragt.cli.restore import _made_ready
from tragt.errors import NotAllowed
from tragt.lake import Lake
from tragt.web.backup.manifest import LakeHeld, Manifest
from tragt.web.backup.restoring import Restored
from tragt.web.project.configuration import Configuration

pytestmark = pytest.mark.long

EVENTS = "user_id,event,time\nanna,Visited,2026-01-05\nanna,Bought,2026-01-07\nbo,Visited,2026-01-06\n"


def actors_in(home: Path) -> list[str]:
    return sorted(Lake.open(home / "lake").read(columns=["actor"])["actor"].cast(str).to_list())


def test_home_restored_in_place_of_another_holds_all_but_who_was_erased_since(
    tmp_path: Path, make_home: Callable[[Path], Path]
) -> None:
    home, file = make_home(tmp_path / "home"), tmp_path / "b.tar"
    (tmp_path / "events.csv").write_text(EVENTS)
    said_by("import", str(tmp_path / "events.csv"), "--home", str(home))
    said = said_by("backup", str(file), "--home", str(home))
    assert "3 events in the event log" in said
    assert "The secret key is in it" in said
    said_by("erase", "bo", "--yes", "--home", str(home))
    assert "holds something already" in said_by("restore", str(file), "--to", str(home))
    said = said_by("restore", str(file), "--to", str(home), "--replace")
    assert "Erasures since the backup: 1; 1 were in it and are erased again." in said
    assert actors_in(home) == ["u:anna", "u:anna"]
    (aside,) = tmp_path.glob("home.before-*")
    assert f"The home before stands in {aside}" in said
    assert {path.name for path in tmp_path.iterdir()} == {"home", aside.name, "b.tar", "events.csv"}


def test_backup_of_files_is_not_restored_to_a_server(tmp_path: Path) -> None:
    manifest = Manifest(
        tragt="0",
        made=datetime(2026, 1, 1, tzinfo=UTC),
        database="sqlite",
        migrations={},
        tables={},
        lake=LakeHeld(),
        members={},
    )
    configuration = Configuration(home=tmp_path, database_url="postgres://nobody@localhost/x")
    with pytest.raises(NotAllowed, match="correct TRAGT_DATABASE_URL"):
        _made_ready(configuration, Restored(tmp_path, manifest, [], frozenset()))
