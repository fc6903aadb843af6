"""Pages of weekly reports, the sheet of paper, and what programs may do."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import queries
from tragt.web.accounts.models import Role, User
from tragt.web.funnels.models import SavedFunnel
from tragt.web.mail.models import OutgoingMail
from tragt.web.reports.models import State, Subscription

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_reader_is_named_seen_as_sent_changed_removed_and_brought_back(shop: SavedFunnel, owner_client: Client) -> None:
    body = {"funnel": shop.pk, "to": "anna@outside.example", "language": "da", "weekday": 4}
    page = owner_client.post("/reports/", body, follow=True)
    assert "anna@outside.example was asked by mail." in text(page)
    row = Subscription.objects.get()

    shown = text(owner_client.get(f"/reports/{row.pk}/"))
    assert "16. mar.–22. mar. 2026" in shown, "the letter stands there in its reader's language"
    assert "Friday" in shown
    assert owner_client.get(f"/reports/{row.pk}/picture.png").content.startswith(b"\x89PNG")
    change = {"weekday": 0, "language": "sv", "version": row.version}
    assert owner_client.post(f"/reports/{row.pk}/", change).status_code == 302
    assert owner_client.post(f"/reports/{row.pk}/", change).status_code == 422, "somebody changed it meanwhile"
    gone = owner_client.post(f"/reports/{row.pk}/remove/", follow=True)
    assert "Undo" in text(gone)
    owner_client.post(f"/reports/{row.pk}/undo/")
    row.refresh_from_db()
    assert (row.weekday, row.language, row.removed, row.state) == (0, "sv", None, State.ASKED)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"to": "anna"}, "no e-mail address"),
        ({"to": "a@b.example", "funnel": "99"}, "valid choice"),
        ({"to": "a@b.example", "weekday": "9"}, "valid choice"),
    ],
)
def test_naming_says_at_its_field_what_is_wrong(
    shop: SavedFunnel, owner_client: Client, body: dict[str, str], words: str
) -> None:
    whole = {"funnel": shop.pk, "language": "en", "weekday": "0", **body}
    page = owner_client.post("/reports/", whole)

    assert page.status_code == 422
    assert words in text(page)
    assert not Subscription.objects.exists()


def test_report_can_be_tried_without_counting_as_sent(shop: SavedFunnel, owner_client: Client) -> None:
    owner_client.post("/reports/", {"funnel": shop.pk, "to": "a@b.example", "language": "en", "weekday": 0})
    row = Subscription.objects.get()
    owner_client.post(f"/reports/{row.pk}/try/")

    assert OutgoingMail.objects.get(template="reports/mail/weekly").to == "owner@example.org"
    assert not row.sent.exists()


def test_list_of_reports_asks_the_database_as_often_for_many(shop: SavedFunnel, owner_client: Client) -> None:
    def named(address: str) -> None:
        body = {"funnel": shop.pk, "to": address, "language": "en", "weekday": 0}
        assert owner_client.post("/reports/", body).status_code == 302

    named("a@b.example")
    owner_client.get("/reports/")
    few = queries(lambda: owner_client.get("/reports/"))
    for number in range(4):
        named(f"a{number}@b.example")
    owner_client.get("/reports/")
    assert queries(lambda: owner_client.get("/reports/")) <= few


def test_paper_is_one_page_of_a4(shop: SavedFunnel, owner_client: Client) -> None:
    made = owner_client.get(f"/reports/funnels/{shop.pk}/funnel.pdf")
    content = b"".join(made.streaming_content)  # type: ignore[attr-defined]

    assert made["Content-Type"] == "application/pdf"
    assert 'filename="shop.pdf"' in made["Content-Disposition"]
    assert content.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", content)
    assert [(round(float(wide)), round(float(high))) for wide, high in boxes] == [(596, 842)]


def test_programs_name_change_and_remove_readers(
    shop: SavedFunnel, owner: User, program_of: Callable[..., Client]
) -> None:
    program, address = program_of(owner), "/api/v1/reports"
    made = program.post(address, {"funnel": shop.pk, "to": "a@b.example"}, content_type="application/json")
    assert made.status_code == 201
    one = made["Location"]
    read = program.get(one)
    assert read.json()["state"] == "asked"
    tag = {"If-Match": read["ETag"]}
    changed = program.patch(one, {"weekday": 3}, content_type="application/json", headers=tag)
    assert changed.json()["weekday"] == 3
    stale = program.patch(one, {"weekday": 4}, content_type="application/json", headers=tag)
    assert stale.status_code == 412
    assert program.delete(one).status_code == 204
    assert program.get(one).status_code == 404
    assert program.post(f"{one}/restore").status_code == 200
    assert [row["id"] for row in program.get(address).json()["items"]] == [made.json()["id"]]
    assert program.get(f"{one}/sent").json() == {"items": []}
    assert program_of(owner, Role.SELLER).get(address).status_code == 403
