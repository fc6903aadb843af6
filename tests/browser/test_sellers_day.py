"""A seller's day from the first trace of a lead to a won deal and its renewal, by mouse and by keyboard alone.

The seller sees and changes what is her own, and what nobody owns; the owner made the rest ready.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Server, Visitor, serving, visiting
from tests.browser.hands import Keyboard, Mouse
from tests.browser.selling import ANNA, seed_day, send, sign_in
from tests.browser.test_board import card, column, drags, stands_in
from tests.browser.test_first_run import LANGUAGES
from tragt.web.lexicon.meaning import NOTHING

pytestmark = pytest.mark.long

SETTLED_MS, LOOKS = 500, 40
PHONE, DESK = 320, 1440
EXPECTED = date(2030, 2, 1)


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who leaves a trace on the website, and what becomes of it.

    Attributes:
        name: Name of the person.
        company: Where they work.
        deal: What they are sold.
        lost: Another deal, which is lost and opened again.
    """

    name: str
    company: str
    deal: str
    lost: str

    @property
    def user(self) -> str:
        return self.name.split()[0].lower()

    @property
    def email(self) -> str:
        return f"{self.user}@nordlys.example"


@dataclass(slots=True)
class Day:
    """The day of one seller with one lead, by one hand.

    Attributes:
        picked: Whether the board was looked at while a card was picked up by keys.
    """

    visitor: Visitor
    hand: Mouse | Keyboard
    lead: Lead
    deal: str = ""
    person: str = ""
    company: str = ""
    picked: bool = False

    @property
    def page(self) -> Page:
        return self.visitor.page

    def looks(self) -> None:
        """Nothing is wrong with the page; the pages look alike for both hands."""
        self.visitor.sees_nothing_wrong(looks=self.hand.looks)

    def called(self, name: str) -> str:
        """What an event is called in the language of the page."""
        with override(self.page.locator("html").get_attribute("lang")):
            return NOTHING.called_as(name)

    def was_asked(self) -> None:
        """A move that asks something first is answered with 422, which browsers note on the console."""
        (noted,) = self.visitor.wrong
        assert "422" in noted, noted
        self.visitor.wrong.clear()

    def reloads_until(self, path: str, wanted: Locator) -> None:
        """What was sent or done is settled in a moment; the page shows it once it is."""
        for _ in range(LOOKS):
            self.visitor.opens(path)
            if wanted.count():
                return
            self.page.wait_for_timeout(SETTLED_MS)
        raise AssertionError(f"{path} does not show {wanted}")

    def chooses(self, group: str, value: str) -> None:
        """One of several round buttons; the keyboard gets there by arrows."""
        option = self.page.locator(f'[name="{group}"][value="{value}"]')
        if isinstance(self.hand, Mouse):
            option.check()
        else:
            checked = self.page.locator(f'[name="{group}"]:checked')
            self.hand.reach(checked if checked.count() else self.page.locator(f'[name="{group}"]').first)
            self.page.keyboard.press("Space")
            for _ in range(self.page.locator(f'[name="{group}"]').count()):
                if option.is_checked():
                    break
                self.page.keyboard.press("ArrowRight")
        expect(option).to_be_checked()

    def ticks(self, box: Locator) -> None:
        if isinstance(self.hand, Mouse):
            box.check()
        else:
            self.hand.reach(box)
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def dates(self, target: Locator, day: date) -> None:
        if isinstance(self.hand, Mouse):
            target.fill(day.isoformat())
        else:
            self.hand.reach(target)
            self.page.keyboard.type(f"{day:%m%d%Y}")
        expect(target).to_have_value(day.isoformat())

    def carries(self, deal: str, goal: Locator) -> None:
        """A card over the board: dragged, or picked up and carried by arrows."""
        if isinstance(self.hand, Mouse):
            drags(self.page, deal, goal)
            return
        self.picks(deal)
        press, name = self.page.keyboard.press, goal.get_attribute("data-drops")
        for _ in range(self.page.locator("[data-drops]").count()):
            if self.page.locator(".over[data-drops]").count() and goal.evaluate("goal => goal.matches('.over')"):
                break
            press("ArrowRight")
        assert goal.get_attribute("data-drops") == name
        press("Enter")

    def picks(self, deal: str) -> None:
        """A card picked up by keys alone: by Tab to the one that Tab reaches, by arrows to the others."""
        assert isinstance(self.hand, Keyboard)
        press, wanted = self.page.keyboard.press, card(self.page, deal)
        columns = self.page.locator(".column").count()
        # What others change can put the focus elsewhere on the way: then whoever goes by keys begins once more.
        for _ in range(3):
            self.hand.reach(self.page.locator('.cards .deal[tabindex="0"]'))
            for _ in range(columns):
                press("ArrowLeft")
            if self._goes_to(wanted, columns):
                break
        expect(wanted).to_be_focused()
        press("Enter")
        expect(self.page.locator(".deal.picked")).to_have_count(1)
        if not self.picked:
            self.picked = True
            self.visitor.sees_nothing_wrong()
            expect(self.page.locator(".deal.picked")).to_be_focused()

    def _goes_to(self, wanted: Locator, columns: int) -> bool:
        press = self.page.keyboard.press
        for _ in range(columns):
            press("Home")
            for _ in range(self.page.locator(".cards .deal").count()):
                if wanted.evaluate("card => card === document.activeElement"):
                    return True
                press("ArrowDown")
            press("ArrowRight")
        return False


