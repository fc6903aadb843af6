"""How somebody works a page: with a mouse, or with the keyboard alone."""

from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as NoDialogue

MOST_TABS = 150
TRIES, DIALOGUE_MS = 4, 5_000


class Hand(Protocol):
    """What a hand can do; pages look alike for both, so one of them is enough to look."""

    looks: bool

    def press(self, target: Locator) -> None: ...

    def write(self, target: Locator, text: str) -> None: ...

    def choose(self, target: Locator, value: str) -> None: ...

    def upload(self, target: Locator, file: Path) -> None: ...


class Mouse:
    """Points and clicks."""

    looks = True

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.click()
        target.fill(text)

    def choose(self, target: Locator, value: str) -> None:
        target.select_option(value)

    def upload(self, target: Locator, file: Path) -> None:
        target.set_input_files(file)


class Keyboard:
    """Knows the tabulator, arrows, Enter, the space bar and letters, and nothing else."""

    looks = False

    def press(self, target: Locator) -> None:
        self.reach(target)
        target.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        target.page.keyboard.press("Control+A")
        target.page.keyboard.type(text)

    def choose(self, target: Locator, value: str) -> None:
        self.reach(target)
        values = target.evaluate("field => Array.from(field.options).filter(o => !o.disabled).map(o => o.value)")
        steps = values.index(value) - values.index(target.input_value())
        for _ in range(abs(steps)):
            target.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        assert target.input_value() == value

    def upload(self, target: Locator, file: Path) -> None:
        # The browser opens its dialogue only for a page it counts as touched, which may be a moment after it came.
        for attempt in range(TRIES):
            self.reach(target)
            try:
                with target.page.expect_file_chooser(timeout=DIALOGUE_MS) as chooser:
                    target.page.keyboard.press("Space")
            except NoDialogue:
                if attempt + 1 == TRIES:
                    raise
            else:
                chooser.value.set_files(file)
                return

    def reach(self, target: Locator) -> None:
        """Let a target have the focus, by the tabulator."""
        target.wait_for(state="attached")
        page: Page = target.page
        for _ in range(MOST_TABS):
            if target.evaluate("element => element === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")
