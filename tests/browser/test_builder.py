"""The builder by keyboard alone: suggestions as one types, rules that are carried, a mistake said where it is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Server, serving, visiting
from tests.browser.hands import Keyboard
from tests.browser.test_collecting import make_key, send
from tests.browser.test_first_run import become_owner

pytestmark = pytest.mark.long

WIDTHS = (320, 768, 1440)
EVENTS = ("Visited", "Signed Up", "Paid")


@pytest.fixture
def server(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    with serving(make_home(tmp_path / "home")) as running:
        yield running


def calls() -> list[dict[str, object]]:
    """Twenty visit, of whom the even ones sign up and every fourth pays; they come by two channels."""
    return [
        {
            "type": "track",
            "event": name,
            "anonymousId": f"v{one}",
            "messageId": f"{one}{name}",
            "properties": {"channel": "Webinar" if one % 2 else "Search"},
        }
        for one in range(20)
        for place, name in enumerate(EVENTS)
        if one % 2**place == 0
    ]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def choose_steps(page: Page, hand: Keyboard) -> None:
    """One step from what is offered, the other by its whole name."""
    hand.write(page.locator("#step-0-name-0-text"), "visi")
    expect(page.get_by_role("option", name="Visited (20)")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("select[name=step-0-name]")).to_have_value("e:Visited")
    hand.write(page.locator("#step-1-name-0-text"), "paid")
    page.keyboard.press("Tab")
    expect(page.locator("select[name=step-1-name]")).to_have_value("e:Paid")


def ask_for_a_value(page: Page, hand: Keyboard) -> None:
    """A condition, its property and its value from what is suggested."""
    hand.press(page.locator("#and-0"))
    expect(page.locator("#step-0-property-0")).to_be_focused()
    page.keyboard.type("ch")
    expect(page.get_by_role("option", name="channel")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#step-0-property-0")).to_have_value("channel")
    value = page.locator("input[name=step-0-value]")
    hand.write(value, "web")
    expect(page.get_by_role("option", name="Webinar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option", name="Webinar")).to_be_hidden()
    hand.write(value, "sea")
    expect(page.get_by_role("option", name="Search")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(value).to_have_value("Search")
    expect(page.locator("#preview")).to_contain_text("where channel is")


def choose_while_a_form_is_on_its_way(page: Page, address: str) -> None:
    """Another unit brings another form, and what is chosen before it is there stays chosen."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(address, hold)
    for unit, scale in (("company", "none"), ("person", "days")):
        page.locator("#builder").evaluate("form => { form.dataset.former = '' }")
        with page.expect_request(address):
            page.locator("#unit").select_option(unit)
        page.locator("[name=scale]").select_option(scale)
        waiting.pop().continue_()
        expect(page.locator("#builder[data-former]")).to_have_count(0)
        expect(page.locator("[name=scale]")).to_have_value(scale)
    page.unroute(address)


def test_funnel_is_built_by_keyboard_with_suggestions_and_a_mistake_is_said_where_it_is(
    browser: Browser, server: Server
) -> None:
    hand = Keyboard()
    with visiting(browser, server.address, "en") as visitor:
        page = visitor.page
        visitor.opens("/")
        become_owner(page, hand, server.code)
        send(server, make_key(visitor, hand), *calls())
        visitor.opens("/live/")
        expect(page.locator("#live-rows b").first).to_be_visible()
        visitor.opens("/funnels/new/")
        choose_steps(page, hand)
        ask_for_a_value(page, hand)
        visitor.sees_nothing_wrong()

        hand.press(page.locator("#rules > summary"))
        hand.press(page.locator("#add-exclude"))
        expect(page.locator("#exclude-0-name-0-text")).to_be_focused()
        page.keyboard.type("sig")
        expect(page.get_by_role("option", name="Signed Up (10)")).to_be_visible()
        page.keyboard.press("Escape")
        hand.press(page.locator(".builder .fields > .acts button[value=save]"))
        expect(page.locator("#exclude-0-wrong")).to_be_visible()
        visitor.wrong.clear()  # the answer to the mistake has status 422, which the console tells
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), width
        page.emulate_media(color_scheme="dark")
        visitor.sees_nothing_wrong()
        hand.write(page.locator("#exclude-0-name-0-text"), "signed up")
        page.keyboard.press("Tab")
        hand.press(page.locator(".builder .fields > .acts button[value=save]"))
        expect(page.locator("h1")).to_have_text("Visited → Paid")
        expect(page.locator(".head .say")).to_contain_text("who reached Visited (where channel is Search)")
        expect(page.locator(".funnel-rows .num b").first).to_have_text("10")

        visitor.opens("/funnels/new/")
        choose_while_a_form_is_on_its_way(page, f"{server.address}/funnels/new/")
