"""A seller adds a company and a person, and changes what is known of them where it stands."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.selling import ANNA, BO, seed, sign_in

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    """A server with a firm, and nobody known but a company."""
    with serving(make_home(tmp_path_factory.mktemp("people") / "home")) as running:
        seed(running.home)
        yield running


def fact(page: Page, name: str) -> Locator:
    return page.locator(f"#fact-{name}")


def box(page: Page, name: str) -> Locator:
    return fact(page, name).get_by_role("textbox")


def pencil(page: Page, name: str) -> Locator:
    return fact(page, name).get_by_role("link", name="Change:")


def test_person_is_added_and_changed_where_it_stands(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en") as anna, visiting(browser, server.address, "en") as bo:
        sign_in(anna.page, server.address, ANNA)
        sign_in(bo.page, server.address, BO)
        is_added(anna)
        is_changed_by_mouse_and_by_keyboard(anna)
        is_changed_by_a_colleague_meanwhile(anna, bo)
        is_handed_over(anna)
        is_asked_about_where_the_name_is_known(anna)


def is_added(anna: Visitor) -> None:
    page = anna.page
    anna.opens("/people/")
    page.get_by_role("main").get_by_role("link", name="New person").first.click()
    page.get_by_label("Name").fill("Ada Lund")
    page.get_by_label("E-mail").fill("ada")
    page.get_by_label("Company").press_sequentially("arl")
    expect(page.locator("#companies-found option")).to_have_attribute("value", "Arla")
    page.get_by_label("Company").fill("Arla")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("This is not an e-mail address.")).to_be_visible()
    after_a_refusal(anna)
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lund")
    expect(fact(page, "company").get_by_role("link", name="Arla")).to_be_visible()
    anna.sees_nothing_wrong()


def is_changed_by_mouse_and_by_keyboard(anna: Visitor) -> None:
    """A click on the value opens the field, Enter saves it, Escape leaves it as it was; then its pencil is focused."""
    page = anna.page
    fact(page, "name").locator(".what").click()
    expect(box(page, "name")).to_be_focused()
    anna.sees_nothing_wrong()
    box(page, "name").fill("Ada Holm")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Holm")
    expect(pencil(page, "name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page, "name")).to_be_focused()
    page.keyboard.type("Nobody")
    page.keyboard.press("Escape")
    expect(fact(page, "name").locator(".what")).to_have_text("Ada Holm")
    expect(pencil(page, "name")).to_be_focused()


def is_changed_by_a_colleague_meanwhile(anna: Visitor, bo: Visitor) -> None:
    page, theirs = anna.page, bo.page
    pencil(page, "phone").click()
    expect(box(page, "phone")).to_be_focused()
    theirs.goto(page.url)
    pencil(theirs, "phone").click()
    box(theirs, "phone").fill("33 12 34 56")
    theirs.keyboard.press("Enter")
    expect(fact(theirs, "phone").get_by_role("link", name="+4533123456")).to_be_visible()
    box(page, "phone").fill("33 99 99 99")
    fact(page, "phone").get_by_role("button", name="Save").click()
    expect(fact(page, "phone").get_by_role("alert")).to_contain_text(re.compile(r"It is now:\s+\+4533123456"))
    after_a_refusal(anna)
    fact(page, "phone").get_by_role("button", name="Save").click()
    expect(fact(page, "phone").get_by_role("link", name="+4533999999")).to_be_visible()


def is_handed_over(anna: Visitor) -> None:
    page = anna.page
    pencil(page, "owner").click()
    fact(page, "owner").get_by_role("combobox").select_option(label="Bo Berg")
    fact(page, "owner").get_by_role("button", name="Save").click()
    expect(fact(page, "owner").locator(".what")).to_have_text("Bo Berg")
    anna.sees_nothing_wrong()


def is_asked_about_where_the_name_is_known(anna: Visitor) -> None:
    page = anna.page
    anna.opens("/people/new/")
    page.get_by_label("Name").fill("ada holm")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert").get_by_role("link", name="Ada Holm")).to_be_visible()
    after_a_refusal(anna)
    page.get_by_role("button", name="Add another one of this name").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ada holm")


def after_a_refusal(anna: Visitor) -> None:
    """Chromium tells of every answer that refuses, which is no fault."""
    assert all("422" in said for said in anna.wrong), anna.wrong
    anna.wrong.clear()
    anna.sees_nothing_wrong()
