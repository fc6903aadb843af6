"""Somebody who has never seen it finds the dearest leak and writes a hypothesis about it, from the overview on."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as Interrupted

from tests.browser.conftest import START_SECONDS, Server, Visitor, serving, visiting
from tests.browser.hands import Hand, Keyboard, Mouse
from tragt.demo import DemoFirm

pytestmark = pytest.mark.long

LANGUAGES = ("en", "da", "sv", "nb")
EMAIL, PASSWORD = "ase@example.org", "correct horse battery"
PATIENCE = 3 * START_SECONDS
"""Twenty thousand people are brought, counted and gone through for leaks, on a machine that has other work."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Server]:
    """A firm that looks at the demonstration firm, whose leaks have been found."""
    with serving(tmp_path_factory.mktemp("dearest") / "home") as running:
        with visiting(browser, running.address, "en") as visitor:
            page = visitor.page
            visitor.opens("/")
            for name, text in (
                ("code", running.code),
                ("name", "Åse Ørsted"),
                ("email", EMAIL),
                ("password", PASSWORD),
            ):
                page.locator(f"[name={name}]").fill(text)
            page.locator("[name=organisation]").fill("Ørsted & Søn")
            page.locator("main form .btn").click()
            page.locator("form[action='/demonstration/load/'] .btn").click()
            wait_for_leaks(visitor)
        yield running


def wait_for_leaks(visitor: Visitor) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        # The page of a job that is over loads itself anew, which may come before this one.
        with suppress(Interrupted):
            visitor.opens("/")
        if visitor.page.locator(".dearest").count():
            return
        time.sleep(2)
    pytest.fail("No leak was found in the demonstration firm.")


def sign_in(visitor: Visitor, language: str) -> None:
    page = visitor.page
    visitor.opens("/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .btn").first.click()
    page.locator("nav.rooms").wait_for()
    visitor.opens("/settings/profile/")
    page.locator("#id_language").select_option(language)
    page.locator("form:has(#id_language) .btn").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def fits(page: Page) -> None:
    """Nothing stands beyond the right edge of the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, page.url


@pytest.mark.parametrize(
    ("language", "hand", "width"),
    [*((one, Mouse(), 1440) for one in LANGUAGES), ("en", Keyboard(), 1440), ("da", Mouse(), 320)],
    ids=[*LANGUAGES, "keyboard", "phone"],
)
def test_dearest_leak_becomes_a_hypothesis(
    browser: Browser, server: Server, language: str, hand: Hand, width: int
) -> None:
    truth = DemoFirm().truth().leak
    assert truth is not None
    with visiting(browser, server.address, language, width) as visitor:
        page = visitor.page
        sign_in(visitor, language)
        visitor.opens("/")
        dearest = page.locator(".dearest")
        expect(dearest).to_contain_text(truth.source)
        expect(dearest).to_contain_text(truth.step)
        sentence = dearest.locator("strong").inner_text()
        visitor.sees_nothing_wrong(looks=hand.looks)

        hand.press(dearest.locator("a[href*='/hypotheses/new/']"))
        expect(page).to_have_url(re.compile(r"/hypotheses/new/\?leak=\d+$"))
        belief = page.locator("[name=belief]").input_value()
        shared = set(sentence.split()) & set(belief.split())
        assert len(shared) > len(belief.split()) / 2
        assert truth.source in belief
        for name in ("why", "gain", "gain_low", "gain_high", "currency", "owner"):
            assert page.locator(f"[name={name}]").input_value(), name
        visitor.sees_nothing_wrong(looks=hand.looks)
        fits(page)

        choice = page.locator("[name=chosen]").first
        choice.check() if hand.looks else choice.press("Space")
        hand.press(page.locator("form.hypothesis .btn").first)
        expect(page).to_have_url(re.compile(r"/hypotheses/\d+/$"))
        card = page.url
        expect(page.locator("#part-belief")).to_contain_text(truth.source)
        expect(page.locator("#part-attempt p").first).not_to_have_text("–")
        visitor.sees_nothing_wrong(looks=hand.looks)
        fits(page)

        hand.choose(page.locator("[name=state-state]"), "running")
        hand.press(page.locator("#state-form .btn"))
        expect(page.locator("#log-lines li").first).to_contain_text("→")

        visitor.opens("/hypotheses/")
        assert page.locator(f"table.hypotheses a[href='{card.removeprefix(server.address)}']").count() == 1
        visitor.sees_nothing_wrong(looks=hand.looks)
        fits(page)


@pytest.mark.parametrize("language", ["en", "da"])
def test_funnel_page_hides_no_column_of_its_table_at_any_width(browser: Browser, server: Server, language: str) -> None:
    with visiting(browser, server.address, language) as visitor:
        page = visitor.page
        sign_in(visitor, language)
        for asked in ("", "?compare=before&period=last_90"):
            visitor.opens(f"/funnels/1/{asked}")
            for width in (320, 768, 1024, 1280, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                table = page.locator("[data-part=table] .scroll")
                hidden = table.evaluate("one => one.scrollWidth - one.clientWidth")
                assert hidden <= 0, (asked, width)
                fits(page)
                buttons = page.locator(".head > .acts > :is(a, details)").evaluate_all(
                    "all => all.map(one => Math.round(one.getBoundingClientRect().top))"
                )
                assert width < 768 or len(set(buttons)) == 1, (width, buttons)
            visitor.sees_nothing_wrong()


def test_leak_says_what_to_try_and_a_part_of_the_card_is_changed_in_place(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en") as visitor:
        page = visitor.page
        sign_in(visitor, "en")
        visitor.opens("/")
        page.locator(".dearest .btn").first.click()
        first = page.locator(".proposals li").nth(1)
        proposal = first.locator("p").inner_text()
        visitor.sees_nothing_wrong()
        fits(page)
        first.locator("a").click()
        expect(page.locator("[name=attempt]")).to_have_value(proposal)
        visitor.sees_nothing_wrong()
        page.locator("form.hypothesis .btn").first.click()
        page.locator("#part-why .change").click()
        page.locator("#part-why textarea").fill("Three of them told us.")
        page.locator("#part-why .btn").first.click()
        expect(page.locator("#part-why .said")).to_have_text("Three of them told us.")
        expect(page.locator("#log-lines li").first).to_contain_text("Why")
        visitor.sees_nothing_wrong()
        page.locator("#state-form .btn").click()
        expect(page.locator(".notice.bad")).to_have_count(0)
        visitor.opens("/hypotheses/texts/")
        visitor.sees_nothing_wrong()
        page.locator("details.opens summary").nth(1).click()
        page.locator("details.opens a.btn").nth(1).click()
        visitor.sees_nothing_wrong()
        fits(page)
