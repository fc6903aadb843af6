"""The report as a table for further work.

The unit of observation is the line: a step of the whole, of a part of the breakdown, or of a stretch of the trend.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import polars as pl

from tragt.funnel.figures import Kind, kind
from tragt.funnel.report import Part, Report
from tragt.funnel.step_report import Amount, StepReport, Times
from tragt.stats.intervals import Rate

__all__ = ["COLUMNS", "frame_of"]

COUNTS = ("entered", "passed", "lost", "excluded", "expired", "open")
RATES = (
    "from_previous",
    "from_first",
    "expected_from_previous",
    "expected_from_first",
    "to_end",
    "expected_to_end",
)
TIMES = ("time_from_previous", "time_from_first", "time_to_end")
VALUES = ("value_passed", "value_leaked")
QUANTILES = ("quarter", "median", "three_quarters", "ninety")

SCOPES = pl.Enum(["whole", "part", "trend"])

COLUMNS: Mapping[str, pl.DataType] = {
    "scope": SCOPES,
    "part": pl.String(),
    "other": pl.Boolean(),
    "start": pl.Date(),
    "mature": pl.Boolean(),
    "step": pl.Int64(),
    "name": pl.String(),
    "optional": pl.Boolean(),
    **dict.fromkeys(COUNTS, pl.Int64()),
    "kind": pl.Enum([str(one) for one in Kind]),
    **{f"{rate}{end}": pl.Float64() for rate in RATES for end in ("", "_low", "_high")},
    "reason": pl.String(),
    "expected_reason": pl.String(),
    **{f"{time}_{quantile}": pl.Float64() for time in TIMES for quantile in QUANTILES},
    "named": pl.Int64(),
    "skipped": pl.Int64(),
    **{f"{which}{end}": pl.Float64() for which in VALUES for end in ("", "_mean")},
    **{f"{which}_missing": pl.Int64() for which in VALUES},
}
"""The columns of `frame_of`.

``scope`` says what a row belongs to: the whole, a ``part`` of the breakdown (its value as text; null where the property
is absent or where ``other`` gathers the rest), or the stretch of the trend that begins at ``start``. ``mature`` is as
in `tragt.funnel.report.Part`. ``step`` counts from 0. ``kind`` says which rates the report shows first: ``observed``,
``so_far`` or ``expected``. A rate has its limits beside it; times are in seconds. A value has its
mean beside it, and how many attempts have none.
"""


def frame_of(report: Report) -> pl.DataFrame:
    """The report as a table.

    Args:
        report: The report.

    Returns:
        A row a line, with the columns of `COLUMNS`.
    """
    leading = str(kind(report))
    rows = [
        {**place, "kind": leading, "step": number, **_cells(line)}
        for place, steps in _places(report)
        for number, line in enumerate(steps)
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


def _places(report: Report) -> Iterator[tuple[dict[str, object], tuple[StepReport, ...]]]:
    yield {"scope": "whole"}, report.steps
    for part in report.parts:
        yield {"scope": "part", "part": _text(part), "other": part.other, "mature": part.mature}, part.steps
    for part in report.trend:
        yield {"scope": "trend", "start": part.value, "mature": part.mature}, part.steps


def _text(part: Part) -> str | None:
    if part.value is None:
        return None
    return part.value.isoformat() if isinstance(part.value, date | datetime) else str(part.value)


def _cells(line: StepReport) -> dict[str, object]:
    cells: dict[str, object] = {"name": line.name, "optional": line.optional}
    cells |= {count: getattr(line, count) for count in COUNTS}
    for name in RATES:
        rate: Rate | None = getattr(line, name)
        if rate is not None:
            cells |= {name: rate.rate, f"{name}_low": rate.low, f"{name}_high": rate.high}
    for name in TIMES:
        times: Times | None = getattr(line, name)
        if times is not None:
            cells |= {f"{name}_{quantile}": getattr(times, quantile) for quantile in QUANTILES}
    for which in VALUES:
        amount: Amount | None = getattr(line, which)
        if amount is not None:
            cells |= {which: amount.total, f"{which}_mean": amount.mean, f"{which}_missing": amount.missing}
    same = ("reason", "expected_reason", "named", "skipped")
    return cells | {name: getattr(line, name) for name in same}
