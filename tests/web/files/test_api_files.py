"""Files through the API: added, listed, read, named, removed, within the reach of the key."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import queries
from tests.web.files.conftest import PutFile
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.models import Deal
from tragt.web.files.models import File
from tragt.web.files.store import path_of
from tragt.web.people.models import Company, Person

pytestmark = pytest.mark.django_db

FILES = "/api/v1/files"
ProgramOf = Callable[..., Client]


def given(kind: str, key: int, name: str = "", content: bytes = b"%PDF-1.7") -> dict[str, object]:
    part = SimpleUploadedFile("part.pdf", content, "text/html")
    return {"kind": kind, "key": key, "file": part} | ({"name": name} if name else {})


@pytest.mark.usefixtures("home")
def test_file_added_by_a_program_is_listed_read_named_and_removed(
    deal: Deal, owner: User, program_of: ProgramOf
) -> None:
    program = program_of(owner)
    added = program.post(FILES, given("deal", deal.pk, "../Offer.pdf"))
    assert added.status_code == 201, added.content
    told = added.json()
    assert {name: told[name] for name in ("kind", "key", "name", "media", "size", "by")} == {
        "kind": "deal",
        "key": deal.pk,
        "name": "Offer.pdf",
        "media": "application/pdf",
        "size": 8,
        "by": owner.pk,
    }
    address = f"{FILES}/{told['id']}"
    assert added.headers["Location"] == address
    assert program.get(f"{FILES}?kind=deal&key={deal.pk}").json() == {"items": [told], "next": None}
    read = program.get(address)
    assert read.json() == told
    content = program.get(f"{address}/content")
    assert b"".join(content.streaming_content) == b"%PDF-1.7"  # type: ignore[attr-defined]
    assert content.headers["Content-Disposition"] == 'attachment; filename="Offer.pdf"'
    assert content.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    seen = {"If-Match": read.headers["ETag"]}
    named = program.patch(address, {"name": "Final"}, "application/json", headers=seen)
    assert (named.status_code, named.json()["name"]) == (200, "Final.pdf")
    assert program.patch(address, {"name": "Other"}, "application/json", headers=seen).status_code == 412
    assert program.delete(address, headers=seen).status_code == 412
    assert program.delete(address, headers={"If-Match": named.headers["ETag"]}).status_code == 204
    assert program.get(address).status_code == program.get(f"{address}/content").status_code == 404
    assert program.delete(address).status_code == 404
    assert program.get(f"{FILES}?kind=deal&key={deal.pk}").json()["items"] == []


def test_key_reaches_the_files_of_the_records_it_reaches(
    put_file: PutFile, ada: Person, firm: Company, anna: User, program_of: ProgramOf
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN, sellers_change=Reach.OWN)
    mine, theirs, program = put_file(ada), put_file(firm), program_of(anna)
    assert program.get(f"{FILES}/{mine.pk}").status_code == 200
    for address in (f"{FILES}/{theirs.pk}", f"{FILES}/{theirs.pk}/content", f"{FILES}?kind=company&key={firm.pk}"):
        assert program.get(address).status_code == 404
    missing = program.get(f"{FILES}/{theirs.pk + 1000}")
    assert program.get(f"{FILES}/{theirs.pk}").json() == missing.json()
    assert program.patch(f"{FILES}/{theirs.pk}", {"name": "x"}, "application/json").status_code == 404
    assert program.delete(f"{FILES}/{theirs.pk}").status_code == 404
    assert program.post(FILES, given("company", firm.pk)).status_code == 404
    assert program.post(FILES, given("person", ada.pk)).status_code == 201
    assert Client().get(f"{FILES}/{mine.pk}/content").status_code == 401


def test_key_of_a_viewer_reads_files_and_changes_none(
    home: Path, put_file: PutFile, deal: Deal, owner: User, program_of: ProgramOf
) -> None:
    row, program = put_file(deal), program_of(owner, Role.VIEWER)
    content = program.get(f"{FILES}/{row.pk}/content")
    assert b"".join(content.streaming_content) == b"lamps"  # type: ignore[attr-defined]
    assert program.post(FILES, given("deal", deal.pk)).status_code == 403
    assert program.patch(f"{FILES}/{row.pk}", {"name": "x"}, "application/json").status_code == 403
    assert program.delete(f"{FILES}/{row.pk}").status_code == 403
    assert (File.objects.get().name, File.objects.get().removed) == ("offer.txt", None)
    assert [path.name for path in home.rglob("*") if path.is_file()] == [row.place]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "change",
    [{"kind": "user"}, {"key": 0}, {"key": 2**63}, {"key": "x"}, {"name": "x" * 201}, {"file": "text"}, {"file": None}],
)
def test_file_given_wrongly_is_refused_with_the_field(
    deal: Deal, owner: User, program_of: ProgramOf, change: dict[str, object]
) -> None:
    sent = {name: value for name, value in {**given("deal", deal.pk), **change}.items() if value is not None}
    refused = program_of(owner).post(FILES, sent)
    assert refused.status_code == 422
    assert [wrong["field"] for wrong in refused.json()["errors"]] == list(change)
    assert not File.objects.exists()


def test_file_too_large_for_the_installation_is_refused_and_a_repeat_is_done_once(
    home: Path, deal: Deal, owner: User, program_of: ProgramOf
) -> None:
    program = program_of(owner)
    refused = program.post(FILES, given("deal", deal.pk, content=b"x" * 25_000_001))
    assert (refused.status_code, refused.json()["code"]) == (422, "files.too_large")
    sent = [given("deal", deal.pk, content=b"x" * 9_000_000) for _ in range(2)]
    first, second = (program.post(FILES, one, headers={"Idempotency-Key": "one"}) for one in sent)
    assert (first.status_code, first.json()) == (201, second.json())
    assert len([path for path in home.rglob("*") if path.is_file()]) == File.objects.count() == 1


def test_list_of_files_is_paged_newest_first_with_as_many_queries_for_many(
    put_file: PutFile, deal: Deal, owner: User, program_of: ProgramOf
) -> None:
    program, address = program_of(owner), f"{FILES}?kind=deal&key={deal.pk}&limit=20"
    rows = [put_file(deal)]
    program.get(address)
    few = queries(lambda: program.get(address))
    rows += [put_file(deal) for _ in range(29)]
    assert queries(lambda: program.get(address)) == few
    page = program.get(address).json()
    rest = program.get(f"{address}&cursor={page['next']}").json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [row.pk for row in reversed(rows)]
    assert rest["next"] is None


@pytest.mark.usefixtures("home")
def test_file_that_was_removed_is_put_back_by_a_program(deal: Deal, owner: User, program_of: ProgramOf) -> None:
    program = program_of(owner)
    address = program.post(FILES, given("deal", deal.pk)).headers["Location"]
    assert program.post(f"{address}/restore").status_code == 404
    assert program.delete(address).status_code == 204
    back = program.post(f"{address}/restore")
    assert (back.status_code, back.json()["name"]) == (200, "part.pdf")
    assert back.headers["ETag"] == program.get(address).headers["ETag"]
    program.delete(address)
    File.objects.update(removed=timezone.now() - timedelta(days=2))
    assert program.post(f"{address}/restore").status_code == 404


@pytest.mark.usefixtures("home")
def test_file_beyond_what_all_may_take_together_is_refused_and_nothing_of_it_stays(
    deal: Deal, owner: User, program_of: ProgramOf, owner_client: Client
) -> None:
    program = program_of(owner)
    quota = 50 * 10**9
    first = program.post(FILES, given("deal", deal.pk)).json()["id"]
    File.objects.filter(pk=first).update(size=quota - 8)
    assert program.post(FILES, given("deal", deal.pk)).status_code == 201
    refused = program.post(FILES, given("deal", deal.pk))
    assert (refused.status_code, refused.json()["code"]) == (422, "files.quota")
    assert "50 GB" in refused.json()["detail"]
    where = reverse("add_file", args=["deal", deal.pk])
    page = owner_client.post(where, {"file": SimpleUploadedFile("a.pdf", b"%PDF")}, follow=True)
    assert "All files together may take 50 GB" in page.content.decode()
    assert File.objects.count() == 2
    assert sum(path.is_file() for path in path_of("x").parents[1].rglob("*")) == 2
    assert not list(settings.TRAGT.arriving[0].glob("*.file"))
    program.delete(f"{FILES}/{first}")
    assert program.post(FILES, given("deal", deal.pk)).status_code == 422, "it can still be put back"
    File.objects.filter(pk=first).delete()
    assert program.post(FILES, given("deal", deal.pk)).status_code == 201
