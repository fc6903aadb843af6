"""The way of a file through the pages."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopUpload
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests.web.imports.conftest import LONG, carried_out, form_data, undone
from tragt.funnel.stock import stock
from tragt.web.accounts.models import AuditRow, User
from tragt.web.accounts.roles import Role
from tragt.web.imports import actions, files, queries, receiving
from tragt.web.imports.models import Import, MappingMemory, State
from tragt.web.imports.outline import stages_in
from tragt.web.imports.signals import NextStep, imported
from tragt.web.jobs import worker
from tragt.web.jobs.models import Job
from tragt.web.log.queries import lake, names
from tragt.web.people.models import Company, Person
from tragt.web.people.queries import event_log

pytestmark = pytest.mark.django_db(transaction=True)

Upload = Callable[..., Import]
Users = Callable[..., User]


def counts() -> dict[str, int]:
    return {one.name: one.count for one in names()}


def text(client: Client, one: Import, page: str = "") -> str:
    return client.get(f"/imports/{one.pk}/{page}").content.decode()


def test_a_long_file_becomes_events_and_persons_and_every_act_is_kept(owner_client: Client, upload: Upload) -> None:
    one = carried_out(owner_client, upload(LONG))
    assert (one.state, one.error) == (State.DONE, {})
    assert counts() == {"Visit": 2, "Buy": 1}
    assert Person.objects.count() == 2
    assert "Undo this import" in text(owner_client, one)
    assert "events.csv" in owner_client.get("/imports/").content.decode()
    undone(owner_client, one)
    assert 'type="file"' in text(owner_client, one)
    kept = AuditRow.objects.filter(details__has_key="act").order_by("pk")
    assert [(row.target, row.details["act"], row.details["file"]) for row in kept] == [
        (f"import {one.pk}", act, "events.csv") for act in ("uploaded", "mapped", "checked", "imported", "undone")
    ]
    assert not AuditRow.objects.filter(details__has_key="part").exists()


def test_the_same_file_again_adds_nothing_and_names_the_first(owner_client: Client, upload: Upload) -> None:
    first = carried_out(owner_client, upload(LONG))
    again = upload(LONG, "events_copy.csv")
    assert f'href="/imports/{first.pk}/"' in text(owner_client, again, "columns/")
    again = carried_out(owner_client, again)
    assert (again.result["added"], again.result["known"], again.duplicates) == (0, 3, {first.batch: 3})
    assert counts() == {"Visit": 2, "Buy": 1}
    page = text(owner_client, again)
    assert "nothing was added" in page
    assert "repeat others" not in page
    assert f'href="/imports/{first.pk}/"' in page


def test_the_deals_file_gives_its_known_figures(owner_client: Client, upload: Upload, shared_data: Path) -> None:
    data = (shared_data / "maven_crm" / "sales_pipeline.csv").read_bytes()
    one = upload(data, "sales_pipeline.csv")
    asked = text(owner_client, one, "columns/")
    assert "One row is a deal. Deal number from <b>opportunity_id</b>" in asked
    assert "8,800 rows." in asked
    assert '<details class="opens reading">' in asked
    one = carried_out(owner_client, one)
    assert counts() == {"Engaging": 8300, "Won": 4238, "Lost": 2473}
    assert (one.trial["units"], one.trial["units_dated"]) == (8800, 8300)
    assert "8,300 of the 8,800 have a date" in text(owner_client, one)
    assert Company.objects.count() == 85
    (pipeline,) = queries.pipelines()
    assert (pipeline.stages, pipeline.won, pipeline.lost) == (("Prospecting", "Engaging"), ("Won",), ("Lost",))
    log = event_log()
    now = stock(
        type(log)(log.frame, log.zone, undated=pipeline.undated),
        pipeline.stages,
        ends=pipeline.ends,
        unit=pipeline.unit,
    )
    assert {stage.name: stage.units for stage in now.stages} == {"Prospecting": 500, "Engaging": 1589}
    assert now.ended == {"Won": 4238, "Lost": 2473}
    undone(owner_client, one)
    assert queries.pipelines() == []
    assert counts() == {}


def test_the_shop_events_are_imported_whole(owner_client: Client, upload: Upload, shared_data: Path) -> None:
    one = carried_out(owner_client, upload((shared_data / "shop_events" / "shop_events.csv").read_bytes(), "shop.csv"))
    assert one.result["added"] == sum(counts().values()) == 31_106
    assert counts()["purchase"] == 470
    assert Person.objects.count() == 600


def test_a_later_export_with_changed_fields_brings_only_what_happened_since(
    owner_client: Client, upload: Upload
) -> None:
    header = "deal_id,owner,create_date,won_date,amount\n"
    carried_out(owner_client, upload((header + "1,ann,2024-01-05,,10\n2,bo,2024-01-06,2024-02-01,20\n").encode()))
    later = header + "1,eve,2024-01-05,2024-03-01,99\n2,bo,2024-01-06,2024-02-01,25\n"
    one = carried_out(owner_client, upload(later.encode()))
    assert (one.result["added"], one.result["known"]) == (1, 3)
    assert counts() == {"Created": 2, "Won": 2}


def test_ambiguous_dates_are_asked_about(owner_client: Client, upload: Upload) -> None:
    one = upload(b"user,event,date\nann,Visit,03/04/2024\nbo,Visit,05/06/2024\n")
    page = owner_client.get(f"/imports/{one.pk}/columns/")
    assert "two ways" in str(page.context["form"].errors["date_order"])
    assert '<details class="opens reading" open>' in page.content.decode()
    assert page.content.decode().count('name="date_order"') == 1
    refused = owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one))
    assert refused.status_code == 422
    assert "two ways" in str(refused.context["form"].errors["date_order"])
    done = carried_out(owner_client, one, date_order="dmy")
    assert done.result["first"].startswith("2024-04-02T22:00")
    assert event_log().first_time is not None


def test_columns_that_could_both_be_meant_are_asked_about(owner_client: Client, upload: Upload) -> None:
    one = upload(b"user,event,first,second\nann,Visit,2024-03-01,2024-03-02\nbo,Buy,2024-03-04,2024-03-05\n")
    form = owner_client.get(f"/imports/{one.pk}/columns/").context["form"]
    assert "first" in str(form.errors["time"])
    assert carried_out(owner_client, one, time="second", shape="long").result["first"].startswith("2024-03-01T23:00")


def test_what_was_said_is_remembered_by_the_header(owner_client: Client, upload: Upload) -> None:
    data = b"who,did,first,second\nann,Visit,2024-03-01,2024-03-02\nbo,Buy,2024-03-04,2024-03-05\n"
    said = {"shape": "long", "time": "second", "event": "did", "person": "who", "source": "till"}
    carried_out(owner_client, upload(data), **said)
    assert MappingMemory.objects.count() == 1
    again = upload(data.replace(b"ann", b"eve"), "other.csv")
    assert "as they were for events.csv" in text(owner_client, again, "columns/")
    assert carried_out(owner_client, again).result["added"] == 1


def test_rejected_rows_come_back_as_a_file_without_formulas(owner_client: Client, upload: Upload) -> None:
    one = upload(LONG + b"=cmd(),yesterday,Visit,c\n")
    one = carried_out(owner_client, one)
    assert one.result["rejected"] == 1
    assert "a date or a time is needed" in text(owner_client, one)
    answer = owner_client.get(f"/imports/{one.pk}/rejected.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="events-rejected.csv"'
    assert "'=cmd()" in answer.getvalue().decode("utf-8-sig")


def test_preview_shows_events_as_they_will_be(owner_client: Client, upload: Upload) -> None:
    one = upload(LONG)
    data = form_data(owner_client, one)
    shown = owner_client.post(f"/imports/{one.pk}/preview/", {**data, "event": "plan"}).content.decode()
    assert "What happened from <b>plan</b>" in shown
    assert "<td>b</td>" in shown
    broken = owner_client.post(f"/imports/{one.pk}/preview/", {**data, "time": "plan"}).content.decode()
    assert "None of the rows can be used" in broken


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"user,event,time\n", "no rows"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a table"),
        ("binary.csv", bytes(range(1, 9)) * 100, "not a table"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "password"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "not a table"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(
    owner_client: Client, home: Path, name: str, data: bytes, words: str
) -> None:
    answer = owner_client.post("/imports/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Import.objects.exists()
    assert list((home / "uploads" / "incoming").iterdir()) == []


def test_a_bomb_is_refused(owner_client: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        member.write(b"user,event,time\n")
        for _ in range(100):
            member.write(b"a,Visit,2024-01-01 10:00:00\n" * 40_000)
    answer = owner_client.post("/imports/", {"file": SimpleUploadedFile("bomb.zip", packed.getvalue())})
    if answer.status_code == 302:
        one = Import.objects.latest("pk")
        answer = owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one), follow=True)
    assert "refused" in answer.content.decode()


def test_a_file_over_the_limit_is_refused(owner_client: Client, settings: Settings, home: Path) -> None:
    settings.TRAGT = type(settings.TRAGT)(home=home, upload_limit_mb=1)
    answer = owner_client.post("/imports/", {"file": SimpleUploadedFile("big.csv", LONG * 10_000)})
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.content.decode()
    assert list((home / "uploads" / "incoming").iterdir()) == []


def test_no_file_is_asked_for(owner_client: Client) -> None:
    assert "Choose a file first" in owner_client.post("/imports/", {}).content.decode()
    answer = owner_client.post("/imports/", {}, headers={"accept": "application/json"})
    assert answer.json() == {"error": "Choose a file first."}


def test_a_full_disk_keeps_nothing(owner_client: Client, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "No space left on device")

    def refuse(*_: object) -> None:
        raise full

    monkeypatch.setattr(pl.DataFrame, "write_ipc", refuse)
    answer = owner_client.post("/imports/", {"file": SimpleUploadedFile("a.csv", LONG)})
    assert "The disk is full" in answer.content.decode()
    assert not Import.objects.exists()
    assert [path.name for path in (home / "uploads").rglob("*")] == ["incoming"]


def test_a_disk_that_fills_while_a_file_arrives_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = receiving.Receiver()
    receiver.new_file("file", "a.csv", "text/csv", 10, None)
    assert receiver._out is not None

    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    receiver._out.close()
    monkeypatch.setattr(receiver, "_out", Full())
    with pytest.raises(StopUpload):
        receiver.receive_data_chunk(b"x", 0)
    assert receiver.trouble is not None
    assert receiver.trouble.code == "imports.disk_full"
    assert list((home / "uploads" / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\deals.csv", "deals.csv"),
        ("a\0b\r\n.csv", "ab.csv"),
        ("", "file"),
        ("..", "file"),
        ("con.csv", "_con.csv"),
        ("head.arrow", "head.arrow"),
        ("æøå " + "x" * 300 + ".csv", "æøå " + "x" * 83 + ".csv"),
    ],
)
def test_names_of_files_mean_nothing_to_the_disk(given: str, safe: str) -> None:
    assert files.safe_name(given) == safe


def test_undo_takes_events_and_persons_away_and_leaves_later_work(owner_client: Client, upload: Upload) -> None:
    first = carried_out(owner_client, upload(LONG))
    later = carried_out(owner_client, upload(LONG + b"bo,2024-03-09 10:00:00,Buy,b\n", "later.csv"), source="events")
    assert (later.result["added"], later.duplicates) == (1, {first.batch: 3})
    page = text(owner_client, first)
    assert "Import that file again afterwards" in page
    first = undone(owner_client, first)
    assert first.state == State.UNDONE
    assert counts() == {"Buy": 1}
    assert not files.folder_of(first.pk).exists()
    assert "upload this file again" in text(owner_client, later)
    again = carried_out(owner_client, upload(LONG + b"bo,2024-03-09 10:00:00,Buy,b\n", "later.csv"), source="events")
    assert again.result["added"] == 3
    assert counts() == {"Visit": 2, "Buy": 2}
    undone(owner_client, later)
    undone(owner_client, again)
    assert counts() == {}
    assert not Person.objects.exists()


def test_persons_are_learned_from_their_columns(owner_client: Client, upload: Upload) -> None:
    data = (
        "user_id,event,time,email,first_name,last_name,phone,company\n"
        "1,Visit,2024-03-01,ANN@Example.org,Ann,Lee,,Acme\n1,Buy,2024-03-02,,,,+45 33 12 34 56,Acme\n"
    )
    carried_out(owner_client, upload(data.encode()))
    person = Person.objects.get()
    assert (person.email, person.name, person.phone) == ("ann@example.org", "Ann Lee", "+4533123456")
    assert person.company is not None
    assert "properties" not in str(event_log().frame.columns)


def test_other_apps_hear_once_and_may_lead_on(owner_client: Client, upload: Upload) -> None:
    heard = []

    def hear(key: int, batch: str, **_: object) -> NextStep:
        heard.append(batch)
        return NextStep("See the funnel", f"/funnels/{key}/")

    imported.connect(hear, weak=False, dispatch_uid="test")
    try:
        one = carried_out(owner_client, upload(LONG))
    finally:
        imported.disconnect(dispatch_uid="test")
    assert heard == [one.batch]
    assert f'href="/funnels/{one.pk}/"' in text(owner_client, one) or one.next_url != ""


def test_a_job_cancelled_before_it_ran_leaves_the_import_as_it_was(owner_client: Client, upload: Upload) -> None:
    def cancelled(act: str) -> str:
        owner_client.post(f"/imports/{one.pk}/{act}/")
        owner_client.post(f"/jobs/{Job.objects.latest('pk').pk}/cancel/")
        one.refresh_from_db()
        return one.state

    one = upload(LONG)
    owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one))
    assert cancelled("run") == State.MAPPED
    assert counts() == {}
    owner_client.post(f"/imports/{one.pk}/run/")
    worker.drain()
    assert cancelled("undo") == State.DONE
    assert counts() == {"Visit": 2, "Buy": 1}
    assert undone(owner_client, one).state == State.UNDONE
    assert counts() == {}


def test_an_import_that_was_cut_short_can_be_removed(owner_client: Client, upload: Upload) -> None:
    one = upload(LONG)
    owner_client.post(f"/imports/{one.pk}/columns/", form_data(owner_client, one))
    owner_client.post(f"/imports/{one.pk}/run/")
    assert "no longer be done" in owner_client.post(f"/imports/{one.pk}/discard/", follow=True).content.decode()
    Job.objects.all().delete()
    assert f'action="/imports/{one.pk}/discard/"' in text(owner_client, one)
    owner_client.post(f"/imports/{one.pk}/discard/")
    assert not Import.objects.exists()


def test_names_that_are_patterns_elsewhere_are_columns_like_others(owner_client: Client, upload: Upload) -> None:
    one = carried_out(
        owner_client,
        upload(b"user,time,event,*,^a$,a,properties.x\nann,2024-03-01,Visit,1,2,3,4\nbo,2024-03-02,Visit,5,6,7,8\n"),
    )
    assert one.state == State.DONE
    kept = lake().read(columns=["time"], properties=["*", "a$", "a", "x"]).sort("time").drop("time")
    assert kept.rows() == [(1, 2, 3, 4), (5, 6, 7, 8)]
    wide = b"deal_id,*,^c$,stage\n1,2024-01-02,2024-02-03,Won\n2,,,Lead\n"
    data = pl.read_csv(wide).write_parquet(file := io.BytesIO()) or file.getvalue()
    found = upload(data, "deals.parquet")
    assert found.outline["columns"] == ["deal_id", "*", "c$", "stage"]
    assert carried_out(owner_client, found, source="deals").state == State.DONE
    assert [stage.name for stage in stages_in(pl.read_csv(wide), "stage", ["*"])] == ["Lead", "Won"]


def test_rows_that_a_database_cannot_keep_are_rejected_with_their_reason(owner_client: Client, upload: Upload) -> None:
    rows = [
        f'{{"user":"{"u" * 398}","event":"Visit","time":"2024-03-01"}}',
        f'{{"user":"{"é" * 399}","event":"Visit","time":"2024-03-01"}}',
        r'{"user":"a\u0000","event":"Visit","time":"2024-03-01"}',
        r'{"user":"bo","event":"Visit","time":"2024-03-01","x\u0000":1,"y":"\\u0000"}',
        r'{"user":"bo","event":"Visit","time":"2024-03-01","y":"\\u0000"}',
    ]
    one = carried_out(owner_client, upload("\n".join(rows).encode(), "events.jsonl"))
    assert (one.state, one.result["added"], one.result["rejected"]) == (State.DONE, 2, 3)
    page = text(owner_client, one)
    assert "an identifier may have 398 characters at most" in page
    assert "there is a zero byte in it; text has none" in page
    assert Person.objects.count() == 2


def test_a_file_that_is_small_only_as_it_is_packed_is_checked_by_a_job(upload: Upload) -> None:
    rows = b"".join(b"ann,2024-03-01 10:00:00,Visit,a\n" for _ in range(150_000))
    for data, small in ((gzip.compress(LONG), True), (gzip.compress(LONG + rows), False)):
        one = upload(data, "events.csv.gz")
        assert actions.is_small(one) is small


def test_a_file_that_is_not_wanted_goes(owner_client: Client, upload: Upload) -> None:
    one = upload(LONG)
    assert owner_client.post(f"/imports/{one.pk}/discard/").status_code == 302
    assert not Import.objects.exists()
    assert not files.folder_of(one.pk).exists()


def test_a_finished_import_is_neither_run_nor_discarded_again(owner_client: Client, upload: Upload) -> None:
    one = carried_out(owner_client, upload(LONG))
    for act in ("run", "discard", "check"):
        answer = owner_client.post(f"/imports/{one.pk}/{act}/", follow=True)
        assert "no longer be done" in answer.content.decode()
    one.refresh_from_db()
    assert one.state == State.DONE


def test_who_may_not_import_sees_and_changes_nothing(
    make_user: Users, client_of: Callable[[User], Client], upload: Upload
) -> None:
    one = upload(LONG)
    seller, marketing = client_of(make_user(Role.SELLER)), client_of(make_user(Role.MARKETING))
    for page in ("", f"{one.pk}/", f"{one.pk}/columns/", f"{one.pk}/rejected.csv"):
        assert seller.get(f"/imports/{page}").status_code == 403
    for page in ("run/", "undo/", "discard/", "check/", "preview/"):
        assert seller.post(f"/imports/{one.pk}/{page}").status_code == 403
    assert seller.post("/imports/", {"file": SimpleUploadedFile("a.csv", LONG)}).status_code == 403
    assert carried_out(marketing, one).state == State.DONE
    assert Client().get("/imports/").status_code == 302


def test_a_token_is_needed_to_upload(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post("/imports/", {"file": SimpleUploadedFile("a.csv", LONG)})
    assert answer.status_code == 403
    assert not Import.objects.exists()


def test_queries_do_not_grow_with_imports(
    owner_client: Client, upload: Upload, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(4):
        one = carried_out(owner_client, upload(LONG.replace(b"ann", f"ann{place}".encode()), f"f{place}.csv"))
    with django_assert_max_num_queries(10):
        owner_client.get("/imports/")
    with django_assert_max_num_queries(13):
        text(owner_client, one)
    fresh = upload(LONG.replace(b"ann", b"new"))
    with django_assert_max_num_queries(11):
        text(owner_client, fresh, "columns/")


def test_a_workbook_asks_for_its_sheet(owner_client: Client, upload: Upload) -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        for sheet, column in (("Notes", "text"), ("Events", "event")):
            page = made.add_worksheet(sheet)
            for row, cells in enumerate([["user", column, "time"], ["ann", "Visit", "2024-03-01 10:00:00"]]):
                page.write_row(row, 0, cells)
    one = upload(book.getvalue(), "book.xlsx")
    answer = owner_client.post(
        f"/imports/{one.pk}/columns/", {**form_data(owner_client, one), "event": "text", "sheet": "Events"}
    )
    assert answer["Location"] == f"/imports/{one.pk}/columns/"
    assert carried_out(owner_client, one).result["names"] == [["Visit", 1]]


def test_the_palette_finds_files(owner_client: Client, upload: Upload) -> None:
    upload(LONG, "quarter.csv")
    assert "quarter.csv" in owner_client.get(reverse("palette"), {"q": "quart"}).content.decode()
