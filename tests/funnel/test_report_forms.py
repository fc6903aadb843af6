"""A report as a frame, as JSON and as a notebook shows it: the same figures, typed, documented and escaped."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from tests.funnel.reports import NOBODY, WEB, report, with_optional, young
from tragt import Funnel, Report
from tragt.funnel.notebook import html_of
from tragt.funnel.question import Breakdown, Period
from tragt.funnel.report import NO_SUCH_EVENT, Curve, Part, Unseen
from tragt.funnel.report_frame import COLUMNS, COUNTS, RATES, TIMES, VALUES
from tragt.funnel.report_json import VERSION
from tragt.funnel.step_report import Amount, Times
from tragt.stats.intervals import wilson

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/report.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([\w.\[\]]+)` \| ([\w ]+) \|", flags=re.MULTILINE)


def full() -> Report:
    """A report with everything that a report can have."""
    given = with_optional(report((400, 200, 50), still_open=0.3, window="14d"), 0, "asked", 80, 60)
    rate, times = wilson(50, 400), Times(1.0, 2.0, 3.0, 4.0, (0.5, 1.5, 4.5), (7, 9))
    whole: dict[str, object] = {**dict.fromkeys(RATES, rate), **dict.fromkeys(TIMES, times)}
    said = {"reason": NOBODY, "expected_reason": NOBODY, "named": 3, "skipped": 4}
    whole |= dict.fromkeys(VALUES, Amount(90.0, 30.0, 3, 1))
    given = replace(given, steps=(replace(given.steps[0], **whole, **said), *given.steps[1:]))  # type: ignore[arg-type]
    parts = (Part("mail", given.steps), Part(None, given.steps), Part(None, given.steps, other=True))
    return replace(
        given,
        breakdown=Breakdown("source"),
        parts=parts,
        trend=(Part(date(2026, 10, 5), given.steps, mature=True), Part(date(2026, 10, 12), given.steps, mature=False)),
        period=Period("2026-10-01", "2026-11-01"),
        of_those_closed=wilson(50, 75),
        loss_reasons={"price": 20, "": 5},
        stationary=True,
        backwards=1,
        reopened=2,
        currency="EUR",
        curve=Curve((0.0, 86_400.0), ((1.0, 1.0), (0.0, 0.5), (0.0, 0.1))),
        unseen=(Unseen("Signed", NO_SUCH_EVENT),),
    )


def test_frame_has_a_row_a_line_and_typed_columns() -> None:
    frame = full().to_frame()
    assert dict(frame.schema) == dict(COLUMNS)
    assert frame["scope"].to_list() == ["whole"] * 4 + ["part"] * 12 + ["trend"] * 8
    assert frame["part"].unique(maintain_order=True).to_list() == [None, "mail"]
    assert frame.filter(pl.col("scope") == "trend")["start"].unique().to_list() == [
        date(2026, 10, 5),
        date(2026, 10, 12),
    ]


def test_frame_holds_the_figures_of_the_report() -> None:
    given = full()
    for row, line in zip(given.to_frame().head(4).iter_rows(named=True), given.steps, strict=True):
        assert {name: row[name] for name in COUNTS} == {name: getattr(line, name) for name in COUNTS}
        for name in RATES:
            rate = getattr(line, name)
            found = row[name], row[f"{name}_low"], row[f"{name}_high"]
            assert found == ((None,) * 3 if rate is None else (rate.rate, rate.low, rate.high))
        times = line.time_from_previous
        assert row["time_from_previous_median"] == (None if times is None else times.median)
        assert row["name"] == line.name


def test_frame_says_which_rates_lead_and_why_others_are_absent() -> None:
    frame = young().to_frame()
    assert frame["kind"].unique().to_list() == ["expected"]
    assert report((10, 0, 0)).to_frame()["reason"].to_list() == [None, None, NOBODY]


def paths(content: Any, path: str = "") -> dict[str, str]:
    """Every field of a JSON document, with its type."""
    if isinstance(content, dict) and not path.endswith("loss_reasons"):
        found: dict[str, str] = {}
        for name, value in content.items():
            found |= {f"{path}.{name}".lstrip("."): kind_of(value)} | paths(value, f"{path}.{name}".lstrip("."))
        return found
    if isinstance(content, list):
        found = {}
        for value in content:
            for name, kind in paths(value, f"{path}[]").items():
                found[name] = found[name] if found.get(name, "null") != "null" else kind
        return found
    return {}


def kind_of(value: object) -> str:
    kinds: dict[type, str] = {
        bool: "boolean",
        int: "number",
        float: "number",
        str: "text",
        list: "list",
        dict: "object",
    }
    return kinds.get(type(value), "null")


def documented() -> dict[str, str]:
    """The fields that the page of the reference lists; those of steps stand there once."""
    listed = dict(ROW.findall(PAGE))
    of_steps = {name.removeprefix("steps[]"): kind for name, kind in listed.items() if name.startswith("steps[].")}
    listed |= {f"{place}[].steps[]{name}": kind for place in ("parts", "trend") for name, kind in of_steps.items()}
    for field, kind in list(listed.items()):
        for name, of_kind in list(listed.items()):
            shape, _, rest = name.partition(".")
            if kind == shape:
                listed[f"{field}.{rest}"] = of_kind
    return {name: kind for name, kind in listed.items() if name.partition(".")[0] not in {"rate", "times", "amount"}}


def test_json_has_every_documented_field_and_no_other() -> None:
    listed = documented()
    found = paths(json.loads(full().to_json()))
    assert sorted(set(found) - set(listed)) == []
    assert sorted(set(listed) - set(found)) == []
    same = {"rate": "object", "times": "object", "amount": "object"}
    wrong = {name: kind for name, kind in found.items() if kind not in {same.get(listed[name], listed[name]), "null"}}
    assert wrong == {}


def test_json_version_is_the_documented_one() -> None:
    assert json.loads(WEB.to_json())["version"] == VERSION
    assert f"version {VERSION}" in PAGE


def test_json_numbers_are_round_and_undefined_ones_null_with_a_reason() -> None:
    read = json.loads(report((3, 1, 0, 0)).to_json())
    assert read["steps"][1]["from_previous"] == {
        "rate": 0.333333,
        "low": 0.061492,
        "high": 0.79234,
        "numerator": 1,
        "denominator": 3,
    }
    assert read["steps"][0]["from_previous"] is None
    assert (read["steps"][3]["from_previous"], read["steps"][3]["reason"]) == (None, NOBODY)


@pytest.mark.parametrize("value", [float("inf"), date(2026, 1, 1), True, 7, "ads", None])
def test_json_of_any_value_is_strict_json(value: object) -> None:
    given = replace(WEB, breakdown=Breakdown("x"), parts=(Part(value, WEB.steps),))

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    read = json.loads(given.to_json(), parse_constant=refuse)
    assert str(read["parts"][0]["value"]) == str(value)


def test_notebook_shows_picture_and_table_with_every_text_escaped() -> None:
    given = report((40, 20), ("<b>Visited</b>", "Won & paid"))
    shown = given._repr_html_()
    assert "<b>" not in shown
    root = ElementTree.fromstring(shown)
    assert root.find("{http://www.w3.org/2000/svg}svg") is not None
    heads = [cell.text for cell in root.iter("th") if cell.get("scope") == "row"]
    assert heads == ["<b>Visited</b>", "Won & paid"]


@pytest.mark.parametrize("language", ["da", "sv", "nb"])
def test_notebook_speaks_the_language(language: str) -> None:
    assert f'<div class="tragt-report" lang="{language}">' in html_of(WEB, language)


def test_notes_tell_what_was_never_seen() -> None:
    funnel = Funnel(["Visited", "Paid"], window="1d")
    events = pl.DataFrame({"user": ["a"], "event": ["Visited"], "time": ["2026-01-01T00:00:00Z"]})
    assert "Never seen, and so counted as 0: “Paid” (no such event in the data)." in html_of(funnel.run(events))
