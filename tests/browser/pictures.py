"""Takes the pictures of docs/guide/funnels.md from the demonstration firm: ``python -m tests.browser.pictures``."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, Visitor, serving, visiting
from tests.browser.hands import Mouse
from tests.browser.test_dearest_leak import wait_for_leaks
from tests.browser.test_first_run import become_owner

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
NARROW: ViewportSize = {"width": 1024, "height": 900}
WIDE: ViewportSize = {"width": 1280, "height": 900}
MOST_BYTES = 120_000


def funnel(page: Page) -> None:
    """The picture of the funnel, with its targets and the leak in colour."""
    page.locator("figure.funnel").screenshot(path=FOLDER / "guide-funnel.png")


def builder(page: Page) -> None:
    """The first steps of the builder."""
    page.goto(page.url + "edit/")
    expect(page.locator("#preview figure.funnel")).to_be_visible()
    page.locator(".builder-steps").screenshot(path=FOLDER / "guide-builder.png")


def breakdown(page: Page) -> None:
    """The step that leaks, by source."""
    page.goto(page.url.removesuffix("edit/") + "steps/2/")
    page.locator("#breakdown").scroll_into_view_if_needed()
    expect(page.locator("#breakdown table")).to_be_visible()
    page.locator("#breakdown").screenshot(path=FOLDER / "guide-breakdown.png")


def ledger(page: Page) -> None:
    """The first rows of the ledger."""
    page.set_viewport_size(WIDE)
    page.locator("nav.rooms a[href='/leaks/']").first.click()
    expect(page.locator("table.leaks").first).to_be_visible()
    table = page.locator("table.leaks").first
    table.locator("tbody tr:nth-child(n + 4)").evaluate_all("rows => rows.forEach(row => row.remove())")
    table.screenshot(path=FOLDER / "guide-leaks.png")


PICTURES: tuple[Callable[[Page], None], ...] = (funnel, builder, breakdown, ledger)


def show(visitor: Visitor, code: str) -> None:
    """Become the owner, load the demonstration firm, and open its funnel."""
    page = visitor.page
    visitor.opens("/")
    become_owner(page, Mouse(), code)
    page.locator("form[action='/demonstration/load/'] .btn").click()
    wait_for_leaks(visitor)
    page.set_viewport_size(NARROW)
    page.locator("#main-funnel a").click()
    expect(page.locator("figure.funnel")).to_be_visible()


def main() -> None:
    """Take all pictures; none may be large."""
    if CHROMIUM is None:
        sys.exit("There is no Chromium on this machine (Debian: apt install chromium-headless-shell).")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serving(Path(folder) / "home") as server, visiting(browser, server.address, "en") as visitor:
            show(visitor, server.code)
            for take in PICTURES:
                take(visitor.page)
        browser.close()
    large = [file.name for file in FOLDER.glob("guide-*.png") if file.stat().st_size > MOST_BYTES]
    if large:
        sys.exit(f"These pictures are larger than {MOST_BYTES} bytes: {', '.join(large)}. Take a smaller part.")


if __name__ == "__main__":
    main()
