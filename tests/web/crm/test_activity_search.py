"""Notes and tasks are found by their words, by those who see what they are about."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.crm.conftest import OpenDeal
from tragt.web.accounts.models import Organisation, Reach, Role, User
from tragt.web.crm.actions.activities import About, Entry, add_activity, edit_activity, remove_activity
from tragt.web.people.models import Person
from tragt.web.records.actions.search_index import ensure_search_index
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def found(client: Client, text: str) -> str:
    """What the page of all results says."""
    return client.get("/search/", {"q": text}).content.decode()


def test_note_is_found_by_words_of_its_title_and_its_text_as_they_are_now(owner_client: Client, ada: Person) -> None:
    note = add_activity(
        Entry("note", "Talked about prices", "They compare <us> with Zumtobel."), About(person=ada.pk), who=COMMAND_LINE
    )
    assert all("Talked about prices" in found(owner_client, text) for text in ("zumtob", "PRICES compare", "<us>"))
    assert "Talked about prices" in owner_client.get("/palette/", {"q": "zumtobel"}).content.decode()
    assert "Talked about prices" not in found(owner_client, "zumtobel nowhere")
    edit_activity(note.pk, {"text": "With Fagerhult."}, who=COMMAND_LINE)
    assert "Talked about prices" not in found(owner_client, "zumtobel")
    assert f"/activities/{note.pk}/" in found(owner_client, "fagerhult")
    remove_activity(note.pk, who=COMMAND_LINE)
    assert "Talked about prices" not in found(owner_client, "fagerhult")


def test_note_about_what_is_not_seen_is_not_found(
    make_user: Callable[..., User], client_of: Callable[[User], Client], make_deal: OpenDeal
) -> None:
    Organisation.objects.update(sellers_see=Reach.OWN)
    seller, other = make_user(Role.SELLER, "me@example.org"), make_user(Role.SELLER, "other@example.org")
    for owner in (seller, other):
        about = About(deal=make_deal(owner=owner.pk).pk)
        add_activity(Entry("note", f"Zumtobel of {owner.email}"), about, who=COMMAND_LINE)
    page = found(client_of(seller), "zumtobel")
    assert ("of me@" in page, "of other@" in page) == (True, False)


def test_newest_are_found_first_and_short_words_find_nothing(owner_client: Client, ada: Person) -> None:
    ensure_search_index()
    for number in range(20):
        add_activity(Entry("note", f"Zumtobel {number:02}"), About(person=ada.pk), who=COMMAND_LINE)
    page = found(owner_client, "zumtobel")
    assert ("Zumtobel 19" in page, "Zumtobel 08" in page, "Zumtobel 07" in page) == (True, True, False)
    assert "Zumtobel" not in found(owner_client, "zu to").replace("zu to", "")


@pytest.mark.parametrize(("looked_at", "finds"), [((5, 20), True), ((5, 2), False)])
def test_seller_finds_what_is_theirs_behind_others_as_far_as_is_looked(
    looked_at: tuple[int, int],
    finds: bool,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    make_deal: OpenDeal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many others have the words, a bounded number of them is looked at."""
    monkeypatch.setattr("tragt.web.crm.activity_texts._LOOKED_AT", looked_at)
    Organisation.objects.update(sellers_see=Reach.OWN)
    seller, other = make_user(Role.SELLER, "me@example.org"), make_user(Role.SELLER, "other@example.org")
    mine, theirs = (About(deal=make_deal(owner=owner.pk).pk) for owner in (seller, other))
    for number in range(2):
        add_activity(Entry("note", f"Zumtobel of mine {number}"), mine, who=COMMAND_LINE)
    for number in range(9):
        add_activity(Entry("note", f"Zumtobel of theirs {number}"), theirs, who=COMMAND_LINE)
    page = found(client_of(seller), "zumtobel")
    assert ("of mine 0" in page, "of mine 1" in page, "of theirs" in page) == (finds, finds, False)
    assert not finds or page.index("of mine 1") < page.index("of mine 0")
