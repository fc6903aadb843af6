"""The engine without pages: the command line's way, files past their time, persons who are erased."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.web.imports.conftest import LONG, carried_out, form_data
from tragt.errors import InvalidFile, TragtError
from tragt.events import DateColumn, Options
from tragt.web.imports import actions, files, queries
from tragt.web.imports.answers import Answers, Shape, Stage, StageKind, usual_source
from tragt.web.imports.models import Import, PipelineUnit, State
from tragt.web.imports.outline import Head, Outline, look_at, recognised
from tragt.web.imports.personal_data import STORES
from tragt.web.imports.reading import persons_in, read_file
from tragt.web.imports.sentences import Fault, fault_of
from tragt.web.imports.understanding import understood
from tragt.web.jobs.models import Worker
from tragt.web.log.queries import lake, names
from tragt.web.shell.acting import COMMAND_LINE
from tragt.web.shell.personal import Subject

Upload = Callable[..., Import]
TEXT = st.text(min_size=1, max_size=8)

database = pytest.mark.django_db(transaction=True)


@given(
    st.dictionaries(st.sampled_from(["time", "event", "person", "email"]), TEXT),
    st.lists(st.builds(DateColumn, TEXT, TEXT), max_size=3),
    st.lists(st.builds(Stage, TEXT, st.sampled_from(StageKind)), max_size=3),
)
def test_answers_come_back_from_the_database_as_they_were(
    columns: dict[str, str], wide: list[DateColumn], stages: list[Stage]
) -> None:
    answers = Answers(Shape.WIDE, columns, tuple(wide), stages=tuple(stages), source="till", zone="Europe/Oslo")
    assert Answers.of(answers.as_json()) == answers


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("deals_2024-05.csv", "deals"),
        ("deals (1).csv", "deals"),
        ("hubspot-crm-exports-all-deals-2024-05-01.csv", "hubspot all deals"),
        ("2024-05-01.csv.gz", "file"),
    ],
)
def test_files_of_one_program_have_one_source(name: str, source: str) -> None:
    assert usual_source(name) == source


def test_what_was_said_is_not_second_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,event,time,session,company\nann,Visit,2024-03-01,s1,Acme\n")
    said = Answers(columns={"time": "time", "event": "event", "person": "user"}, zone="UTC", left_out=("company",))
    log = read_file(path, said, lambda _done, _total: None)
    assert (log.units, log.property_names) == (("person",), ("session",))


def test_a_person_described_in_several_rows_is_known_by_the_last_of_each(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "user_id,event,time,email,name\n1,Visit,2024-03-01,a@x.org,Ann\n1,Buy,2024-03-02,,Ann Lee\n"
        "2,Visit,yesterday,b@x.org,Bo\n"
    )
    head = look_at(path, "a.csv", Options())
    answers, questions = recognised(head, Options())
    assert not questions
    log = read_file(path, answers, lambda _done, _total: None)
    assert persons_in(path, answers, log).rows() == [("1", "a@x.org", "Ann Lee", None, None)]


def test_an_error_keeps_no_cell_of_the_rows_it_names() -> None:
    error = InvalidFile("events.no_good_row", "none, the first: 'secret'", file="a.csv", rejected=object())
    fault = fault_of(error)
    assert "secret" not in str(fault.fields) + fault.message + str(fault)


def test_an_unknown_error_is_said_in_its_own_words() -> None:
    assert str(fault_of(TragtError("lake.full", "The disk is full."))) == "The disk is full."
    assert str(Fault("events.no_such_sheet", "sheet", {}, "")) == ""


def test_what_was_understood_is_one_sentence_without_markup_of_the_file() -> None:
    dated = tuple(DateColumn(f"d{place}", name="x") for place in range(6))
    said = Answers(Shape.WIDE, {"deal": "<i>%s", "name": "who"}, dated, stage="now")
    found = understood(Head(Outline(("<i>%s",), "csv"), pl.DataFrame(), "a.csv"), said)
    assert found is not None
    assert found.readings == (
        "Deal number from <b>&lt;i&gt;%s</b>, stage dates from <b>d0</b>, <b>d1</b>, <b>d2</b>, <b>d3</b> and 2 more, "
        "name from <b>who</b>, stage it is in now from <b>now</b>."
    )


@database
def test_the_command_line_imports_where_no_worker_runs(tmp_path: Path) -> None:
    path = tmp_path / "events.csv.gz"
    path.write_bytes(gzip.compress(LONG))
    told: list[int] = []
    one = actions.import_file(path, COMMAND_LINE, Options(), report=lambda done, _total, _text: told.append(done))
    assert (one.state, one.result["added"]) == (State.DONE, 3)
    assert told == sorted(told)
    assert path.exists()


@database
def test_the_command_line_leaves_it_to_a_worker_that_runs(tmp_path: Path) -> None:
    Worker.objects.create(id="one", lasting=True, seen=timezone.now())
    path = tmp_path / "events.csv"
    path.write_bytes(LONG)
    one = actions.import_file(path, COMMAND_LINE, Options())
    assert one.state == State.COMMITTING
    assert queries.job_under_way(one) is not None
    assert names() == []


@database
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"user,event,date\nann,Visit,03/04/2024\n", "events.ambiguous_dates"),
        (b"user,event,first,second\nann,Visit,2024-03-01,2024-03-02\n", "events.ambiguous_column"),
        (b"%PDF-1.4", "events.not_a_table"),
    ],
)
def test_the_command_line_refuses_what_it_would_have_to_guess(
    tmp_path: Path, home: Path, data: bytes, code: str
) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(data)
    with pytest.raises(TragtError) as caught:
        actions.import_file(path, COMMAND_LINE, Options())
    assert caught.value.code == code
    assert not Import.objects.exists()
    assert [found for found in (home / "uploads").rglob("*") if found.is_file()] == []


@database
def test_a_file_whose_rows_are_all_wrong_is_asked_about_again(owner_client: Client, upload: Upload) -> None:
    rows = b"".join(b"ann,2024-03-01 10:00:00,Visit\n" for _ in range(300))
    one = upload(b"user,time,event\n" + rows + b"bo,03/04/2024,Visit\nbo,04/03/2024,Visit\n")
    answer = owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one))
    assert answer.status_code == 422
    assert "two ways" in str(answer.context["form"].errors["date_order"])
    assert carried_out(owner_client, one, date_order="mdy").result["added"] == 302


@database
def test_old_files_go_and_what_they_brought_stays(owner_client: Client, upload: Upload, home: Path) -> None:
    one, fresh = carried_out(owner_client, upload(LONG)), upload(LONG, "fresh.csv")
    long_ago = timezone.now() - timedelta(days=31)
    Import.objects.filter(pk=one.pk).update(created=long_ago, finished=long_ago)
    (home / "uploads" / "999").mkdir()
    assert sum(actions.remove_old_files(timezone.now() - timedelta(days=30))) == 1
    assert not files.folder_of(one.pk).exists()
    assert files.folder_of(fresh.pk).exists()
    assert (home / "uploads" / "999").exists()
    assert sum(name.count for name in names()) == 3


@database
def test_erasing_a_person_removes_every_file_the_person_stands_in(owner_client: Client, upload: Upload) -> None:
    gone = carried_out(owner_client, upload(LONG))
    waiting = upload(
        gzip.compress(b"user,event,time\nx9,Visit,2024-01-01\nANN@example.org,Visit,2024-01-02\n"), "w.csv.gz"
    )
    kept = upload(LONG.replace(b"ann", b"eve"), "kept.csv")
    PipelineUnit.objects.create(origin=gone, person="ann", stage="Lead")
    subject = Subject(None, frozenset({"u:ann"}), frozenset({"ann@example.org"}))
    assert sum(len(list(store.export(subject))) for store in STORES) == 3
    assert sum(store.erase(subject) for store in STORES) == 3
    assert not files.folder_of(gone.pk).exists()
    assert not Import.objects.filter(pk=waiting.pk).exists()
    assert files.original_of(kept.pk, "kept.csv").read_bytes() == LONG.replace(b"ann", b"eve")
    assert sum(len(list(store.export(subject))) for store in STORES) == 0


@database
def test_a_failed_write_leaves_nothing_and_can_be_repeated(
    owner_client: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = upload(LONG)
    owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one))

    def full(*_: object, **__: object) -> None:
        raise TragtError("lake.full", "The disk is full. Make room.")

    with monkeypatch.context() as patched:
        patched.setattr(type(lake()), "append", full)
        with pytest.raises(TragtError):
            actions.run_now(one.pk, COMMAND_LINE)
    one.refresh_from_db()
    assert one.state == State.FAILED
    assert "The disk is full" in owner_client.get(f"/imports/{one.pk}/").content.decode()
    assert actions.run_now(one.pk, COMMAND_LINE).state == State.DONE
    assert sum(name.count for name in names()) == 3


@database
def test_columns_changed_after_an_attempt_that_died_bring_only_the_new_events(
    owner_client: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = upload(LONG)
    data = form_data(owner_client, one)
    owner_client.post(f"/imports/{one.pk}/columns/", data)

    def died(*_: object, **__: object) -> None:
        raise TragtError("people.trouble", "Something went wrong.")

    with monkeypatch.context() as patched:
        patched.setattr("tragt.web.imports.actions.committing.learn_people", died)
        with pytest.raises(TragtError):
            actions.run_now(one.pk, COMMAND_LINE)
    assert lake().read(columns=["id"]).is_empty()
    one.refresh_from_db()
    one = carried_out(owner_client, one, event="plan")
    assert {name.name: name.count for name in names()} == {"a": 2, "b": 1}
    assert lake().read(columns=["id"]).height == 3


def test_the_stages_of_a_file_stand_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    frame = pl.DataFrame(
        {
            "deal_id": ["1", "2", "3", "4"],
            "stage": ["Won", "Offer", "Lead", "Lost"],
            "offer_date": ["2024-01-02", "2024-01-03", None, "2024-01-05"],
            "close_date": ["2024-02-01", None, None, "2024-02-02"],
        }
    )
    frame.write_csv(path)
    answers, _questions = recognised(look_at(path, "deals.csv", Options()), Options())
    assert [(stage.name, stage.kind) for stage in answers.stages] == [
        ("Lead", StageKind.OPEN),
        ("Offer", StageKind.OPEN),
        ("Won", StageKind.WON),
        ("Lost", StageKind.LOST),
    ]


@database
def test_two_processes_that_complete_the_same_import_do_it_once(
    owner_client: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = upload(LONG)
    owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one))
    inside: list[Import] = []

    def overtaken(*given: object) -> pl.DataFrame:
        if not inside:
            inside.append(one)
            actions.commit(one.pk, COMMAND_LINE, lambda _done, _total, _text: None)
        return persons_in(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("tragt.web.imports.actions.committing.persons_in", overtaken)
    done = actions.run_now(one.pk, COMMAND_LINE)
    assert (done.state, done.result["added"], done.result["persons_new"]) == (State.DONE, 3, 2)
    assert sum(name.count for name in names()) == 3
