"""A report as JSON: what ``--json`` prints."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tragt.events import EventLog
from tragt.funnel.definition import Funnel
from tragt.funnel.report import Part, Report, StepReport
from tragt.funnel.stock import Stock
from tragt.stats.intervals import Rate

__all__ = ["report_json"]


def report_json(report: Report, log: EventLog, stock: Stock | None = None) -> str:
    """The report as one JSON object.

    Args:
        report: The report.
        log: The log it is of, for what was left out of it.
        stock: The stock beside the flow, where it was asked for.
    """
    funnel = report.funnel
    window = funnel.window.total_seconds() if isinstance(funnel.window, timedelta) else funnel.window
    content: dict[str, Any] = {
        "unit": funnel.unit,
        "as_of": report.as_of.isoformat(),
        "window_seconds": window,
        "order": funnel.order,
        "count": funnel.count,
        "steps": _steps(report.steps, funnel),
        "observed_so_far": report.observed_so_far,
        "mature": report.mature,
        "expected_from": report.expected_from,
        "horizon_seconds": report.horizon_seconds,
        "young_behave_as_old": report.stationary,
        "of_those_closed": _rate(report.of_those_closed),
        "lost_reasons": report.loss_reasons,
        "undated": report.undated,
        "rejected_rows": len(log.rejected),
    }
    if report.breakdown is not None:
        content["by"] = {"property": report.breakdown.property, "at": report.breakdown.at}
        content["parts"] = [_part(part, funnel) for part in report.parts]
    if report.trend:
        content["trend"] = [_part(part, funnel) for part in report.trend]
    if stock is not None:
        content["stock"] = {
            "as_of": stock.as_of.isoformat(),
            "stages": [{"name": s.name, "units": s.units, "undated": s.undated} for s in stock.stages],
            "ended": stock.ended,
        }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def _part(part: Part, funnel: Funnel) -> dict[str, Any]:
    return {"value": part.value, "other": part.other, "mature": part.mature, "steps": _steps(part.steps, funnel)}


def _steps(steps: Sequence[StepReport], funnel: Funnel) -> list[dict[str, Any]]:
    """The lines; a step of alternatives is named as it was written, ``A|B``, in every language."""
    return [_step("|".join(defined.names), step) for defined, step in zip(funnel.steps, steps, strict=True)]


def _step(name: str, step: StepReport) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": name,
        "entered": step.entered,
        "passed": step.passed,
        "lost": step.lost,
        "excluded": step.excluded,
        "expired": step.expired,
        "open": step.open,
        "from_previous": _rate(step.from_previous),
        "from_first": _rate(step.from_first),
        "expected_from_previous": _rate(step.expected_from_previous),
        "expected_from_first": _rate(step.expected_from_first),
        "median_seconds": step.time_from_previous.median if step.time_from_previous else None,
        "reason": step.reason,
        "expected_reason": step.expected_reason,
        "optional": step.optional,
    }
    extra = {"any_order_with_this_step": step.named, "reached_only_by_a_later_stage": step.skipped}
    return content | {name: value for name, value in extra.items() if value is not None}


def _rate(rate: Rate | None) -> dict[str, float] | None:
    return None if rate is None else {"rate": rate.rate, "low": rate.low, "high": rate.high}
