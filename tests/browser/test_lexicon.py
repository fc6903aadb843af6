"""Events described, merged and undone, by keyboard alone on a narrow screen."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.hands import Hand, Keyboard, Mouse
from tests.browser.test_first_run import become_owner, bring

pytestmark = pytest.mark.long


@pytest.fixture
def server(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    with serving(make_home(tmp_path / "home")) as running:
        yield running


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Two months of visits and sign-ups; one in ten is spelled otherwise, and demos stop coming."""
    rows = []
    for number in range(60):
        day = date(2026, 1, 5) + timedelta(days=number)
        rows += [(f"p{number}", "Visited", "pro", f"p{number}@example.org", f"{day} 09:00:00")]
        name = "signed_up" if number % 10 == 0 else "Signed Up"
        rows += [(f"p{number}", name, "pro", f"p{number}@example.org", f"{day} 10:00:00")]
        rows += [(f"p{number}", "Demo Asked", "pro", "", f"{day} 11:00:00")] if number < 40 else []
    file = tmp_path / "events.csv"
    schema = ["user_id", "event", "plan", "email", "timestamp"]
    pl.DataFrame(rows, schema=schema, orient="row").write_csv(file)
    return file


def test_events_are_described_merged_and_undone_by_keyboard(browser: Browser, server: Server, events: Path) -> None:
    with visiting(browser, server.address, "en", width=320) as visitor:
        page, hand = visitor.page, Keyboard()
        visitor.opens("/")
        become_owner(page, Mouse(), server.code)
        bring(visitor, Mouse(), events, looks=False)

        visitor.opens("/events/")
        expect(page.locator(".notice.warn")).to_contain_text("Demo Asked")
        visitor.sees_nothing_wrong()
        hand.press(page.locator("tbody a", has_text="Signed Up"))
        expect(page.locator("h1")).to_have_text("Signed Up")
        visitor.sees_nothing_wrong()
        expect(page.locator("main")).to_contain_text("54")
        expect(page.locator("main")).not_to_contain_text("@example.org")
        hand.write(page.locator("#id_display"), "Joined")
        hand.write(page.locator("#id_description"), "The form was sent.")
        hand.press(page.locator(".aside form .btn"))
        expect(page.locator("h1")).to_have_text(re.compile("Joined"))
        visitor.sees_nothing_wrong()
        merge_and_undo(visitor, hand)

        page.locator("tbody a", has_text="Visited").focus()
        page.keyboard.press("Enter")
        hand.press(page.get_by_role("button", name="Hide"))
        expect(page.locator(".notice", has_text="It is hidden")).to_be_visible()
        visitor.sees_nothing_wrong()


def merge_and_undo(visitor: Visitor, hand: Hand) -> None:
    """Merge the proposed spelling, see it counted with the other, and undo it; ends at the list of events."""
    page = visitor.page
    visitor.opens("/events/")
    hand.press(page.locator("a[href='/events/spellings/']"))
    expect(page.locator("h1")).to_have_text("Spellings")
    visitor.sees_nothing_wrong()
    hand.press(page.get_by_role("button", name="Merge signed_up into Signed Up"))
    undo = page.get_by_role("button", name="Undo: let signed_up count by itself")
    expect(undo).to_be_visible()
    visitor.sees_nothing_wrong()
    visitor.opens("/events/")
    row = page.locator("tbody tr", has_text="Joined")
    expect(row).to_contain_text("60")
    expect(row).to_contain_text("also signed_up")
    expect(page.locator("tbody tr")).to_have_count(3)

    visitor.opens("/events/spellings/")
    hand.press(undo)
    expect(page.locator(".messages")).to_contain_text("signed_up")
    visitor.opens("/events/")
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator("tbody tr", has_text="Joined")).to_contain_text("54")
