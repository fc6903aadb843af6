"""Leaks: where a funnel loses more than it should, and what that costs."""

from tragt.funnel.leaks.finding import leaks, leaks_on
from tragt.funnel.leaks.result import Against, Cost, Kind, Leak, Leaks, NotJudged
from tragt.funnel.leaks.rules import Rules

__all__ = ["Against", "Cost", "Kind", "Leak", "Leaks", "NotJudged", "Rules", "leaks", "leaks_on"]
