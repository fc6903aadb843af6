"""The page of a funnel while events come in: it follows them, and whoever reads it is not disturbed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.hands import Keyboard
from tests.browser.test_collecting import make_key, send
from tests.browser.test_first_run import become_owner

pytestmark = pytest.mark.long

WIDTHS = (320, 768, 1440)


@pytest.fixture
def server(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    with serving(make_home(tmp_path / "home")) as running:
        yield running


def visits(first: int, number: int, paid: int = 0) -> list[dict[str, object]]:
    """So many visitors, some of whom pay."""
    calls: list[dict[str, object]] = []
    for one in range(first, first + number):
        names = ["Visited", *(["Paid"] if one < first + paid else [])]
        calls += [
            {"type": "track", "event": name, "anonymousId": f"v{one}", "messageId": f"{one}{name}"} for name in names
        ]
    return calls


def build(visitor: Visitor) -> None:
    """A funnel over the two events."""
    page = visitor.page
    visitor.opens("/funnels/new/")
    for place, name in enumerate(("Visited", "Paid")):
        page.locator(f"select[name='step-{place}-name']").select_option(f"e:{name}", force=True)
    page.locator("#builder .fields > .acts button[value=save]").click()
    page.locator(".funnel-rows").wait_for()


def test_page_of_a_funnel_follows_events_and_keeps_focus_and_what_is_open(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en") as visitor:
        page = visitor.page
        visitor.opens("/")
        become_owner(page, Keyboard(), server.code)
        key = make_key(visitor, Keyboard())
        send(server, key, *visits(0, 40, paid=12))
        visitor.opens("/live/")
        expect(page.locator("#live-rows b").first).to_be_visible()
        build(visitor)
        count = page.locator(".funnel-rows .num b").first
        expect(count).to_have_text("40")

        page.locator(".opens summary").first.click()
        row = page.locator("a.funnel-row").nth(1)
        row.focus()
        send(server, key, *visits(100, 5))
        expect(count).to_have_text("45")
        expect(row).to_be_focused()
        expect(page.locator(".opens[open]")).to_have_count(1)
        visitor.sees_nothing_wrong()

        address = page.url.removeprefix(server.address)
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                visitor.opens(f"{address}?period=last_30&compare=before")
                visitor.sees_nothing_wrong()
                assert page.evaluate("document.documentElement.scrollWidth") <= width
