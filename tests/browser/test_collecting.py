"""A marketer connects a website: a key, the first events as they arrive, a call that was turned away and is mended."""

import base64
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.hands import Keyboard
from tests.browser.test_first_run import LANGUAGES, become_owner

pytestmark = pytest.mark.long

SMALL = 320


@pytest.fixture
def server(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    with serving(make_home(tmp_path / "home")) as running:
        yield running


def make_key(visitor: Visitor, hand: Keyboard) -> str:
    """Make a public key, and read what is shown once."""
    visitor.opens("/settings/keys/?new=write")
    page = visitor.page
    hand.write(page.locator("#write [name$=name]"), "Butik & Blog")
    hand.press(page.locator("#write button.btn"))
    return page.locator("input#key").input_value()


def send(server: Server, key: str, *calls: dict[str, object]) -> None:
    request = urllib.request.Request(f"{server.address}/v1/batch", json.dumps({"batch": calls}).encode())
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
    # What calls itself a program is a robot's, whom no funnel counts.
    request.add_header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def rows(page: Page) -> list[str]:
    return page.locator("#live-rows b").all_inner_texts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_source_shows_what_arrives_and_what_does_not(browser: Browser, server: Server, language: str) -> None:
    hand = Keyboard()
    with visiting(browser, server.address, language, SMALL) as visitor:
        page = visitor.page
        visitor.opens("/")
        become_owner(page, hand, server.code)
        key = make_key(visitor, hand)

        visitor.opens("/live/")
        visitor.sees_nothing_wrong()
        send(server, key, {"type": "track", "event": "Tarif set", "anonymousId": "v1", "messageId": "m1"})
        expect(page.locator("#live-rows b")).to_have_text(["Tarif set"])
        hand.press(page.locator("#live-pause"))
        send(server, key, {"type": "track", "event": "Imens", "anonymousId": "v1", "messageId": "m2"})
        page.wait_for_timeout(1500)
        assert rows(page) == ["Tarif set"]
        hand.press(page.locator("#live-pause"))
        expect(page.locator("#live-rows b")).to_have_text(["Imens", "Tarif set"])
        hand.press(page.locator("#live-rows summary").first)
        expect(page.locator("#live-rows .whole").first).to_contain_text("a:v1")
        visitor.sees_nothing_wrong()

        send(server, key, {"type": "track", "anonymousId": "v1", "messageId": "m3"})
        visitor.opens("/sources/turned-away/")
        visitor.sees_nothing_wrong()
        hand.press(page.locator("main a.btn.small"))
        text = page.locator("textarea[name=call]")
        text.wait_for()
        text.fill(json.dumps({**json.loads(text.input_value()), "event": "Rettet"}))
        visitor.sees_nothing_wrong()
        hand.press(page.locator("button[form=mend]"))
        expect(page.locator("textarea[name=call]")).to_have_count(0)
        visitor.opens("/live/")
        expect(page.locator("#live-rows b").first).to_have_text("Rettet")

        visitor.opens("/sources/")
        visitor.sees_nothing_wrong()
        hand.press(page.get_by_role("link", name="Butik & Blog"))
        expect(page).to_have_url(re.compile(r"/sources/\d+/$"))
        visitor.sees_nothing_wrong()
