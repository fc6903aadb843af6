"""Files on the pages of records: who may do what, what is shown, and how bytes are given out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import queries
from tests.web.files.conftest import PutFile
from tragt.web.accounts.models import AuditRow, Organisation, Reach, Role, Team, User
from tragt.web.crm.models import Deal
from tragt.web.files.models import File
from tragt.web.files.store import path_of
from tragt.web.people.models import Company, Person
from tragt.web.records.kinds import kind_of

pytestmark = pytest.mark.django_db

BY_SCRIPT = {"HX-Request": "true"}
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
ClientOf = Callable[[User], Client]
ProgramOf = Callable[..., Client]


def sent(name: str = "offer.pdf", content: bytes = b"%PDF-1.7 lamps") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/html")


def body(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def page_of(record: Person | Company | Deal) -> str:
    return kind_of(type(record).__name__.lower()).url(record.pk)


@pytest.fixture
def only_own(organisation: Organisation) -> None:
    """Sellers see and change their own."""
    Organisation.objects.filter(pk=organisation.pk).update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)


def test_file_is_added_shown_fetched_renamed_removed_and_put_back(
    home: Path, ada: Person, anna: User, client_of: ClientOf
) -> None:
    client = client_of(anna)
    address = f"/files/of/person/{ada.pk}/add/"
    assert client.post(address, {"file": [sent(), sent("notes.txt", b"hello")]}).headers["Location"].endswith("#files")
    page = client.get(page_of(ada)).content.decode()
    assert "2 files were added." in page
    assert "offer.pdf" in page
    row = File.objects.get(name="offer.pdf")
    assert (row.media, row.size, row.by) == ("application/pdf", 14, anna)
    assert path_of(row.place).read_bytes() == b"%PDF-1.7 lamps"
    assert list((home / "incoming").iterdir()) == []
    assert body(Client(), client.get(f"/files/{row.pk}/").headers["Location"]) == b"%PDF-1.7 lamps"
    client.post(f"/files/{row.pk}/rename/", {"name": "Offer v1.2"})
    assert File.objects.get(pk=row.pk).name == "Offer v1.2.pdf"
    page = client.post(f"/files/{row.pk}/remove/", headers=BY_SCRIPT).content.decode()
    assert "Removed: Offer v1.2.pdf" in page
    assert client.get(f"/files/{row.pk}/").status_code == 404
    page = client.post(f"/files/{row.pk}/restore/", headers=BY_SCRIPT).content.decode()
    assert "Removed" not in page
    assert client.get(f"/files/{row.pk}/").status_code == 302
    done = AuditRow.objects.filter(verb="people.edit").values_list("details__act", flat=True)
    assert sorted(done) == ["add file", "add file", "remove file", "rename file", "restore file"]
    assert not any("offer" in f"{row.target}{row.details}".lower() for row in AuditRow.objects.all())


def test_files_stand_on_the_pages_of_persons_companies_and_deals(
    put_file: PutFile, ada: Person, firm: Company, deal: Deal, owner_client: Client
) -> None:
    for record in (ada, firm, deal):
        assert "No files yet" in owner_client.get(page_of(record)).content.decode()
        put_file(record, f"of {record}.txt")
        page = owner_client.get(page_of(record)).content.decode()
        assert f"of {record}.txt" in page
        assert "files/files.js" in page
        assert "files/files.css" in page


@pytest.mark.usefixtures("only_own")
def test_seller_reaches_files_of_own_and_unowned_records_and_no_others(
    put_file: PutFile, ada: Person, firm: Company, deal: Deal, anna: User, client_of: ClientOf
) -> None:
    mine, theirs, free = (put_file(record) for record in (ada, firm, deal))
    client = client_of(anna)
    for row, status in ((mine, 302), (free, 302), (theirs, 404)):
        assert client.get(f"/files/{row.pk}/").status_code == status
    for act in ("rename", "remove", "restore"):
        assert client.post(f"/files/{theirs.pk}/{act}/", {"name": "x"}).status_code == 404
    assert client.post(f"/files/of/company/{firm.pk}/add/", {"file": sent()}).status_code == 404
    assert client.get(f"/files/of/company/{firm.pk}/").status_code == 404
    assert File.objects.get(pk=theirs.pk).name == "offer.txt"
    assert File.objects.count() == 3


def test_seller_sees_files_of_the_team_and_changes_only_what_is_theirs(
    put_file: PutFile, organisation: Organisation, firm: Company, anna: User, bo: User, client_of: ClientOf
) -> None:
    team = Team.objects.create(name="North")
    User.objects.filter(pk__in=[anna.pk, bo.pk]).update(team=team)
    Organisation.objects.filter(pk=organisation.pk).update(sellers_see=Reach.TEAM, sellers_change=Reach.OWN)
    row, client = put_file(firm), client_of(User.objects.get(pk=anna.pk))
    assert client.get(f"/files/{row.pk}/").status_code == 302
    page = client.get(page_of(firm)).content.decode()
    assert "offer.txt" in page
    assert 'name="file"' not in page
    refused = client.post(f"/files/{row.pk}/remove/", headers=BY_SCRIPT)
    assert refused.status_code == 422
    assert "belongs to somebody else" in refused.content.decode()
    client.post(f"/files/of/company/{firm.pk}/add/", {"file": sent()})
    assert (File.objects.count(), File.objects.get().removed) == (1, None)


def test_viewer_fetches_files_and_changes_none(
    home: Path, put_file: PutFile, deal: Deal, make_user: Callable[..., User], client_of: ClientOf
) -> None:
    row, client = put_file(deal), client_of(make_user(Role.VIEWER))
    page = client.get(page_of(deal)).content.decode()
    assert "offer.txt" in page
    assert 'name="file"' not in page
    assert client.get(f"/files/{row.pk}/").status_code == 302
    refused = client.post(f"/files/of/deal/{deal.pk}/add/", {"file": sent()}, headers=BY_SCRIPT)
    assert refused.status_code == 422
    client.post(f"/files/{row.pk}/rename/", {"name": "x"})
    client.post(f"/files/{row.pk}/remove/")
    kept = File.objects.get()
    assert (kept.name, kept.removed) == ("offer.txt", None)
    assert [path.name for path in home.rglob("*") if path.is_file()] == [kept.place], (
        "nothing of the refused one is left"
    )


def test_link_asks_nobody_who_they_are_and_page_does(put_file: PutFile, deal: Deal, owner_client: Client) -> None:
    row = put_file(deal)
    assert "/sign-in/" in Client().get(f"/files/{row.pk}/").headers["Location"]
    link = owner_client.get(f"/files/{row.pk}/").headers["Location"]
    with CaptureQueriesContext(connection) as asked:
        answer = owner_client.get(link)
    assert b"".join(answer.streaming_content) == b"lamps"  # type: ignore[attr-defined]
    assert not answer.cookies
    assert not [one["sql"] for one in asked if "session" in one["sql"] or "tragt_accounts_user" in one["sql"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<!doctype html><script>alert(1)</script>"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("feed.xml", b'<?xml version="1.0"?><a/>'),
        ("script.js", b"alert(1)"),
    ],
)
def test_link_to_what_a_browser_would_carry_out_is_saved_and_never_shown(
    put_file: PutFile, deal: Deal, owner_client: Client, name: str, content: bytes
) -> None:
    row = put_file(deal, name, content)
    answer = Client().get(owner_client.get(f"/files/{row.pk}/").headers["Location"])
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_link_that_is_old_wrong_or_to_what_is_gone_gives_nothing(
    put_file: PutFile, deal: Deal, owner_client: Client
) -> None:
    row = put_file(deal)
    with time_machine.travel(NOW, tick=False):
        link = owner_client.get(f"/files/{row.pk}/").headers["Location"]
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert body(Client(), link) == b"lamps"
        signed = link.split("/")[3]
        other = "A" if signed[-1] != "A" else "B"
        assert Client().get(link.replace(signed, signed[:-1] + other)).status_code == 404
        assert Client().get(link.replace(row.place, "0" * 32)).status_code == 404
        assert Client().get("/files/open/nothing/offer.txt").status_code == 404
    with time_machine.travel(NOW + timedelta(minutes=5, seconds=2), tick=False):
        late = Client().get(link, headers={"Accept-Language": "da"})
        assert late.status_code == 410
    with time_machine.travel(NOW, tick=False):
        path_of(row.place).unlink()
        assert Client().get(link).status_code == 404
        page = owner_client.get(page_of(deal)).content.decode()
        assert "Missing on the disk" in page
        assert f'href="/files/{row.pk}/"' not in page
        File.objects.all().delete()
        assert Client().get(link).status_code == 404


def test_name_of_a_file_can_neither_leave_its_line_nor_lie(put_file: PutFile, deal: Deal, owner_client: Client) -> None:
    row = put_file(deal, 'a"\r\nSet-Cookie: x=1\r\n\u202egpj.exe')
    answer = Client().get(owner_client.get(f"/files/{row.pk}/").headers["Location"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="aSet-Cookie x=1gpj.exe"'
    assert not answer.cookies
    assert b"".join(answer.streaming_content) == b"lamps"  # type: ignore[attr-defined]
    row = put_file(deal, "<b>æble & co</b>.txt")
    assert row.name == "b.txt"
    assert (
        "bæble &amp; co"
        in owner_client.post(f"/files/{row.pk}/rename/", {"name": "<b>æble & co"}, headers=BY_SCRIPT).content.decode()
    )
    owner_client.post(f"/files/{row.pk}/rename/", {"name": " ../ "})
    assert File.objects.get(pk=row.pk).name == "bæble & co.txt"


def test_file_that_is_too_large_is_refused_with_what_is_allowed_and_others_are_taken(
    home: Path, deal: Deal, owner_client: Client
) -> None:
    large = sent("large.txt", b"x" * 25_000_001)
    answer = owner_client.post(f"/files/of/deal/{deal.pk}/add/", {"file": [large, sent()]}, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert "large.txt: A file has at most 25 MB." in answer.content.decode()
    assert [row.name for row in File.objects.all()] == ["offer.pdf"]
    assert len([path for path in home.rglob("*") if path.is_file()]) == 1
    nothing = owner_client.post(f"/files/of/deal/{deal.pk}/add/", {}, headers=BY_SCRIPT)
    assert "Choose a file first." in nothing.content.decode()


def test_file_that_is_too_large_is_stopped_while_it_arrives_and_one_without_the_right_is_not_read(
    deal: Deal, owner: User, make_user: Callable[..., User], client_of: ClientOf, program_of: ProgramOf
) -> None:
    """What Django keeps of a file passes through `MemoryFileUploadHandler` or its like: nothing past the limit does."""
    passed: list[int] = []

    def kept(handler: object, raw_data: bytes, start: int) -> bytes:  # noqa: ARG001
        passed.append(len(raw_data))
        return raw_data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.files.uploadhandler.MemoryFileUploadHandler.receive_data_chunk", kept)
        large = b"x" * 30_000_000
        address = f"/files/of/deal/{deal.pk}/add/"
        client_of(owner).post(address, {"file": sent("large.txt", large)}, headers=BY_SCRIPT)
        assert 20_000_000 < sum(passed) <= 25_000_000
        passed.clear()
        program_of(owner).post("/api/v1/files", {"kind": "deal", "key": deal.pk, "file": sent("large.txt", large)})
        client_of(make_user(Role.VIEWER)).post(address, {"file": sent()}, headers=BY_SCRIPT)
        assert passed == []
    assert not File.objects.exists()


def test_files_are_added_only_with_the_token_of_the_page(home: Path, deal: Deal, owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(f"/files/of/deal/{deal.pk}/add/", {"file": sent()}).status_code == 403
    assert not File.objects.exists()
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_panel_asks_as_much_for_many_files_as_for_one(put_file: PutFile, deal: Deal, owner_client: Client) -> None:
    put_file(deal)
    address = page_of(deal)
    owner_client.get(address)
    few = queries(lambda: owner_client.get(address))
    for number in range(30):
        put_file(deal, f"{number}.txt")
    assert queries(lambda: owner_client.get(address)) == few
    assert f'href="/files/of/deal/{deal.pk}/"' in owner_client.get(address).content.decode()
    every = owner_client.get(f"/files/of/deal/{deal.pk}/").content.decode()
    assert all(f">{number}.txt<" in every for number in range(30))
