"""The drawing and the table in a terminal of any width and encoding."""

import io
import re
from typing import NoReturn

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.funnel.reports import WEB, report, with_optional, young
from tragt.cli import drawing
from tragt.errors import NotAllowed
from tragt.funnel.picture import draw
from tragt.funnel.report import Report
from tragt.funnel.table import table

FIFTEEN = report([100_000 // (place + 1) for place in range(15)], window="30d")
HUGE = report((1_234_567_890_123, 234_567_890_123, 12), ("a" * 60, "顧客が見積もりを請求しました", "c"), window="36h")
EXTREMES = [WEB, FIFTEEN, HUGE, young(), report((0, 0), window="14d"), report((120, 0, 0), window="14d")]


def printed(what: object, width: int = 80, encoding: str = "utf-8", **options: object) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=width, **options)  # type: ignore[arg-type]
    console.print(what)
    file.flush()
    assert isinstance(file.buffer, io.BytesIO)
    return file.buffer.getvalue().decode(encoding)


def bars(text: str, blocks: str = "█▐▌") -> list[str]:
    return [line for line in text.splitlines() if set(line) & set(blocks)]


def halves(line: str) -> int:
    return 2 * line.count("█") + line.count("▐") + line.count("▌")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_drawing_is_as_wide_as_people_are_many(width: int) -> None:
    lines = printed(drawing.drawing(FIFTEEN), width).splitlines()[2:]
    widest = halves(lines[0])
    for line, step in zip(lines, FIFTEEN.steps, strict=True):
        assert abs(halves(line) - widest * step.entered / FIFTEEN.steps[0].entered) <= 1


def test_drawing_is_even_about_its_middle() -> None:
    spans = [found.span() for line in bars(printed(drawing.drawing(FIFTEEN))) if (found := re.search("[▐█▌]+", line))]
    assert len(spans) > 10
    assert len({left + right for left, right in spans}) == 1


@pytest.mark.parametrize("given", EXTREMES)
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_drawing_and_table_stay_in_the_window(given: Report, width: int) -> None:
    for line in printed(drawing.report(given, "sv"), width).splitlines():
        assert cell_len(line) <= width


@pytest.mark.parametrize("given", EXTREMES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_report_shows_every_count_whole(given: Report, width: int) -> None:
    text = printed(drawing.report(given), width)
    for line in given.steps:
        for count in (line.entered, line.passed, line.lost, line.expired, line.open):
            assert f"{count:,}" in text


def test_drawing_names_steps_and_gives_rates_and_times() -> None:
    text = printed(drawing.drawing(WEB))
    line = next(line for line in text.splitlines() if line.startswith("Asked for a demo"))
    assert "1,262" in line
    assert "11.8\N{NARROW NO-BREAK SPACE}% (11.2–12.4)" in line
    assert "12 days" in line


def test_drawing_where_expected_rates_lead_shows_both() -> None:
    text = printed(drawing.drawing(young()), 120)
    assert {"expected", "observed"} <= set(text.split())


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_drawing_without_blocks_is_plain(encoding: str) -> None:
    given = with_optional(WEB, 1, "Læste prislisten", 4000, 900)
    text = printed(drawing.report(given, "da"), 80, encoding)
    assert "####" in text
    assert "----" in text
    assert ("Læste" in text) == (encoding != "ascii")


def test_drawing_with_little_room_drops_the_least_needed_first() -> None:
    wide, narrow = printed(drawing.drawing(WEB), 100), printed(drawing.drawing(WEB), 60)
    assert "days" in wide
    assert "days" not in narrow
    assert "(11.2–12.4)" in narrow


def test_drawing_without_colour_has_no_escapes() -> None:
    assert "\x1b" not in printed(drawing.report(WEB))
    assert "\x1b[3" not in printed(drawing.report(WEB), force_terminal=True, no_color=True)


def test_drawing_of_a_name_with_control_characters_leaves_the_terminal_alone() -> None:
    given = report((90, 30), ("\x1b[2Jgone", "[bold]b[/bold]"), window="14d")
    text = printed(drawing.report(given))
    assert "\x1b" not in text
    assert "[bold]b[/bold]" in text


def test_drawing_of_a_step_that_few_reached_shows_a_hair() -> None:
    assert "▏" in printed(drawing.drawing(report((100_000, 1), window="14d")))


def test_drawing_marks_an_optional_step() -> None:
    text = printed(drawing.drawing(with_optional(WEB, 0, "coupon", 9000, 900)))
    line = next(line for line in text.splitlines() if line.startswith("coupon (optional)"))
    assert "░" in line
    assert "█" not in line


def test_table_has_every_figure_where_there_is_room() -> None:
    shown = table(WEB)
    text = printed(drawing.table(WEB, width=200), 200)
    for row in shown.rows:
        assert all(cell in text for cell in row)
    assert shown.rule in " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80])
def test_table_with_little_room_drops_rates_and_keeps_the_counts_in_columns(width: int) -> None:
    heads = [line.split()[:6] for line in printed(drawing.table(WEB, width=width), width).splitlines()]
    assert ["Step", "Entered", "Passed", "Lost", "Expired", "Open"] in heads


def test_report_says_what_was_found_and_asked() -> None:
    text = " ".join(printed(drawing.report(WEB, "nb"), 200).split())
    assert text.startswith("Flest personer stopper mellom «Joined a webinar» og «Asked for a demo»")
    assert "Hvor mange av personene som nådde «Visited»" in text
    assert "Per 21. nov. 2026" in text


def test_png_is_drawn_from_the_picture() -> None:
    pytest.importorskip("vl_convert", reason="the extra that draws PNG is not installed")
    assert drawing.png(draw(WEB, theme="light"), scale=1).startswith(b"\x89PNG")


def test_png_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> NoReturn:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(drawing, "import_module", absent)
    with pytest.raises(NotAllowed, match=r"pip install 'tragt\[app\]'"):
        drawing.png("<svg/>")
