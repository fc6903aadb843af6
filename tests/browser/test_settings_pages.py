"""Somebody looks for a setting: by its chapter, by typing, on a phone in the dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.selling import ANNA, seed, sign_in

pytestmark = pytest.mark.long

PHONE = 320


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a pipeline, deals and two users."""
    with serving(tmp_path_factory.mktemp("settings") / "home") as running:
        seed(running.home)
        yield running


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth") is True


def doors(visitor: Visitor) -> list[str]:
    visitor.opens("/settings/")
    return [one.get_attribute("href") or "" for one in visitor.page.locator(".door").all()]


def test_settings_narrow_as_one_types_and_enter_opens_the_first(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en") as anna:
        page = anna.page
        sign_in(page, server.address, ANNA)
        every = len(doors(anna))
        anna.sees_nothing_wrong()
        field, shown = page.get_by_label("Find a setting"), page.locator(".door:visible")
        field.fill("passkey")
        expect(shown).to_have_count(1)
        expect(page.locator(".contents h2:visible")).to_have_text(["Your account"])
        field.fill("no such thing")
        expect(shown).to_have_count(0)
        expect(page.get_by_role("status").filter(has_text="No setting")).to_be_visible()
        anna.sees_nothing_wrong()
        field.fill("")
        expect(shown).to_have_count(every)
        field.fill("TEAM works")
        field.press("Enter")
        expect(page.locator("h1")).to_have_text("Teams")
        here = page.get_by_role("navigation", name="Settings").locator("[aria-current]")
        expect(here).to_have_text("Teams")


def test_every_page_of_the_settings_fits_a_phone_and_reads_in_the_dark(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "nb", PHONE) as anna:
        page = anna.page
        sign_in(page, server.address, ANNA)
        page.emulate_media(color_scheme="dark")
        for path in doors(anna):
            anna.opens(path)
            assert fits(page), path
            anna.sees_nothing_wrong()
            expect(page.locator(".chapters .all")).to_be_visible()
        page.locator(".chapters .all").click()
        expect(page.locator(".door").first).to_be_visible()
