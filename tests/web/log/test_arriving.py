"""What is settled and not in the lake yet: every process sees each event once, whatever others do meanwhile."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import transaction
from pytest_django import Settings

from tests.conftest import ROOT, ROUNDS
from tragt.lake import Lake
from tragt.web.collect.settling import Settler
from tragt.web.inbox import actions as inbox
from tragt.web.log.queries import events
from tragt.web.outbox.actions import OwnEvent, tell

BATCHES = max(40, ROUNDS // 10)


@pytest.mark.parametrize("settlers", ["1", "2"])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_processes_that_read_while_another_settles_see_each_event_once_and_none_go(
    tmp_path: Path, make_home: Callable[[Path], Path], settlers: str
) -> None:
    home = make_home(tmp_path / "home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRAGT_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.log.reading", "3", settlers, str(BATCHES)],
        cwd=ROOT,
        env={**kept, "TRAGT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list((home / "arriving").glob("*")), "what the lake holds is not kept beside it"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("organisation")
def test_file_that_another_process_takes_for_left_is_made_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    with transaction.atomic():
        tell(OwnEvent("Deal Created", deal="1"))
    Settler().settle()
    write = pl.DataFrame.write_parquet

    def taken_once(frame: pl.DataFrame, path: Path, **given: Any) -> None:
        write(frame, path, **given)
        path.unlink()
        monkeypatch.undo()

    with monkeypatch.context():
        monkeypatch.setattr(pl.DataFrame, "write_parquet", taken_once)
        assert events()["deal"].to_list() == ["1"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("organisation")
def test_event_counts_once_where_a_successor_settles_before_the_lake_has_the_batch_before(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRAGT = replace(settings.TRAGT, home=tmp_path)
    append = Lake.append
    tell_and_settle("1")
    overtaken = Settler()

    def late(lake: Lake, *given: Any, **named: Any) -> object:
        tell_and_settle("2")
        assert sorted(events()["deal"]) == ["1", "2"]
        stopped.setattr(inbox, "drop", lambda _: 1 / 0)
        return append(lake, *given, **named)

    with monkeypatch.context() as stopped:
        stopped.setattr(Lake, "append", late)
        with pytest.raises(ZeroDivisionError):
            overtaken.commit(now=True)
    assert sorted(events()["deal"]) == ["1", "2"]


def tell_and_settle(deal: str) -> None:
    with transaction.atomic():
        tell(OwnEvent("Deal Created", deal=deal))
    Settler().settle()
