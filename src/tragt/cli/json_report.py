"""A report as JSON: what ``--json`` prints.

It is the form of `Report.to_json`, which docs/reference/report.md describes, with the stock beside it.
"""

import json
from typing import Any

from tragt.funnel.report import Report
from tragt.funnel.stock import Stock

__all__ = ["report_json"]


def report_json(report: Report, stock: Stock | None = None) -> str:
    """The report as one JSON object.

    Args:
        report: The report.
        stock: The stock beside the flow, where it was asked for.
    """
    content = json.loads(report.to_json())
    content |= {"stock": None if stock is None else _stock(stock)}
    return json.dumps(content, ensure_ascii=False, indent=2)


def _stock(stock: Stock) -> dict[str, Any]:
    stages = [{"name": stage.name, "units": stage.units, "undated": stage.undated} for stage in stock.stages]
    return {"as_of": stock.as_of.isoformat(), "stages": stages, "ended": stock.ended}
