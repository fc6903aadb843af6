"""Files that hold the same rows, of which some are not imported to the end: every row counts once."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from django.test import Client

from tests.web.imports.conftest import LONG, form_data
from tragt.errors import TragtError
from tragt.web.imports import actions, files
from tragt.web.imports.actions import committing, withdrawing
from tragt.web.imports.models import Import, State
from tragt.web.jobs import worker
from tragt.web.jobs.models import Job
from tragt.web.jobs.progress import Stopped, TryAgain
from tragt.web.log.queries import hidden_batches, lake, names
from tragt.web.people.models import Person
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db(transaction=True)

Upload = Callable[..., Import]
MORE = LONG + b"eve,2024-03-09 10:00:00,Buy,b\n"


def quiet(_done: int, _total: int, _text: str) -> None:
    pass


def counts() -> dict[str, int]:
    return {one.name: one.count for one in names()}


@pytest.fixture
def mapped(owner_client: Client, upload: Upload) -> Callable[[bytes, str], Import]:
    def make(data: bytes, name: str) -> Import:
        one = upload(data, name)
        owner_client.post(f"/imports/{one.pk}/columns/", {**form_data(owner_client, one), "source": "till"})
        one.refresh_from_db()
        assert one.state == State.MAPPED
        return one

    return make


def broken(error: BaseException) -> Callable[..., None]:
    def learn(*_: object, **__: object) -> None:
        raise error

    return learn


@pytest.mark.parametrize("removable", [True, False])
def test_rows_of_an_import_that_failed_come_with_the_next_file(
    mapped: Callable[[bytes, str], Import], monkeypatch: pytest.MonkeyPatch, removable: bool
) -> None:
    first, second = mapped(LONG, "good1.csv"), mapped(MORE, "good2.csv")
    with monkeypatch.context() as patched:
        patched.setattr(committing, "learn_people", broken(TragtError("people.trouble", "Something went wrong.")))
        if not removable:
            patched.setattr(withdrawing, "empty", broken(TragtError("lake.full", "The disk is full.")))
        with pytest.raises(TragtError, match="Something went wrong"):
            actions.run_now(first.pk, COMMAND_LINE)
    assert lake().read(columns=["id"]).height == (0 if removable else 3)
    assert actions.try_out(second.pk, COMMAND_LINE, quiet).added == 4
    assert actions.run_now(second.pk, COMMAND_LINE).result["added"] == 4
    assert counts() == {"Visit": 2, "Buy": 2}
    assert actions.run_now(first.pk, COMMAND_LINE).result["added"] == 0
    assert (counts(), hidden_batches(), Person.objects.count()) == ({"Visit": 2, "Buy": 2}, (), 3)


@pytest.mark.parametrize("lives", [True, False])
def test_rows_of_an_import_cut_short_count_once_whoever_completes_first(
    mapped: Callable[[bytes, str], Import], monkeypatch: pytest.MonkeyPatch, lives: bool
) -> None:
    first, second = mapped(LONG, "first.csv"), mapped(MORE, "second.csv")
    actions.begin(first.pk, COMMAND_LINE)
    with monkeypatch.context() as patched:
        patched.setattr(committing, "learn_people", broken(Stopped()))
        with pytest.raises(Stopped):
            actions.commit(first.pk, COMMAND_LINE, quiet)
    assert lake().read(columns=["id"]).height == 3
    if lives:
        actions.begin(second.pk, COMMAND_LINE)
        with pytest.raises(TryAgain, match=r"first\.csv"):
            actions.commit(second.pk, COMMAND_LINE, quiet)
        assert set(lake().batches()["batch"]) == {first.batch}, "who waits holds nothing"
        worker.drain()
        assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    else:
        Job.objects.all().delete()
        assert actions.run_now(second.pk, COMMAND_LINE).result["added"] == 4
        assert counts() == {"Visit": 2, "Buy": 2}
        assert actions.run_now(first.pk, COMMAND_LINE).result["added"] == 0
    assert (counts(), hidden_batches(), Person.objects.count()) == ({"Visit": 2, "Buy": 2}, (), 3)
    assert lake().read(columns=["id"]).height == 4


def test_a_process_whose_events_were_taken_out_meanwhile_finishes_nothing(
    mapped: Callable[[bytes, str], Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = mapped(LONG, "first.csv"), mapped(MORE, "second.csv")
    slow = committing._appended

    def overtaken(one: Import, *rest: object) -> object:
        appended = slow(one, *rest)  # type: ignore[arg-type]
        if one.pk == first.pk:
            actions.run_now(second.pk, COMMAND_LINE)
        return appended

    monkeypatch.setattr(committing, "_appended", overtaken)
    actions.begin(first.pk, COMMAND_LINE)
    Job.objects.all().delete()
    with pytest.raises(TryAgain):
        actions.commit(first.pk, COMMAND_LINE, quiet)
    first.refresh_from_db()
    assert (first.state, counts()) == (State.FAILED, {"Visit": 2, "Buy": 2})


def test_of_two_processes_with_the_same_rows_the_second_waits_and_both_end_well(
    owner_client: Client, mapped: Callable[[bytes, str], Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = mapped(LONG, "first.csv"), mapped(MORE, "second.csv")
    actions.begin(first.pk, COMMAND_LINE)
    Job.objects.all().delete()
    with monkeypatch.context() as patched:
        patched.setattr(committing, "learn_people", broken(Stopped()))
        with pytest.raises(Stopped):
            actions.commit(first.pk, COMMAND_LINE, quiet)
    with ExitStack() as lives:
        lives.enter_context(files.worked_on(first.pk))
        with pytest.raises(TragtError, match="so this can no longer be done"):
            actions.begin(first.pk, COMMAND_LINE)
        assert "The command line is importing" in owner_client.get(f"/imports/{first.pk}/").content.decode()

        def ends(_seconds: float) -> None:
            assert set(lake().batches()["batch"]) == {first.batch}, "who waits holds nothing"
            actions.commit(first.pk, COMMAND_LINE, quiet)
            lives.close()

        monkeypatch.setattr("tragt.web.imports.actions.running.time.sleep", ends)
        assert actions.run_now(second.pk, COMMAND_LINE).result["added"] == 1
    assert (counts(), hidden_batches(), Person.objects.count()) == ({"Visit": 2, "Buy": 2}, (), 3)
