"""The command line as a stranger uses it: whole commands on whole files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tragt.cli.app import app
from tragt.cli.arguments import spread
from tragt.cli.options import as_options
from tragt.errors import TragtError
from tragt.funnel import Funnel

SHOP = """user_id,timestamp,event,source
ann,2026-03-01 10:00:00,visit,ads
ann,2026-03-01 10:05:00,cart,ads
ann,2026-03-02 09:00:00,purchase,ads
bo,2026-03-01 11:00:00,visit,mail
bo,2026-03-01 11:30:00,basket,mail
eva,2026-03-03 12:00:00,visit,mail
"""

DEALS = """deal,deal_stage,engage_date,close_date
d1,Won,2026-01-05,2026-02-01
d2,Lost,2026-01-06,2026-01-20
d3,Engaging,2026-02-10,
d4,Prospecting,,
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.csv"
    file.write_text(SHOP, encoding="utf-8")
    return file


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    file = tmp_path / "deals.csv"
    file.write_text(DEALS, encoding="utf-8")
    return file


def tragt(*arguments: object) -> str:
    """Run a command inside this process; what it printed on standard output."""
    result = CliRunner().invoke(app, spread([str(one) for one in arguments]), catch_exceptions=True)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def figures(*arguments: object) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(tragt(*arguments, "--json"))
    return content


def test_spread_repeats_options_of_several_values_until_the_next_option() -> None:
    given = ["funnel", "f.csv", "--steps", "A", "B C", "--wide=x@y", "z=Won", "--json", "--hold", "--svg", "s"]

    assert spread(given) == [
        *["funnel", "f.csv", "--steps", "A", "--steps", "B C", "--wide", "x@y", "--wide", "z=Won", "--json"],
        *["--hold", "--svg", "s"],
    ]


def test_funnel_as_json_is_the_report_in_its_documented_form(shop: Path) -> None:
    steps = ("visit", "cart|basket", "purchase")
    content = figures("funnel", shop, "--steps", *steps, "--window", "14d", "--by", "source")
    report = Funnel(steps, window="14d").run(shop, by="source")

    assert content == json.loads(report.to_json()) | {"rejected_rows": 0, "stock": None}


def test_funnel_json_prints_nothing_else_on_standard_output(shop: Path) -> None:
    shop.write_text(SHOP + "bo,yesterday,cart,mail\n", encoding="utf-8")
    command = [sys.executable, "-m", "tragt.cli.app", "funnel", str(shop), "--steps", "visit", "purchase"]
    command += ["--lost", "los", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["rejected_rows"] == 1
    assert "1 row was left out" in done.stderr
    assert "The file has no event 'los'" in done.stderr


def test_funnel_without_steps_proposes_one_and_says_so(shop: Path) -> None:
    content = figures("funnel", shop)

    assert content["steps"][0]["name"] == "visit"
    assert content["steps"][-1]["name"] == "purchase"


def test_funnel_of_a_wide_file_counts_deals_and_their_stock(deals: Path) -> None:
    content = figures(
        *("funnel", deals, "--wide", "engage_date=Engaging", "close_date@deal_stage", "--steps", "Engaging", "Won"),
        *("--lost", "Lost", "--stock"),
    )
    engaging = content["steps"][0]

    assert (engaging["entered"], engaging["passed"], engaging["lost"], engaging["open"]) == (3, 1, 1, 1)
    assert {stage["name"]: stage["units"] for stage in content["stock"]["stages"]} == {"Prospecting": 1, "Engaging": 1}
    assert content["undated"] == 1


def test_funnel_in_the_terminal_says_what_has_no_date(deals: Path) -> None:
    shown = " ".join(tragt("funnel", deals, "--steps", "Engaging", "Won", "--lost", "Lost").split())

    assert "no date" in shown
    assert "3 entered = 1 reached the end + 1 lost + 1 open" in shown


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_funnel_broken_down_is_shown_in_every_language(shop: Path, language: str) -> None:
    shown = tragt(
        *("funnel", shop, "--steps", "visit", "purchase", "--by", "source", "--trend", "day", "--language", language)
    )

    assert "ads" in shown
    assert {"en": "By source", "da": "Fordelt på source", "sv": "Per source", "nb": "Fordelt på source"}[
        language
    ] in shown


def test_funnel_writes_its_picture_as_svg_and_png(shop: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "f.svg", tmp_path / "f.png"
    tragt("funnel", shop, "--steps", "visit", "purchase", "--svg", svg, "--png", png)

    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--window", "3 months"], "not a length of time"),
        (["--order", "sideways"], "allowed are ordered, adjacent, any"),
        (["--count", "every", "--window", "none"], "a window is needed"),
        (["--unit", "deal"], "no column for the unit 'deal'"),
        (["--as-of", "soon"], "not a moment"),
        (["--by", "colour"], "colour"),
        (["--zone", "Mars"], "time zone"),
        (["--language", "tlh"], "en, da, sv"),
        (["--svg", "no/such/folder/f.svg"], "cannot be written"),
        (["--lost", "visit"], "both a step and a loss"),
        (["purchse"], "no event 'purchse'; did you mean 'purchase'?"),
        (["--trend", "year"], "allowed are day, week, month"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_funnel_with_an_impossible_option_says_what_is_allowed(shop: Path, options: list[str], message: str) -> None:
    with pytest.raises(TragtError, match=message):
        tragt("funnel", shop, "--steps", "visit", "purchase", *options)


def test_message_names_the_options_of_the_command_line() -> None:
    said = "say date_order='dmy' or 'mdy', named by properties=."

    assert as_options(said) == "say --dates dmy or 'mdy', named by --by or --hold."


def test_error_is_one_sentence_on_standard_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tragt.cli.app", "funnel", str(tmp_path / "missing.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tragt: ")
    assert "Traceback" not in done.stderr


def test_rejected_rows_are_written_to_a_file(shop: Path, tmp_path: Path) -> None:
    shop.write_text(SHOP + "bo,2026-02-31 10:00:00,cart,=mail\n", encoding="utf-8")
    file = tmp_path / "bad.csv"
    tragt("funnel", shop, "--steps", "visit", "purchase", "--rejected", file)

    assert "2026-02-31 10:00:00" in file.read_text(encoding="utf-8-sig")
    assert "'=mail" in file.read_text(encoding="utf-8-sig")


def test_events_lists_names_and_properties(shop: Path) -> None:
    content = figures("events", shop)

    assert {name["name"]: name["count"] for name in content["names"]} == {
        "visit": 3,
        "cart": 1,
        "basket": 1,
        "purchase": 1,
    }
    assert content["properties"][0]["name"] == "source"
    assert "purchase" in tragt("events", shop)


def test_demo_shows_its_truth_and_writes_its_events(tmp_path: Path) -> None:
    file = tmp_path / "firm.csv"
    shown = tragt("demo", "--persons", 500, "--truth", "--write", file)

    assert "truth" in shown
    content = figures("funnel", file, "--steps", "Visited", "Webinar Joined", "--window", "90d")
    assert content["steps"][0]["entered"] == figures("demo", "--persons", 500)["steps"][0]["entered"] == 500


@pytest.mark.django_db
def test_doctor_finds_this_machine_well() -> None:
    assert "a small funnel: 1 of 2 passed" in tragt("doctor")
