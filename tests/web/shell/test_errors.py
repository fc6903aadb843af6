"""Pages for what went wrong: they say what happened and what to do, in the reader's language, whatever has failed."""

import pytest
from django.db import DatabaseError
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from django.views.defaults import server_error

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
        raise DatabaseError("the disk is full")

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
