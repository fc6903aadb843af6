"""The README tells the truth: its commands run, its Python runs, its picture is the present one."""

import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tragt.cli.app import app
from tragt.cli.arguments import spread

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("tragt ")
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the two files the README speaks of."""
    steps = {"visit": 40, "cart": 12, "basket": 8, "purchase": 9}
    rows = [
        (f"p{person:02}", f"2026-03-{1 + place:02} 09:{person:02}:00", name, "ads" if person % 3 else "mail")
        for place, (name, count) in enumerate(steps.items())
        for person in range(count)
    ]
    frame = pl.DataFrame(rows, schema=["user_id", "timestamp", "event", "source"], orient="row")
    frame.write_csv(tmp_path / "shop.csv")
    deals = "deal,deal_stage,engage_date,close_date\nd1,Won,2026-01-05,2026-02-01\nd2,Lost,2026-01-06,2026-01-20\n"
    (tmp_path / "deals.csv").write_text(deals + "d3,Engaging,2026-02-10,\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("files")
def test_command_of_the_readme_runs(command: list[str]) -> None:
    result = CliRunner().invoke(app, spread(command))

    assert result.exit_code == 0, result.output


def test_python_of_the_readme_runs_and_draws(files: Path) -> None:
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    exec(compile(found[1], "README.md", "exec"), {})

    assert (files / "funnel.svg").read_text(encoding="utf-8").startswith("<svg")


def test_picture_of_the_readme_is_the_present_one(tmp_path: Path) -> None:
    drawn = tmp_path / "demonstration.svg"
    CliRunner().invoke(app, ["demo", "--svg", str(drawn)])

    assert drawn.read_text(encoding="utf-8") == (ROOT / "docs/pictures/demonstration.svg").read_text(encoding="utf-8")
