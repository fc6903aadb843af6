"""Which language a page is answered in."""

from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import translation

from tragt.web.accounts.models import Organisation, User
from tragt.web.shell.language import Language, chosen, language_chosen, spoken

MISSING = "/there-is-no-such-page/"


@pytest.fixture
def chosen_languages() -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(sender: type[Language], language: str, **_: object) -> None:  # noqa: ARG001
        heard.append(language)

    language_chosen.connect(hear)
    yield heard
    language_chosen.disconnect(hear)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("da", "da"),
        ("da_DK", "da"),
        ("SV-fi", "sv"),
        ("nb", "nb"),
        ("nb-NO", "nb"),
        ("no", "nb"),
        ("nn", "nb"),
        ("nn-NO", "nb"),
        ("de", ""),
        ("", ""),
        ("dan", ""),
    ],
)
def test_spoken_reads_a_tag_as_one_of_four_languages(tag: str, language: str) -> None:
    assert spoken(tag) == language


# What asks: the cookie, the user, the browser, the organisation.
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (("sv", "da", "nb", "en"), "sv"),
        (("xx", "da", "nb", "en"), "da"),
        (("", "da", "nb", "en"), "da"),
        (("", "", "nn-NO,nn;q=0.9,en;q=0.5", "da"), "nb"),
        (("", "", "no", "da"), "nb"),
        (("", "", "de-DE,de;q=0.9,sv;q=0.8,en;q=0.7", "da"), "sv"),
        (("", "", "en;q=0.3,da;q=0.8", "sv"), "da"),
        (("", "", "da;q=0,en;q=0", "sv"), "sv"),
        (("", "", "de,*;q=0.1", "nb"), "nb"),
        (("", "", ";;q=,=;q=x", "nb"), "nb"),
        (("", "", "", "da"), "da"),
    ],
)
def test_page_speaks_the_language_that_stands_first(
    organisation: Organisation,
    make_user: Callable[..., User],
    client_of: Callable[[User], Client],
    asked: tuple[str, str, str, str],
    language: str,
) -> None:
    cookie, user, browser, ours = asked
    organisation.language = ours
    organisation.save()
    client = client_of(make_user(language=user))
    client.cookies["tragt_language"] = cookie
    response = client.get(MISSING, headers={"Accept-Language": browser})
    assert response.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in response.content.decode()
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))


@pytest.mark.django_db
def test_page_before_the_first_run_speaks_as_the_browser_asks_or_the_setting_says(client: Client) -> None:
    assert client.get(MISSING, headers={"Accept-Language": "nn"}).headers["Content-Language"] == "nb"
    assert client.get(MISSING).headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_page_in_danish_leaves_the_language_of_the_process_alone(client: Client) -> None:
    with translation.override("sv"):
        assert client.get(MISSING, headers={"Accept-Language": "da"}).headers["Content-Language"] == "da"
        assert translation.get_language() == "sv"


@pytest.mark.django_db
def test_choose_language_keeps_it_in_the_browser_tells_it_and_goes_back(
    client: Client, chosen_languages: list[str]
) -> None:
    response = client.post("/language/", {"language": "da", "next": "/there/?page=2"})
    assert (response.status_code, response.headers["Location"]) == (302, "/there/?page=2")
    assert chosen_languages == ["da"]
    assert response.cookies["tragt_language"]["httponly"]
    assert client.get(MISSING, headers={"Accept-Language": "sv"}).headers["Content-Language"] == "da"


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_choose_language_leads_nowhere_else(client: Client, wanted: str) -> None:
    assert client.post("/language/", {"language": "da", "next": wanted}).headers["Location"] == "/"


@pytest.mark.django_db
def test_choose_language_that_nobody_speaks_changes_nothing(client: Client, chosen_languages: list[str]) -> None:
    response = client.post("/language/", {"language": "tlh"})
    assert (response.status_code, dict(response.cookies), chosen_languages) == (302, {}, [])
    assert client.get("/language/").status_code == 405


def test_chosen_of_a_request_that_knows_no_user_asks_the_browser() -> None:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = "sv"
    assert chosen(request) == "sv"
