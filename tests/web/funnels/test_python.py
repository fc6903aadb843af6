"""The lines of Python that a page offers give the definition, and run."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.web.funnels.test_definition import elaborate
from tragt import Funnel, Period
from tragt.web.funnels.as_python import definition_as_python, report_as_python


@pytest.mark.soak
@given(elaborate())
def test_definition_as_python_is_the_definition(funnel: Funnel) -> None:
    known: dict[str, Any] = {}
    exec("from datetime import *\nfrom tragt import *", known)

    assert eval(definition_as_python(funnel), known) == funnel


def test_lines_of_python_run_and_give_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.csv").write_text("person,event,time\nann,A,2026-01-01T09:00:00\nann,B,2026-01-02T09:00:00\n")
    monkeypatch.chdir(tmp_path)
    period = Period(date(2026, 1, 1), date(2026, 2, 1))
    lines = report_as_python(Funnel.of("A", "B", window="14d"), period, "UTC", datetime(2026, 3, 1, tzinfo=UTC))

    exec(lines, {})
    assert capsys.readouterr().out.startswith("A 1 None\nB 1 Rate(")
    assert (tmp_path / "funnel.svg").read_text().startswith("<svg")
    assert len(lines.splitlines()) <= 10
