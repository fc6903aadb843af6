"""Reports on the screen and pages on paper: everything that says something fits and is there, the frame is not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, serving, visiting
from tests.browser.selling import ANNA, _run, seed, sign_in

pytestmark = pytest.mark.long

A4 = 688
"""How wide A4 is between its margins, in CSS pixels."""

_FIRM = """
import django

django.setup()
from datetime import UTC, datetime

from tragt.demo import DemoFirm
from tragt.demo.passage import FUNNEL_STEPS, FUNNEL_WINDOW
from tragt.funnel import Funnel
from tragt.lake import Marker
from tragt.lake.rows import events_of
from tragt.web.accounts.models import User
from tragt.web.crm.models import Activity, Deal
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.log.queries import lake
from tragt.web.reports.actions.naming import Named, name_reader
from tragt.web.shell.acting import COMMAND_LINE, Who

log, now = DemoFirm(persons=2_000).log(), datetime(2026, 1, 1, tzinfo=UTC)
rows = events_of(log, batch="import:1", source="test", received=now)
lake().append(rows, marker=Marker("import:1", 1), batch="import:1")
funnel = save(COMMAND_LINE, Funnel.of(*FUNNEL_STEPS, window=FUNNEL_WINDOW), "Sales", SavedPeriod(PeriodKind.LAST_365))
SavedFunnel.objects.filter(pk=funnel.pk).update(targets={"Webinar Joined": 0.5, "Demo Requested": 0.1})
save(COMMAND_LINE, Funnel.of("Visited", "Form Submitted", "Deal Won", window="30d"), "Forms")
anna = User.objects.get(email="anna@example.org")
name_reader(Named(funnel.pk), who=Who.of(anna))
for deal in Deal.objects.all()[:2]:
    Activity.objects.create(
        kind="task", title="Call them back", deal=deal, owner=anna, due=datetime(2026, 1, 2, tzinfo=UTC)
    )
"""

ON_SCREEN = ("/", "/reports/", "/reports/1/", "/reports/funnels/1/weeks/", "/funnels/1/numbers/3/from_previous/")
ON_PAPER = {
    "/": ".health",
    "/funnels/1/": ".funnel-rows",
    "/funnels/1/steps/2/": "h1",
    "/funnels/1/numbers/3/from_previous/": ".stat",
    "/leaks/": "h1",
    "/reports/1/": ".letter",
    "/deals/": "table",
    "/deals/1/": "h1",
}
"""The pages that are printed, and a part of each that must stand on paper."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a firm of two thousand, two funnels, deals, and a report."""
    with serving(tmp_path_factory.mktemp("paper") / "home") as running:
        seed(running.home)
        _run(running.home, _FIRM)
        yield running


def shot(page: Page, name: str) -> None:
    """Keep what is seen, where somebody wants to look at it."""
    if folder := os.environ.get("SHOTS_FOLDER"):
        page.screenshot(path=Path(folder) / f"{name.strip('/').replace('/', '-') or 'overview'}.png", full_page=True)


def too_wide(page: Page) -> bool:
    # Widths are rounded to whole pixels, up or down.
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1") is True


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 1440, "light"), ("nb", 768, "dark"), ("da", 320, "light")]
)
def test_reports_and_figures_fit_the_screen_and_read_well(
    browser: Browser, server: Server, language: str, width: int, scheme: str
) -> None:
    with visiting(browser, server.address, language, width) as anna:
        page = anna.page
        sign_in(page, server.address, ANNA)
        page.context.add_cookies([{"name": "tragt_language", "value": language, "url": server.address}])
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path in ON_SCREEN:
            anna.opens(path)
            expect(page.locator("h1")).to_be_visible()
            anna.sees_nothing_wrong()
            shot(page, f"{path}-{width}-{language}")
            assert not too_wide(page), path


def test_pages_on_paper_hold_what_they_say_and_nothing_of_the_frame(browser: Browser, server: Server) -> None:
    with visiting(browser, server.address, "en", A4) as anna:
        page = anna.page
        sign_in(page, server.address, ANNA)
        page.emulate_media(media="print")
        for path, part in ON_PAPER.items():
            anna.opens(path)
            expect(page.locator(part).first).to_be_visible()
            expect(page.locator("h1")).to_be_visible()
            for frame in (".side", ".foot", ".messages", "main .head > .acts"):
                assert page.locator(f"{frame}:visible").count() == 0, (path, frame)
            shot(page, f"print-{path}")
            assert not too_wide(page), path
            ink = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ink in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), (path, ink)
