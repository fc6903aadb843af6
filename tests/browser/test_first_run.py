"""From the first run to a funnel, in each language, by mouse and by keyboard alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.hands import Hand, Keyboard, Mouse

pytestmark = pytest.mark.long

LANGUAGES = ("en", "da", "sv", "nb")
PASSWORD = "correct horse battery"
SHOP = ("catalog", "product_view", "add_to_cart", "cart", "purchase")


@dataclass(frozen=True)
class Files:
    """The two files, and how many enter each step of their funnels."""

    deals: Path
    deals_entered: list[int]
    shop: Path
    shop_entered: list[int]


@pytest.fixture(scope="session")
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The real files where they are, else small ones of the same shapes."""
    try:
        shared: Path = request.getfixturevalue("shared_data")
    except pytest.skip.Exception:
        return made_up(tmp_path_factory.mktemp("files"))
    return Files(
        shared / "maven_crm" / "sales_pipeline.csv",
        [8300, 4238],
        shared / "shop_events" / "shop_events.csv",
        [600, 596, 502, 419, 217],
    )


def made_up(folder: Path) -> Files:
    deals = [(f"d{n}", "Won" if n % 2 else "Lost", "2026-01-05", "2026-02-01") for n in range(40)]
    schema = ["opportunity_id", "deal_stage", "engage_date", "close_date"]
    pl.DataFrame(deals, schema=schema, orient="row").write_csv(folder / "deals.csv")
    entered = [60, 50, 40, 30, 20]
    clicks = [
        (f"u{n}", name, f"2026-03-{place + 1:02} 10:{n:02}:00")
        for place, (name, count) in enumerate(zip(SHOP, entered, strict=True))
        for n in range(count)
    ]
    pl.DataFrame(clicks, schema=["user_id", "event", "timestamp"], orient="row").write_csv(folder / "shop.csv")
    return Files(folder / "deals.csv", [40, 20], folder / "shop.csv", entered)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "home") as running:
        yield running


def become_owner(page: Page, hand: Hand, code: str) -> None:
    hand.write(page.locator("[name=code]"), code)
    hand.write(page.locator("[name=name]"), "Åse Ørsted")
    hand.write(page.locator("[name=email]"), "ase@example.org")
    hand.write(page.locator("[name=password]"), PASSWORD)
    hand.write(page.locator("[name=organisation]"), "Ørsted & Søn")
    hand.press(page.locator("main form .btn"))
    expect(page).to_have_url(re.compile(r"/$"))


def bring(visitor: Visitor, hand: Hand, file: Path, *, looks: bool) -> None:
    page = visitor.page
    visitor.opens("/imports/")
    hand.upload(page.locator("input[type=file]"), file)
    expect(page).to_have_url(re.compile(r"/columns/$"))
    visitor.sees_nothing_wrong(looks=looks)
    hand.press(page.locator("#columns > .acts .btn").first)
    run = page.locator("form[action$='/run/'] .btn")
    run.wait_for()
    visitor.sees_nothing_wrong(looks=looks)
    hand.press(run)
    page.locator("form[action$='/undo/']").wait_for()
    visitor.sees_nothing_wrong(looks=looks)


def entered(page: Page) -> list[int]:
    """How many entered each step, from the table of the funnel on the page."""
    cells = page.locator("table.figures").first.locator("tbody tr td:nth-of-type(1)").all_inner_texts()
    return [int(re.sub(r"\D", "", cell)) for cell in cells]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hand", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
def test_first_run_leads_to_a_funnel(browser: Browser, server: Server, files: Files, hand: Hand, language: str) -> None:
    with visiting(browser, server.address, language) as visitor:
        page = visitor.page
        visitor.opens("/")
        expect(page.locator("html")).to_have_attribute("lang", language)
        visitor.sees_nothing_wrong(looks=hand.looks)
        become_owner(page, hand, server.code)
        visitor.sees_nothing_wrong(looks=hand.looks)

        bring(visitor, hand, files.deals, looks=hand.looks)
        visitor.opens("/funnels/")
        expect(page.locator("figure.funnel")).to_be_visible()
        assert entered(page) == files.deals_entered
        visitor.sees_nothing_wrong(looks=hand.looks)

        bring(visitor, hand, files.shop, looks=False)
        build(visitor, hand, SHOP)
        assert entered(page) == files.shop_entered
        visitor.sees_nothing_wrong(looks=hand.looks)

        hand.press(page.locator("a.funnel-row").nth(2))
        expect(page).to_have_url(re.compile(r"/steps/3/"))
        visitor.sees_nothing_wrong(looks=hand.looks)
        visitor.opens("/")
        expect(page.locator("figure.funnel")).to_be_visible()
        visitor.sees_nothing_wrong(looks=hand.looks)


def build(visitor: Visitor, hand: Hand, names: tuple[str, ...]) -> None:
    """Build a funnel of persons in the builder, without a window."""
    page = visitor.page
    visitor.opens("/funnels/new/")
    for place, name in enumerate(names):
        if page.locator(f"#step-{place}").count() == 0:
            hand.press(page.locator("#add"))
            page.locator(f"#step-{place}").wait_for()
        hand.write(page.locator(f"#step-{place}-name-0-text"), name)
        page.keyboard.press("Tab")
        expect(page.locator(f"select[name=step-{place}-name]").first).to_have_value(f"e:{name}")
    hand.choose(page.locator("#unit"), "person")
    hand.choose(page.locator("[name=scale]"), "none")
    visitor.sees_nothing_wrong(looks=hand.looks)
    hand.press(page.locator(".builder .fields > .acts .btn").first)
    expect(page).to_have_url(re.compile(r"/funnels/\d+/$"))
    expect(page.locator("figure.funnel")).to_be_visible()