def comes_in(day: Day, key: str) -> None:
    """A lead that the website tells of stands in the list, and on a page with what it did."""
    lead, page = day.lead, day.page
    traits = {"name": lead.name, "email": lead.email, "company": lead.company}
    send(
        day.visitor.address,
        key,
        {"type": "identify", "userId": lead.user, "traits": traits, "messageId": f"{lead.user} 1"},
        {"type": "track", "event": "Price Asked", "userId": lead.user, "messageId": f"{lead.user} 2"},
    )
    link = page.locator("table.records tbody th a", has_text=lead.name)
    day.reloads_until("/people/", link)
    day.looks()
    day.hand.press(link)
    expect(page.locator("h1")).to_have_text(lead.name)
    day.person = page.url.removeprefix(day.visitor.address)
    day.reloads_until(f"{day.person}?timeline=1", page.locator(".touches", has_text="Price Asked"))
    day.looks()


def is_qualified(day: Day) -> None:
    """By hand: a stage of the lifecycle, MQL by marketing, SQL by sales; a mark is taken away as easily."""
    page, hand = day.page, day.hand
    second = page.locator("[name=stage] option").nth(1).get_attribute("value") or ""
    hand.choose(page.locator("#lead_stage"), second)
    hand.press(page.locator("[name=do][value=stage]"))
    expect(page.locator("[name=take][value=mql]")).to_have_count(1)
    expect(page.locator("#lead_stage")).to_have_value(second)
    hand.press(page.locator("[name=mark][value=sql]"))
    expect(page.locator("[name=take][value=sql]")).to_have_count(1)
    hand.press(page.locator("[name=take][value=mql]"))
    expect(page.locator("[name=take][value=mql]")).to_have_count(0)
    hand.press(page.locator("[name=mark][value=mql]"))
    expect(page.locator("[name=take]")).to_have_count(2)
    day.looks()


def is_made_a_deal(day: Day) -> None:
    """From the page of the person; and the page of the company offers the same."""
    page, hand = day.page, day.hand
    day.company = page.locator(".aside a[href^='/people/companies/']").first.get_attribute("href") or ""
    hand.press(page.locator("a[href^='/deals/new/?contact=']"))
    hand.write(page.locator("#deal_name"), day.lead.deal)
    day.looks()
    hand.press(page.locator(".new-deal button.btn"))
    expect(page.locator("h1")).to_have_text(day.lead.deal)
    expect(page.locator("#committee")).to_contain_text(day.lead.name)
    day.deal = page.url.removeprefix(day.visitor.address)
    day.looks()


