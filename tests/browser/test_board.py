"""A seller at the board: by mouse, by touch, by keyboard, on a phone, and two at once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.selling import ANNA, BO, seed, sign_in

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    """One server for all of these: each test has deals of its own."""
    with serving(make_home(tmp_path_factory.mktemp("board") / "home")) as running:
        seed(running.home)
        yield running


def card(page: Page, name: str) -> Locator:
    return page.locator(".cards .deal:not(.carried)", has_text=name)


def column(page: Page, name: str) -> Locator:
    return page.locator(f'.column[data-name="{name}"]')


def stands_in(page: Page, deal: str, stage: str) -> None:
    expect(column(page, stage).locator(".deal", has_text=deal)).to_be_visible()


def centre(target: Locator) -> tuple[float, float]:
    # A column that is shown anew just then has its cards a moment later.
    expect(target).to_be_visible()
    box = next((box for _ in range(20) if (box := target.bounding_box())), None)
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)


def drags(page: Page, deal: str, goal: Locator) -> None:
    """By mouse; the goal may show itself only once something is carried."""
    x, y = centre(card(page, deal))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 4, steps=3)
    page.mouse.move(*centre(goal), steps=6)
    page.mouse.up()


def test_board_by_mouse_keyboard_and_two_at_once(browser: Browser, server: Server) -> None:
    with (
        visiting(browser, server.address, "en") as anna,
        visiting(browser, server.address, "en") as bo,
    ):
        page = anna.page
        sign_in(page, server.address, ANNA)
        sign_in(bo.page, server.address, BO)
        anna.sees_nothing_wrong()

        there = int(column(bo.page, "Need").locator("h2 span").inner_text())
        drags(page, "Lamps", column(page, "Need"))
        expect(page.locator("#messages")).to_contain_text("Lamps is in Need now.")
        stands_in(page, "Lamps", "Need")
        stands_in(bo.page, "Lamps", "Need")
        expect(column(bo.page, "Need").locator("h2")).to_have_text(f"Need {there + 1}")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#messages")).to_contain_text("Lamps is back in Contact.")
        stands_in(bo.page, "Lamps", "Contact")

        stage_that_asks(anna)
        lost_with_a_reason(anna)
        by_keyboard(anna)
        escape_cancels(anna)
        carried_on_at_once(anna)
        second_hears_of_the_first(anna, bo)
        anna.sees_nothing_wrong(looks=False)
        # The refusal of a move is an answer of 409, which browsers note on the console.
        assert all("409" in one or "422" in one for one in bo.wrong), bo.wrong


def stage_that_asks(anna: Visitor) -> None:
    page = anna.page
    drags(page, "Desks", column(page, "Offer"))
    dialog = page.locator("#asks")
    expect(dialog).to_contain_text("Desks to Offer")
    anna.wrong.clear()
    anna.sees_nothing_wrong()
    dialog.get_by_role("link", name="Cancel").click()
    stands_in(page, "Desks", "Contact")
    drags(page, "Desks", column(page, "Offer"))
    dialog.get_by_label("Expected to close").fill("2030-02-01")
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog).to_be_hidden()
    stands_in(page, "Desks", "Offer")
    anna.wrong.clear()


def lost_with_a_reason(anna: Visitor) -> None:
    page = anna.page
    drags(page, "Chairs", page.locator("#ends [data-drops=lost]"))
    dialog = page.locator("#asks")
    dialog.get_by_label("Too dear").check()
    dialog.get_by_role("button", name="Close it as lost").click()
    expect(page.locator("#messages")).to_contain_text("Chairs is lost.")
    expect(card(page, "Chairs")).to_have_count(0)
    anna.wrong.clear()


def by_keyboard(anna: Visitor) -> None:
    """By arrows to the next stage; a card is picked up, carried past a stage and dropped, and the focus goes along."""
    page, press, says = anna.page, anna.page.keyboard.press, anna.page.locator("#board-says")
    card(page, "Lamps").focus()
    press("ArrowRight")
    expect(column(page, "Need").locator(".deal:focus")).to_have_count(1)
    card(page, "Shelves").focus()
    press("Space")
    expect(says).to_contain_text("Shelves is picked up from Need.")
    press("ArrowRight")
    press("ArrowRight")
    expect(says).to_have_text("Close, 4 of 6")
    press("Enter")
    expect(page.locator("#messages")).to_contain_text("Shelves is in Close now.")
    stands_in(page, "Shelves", "Close")
    expect(card(page, "Shelves")).to_be_focused()
    press("Tab")
    expect(card(page, "Shelves").locator(".name")).to_be_focused()


def escape_cancels(anna: Visitor) -> None:
    page, says = anna.page, anna.page.locator("#board-says")
    card(page, "Lamps").focus()
    for key in ("Enter", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    expect(says).to_have_text("Lamps stays in Contact.")
    x, y = centre(card(page, "Lamps"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*centre(column(page, "Close")), steps=5)
    expect(page.locator(".carried")).to_be_visible()
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".carried")).to_have_count(0)
    stands_in(page, "Lamps", "Contact")


def carried_on_at_once(anna: Visitor) -> None:
    """A card is carried on before its first move is answered: that answer does not close what the second asks."""
    page, press, dialog = anna.page, anna.page.keyboard.press, anna.page.locator("#asks")
    held: list[Route] = []
    page.route("**/move/", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it asks a function for its names
    for stage in ("Need", "Offer"):
        card(page, "Lamps").focus()
        for key in ("Enter", "ArrowRight", "Enter"):
            press(key)
        stands_in(page, "Lamps", stage)
    held[0].continue_()
    expect(dialog).to_contain_text("Lamps to Offer")
    expect(page.locator("#messages")).to_contain_text("Lamps is in Need now.")
    dialog.get_by_role("link", name="Cancel").click()
    stands_in(page, "Lamps", "Need")
    page.get_by_role("button", name="Undo").click()
    stands_in(page, "Lamps", "Contact")
    anna.wrong.clear()


def second_hears_of_the_first(anna: Visitor, bo: Visitor) -> None:
    """Bo holds a card while Anna moves it: his drag goes on undisturbed, and at the end he is told."""
    page = bo.page
    stands_in(page, "Shelves", "Close")
    stands_in(page, "Lamps", "Contact")
    x, y = centre(card(page, "Lamps"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*centre(column(page, "Offer")), steps=5)
    drags(anna.page, "Lamps", column(anna.page, "Need"))
    expect(anna.page.locator("#messages")).to_contain_text("Lamps is in Need now.")
    page.wait_for_timeout(1200)
    expect(page.locator(".carried")).to_be_visible()
    page.mouse.move(*centre(column(page, "Close")), steps=5)
    page.mouse.up()
    dialog = page.locator("#asks")
    expect(dialog).to_contain_text("Anna Holm moved it to Need meanwhile")
    dialog.get_by_role("button", name="Move it on to Close").click()
    expect(dialog).to_be_hidden()
    stands_in(page, "Lamps", "Close")
    stands_in(anna.page, "Lamps", "Close")


def test_board_by_touch_and_on_a_phone(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en", width=320) as phone:
        page = phone.page
        sign_in(page, server.address, ANNA)
        phone.sees_nothing_wrong()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        expect(column(page, "Contact")).to_be_visible()
        expect(column(page, "Need")).to_be_hidden()
        page.locator(".stages a", has_text="Need").click()
        expect(column(page, "Contact")).to_be_hidden()
        stands_in(page, "Stools", "Need")
        card(page, "Stools").get_by_label("Move Stools").click()
        phone.sees_nothing_wrong()
        page.locator("#asks").get_by_role("button", name="Close").click()
        expect(page.locator("#messages")).to_contain_text("Stools is in Close now.")
        expect(column(page, "Need").locator(".deal", has_text="Stools")).to_have_count(0)
        phone.sees_nothing_wrong()
    onto_the_name_of_a_stage(browser, server)
    context = browser.new_context(viewport={"width": 1024, "height": 768}, has_touch=True)
    try:
        page = context.new_page()
        sign_in(page, server.address, BO)
        touch = context.new_cdp_session(page)
        x, y = centre(card(page, "Rugs"))
        goal_x, goal_y = centre(column(page, "Need"))
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        expect(page.locator(".carried")).to_be_visible()
        for part in (0.2, 0.6, 1.0):
            at = {"x": x + (goal_x - x) * part, "y": y + (goal_y - y) * part}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator("#messages")).to_contain_text("Rugs is in Need now.")
        stands_in(page, "Rugs", "Need")
    finally:
        context.close()


def onto_the_name_of_a_stage(browser: Browser, server: Server) -> None:
    """On a phone that is touched, which shows one column at a time."""
    context = browser.new_context(viewport={"width": 320, "height": 1100}, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        sign_in(page, server.address, BO)
        drops_on_names(page)
    finally:
        context.close()


def drops_on_names(page: Page) -> None:
    """A card is held, the names of the stages stand above all, and it is dropped on another one, then on its own."""
    touch = page.context.new_cdp_session(page)
    need, close = (page.locator(".stages a", has_text=name) for name in ("Need", "Close"))
    close.click()
    for said in ("Stools is in Need now.", "Stools stays in Need."):
        held, moves = card(page, "Stools"), said.endswith("now.")
        expect(held).to_be_visible()
        held.evaluate("card => card.scrollIntoView({ block: 'center' })")
        x, y = centre(held)
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        expect(page.locator(".carried")).to_be_visible()
        goal_x, goal_y = centre(need)
        for part in (0.5, 1.0):
            at = {"x": x + (goal_x - x) * part, "y": y + (goal_y - y) * part}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        expect(page.locator(".stages .over")).to_have_count(1 if moves else 0)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator("#messages" if moves else "#board-says")).to_contain_text(said)
        expect(page.locator(".carried")).to_have_count(0)
        need.click()
        stands_in(page, "Stools", "Need")


def test_deal_page_is_edited_by_keyboard(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en") as anna:
        page, press = anna.page, anna.page.keyboard.press
        sign_in(page, server.address, ANNA)
        card(page, "Tables").locator(".name").click()
        expect(page.locator("h1")).to_have_text("Tables")
        anna.sees_nothing_wrong()
        page.get_by_label("Change the value").focus()
        press("Enter")
        value = page.locator("#value_value")
        expect(value).to_be_focused()
        press("Control+A")
        page.keyboard.type("1,250.50")
        press("Enter")
        expect(page.locator("#deal-head")).to_contain_text("DKK 1,250.50")
        change = page.get_by_label("Change the value")
        expect(change).to_be_focused()
        press("Enter")
        expect(value).to_be_focused()
        anna.sees_nothing_wrong()
        press("Escape")
        expect(value).to_have_count(0)
        expect(change).to_be_focused()
        page.locator("#committee summary", has_text="Add somebody").press("Enter")
        page.get_by_label("Person").fill("Ida Lund <ida@arla.example>")
        page.get_by_label("Person").press("Enter")
        expect(page.locator("#committee")).to_contain_text("ida@arla.example")
        page.locator(".path button", has_text="Need").click()
        expect(page.locator(".path .here")).to_have_text("Need")
        anna.sees_nothing_wrong()
