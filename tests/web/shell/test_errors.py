"""Pages for what went wrong: they say what happened and what to do, in the reader's language, whatever has failed."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.cache.backends.filebased import FileBasedCache
from django.core.handlers.asgi import ASGIHandler
from django.db import DatabaseError, OperationalError, connection, connections
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from django.views.defaults import server_error

from tragt.web.accounts.models import AuditRow, User
from tragt.web.project.failing import Application
from tragt.web.project.keeping import HomeCache
from tragt.web.project.noise import Brief
from tragt.web.shell import organisation

pytestmark = pytest.mark.urls("tests.web.shell.failing")


@pytest.fixture
def quiet() -> Client:
    return Client(raise_request_exception=False)


def text(response: HttpResponseBase) -> str:
    return getattr(response, "content", b"").decode()


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere/", 404, "There is no such page"),
        ("/denied/", 403, "Your role does not include this"),
        ("/misunderstood/", 400, "The server did not understand the request"),
        ("/broken/", 500, "Something failed on the server"),
    ],
)
def test_error_page_says_what_happened_and_leads_on(quiet: Client, path: str, status: int, said: str) -> None:
    response = quiet.get(path)
    assert response.status_code == status
    assert said in text(response)
    assert '<a class="btn" href="/">' in text(response)
    assert '<body class="narrow"' in text(response)


@pytest.mark.django_db
def test_error_page_of_one_signed_in_keeps_the_navigation(owner_client: Client) -> None:
    assert '<nav class="rooms"' in text(owner_client.get("/nowhere/"))


@pytest.mark.usefixtures("owner")
def test_form_without_its_token_says_that_nothing_was_saved() -> None:
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "Nothing was saved." in text(response)


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_server_error_needs_neither_context_nor_database(rf: RequestFactory, language: str) -> None:
    with translation.override(language):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert f'<html lang="{language}" data-theme="auto">' in text(response)
    assert "<form" not in text(response)


@pytest.mark.django_db
def test_server_error_of_a_failing_database_is_a_page(quiet: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DatabaseError("no such column")

    monkeypatch.setattr(organisation, "_provider", fail)
    response = quiet.get("/nowhere/")
    assert response.status_code == 500
    assert "Something failed on the server" in text(response)


@pytest.mark.django_db
@override_settings(ALLOWED_HOSTS=["tragt.example.org"])
def test_unknown_host_is_told_so_on_a_page(quiet: Client) -> None:
    response = quiet.get("/", headers={"Host": "elsewhere.example"})
    assert response.status_code == 400
    assert "The server did not understand the request" in text(response)


@pytest.mark.usefixtures("owner")
def test_part_that_needs_a_sign_in_reloads_its_page(client: Client) -> None:
    response = client.get("/closed/", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (200, "true")
    assert client.get("/closed/").headers["Location"] == "/sign-in/?next=/closed/"
    moved = client.post("/language/", {"language": "da"}, headers={"HX-Request": "true"})
    assert moved.headers["Location"] == "/"


@pytest.fixture
def file_database(tmp_path: Path) -> Iterator[Path]:
    """The database under test as a file that others can open too; waits are short."""
    if connection.vendor != "sqlite":
        pytest.skip("the lock is one of SQLite")
    file = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(file)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    other = connections.create_connection("default")
    other.settings_dict = {**connection.settings_dict, "NAME": str(file)}
    other.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 0.2}
    before = connections["default"]
    connections["default"] = other
    yield file
    connections["default"] = before
    other.close()


@pytest.mark.django_db(transaction=True)
def test_locked_database_says_what_to_do_and_nothing_is_written(
    quiet: Client, owner: User, file_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert User.objects.get() == owner
    with closing(sqlite3.connect(file_database)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        caplog.clear()
        begun = time.monotonic()
        page = quiet.post("/writing/", headers={"Accept-Language": "da"})
        took = time.monotonic() - begun
        part = quiet.post("/writing/", headers={"HX-Request": "true"})
    assert (page.status_code, page.headers["Retry-After"], page.headers["Content-Language"]) == (503, "30", "da")
    assert '<body class="narrow"' in text(page)
    assert (part.status_code, part.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert text(part).startswith("Another program holds the database. Close that program")
    assert took < 0.4, "waited more than once"
    assert quiet.post("/writing/").content == b"written"
    assert AuditRow.objects.filter(verb="imports.run").count() == 1
    record = next(one for one in caplog.records if one.name == "django.request")
    assert Brief().filter(record)
    assert "Another program holds the database" in record.getMessage()
    assert record.exc_info is None


@pytest.mark.usefixtures("owner")
def test_full_disk_says_so_where_a_page_or_the_session_meets_it(quiet: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = quiet.get("/full/?a=1")
    assert page.status_code == 503
    assert "The disk is full. Make room" in text(page)
    assert '<a class="btn" href="/full/?a=1">' in text(page)

    def fail() -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(organisation, "_provider", fail)
    outside = quiet.get("/closed/", headers={"Cookie": "tragt_language=en"})
    assert outside.status_code == 302, "the language is known without the database"
    outside = quiet.get("/closed/")
    assert outside.status_code == 503
    assert "The disk is full. Make room" in text(outside)


def test_sent_file_that_no_disk_takes_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    sent: list[Mapping[str, Any]] = []
    monkeypatch.setattr(ASGIHandler, "read_body", refuse)
    scope = {"type": "http", "method": "POST", "path": "/imports/", "query_string": b"", "headers": []}
    asyncio.run(Application()(scope, receive, send))
    assert sent[0]["status"] == 503
    assert b"The disk is full. Make room" in sent[1]["body"]


def test_cache_on_a_full_disk_keeps_what_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = HomeCache(str(tmp_path / "cache"), {"TIMEOUT": None})
    cache.set("tries", [1])
    with monkeypatch.context() as full:

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        full.setattr(FileBasedCache, "_write_content", refuse)
        cache.set("tries", [1, 2])
        with pytest.raises(OSError, match="No space"):
            cache.set("page", b"x" * 20_000)
        assert cache.get("tries") == [1, 2]
    cache.set("tries", [3])
    assert (cache.get("tries"), HomeCache(str(tmp_path / "cache"), {}).get("tries")) == ([3], [3])


@pytest.mark.usefixtures("owner")
@override_settings(ALLOWED_HOSTS=["testserver"])
def test_terminal_is_silent_on_what_visitors_do_wrong_and_tells_of_faults(
    quiet: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for path in ("/nowhere/", "/denied/"):
            quiet.get(path)
        quiet.get("/", headers={"Host": "elsewhere.example"})
        Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
        assert [record.getMessage() for record in caplog.records] == []
        quiet.get("/broken/")
    assert [(record.levelname, bool(record.exc_info)) for record in caplog.records] == [("ERROR", True)]
