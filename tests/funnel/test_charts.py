"""Charts show the figures of the report, say what they find, and can be drawn without compiling an expression."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import vl_convert

from tests.funnel.reports import AS_OF, WEB, report, with_optional, young
from tragt import Report
from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.funnel.charts import Kind, Look, chart, stock_chart
from tragt.funnel.question import Breakdown
from tragt.funnel.report import NO_SUCH_EVENT, Curve, Part, Unseen
from tragt.funnel.step_report import StepReport, Times
from tragt.funnel.stock import StageStock, Stock
from tragt.funnel.words import LANGUAGES
from tragt.stats.intervals import wilson

DAY = 86_400.0
GAP = "\N{NARROW NO-BREAK SPACE}"


def part(value: object, entered: int, reached: int, *, mature: bool | None = None, other: bool = False) -> Part:
    steps = report((entered, reached), still_open=0.5 if mature is False else 0).steps
    if mature is False:
        steps = tuple(replace(step, from_first=None, from_previous=None, reason="too young") for step in steps)
    return Part(value, steps, other=other, mature=mature)


def without_rates(line: StepReport) -> StepReport:
    return replace(line, from_previous=None, from_first=None, reason="nobody entered long enough ago")


def week(number: int) -> date:
    return date(2025, 12, 22) + timedelta(weeks=number)


BASE = report((900, 300), ("Visited", "Paid"), window="14d")
PARTS = replace(
    BASE,
    breakdown=Breakdown("source"),
    parts=(part("ads", 400, 40), part("mail", 300, 150), part(None, 100, 30), part(None, 100, 80, other=True)),
)
TREND = replace(
    BASE,
    trend=(
        part(week(0), 300, 30, mature=True),
        part(week(1), 300, 60, mature=True),
        part(week(2), 300, 120, mature=True),
        part(week(3), 10, 1, mature=False),
        part(week(4), 0, 0, mature=False),
    ),
)
TIMES = replace(
    BASE,
    steps=(
        BASE.steps[0],
        replace(
            BASE.steps[1],
            time_from_previous=Times(DAY, 3 * DAY, 5 * DAY, 9 * DAY, (3600.0, DAY, 4 * DAY, 12 * DAY), (20, 160, 120)),
        ),
    ),
)
CURVE = replace(
    young(),
    curve=Curve(
        tuple(DAY * day for day in range(15)),
        tuple(tuple(min(1.0, top * (day + (top == 1)) / 10) for day in range(15)) for top in (1.0, 0.4, 0.1)),
    ),
)
REPORTS = {Kind.STEPS: WEB, Kind.PARTS: PARTS, Kind.TREND: TREND, Kind.TIMES: TIMES, Kind.CURVE: CURVE}
WEEKS = tuple(datetime(2026, 8, 31, tzinfo=UTC) + timedelta(weeks=number) for number in range(3))
STOCK = Stock(
    "deal",
    AS_OF,
    WEEKS,
    (StageStock("Need", 12, 1, (4, 3, 2), (1, 1, 5)), StageStock("Offer", 1500, 0, (1, 5, 10), (9, 0, 0))),
    {"Won": 7},
)


def drawn(shown: Any) -> str:
    """The picture of a chart, as the renderer of pages draws it."""
    return vl_convert.vegalite_to_svg(json.dumps(shown.to_dict()))


def texts(shown: Any) -> list[str]:
    """Every text of a drawn chart."""
    root = ElementTree.fromstring(drawn(shown))
    found = ("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    return [text.replace(GAP, " ") for text in found]


def title(shown: Any) -> str:
    return " ".join(shown.to_dict()["title"]["text"]).replace(GAP, " ")


def hollow(shown: Any) -> bool:
    return "Hollow: not over yet, so the share may still rise" in shown.to_dict()["title"]["subtitle"]


def rows(shown: Any) -> list[dict[str, Any]]:
    """The rows of the largest data of a chart."""
    content = shown.to_dict()
    given = [content.get("data"), *(layer.get("data") for layer in content.get("layer", []))]
    found = [one["values"] if "values" in one else content["datasets"][one["name"]] for one in given if one]
    largest: list[dict[str, Any]] = max(found, key=len)
    return largest


@pytest.mark.parametrize(("language", "theme"), list(zip(LANGUAGES, ("light", "dark", "print", "light"), strict=True)))
def test_chart_of_every_kind_can_be_drawn(language: str, theme: str) -> None:
    for kind, given in REPORTS.items():
        assert len(texts(given.chart(kind, theme=theme, language=language))) > 3
    assert "1" in "".join(texts(stock_chart(STOCK, Look(language, theme))))


def test_chart_can_be_drawn_as_png() -> None:
    image = vl_convert.vegalite_to_png(json.dumps(WEB.chart().to_dict()))
    assert image.startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", REPORTS)
def test_chart_asks_for_no_function_that_readers_of_expressions_lack(kind: Kind) -> None:
    text = json.dumps(REPORTS[kind].chart(kind).to_dict())
    assert set(re.findall(r"(\w+)\(", " ".join(re.findall(r'"labelExpr": "((?:[^"\\]|\\.)*)"', text)))) <= {"indexof"}
    assert "http" not in text.replace("https://vega.github.io/schema", "")


@pytest.mark.parametrize("kind", REPORTS)
def test_chart_in_the_dark_has_no_colour_of_the_light(kind: Kind) -> None:
    given = REPORTS[kind]
    light, dark = (json.dumps(given.chart(kind, theme=theme).to_dict()) for theme in ("light", "dark"))
    colours = {theme: set(re.findall(r"#[0-9a-f]{6}", text)) for theme, text in (("light", light), ("dark", dark))}
    assert colours["light"]
    assert not colours["light"] & colours["dark"]


def test_chart_of_steps_shows_the_leading_rates_with_their_limits() -> None:
    for given, rate in ((WEB, "from_previous"), (young(), "expected_from_previous")):
        shown = rows(given.chart())
        lines = given.steps[1:]
        assert [row["name"] for row in shown] == [line.name for line in lines]
        for row, line in zip(shown, lines, strict=True):
            found = getattr(line, rate)
            assert (row["rate"], row["low"], row["high"]) == (found.rate, found.low, found.high)


def test_chart_of_steps_states_the_finding_and_the_kind_of_its_rates() -> None:
    assert title(WEB.chart()).startswith("More people stop between “Joined a webinar” and “Asked for a demo”")
    assert "Share of the step before, expected (95 % interval)" in texts(young().chart())
    assert any("optional" in text for text in texts(with_optional(WEB, 1, "Asked", 900, 400).chart()))


def test_chart_of_steps_says_why_a_rate_is_absent() -> None:
    assert "nobody reached the step before" in texts(report((10, 0, 0)).chart())


def test_chart_of_steps_that_repeat_has_a_bar_for_each() -> None:
    shown = report((90, 60, 30), ("Visited", "Visited", "Visited")).chart()
    assert texts(shown).count("Visited") == 2
    assert {"66.7 % (56–76)", "50.0 % (38–62)"} <= set(texts(shown))


def test_chart_of_parts_has_the_best_first_and_other_last() -> None:
    shown = PARTS.chart("parts")
    assert [row["name"] for row in rows(shown)] == ["mail", "not given", "ads", "other"]
    assert title(shown) == "“Paid”: “mail” leads with 50.0 %, “ads” is last with 10.0 %"
    assert "50.0 % (44–56) · 300" in texts(shown)


def test_chart_of_parts_whose_intervals_overlap_states_no_difference() -> None:
    close = replace(PARTS, parts=(part("ads", 40, 12), part("mail", 30, 10)))
    assert title(close.chart("parts")) == "“Paid”, by “source”"


def test_chart_of_parts_names_the_reason_of_a_share_that_is_absent() -> None:
    given = replace(PARTS, parts=(*PARTS.parts, part("new", 5, 0, mature=False)))
    assert rows(given.chart("parts"))[-1] == {"place": 4, "name": "new", "label": "too young"}


def test_chart_of_the_trend_marks_what_is_not_over_and_shows_its_share_so_far() -> None:
    shown = TREND.chart("trend")
    found = rows(shown)
    assert [row["over"] for row in found] == [True, True, True, False, False]
    assert (found[3]["rate"], "low" in found[3], "rate" in found[4]) == (0.1, False, False)
    assert hollow(shown)
    assert title(shown) == "“Paid”: up from 10.0 % (22 Dec 2025) to 40.0 % (5 Jan 2026)"
    over = replace(TREND, trend=TREND.trend[:3])
    assert not hollow(over.chart("trend"))


def test_chart_of_the_trend_falls_and_stays_where_the_figures_do() -> None:
    fell = replace(TREND, trend=(part(week(0), 300, 120, mature=True), part(week(1), 300, 30, mature=True)))
    assert "down from 40.0 %" in title(fell.chart("trend"))
    same = replace(TREND, trend=(part(week(0), 300, 30, mature=True), part(week(1), 300, 32, mature=True)))
    assert title(same.chart("trend")) == "“Paid”, by date of entry"


def test_chart_of_times_has_a_bar_a_bin_and_the_median() -> None:
    shown = TIMES.chart("times")
    assert [(row["low"], row["high"], row["count"]) for row in rows(shown)] == [
        (3600.0, DAY, 20),
        (DAY, 4 * DAY, 160),
        (4 * DAY, 12 * DAY, 120),
    ]
    assert title(shown) == "Half of those who go from “Visited” to “Paid” take 3 days or less"
    assert "half: 3 days" in texts(shown)


def test_chart_of_times_that_are_all_the_same_can_be_drawn() -> None:
    alike = replace(TIMES.steps[1], time_from_previous=Times(60.0, 60.0, 60.0, 60.0, (60.0, 60.0), (9,)))
    shown = replace(TIMES, steps=(TIMES.steps[0], alike)).chart("times")
    assert rows(shown)[0]["low"] < 60 < rows(shown)[0]["high"]
    drawn(shown)


def test_chart_of_the_curve_names_each_line_at_its_end() -> None:
    shown = CURVE.chart("curve")
    assert {row["line"] for row in rows(shown)} == {1, 2}
    assert {"cart 56.0 %", "purchase 14.0 %"} <= set(texts(shown))
    assert "are expected to reach “purchase” within 14 days" in title(shown)
    assert "“cart”" in title(CURVE.chart("curve", step="cart"))


def test_chart_of_the_stock_counts_back_from_now() -> None:
    shown = rows(stock_chart(STOCK))
    assert [row["units"] for row in shown] == [13, 15, 12, 1485, 1490, 1500]
    assert title(stock_chart(STOCK)) == "1,512 deals in the pipeline: 14 more than on 6 Sep 2026"
    assert [row["now"] for row in shown] == ["", "", "12", "", "", "1,500"]


@pytest.mark.parametrize(
    ("code", "ask"),
    [
        ("funnel.unknown_kind", lambda: WEB.chart("pie")),
        ("words.unknown_language", lambda: WEB.chart(language="fi")),
        ("picture.unknown_theme", lambda: WEB.chart(theme="pink")),
        ("chart.unknown_theme", lambda: WEB.chart(theme="auto")),
        ("chart.width", lambda: chart(WEB, "steps", None, Look(width=20))),
        ("report.no_such_step", lambda: PARTS.chart("parts", step="Bought")),
        ("chart.no_such_step", lambda: PARTS.chart("parts", step=0)),
        ("chart.no_such_step", lambda: with_optional(TIMES, 0, "Asked", 9, 8).chart("times", step=1)),
    ],
)
def test_chart_that_cannot_be_is_refused(code: str, ask: Callable[[], object]) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        ask()
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "given", "kind"),
    [
        ("chart.no_rates", replace(WEB, steps=tuple(without_rates(line) for line in WEB.steps)), "steps"),
        ("chart.no_parts", WEB, "parts"),
        ("chart.no_trend", WEB, "trend"),
        ("chart.no_times", BASE, "times"),
        ("chart.no_curve", WEB, "curve"),
    ],
)
def test_chart_of_what_the_report_does_not_have_says_what_to_ask(code: str, given: Report, kind: str) -> None:
    with pytest.raises(NotEnoughData) as refused:
        given.chart(kind)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", Kind)
def test_chart_of_a_step_that_nobody_reached_says_so_and_what_was_never_seen(kind: Kind) -> None:
    nobody = replace(report((0, 0), ("Visit", "Paid")), unseen=(Unseen("Visit", NO_SUCH_EVENT),))
    with pytest.raises(
        NotEnoughData, match=r"nobody reached 'Visit'\. 'Visit' was never seen.*longer period"
    ) as refused:
        nobody.chart(kind)
    assert refused.value.code == "chart.nobody_entered"


def test_charts_are_loaded_only_when_one_is_asked_for() -> None:
    late = ("altair", "deltalake", "django", "vl_convert")
    code = f"import sys, tragt; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_chart_of_one_closed_share_has_an_axis() -> None:
    sure = replace(PARTS, parts=(Part("all of it", report((3, 3)).steps),))
    assert wilson(3, 3).high == 1
    drawn(sure.chart("parts"))