def is_noted(day: Day) -> None:
    """A note, a call, and a task for today, which is finished from the page of the day."""
    page, hand = day.page, day.hand
    text, add, listed = page.locator(".entry textarea"), page.locator(".entry button.btn"), page.locator("ol.touches")
    hand.write(text, "Compares with a spreadsheet")
    hand.press(add)
    expect(listed).to_contain_text("Compares with a spreadsheet")
    day.chooses("kind", "call")
    hand.write(text, "Talked about prices")
    hand.choose(page.locator("[name=call_outcome]"), "reached")
    hand.press(add)
    expect(listed).to_contain_text("Talked about prices")
    task = f"Send the offer to {day.lead.name}"
    day.chooses("kind", "task")
    hand.write(text, task)
    day.dates(page.locator(".entry [name=day]"), datetime.now(ZoneInfo("Europe/Copenhagen")).date())
    hand.press(add)
    expect(page.locator(".activity.open")).to_contain_text(task)
    day.looks()

    day.visitor.opens("/today/")
    planned = page.locator(".activity", has_text=task)
    expect(page.locator("[aria-labelledby=h-today] .activity", has_text=task)).to_be_visible()
    day.looks()
    hand.press(planned.locator("button"))
    expect(planned).to_have_count(0)


def is_moved(day: Day) -> None:
    """Over the board: to a stage, and to one that asks for the day first."""
    page, deal = day.page, day.lead.deal
    day.visitor.opens("/pipeline/")
    day.looks()
    expect(card(page, "Hidden")).to_have_count(0)
    day.carries(deal, column(page, "Need"))
    stands_in(page, deal, "Need")
    day.carries(deal, column(page, "Offer"))
    dialog = page.locator("#asks")
    day.dates(dialog.locator("#asked_expected"), EXPECTED)
    day.was_asked()
    day.looks()
    day.hand.press(dialog.locator("button.btn").first)
    expect(dialog).to_be_hidden()
    stands_in(page, deal, "Offer")


def is_lost_and_opened_again(day: Day) -> None:
    """Another deal: why it is lost is asked; from its page it is opened again."""
    page, hand, deal = day.page, day.hand, day.lead.lost
    address = card(page, deal).locator(".name").get_attribute("href") or ""
    day.carries(deal, page.locator("#ends [data-drops=lost]"))
    dialog = page.locator("#asks")
    expect(dialog).to_be_visible()
    day.was_asked()
    reason = dialog.locator("[name=reason]").first.get_attribute("value") or ""
    day.chooses("reason", reason)
    hand.press(dialog.locator("button.btn").first)
    expect(card(page, deal)).to_have_count(0)
    day.visitor.opens(address)
    expect(page.locator(".facts")).to_contain_text("Too dear")
    hand.press(page.locator("form[action$='/reopen/'] button"))
    expect(page.locator("button[name=to][value=lost]")).to_be_visible()
    expect(page.locator(".facts")).not_to_contain_text("Too dear")


def is_won_and_renewed(day: Day) -> None:
    """What is sold is listed, and makes the value; the deal is won, and its renewal stands in the other pipeline."""
    page, hand = day.page, day.hand
    day.visitor.opens(day.deal)
    hand.press(page.locator("#lines summary"))
    hand.write(page.locator("#lines [name=text]"), "Shelves of oak")
    hand.write(page.locator("#lines [name=quantity]"), "3")
    hand.write(page.locator("#lines [name=price]"), "2000")
    hand.press(page.locator("#lines .line-form button.btn"))
    expect(page.locator("#lines tbody tr")).to_have_count(1)
    expect(page.locator("#deal-head")).to_contain_text(re.compile(r"6[.,\s]?000"))
    day.looks()
    hand.press(page.locator("button[name=to][value=won]"))
    renewal = page.locator(".facts a[href^='/deals/']:not(.change)")
    expect(renewal).to_have_count(1)
    day.looks()
    hand.press(renewal)
    expect(page.locator(".path")).to_have_text("Talk")
    expect(page.locator(f".facts a[href='{day.deal}']")).to_have_count(1)


