"""Charts of a report and of a stock, as Altair draws them: one specification for notebook, page and print."""

from tragt.funnel.charts.chart import Kind, chart
from tragt.funnel.charts.look import Look
from tragt.funnel.charts.stock import stock_chart

__all__ = ["Kind", "Look", "chart", "stock_chart"]
