"""The page on personal data."""

from collections.abc import Callable

import polars as pl
import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import queries
from tests.web.people.conftest import START, Put
from tragt.web.accounts.models import User
from tragt.web.people.actions import learn_people
from tragt.web.people.models import Erasure, Person
from tragt.web.people.queries import entries
from tragt.web.shell.acting import SYSTEM

pytestmark = pytest.mark.django_db

ANNA = "anna@nordlys.dk"
PAGE = "/settings/privacy/"


@pytest.fixture
def anna(put: Put) -> None:
    """Anna, and others."""
    put([("Visited", "u:1", START), ("Visited", "u:2", START)])
    rows = [{"actor": f"u:{number}", "email": f"p{number}@nordlys.dk", "name": None} for number in range(2, 30)]
    anna = {"actor": "u:1", "email": ANNA, "name": "Anna <Holm>"}
    learn_people(pl.DataFrame([anna, *rows]), cause="import:1", who=SYSTEM)


@pytest.mark.usefixtures("home")
def test_privacy_page_lists_the_register_in_words(owner_client: Client) -> None:
    answer = owner_client.get(PAGE)
    assert "e-mail address" in answer.content.decode()
    groups = dict(answer.context["groups"])
    assert list(groups)[:3] == ["Persons and companies", "Deals and activities", "Event log"]
    assert "More" not in groups, "a store whose group nobody named"
    assert sorted(repr(one) for group in groups.values() for one in group) == sorted(map(repr, entries()))
    assert reverse("privacy") == PAGE


@pytest.mark.usefixtures("anna")
def test_privacy_page_finds_a_person_and_offers_what_the_role_may(
    owner_client: Client, make_user: Callable[[str], User], client_of: Callable[[User], Client]
) -> None:
    text = owner_client.post(PAGE, {"text": ANNA}).content.decode()
    assert "Anna &lt;Holm&gt;" in text
    assert reverse("privacy_export") in text
    assert reverse("privacy_confirm") in text
    viewer = client_of(make_user("viewer"))
    seen = viewer.post(PAGE, {"text": ANNA}).content.decode()
    assert "Anna &lt;Holm&gt;" in seen
    assert reverse("privacy_export") not in seen
    assert reverse("privacy_confirm") not in seen
    for name in ("privacy_export", "privacy_confirm", "privacy_remove"):
        assert viewer.post(reverse(name), {"person": "u:1", "kind": "erase"}).status_code == 403
    assert not Erasure.objects.exists()


@pytest.mark.usefixtures("anna")
def test_privacy_page_nobody_found_says_so(owner_client: Client) -> None:
    assert "Nobody was found" in owner_client.post(PAGE, {"text": "nobody@nordlys.dk"}).content.decode()
    assert "Nobody was found" not in owner_client.post(PAGE, {"text": ""}).content.decode()


@pytest.mark.usefixtures("anna")
def test_export_is_an_attachment_that_is_not_kept(owner_client: Client) -> None:
    answer = owner_client.post(reverse("privacy_export"), {"person": "u:1"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("anna")
def test_removing_takes_two_steps_and_no_address_names_the_person(owner_client: Client) -> None:
    asked = owner_client.post(reverse("privacy_confirm"), {"person": "u:1", "kind": "erase"})
    assert "Erase Anna &lt;Holm&gt;?" in asked.content.decode()
    assert not Erasure.objects.exists()
    done = owner_client.post(reverse("privacy_remove"), {"person": "u:1", "kind": "erase"})
    assert done["Location"] == PAGE
    assert Erasure.objects.get().kind == "erase"
    assert Person.objects.exclude(struck=None).count() == 1
    assert owner_client.get(reverse("privacy_remove")).status_code == 405
    assert owner_client.post(reverse("privacy_remove"), {"person": "u:1", "kind": "burn"}).status_code == 400


@pytest.mark.usefixtures("anna")
def test_privacy_page_number_of_queries_does_not_grow_with_what_is_found(owner_client: Client) -> None:
    owner_client.post(PAGE, {"text": ANNA})
    Person.objects.exclude(email=ANNA).update(email="many@nordlys.dk")
    for text in (ANNA, "many@nordlys.dk"):
        assert queries(lambda: owner_client.post(PAGE, {"text": text})) == 14  # noqa: B023 - it is called at once
