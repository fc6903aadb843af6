"""Somebody puts files on a deal: chosen, dropped, too large, named, removed and put back; with and without scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, serving, visiting
from tests.browser.selling import ANNA, seed, sign_in

pytestmark = pytest.mark.long

DROP = """
([name, text]) => {
  const given = new DataTransfer();
  given.items.add(new File([text], name));
  const drop = document.querySelector("#files .drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    drop.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: given }));
  }
}
"""
LARGE = """
() => {
  const given = new DataTransfer();
  given.items.add(new File([new Uint8Array(26_000_000)], "film.mp4"));
  const input = document.getElementById("add-file");
  input.files = given.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    """One server for both."""
    with serving(make_home(tmp_path_factory.mktemp("files") / "home")) as running:
        seed(running.home)
        yield running


def opens_deal(page: Page, server: Server, name: str) -> None:
    sign_in(page, server.address, ANNA)
    page.locator(".cards .deal", has_text=name).locator(".name").click()
    expect(page.locator("h1")).to_have_text(name)


def test_files_are_chosen_dropped_fetched_named_removed_and_put_back(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    offer = tmp_path / "Offer.html"
    offer.write_text("<!doctype html><script>document.title = 'shown'</script>")
    with visiting(browser, server.address, "en") as anna:
        page = anna.page
        opens_deal(page, server, "Lamps")
        files = page.locator("#files")
        expect(files).to_contain_text("No files yet")
        page.get_by_label("Drop files here, or choose them").set_input_files(offer)
        expect(files.locator("li")).to_contain_text("Offer.html")
        page.evaluate(DROP, ["plan.txt", "a plan"])
        expect(files.locator("li").first).to_contain_text("plan.txt")
        anna.sees_nothing_wrong()

        with page.expect_download() as fetched:
            files.get_by_role("link", name="Offer.html").click()
        assert fetched.value.suggested_filename == "Offer.html"
        assert fetched.value.path().read_text() == offer.read_text()
        assert "/deals/" in page.url, "nothing of it was shown"

        page.evaluate(LARGE)
        expect(files.locator(".error")).to_contain_text("film.mp4: A file has at most 25 MB.")
        files.get_by_label("What to do with plan.txt").click()
        anna.sees_nothing_wrong()
        files.get_by_label("Name").locator("visible=true").fill("Plan B")
        files.get_by_role("button", name="Save").locator("visible=true").click()
        expect(files.get_by_role("link", name="Plan B.txt")).to_be_visible()
        files.get_by_label("What to do with Plan B.txt").press("Enter")
        files.get_by_role("button", name="Remove").locator("visible=true").press("Enter")
        expect(files).to_contain_text("Removed: Plan B.txt")
        expect(files.get_by_role("link", name="Plan B.txt")).to_have_count(0)
        anna.sees_nothing_wrong()
        files.get_by_role("button", name="Put Plan B.txt back").click()
        expect(files.get_by_role("link", name="Plan B.txt")).to_be_visible()
        anna.sees_nothing_wrong(looks=False)

    with visiting(browser, server.address, "da", width=320) as phone:
        page = phone.page
        opens_deal(page, server, "Lamps")
        expect(page.locator("#files")).to_contain_text("Plan B.txt")
        page.locator("#files summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        phone.sees_nothing_wrong()


def test_files_are_added_and_removed_without_scripts(browser: Browser, server: Server, tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("thirty days")
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{server.address}/sign-in/?next=/deals/")
        page.fill("[name=login]", ANNA)
        page.fill("[name=password]", "a long word of honour")
        page.locator("[name=password]").press("Enter")
        page.get_by_role("link", name="Desks").click()
        page.set_input_files("#add-file", tmp_path / "terms.txt")
        page.locator("form.adds").get_by_role("button", name="Add").click()
        expect(page.locator("#messages")).to_contain_text("1 file was added.")
        files = page.locator("#files")
        with page.expect_download() as fetched:
            files.get_by_role("link", name="terms.txt").click()
        assert fetched.value.path().read_text() == "thirty days"
        files.locator(".menu summary").click()
        files.get_by_role("button", name="Remove").click()
        expect(page.locator("#messages")).to_contain_text("terms.txt was removed.")
        expect(files).to_contain_text("Removed: terms.txt")
    finally:
        context.close()
