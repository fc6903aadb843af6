"""The report as JSON for another program; docs/reference/report.md describes every field.

The unit of observation is the report. Names never change within a version; new ones may be added.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

from tragt.funnel.figures import kind
from tragt.funnel.report import Curve, Part, Report
from tragt.funnel.report_frame import COUNTS, QUANTILES, RATES, TIMES, VALUES
from tragt.funnel.sentence import finding, sentence
from tragt.funnel.step_report import Amount, StepReport, Times
from tragt.stats.intervals import Rate

__all__ = ["VERSION", "json_of"]

VERSION = 1
"""Grows when a field goes, or changes its meaning."""

_SHARE, _SECOND = 6, 3


def json_of(report: Report) -> str:
    """The report as one JSON object.

    Args:
        report: The report.
    """
    content: dict[str, Any] = {
        "version": VERSION,
        "question": sentence(report.funnel, period=report.period),
        "finding": finding(report),
        "funnel": _funnel(report),
        "period": _period(report),
        "as_of": report.as_of.isoformat(),
        "attempts": report.attempts,
        "mature": report.mature,
        "kind": str(kind(report)),
        "level": _level(report),
        "expected_from": report.expected_from,
        "horizon_seconds": _seconds(report.horizon_seconds),
        "young_behave_as_old": report.stationary,
        "of_those_closed": _rate(report.of_those_closed),
        "loss_reasons": None if report.loss_reasons is None else dict(report.loss_reasons),
        "backwards": report.backwards,
        "reopened": report.reopened,
        "undated": report.undated,
        "rejected_rows": report.rejected,
        "currency": report.currency,
        "identifiers_as_persons": report.identifiers,
        "unseen": [{"name": one.name, "reason": one.reason} for one in report.unseen],
        "steps": _steps(report, report.steps),
        "breakdown": _breakdown(report),
        "parts": [_part(report, part) for part in report.parts],
        "trend": [_stretch(report, part) for part in report.trend],
        "curve": _curve(report.curve),
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _funnel(report: Report) -> dict[str, Any]:
    """What was counted and how; the question says the rest in words."""
    funnel = report.funnel
    window = _seconds(funnel.window.total_seconds()) if isinstance(funnel.window, timedelta) else funnel.window
    return {
        "name": funnel.name,
        "unit": str(funnel.unit),
        "window_seconds": window,
        "order": str(funnel.order),
        "count": str(funnel.count),
    }


def _period(report: Report) -> dict[str, str | None] | None:
    period = report.period
    if period is None or (period.start is None and period.end is None):
        return None
    return {"start": _value(period.start), "end": _value(period.end)}


def _level(report: Report) -> float:
    rates = (getattr(line, name) for line in report.steps for name in RATES)
    return next((rate.level for rate in rates if rate is not None), 0.95)


def _steps(report: Report, lines: Iterable[StepReport]) -> list[dict[str, Any]]:
    return [
        _step(defined.names, number, line)
        for number, (defined, line) in enumerate(zip(report.funnel.steps, lines, strict=True))
    ]


def _step(events: tuple[str, ...], number: int, line: StepReport) -> dict[str, Any]:
    return {
        "step": number,
        "name": line.name,
        "events": list(events),
        "optional": line.optional,
        **{count: getattr(line, count) for count in COUNTS},
        **{rate: _rate(getattr(line, rate)) for rate in RATES},
        "reason": line.reason,
        "expected_reason": line.expected_reason,
        **{time: _times(getattr(line, time)) for time in TIMES},
        "named": line.named,
        "skipped": line.skipped,
        **{which: _amount(getattr(line, which)) for which in VALUES},
    }


def _amount(amount: Amount | None) -> dict[str, float | int | None] | None:
    if amount is None:
        return None
    mean = None if amount.mean is None else round(amount.mean, _SHARE)
    return {"sum": round(amount.total, _SHARE), "mean": mean, "attempts": amount.attempts, "missing": amount.missing}


def _rate(rate: Rate | None) -> dict[str, float | int | None] | None:
    if rate is None:
        return None
    shares = {name: round(getattr(rate, name), _SHARE) for name in ("rate", "low", "high")}
    return {**shares, "numerator": rate.numerator, "denominator": rate.denominator}


def _times(times: Times | None) -> dict[str, Any] | None:
    if times is None:
        return None
    quantiles = {f"{name}_seconds": _seconds(getattr(times, name)) for name in QUANTILES}
    edges = [_seconds(edge) for edge in times.edges]
    return {**quantiles, "histogram": {"edges_seconds": edges, "counts": list(times.counts)}}


def _breakdown(report: Report) -> dict[str, Any] | None:
    by = report.breakdown
    return None if by is None else {"property": by.property, "at": str(by.at), "step": by.step, "top": by.top}


def _part(report: Report, part: Part) -> dict[str, Any]:
    shared = {"other": part.other, "mature": part.mature}
    return {"value": _value(part.value), **shared, "steps": _steps(report, part.steps)}


def _stretch(report: Report, part: Part) -> dict[str, Any]:
    return {"start": _value(part.value), "mature": part.mature, "steps": _steps(report, part.steps)}


def _curve(curve: Curve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    rows = [[round(share, _SHARE) for share in row] for row in curve.reached]
    return {"ages_seconds": [_seconds(age) for age in curve.ages], "reached": rows}


def _value(value: object) -> Any:
    """A value of a property as JSON has it; what JSON has no word for is text."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    plain = isinstance(value, str | int | None) or (isinstance(value, float) and isfinite(value))
    return value if plain else str(value)


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, _SECOND)
