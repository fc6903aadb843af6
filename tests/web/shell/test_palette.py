"""The command palette finds what a user may enter, and nothing else."""

import re
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from django.http import HttpRequest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tragt.web.accounts.models import Role, User
from tragt.web.shell import rooms, shortcuts
from tragt.web.shell.rooms import Chapter, Hit, Room

PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rooms", {})
    monkeypatch.setattr(rooms, "_searches", [])
    monkeypatch.setattr(shortcuts, "_shortcuts", {})
    rooms.add_room(Room("Handover", "language", "handshake", 1))
    rooms.add_room(Room("Overview", "palette", "house", 10))
    rooms.add_room(Room("Over there", "design", "map", 5))
    rooms.add_room(Room("Nowhere", "an-address-that-is-not", "map", 20))
    rooms.add_room(Room("Turnover", "theme", "coins", 1, Chapter.SALES))
    rooms.add_room(Room("Users", "settings", "users", 1, Chapter.ORGANISATION, "users.edit"))


def search(_: HttpRequest, text: str) -> Iterable[Hit]:
    return [Hit(f"<b>{text}</b> & {number}", f"/people/{number}/", "Person") for number in range(12)]


@pytest.fixture
def find(make_user: Callable[..., User], client_of: Callable[[User], Client]) -> Callable[..., str]:
    def ask(text: str, role: str = Role.OWNER) -> str:
        return client_of(make_user(role)).get("/palette/", {"q": text}, headers=PART).content.decode()

    return ask


def test_palette_finds_rooms_by_part_of_their_name_and_the_start_first(find: Callable[..., str]) -> None:
    found = find("OVER")
    assert re.findall("<span>(.*?)</span>", found) == ["Over there", "Overview", "Handover", "Turnover"]
    assert found.count('role="option"') == 4
    assert found.count('aria-selected="true"') == 1


def test_palette_of_an_empty_text_lists_rooms_that_have_an_address(find: Callable[..., str]) -> None:
    found = find("")
    assert found.count('role="option"') == 5
    assert "Nowhere" not in found


def test_palette_shows_a_room_only_to_those_who_may_enter(find: Callable[..., str]) -> None:
    assert "<span>Users</span>" in find("users")
    assert "<span>Users</span>" not in find("users", Role.VIEWER)
    assert "Nothing found for “users”" in find("users", Role.SELLER)


def test_palette_adds_what_the_searches_find_escaped_and_not_too_many(find: Callable[..., str]) -> None:
    rooms.add_search(search)
    rooms.add_search(search)
    found = find("<i>anna")
    assert found.count('role="option"') == 12
    assert "&lt;b&gt;&lt;i&gt;anna&lt;/b&gt; &amp; 0" in found
    rooms.add_search(partial(search))
    assert find("anna", Role.MANAGER).count('role="option"') == 20


def test_palette_leaves_out_what_no_database_takes(find: Callable[..., str]) -> None:
    rooms.add_search(search)
    assert "<span>Over there</span>" in find("\x00 over\x00")
    assert "\x00" not in find("\x00anna", Role.MANAGER)
    assert find("\x00", Role.SELLER).count('role="option"') == 4


def test_palette_without_scripts_is_a_page_of_its_own(owner_client: Client) -> None:
    page = owner_client.get("/palette/", {"q": "over"}).content.decode()
    assert '<input id="q" name="q" type="search" value="over"' in page
    assert page.count('class="hit"') == 4


@pytest.mark.usefixtures("owner")
def test_palette_needs_a_sign_in(client: Client) -> None:
    assert client.get("/palette/").status_code == 302
    assert client.get("/palette/", headers=PART).headers["HX-Refresh"] == "true"


def test_palette_asks_the_database_who_is_there_and_no_more(
    owner_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        owner_client.get("/palette/", {"q": "over"}, headers={**PART, "Accept-Language": "da"})
