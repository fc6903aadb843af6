"""The frame of every page: navigation, theme, banner, policy, weight."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import re_path
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tragt.web.accounts.models import Role, User
from tragt.web.shell import organisation as organisations
from tragt.web.shell import rooms
from tragt.web.shell.organisation import OrganisationInfo
from tragt.web.shell.rooms import Room

KILOBYTE = 1024

urlpatterns = [re_path("^elsewhere/$", lambda _request: HttpResponse(), name="palette")]


@pytest.fixture(autouse=True)
def design(settings: Settings) -> None:
    settings.DESIGN_PAGE = True


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rooms", {})
    for order, name in enumerate(("palette", "design", "settings", "language", "theme", "account_logout")):
        rooms.add_room(Room(f"Room {order}", name, "house", order))
    rooms.add_room(Room("Closed", "account_login", "lock", 0, permission="users.edit"))


def page(client: Client, path: str = "/design/") -> str:
    return client.get(path).content.decode()


@pytest.mark.usefixtures("house")
def test_navigation_marks_the_room_and_keeps_four_on_the_phone(owner_client: Client) -> None:
    text = page(owner_client)
    marked = re.findall(r'<a class="place" href="([^"]+)" aria-current="(\w+)"', text)
    assert marked == [("/design/", "page")]
    bar = text[text.index('<nav class="rooms"') : text.index('<details class="more')]
    assert bar.count('<li class="later">') == 3
    assert bar.count("<li>") == 4


@pytest.mark.usefixtures("house")
def test_navigation_inside_a_room_marks_it_and_leaves_out_what_is_closed(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    text = page(client_of(make_user(Role.VIEWER)), "/settings/nothing/here/")
    assert '<a class="place" href="/settings/" aria-current="true"' in text
    assert "Closed" not in text


@pytest.mark.usefixtures("house")
def test_navigation_leads_where_the_addresses_of_this_process_do(
    settings: Settings, make_user: Callable[..., User], rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = make_user(Role.VIEWER)

    def urls() -> list[str]:
        return [url for room, url in rooms.reachable(request, settings=False) if room.url_name == "palette"]

    assert urls() == urls() == ["/palette/"]
    settings.ROOT_URLCONF = __name__
    assert urls() == ["/elsewhere/"]


def test_page_has_landmarks_a_way_past_them_and_one_heading(owner_client: Client) -> None:
    text = page(owner_client)
    assert text.index('href="#main"') < text.index("<header") < text.index('<main id="main"')
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert 'id="messages" class="messages" role="status" aria-live="polite"' in text


def test_settings_stand_by_chapters_and_each_page_says_what_it_is_for(owner_client: Client) -> None:
    text = page(owner_client, "/settings/")
    chapters = re.findall(r'<section class="card" aria-labelledby="chapter-(\w+)"', text)
    assert chapters == list(rooms.Chapter)
    pages = [room for room in rooms._rooms.values() if room.chapter]
    assert {room.url_name for room in pages if not room.about} == set()
    assert len(re.findall(r'<a class="door" href="[^"]+">.*?<b>[^<]+</b><small>[^<]+</small>', text)) == len(pages) > 20


def test_settings_mark_the_chapter_of_the_page_and_leave_out_what_is_closed(
    make_user: Callable[..., User], client_of: Callable[[User], Client], owner_client: Client
) -> None:
    part = r'<div class="here"><p id="chapter-(\w+)">.*?</div>'
    (found,) = re.finditer(part, page(owner_client, "/settings/users/"), re.DOTALL)
    assert found[1] == "organisation"
    assert found[0].count("aria-current") == 1
    assert '<a class="place all" href="/settings/">' in page(owner_client, "/settings/users/")
    assert "chapter-sales" not in page(client_of(make_user(Role.VIEWER)), "/settings/")


@pytest.mark.parametrize(("given", "theme"), [("dark", "dark"), ("light", "light"), ("auto", "auto"), ("red", "auto")])
def test_choose_theme_holds_on_the_next_page(owner_client: Client, given: str, theme: str) -> None:
    owner_client.cookies["tragt_theme"] = "dark" if given == "auto" else ""
    response = owner_client.post("/theme/", {"theme": given, "next": "/design/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/design/")
    assert f'data-theme="{theme}"' in page(owner_client)


@pytest.mark.urls("tests.web.shell.failing")
def test_banner_of_the_demonstration_firm_stands_on_every_page_and_removes_it_for_those_who_may(
    make_user: Callable[..., User], client_of: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, viewer = client_of(make_user(Role.OWNER)), client_of(make_user(Role.VIEWER))
    banner = "This is the demonstration firm."
    monkeypatch.setattr(organisations, "_provider", lambda: OrganisationInfo(demonstration=False))
    assert banner not in page(owner)
    monkeypatch.setattr(organisations, "_provider", lambda: OrganisationInfo(demonstration=True))
    assert banner in page(viewer)
    assert banner in page(Client(), "/nowhere/")
    assert "Remove it" not in page(viewer)
    assert '<form method="post" action="/demonstration/remove/">' in page(owner)


def test_policy_allows_only_what_is_our_own(owner_client: Client) -> None:
    policy = owner_client.get("/design/").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert "unsafe" not in policy


def test_page_holds_nothing_that_the_policy_forbids(owner_client: Client) -> None:
    for path in ("/design/", "/design/?frame=settings", "/design/?frame=narrow", "/palette/", "/nowhere/"):
        text = page(owner_client, path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:|<script(?![^>]*\ssrc=)", text), path


def test_first_page_weighs_less_than_150_kilobytes(owner_client: Client) -> None:
    text = page(owner_client)
    files = set(re.findall(r'(?:href|src)="/static/([^"]+)"', text))
    found = [finders.find(file) for file in files]
    assert len(files) >= 9
    assert all(found), dict(zip(files, found, strict=True))
    size = len(text.encode()) + sum(Path(file).stat().st_size for file in found if file)
    assert size < 150 * KILOBYTE


def test_page_asks_the_database_who_is_there_what_is_new_and_no_more(
    owner_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(4):
        owner_client.get("/settings/")


def test_design_page_is_for_developers_alone(owner_client: Client, settings: Settings) -> None:
    settings.DESIGN_PAGE = False
    assert owner_client.get("/design/").status_code == 404


@pytest.mark.django_db
def test_the_mark_has_its_old_address_too(client: Client) -> None:
    assert client.get("/favicon.ico").headers["Location"].startswith("/static/shell/tragt")