def stands_in_the_timelines(day: Day) -> None:
    """What happened on the website and what was done here, in one line of time: of person, company and deal."""
    page = day.page
    told = page.locator(".touches")
    day.reloads_until(f"{day.person}?timeline=1", told.filter(has_text=day.called("Lifecycle Stage Entered")))
    for path in (day.person, day.company, f"{day.deal}timeline/"):
        day.visitor.opens(path)
        for text in ("Price Asked", "Compares with a spreadsheet", "Talked about prices"):
            expect(told).to_contain_text(text)
        lines = told.locator(".still" if path.startswith(day.deal) else f".still:has(a[href='{day.deal}'])")
        expect(lines.locator("b:not(:has(a))")).to_have_count(4)  # made, two stages, won
        day.looks()


def is_marked_with_others(day: Day) -> None:
    """On a phone: all persons on the page are chosen and tagged at once, one less is handed over, and it is undone."""
    page, hand, tag = day.page, day.hand, f"Fair {day.lead.user}"
    page.set_viewport_size({"width": PHONE, "height": 800})
    day.visitor.opens("/people/")
    whole, boxes, bar = page.locator("[name=page]"), page.locator("[name=key]"), page.locator("#chosen")
    expect(bar).to_be_hidden()
    number = boxes.count()
    day.ticks(whole)
    expect(page.locator("[name=key]:checked")).to_have_count(number)
    expect(bar.locator("[data-counts] span")).to_have_text(str(number))
    day.looks()
    if isinstance(hand, Keyboard):
        page.keyboard.press("Enter")
        expect(bar.locator("summary").first).to_be_focused()
    hand.press(bar.locator("summary").first)
    hand.write(page.locator("#many-tag"), tag)
    day.looks()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.keyboard.press("Enter")
    expect(page.locator("table .tag", has_text=tag)).to_have_count(number)
    undo = page.locator("form[action*='/undo/'] button")
    hand.press(undo)
    expect(page.locator("table .tag", has_text=tag)).to_have_count(0)

    day.ticks(boxes.first)
    hand.press(bar.locator("summary").nth(1))
    day.looks()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    hand.press(bar.locator("[value=assign]"))
    expect(page.locator("table td", has_text="Anna Holm")).to_have_count(1)
    hand.press(undo)
    expect(page.locator("table td", has_text="Anna Holm")).to_have_count(0)
    page.set_viewport_size({"width": DESK, "height": 900})


STEPS = (
    is_qualified,
    is_made_a_deal,
    is_noted,
    is_moved,
    is_lost_and_opened_again,
    is_won_and_renewed,
    stands_in_the_timelines,
    is_marked_with_others,
)


@pytest.fixture
def server(tmp_path: Path, make_home: Callable[[Path], Path]) -> Iterator[Server]:
    with serving(make_home(tmp_path / "home")) as running:
        yield running


@pytest.mark.parametrize("language", LANGUAGES)
def test_sellers_day_by_mouse_and_by_keyboard(browser: Browser, server: Server, language: str) -> None:
    key = seed_day(server.home, language)
    ida, bo = Lead("Ida Lund", "Arla", "Shelves for Arla", "Lamps"), Lead("Bo Berg", "Tine", "Chairs for Tine", "Desks")
    with visiting(browser, server.address, language) as visitor:
        sign_in(visitor.page, server.address, ANNA)
        expect(visitor.page.locator("html")).to_have_attribute("lang", language)
        for day in (Day(visitor, Mouse(), ida), Day(visitor, Keyboard(), bo)):
            comes_in(day, key)
            for step in STEPS:
                step(day)
        visitor.sees_nothing_wrong(looks=False)
