"""A marketer makes a form; visitors fill it in on its own page, in a frame, and in a page of another site."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.hands import Keyboard
from tests.browser.test_first_run import become_owner

pytestmark = pytest.mark.long

SMALL = 320
HASTE_MS = 3_200
PAGE = "<!doctype html><html lang=en><title>Site</title><main><h1>Site</h1>{}</main></html>"


@pytest.fixture
def server(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    with serving(make_home(tmp_path / "home")) as running:
        yield running


@contextmanager
def site(pages: dict[str, str]) -> Iterator[str]:
    """A site of another origin; its address. The pages may be set later."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path.partition("?")[0], "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()
    thread.join(5)


def make_form(visitor: Visitor, hand: Keyboard, origin: str) -> None:
    """Make a form in the editor, field by field, and publish it."""
    page = visitor.page
    visitor.opens("/forms/")
    visitor.sees_nothing_wrong()
    hand.press(page.locator("main .empty a.btn"))
    hand.write(page.locator("#name"), "Demo")
    hand.write(page.locator("#title"), "Se Tragt i arbejde")
    hand.write(page.locator("#field-0-label"), "E-mail")
    for place, (kind, label) in enumerate([("choice", "Hvor mange er I?"), ("consent", "Ja, skriv til mig.")], 1):
        hand.choose(page.locator("#new"), kind)
        hand.press(page.locator("#add"))
        expect(page.locator(f"#field-{place}-label")).to_be_focused()
        hand.write(page.locator(f"#field-{place}-label"), label)
    hand.write(page.locator("textarea[name=field-1-choices]"), "1-10")
    hand.press(page.locator("button[value=publish]").last)
    expect(page.locator("#field-1-wrong")).to_be_visible()
    is_refused(visitor)
    hand.write(page.locator("textarea[name=field-1-choices]"), "1-10\nflere")
    hand.write(page.locator("#sites"), origin)
    page.locator("#double_opt_in").uncheck()
    hand.press(page.locator("button[value=publish]").last)
    expect(page).to_have_url(re.compile(r"/forms/\d+/$"))
    visitor.sees_nothing_wrong()


def fill(inside: Page | FrameLocator, page: Page, address: str) -> None:
    """Fill in a form and send it, by the keyboard alone."""
    inside.locator("#field-email").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(address)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(inside.locator("button.btn")).to_be_focused()
    page.keyboard.press("Enter")


def is_refused(visitor: Visitor) -> None:
    """The page says what is wrong with what was sent, and nothing else is wrong with it."""
    refused = [said for said in visitor.wrong if "422" in said]
    assert refused
    visitor.wrong = [said for said in visitor.wrong if said not in refused]
    visitor.sees_nothing_wrong()


def on_its_own_page(visitor: Visitor, link: str) -> None:
    """Fill the form in by its own page: wrong at first, then right."""
    page = visitor.page
    page.goto(link + "?utm_source=news")
    visitor.sees_nothing_wrong()
    page.wait_for_timeout(HASTE_MS)
    fill(page, page, "nobody")
    expect(page.locator("#field-email-wrong")).to_be_visible()
    expect(page.locator("#field-email")).to_be_focused()
    is_refused(visitor)
    page.locator("#field-email").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("a@example.org")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/thanks/$"))
    visitor.sees_nothing_wrong()


def in_a_frame(visitor: Visitor, address: str) -> None:
    """Fill the form in where a page of another site holds it in a frame."""
    page = visitor.page
    page.goto(address)
    inside = page.frame_locator("iframe")
    expect(inside.locator("h1")).to_have_text("Se Tragt i arbejde")
    page.wait_for_timeout(HASTE_MS)
    fill(inside, page, "b@example.org")
    expect(inside.locator("#field-email")).to_have_count(0)
    expect(inside.locator("h1")).to_be_visible()
    visitor.sees_nothing_wrong()


def on_another_site(visitor: Visitor, origin: str, *, consents: bool) -> dict[str, list[str]]:
    """Fill in the fields that another site has of its own; what was sent."""
    page = visitor.page
    page.goto(origin + "/?utm_medium=mail")
    page.wait_for_function("window.tragt && tragt.version")
    page.evaluate(f"tragt.consent({str(consents).lower()})")
    page.locator("[name=email]").fill(f"c-{consents}@example.org")
    with page.expect_request(lambda asked: "/f/" in asked.url and asked.method == "POST") as sent:
        page.locator("button").press("Enter")
    expect(page).to_have_url(re.compile(r"/thanks/$"))
    return parse_qs(sent.value.post_data or "")


def in_a_frame_beside_the_script(visitor: Visitor, origin: str) -> tuple[str, str]:
    """Fill in a frame on a site whose visitor consented before; who the visitor is, and where it was sent to."""
    page = visitor.page
    page.goto(origin + "/")
    page.wait_for_function("window.tragt && tragt.version")
    inside = page.frame_locator("iframe[src*=_anonymous]")
    inside.locator("form[action*=_anonymous]").wait_for()  # the frame loads anew once it is told
    page.wait_for_timeout(HASTE_MS)
    with page.expect_request(lambda asked: "/f/" in asked.url and asked.method == "POST") as sent:
        fill(inside, page, "d@example.org")
    expect(inside.locator("#field-email")).to_have_count(0)
    cookie = next(one["value"] for one in page.context.cookies(origin) if one["name"] == "tragt")
    return cookie, parse_qs(urlsplit(sent.value.url).query)["_anonymous"][0]


def test_form_is_made_and_filled_in_by_keyboard_on_its_own_page_in_a_frame_and_on_another_site(
    browser: Browser, server: Server
) -> None:
    hand, pages = Keyboard(), dict[str, str]()
    with site(pages) as origin, visiting(browser, server.address, "en", SMALL) as visitor:
        page = visitor.page
        visitor.opens("/")
        become_owner(page, hand, server.code)
        make_form(visitor, hand, origin)
        recipes = {name: page.locator(f"#how-{name}").text_content() or "" for name in ("link", "frame", "html")}
        own = page.url

        on_its_own_page(visitor, recipes["link"])
        pages["/"] = PAGE.format(recipes["frame"])
        in_a_frame(visitor, origin + "/")
        script = f'<script async src="{server.address}/tragt.js" data-key="tragt_public_none"></script>'
        pages["/"] = PAGE.format(script + recipes["html"])
        assert "page" not in on_another_site(visitor, origin, consents=False)
        told, address = on_another_site(visitor, origin, consents=True)["page"][0].split(" ")
        assert told in page.context.cookies(origin)[0]["value"]
        assert address == f"{origin}/?utm_medium=mail"
        pages["/"] = PAGE.format(script + recipes["frame"])
        cookie, told_frame = in_a_frame_beside_the_script(visitor, origin)
        assert told_frame == told
        assert told in cookie
        visitor.wrong.clear()

        page.goto(own)
        expect(page.locator(".stat b").first).to_have_text("5")
        visitor.sees_nothing_wrong()
        visitor.opens("/live/")
        expect(page.locator("#live-rows b", has_text="Form Submitted")).to_have_count(5)
