"""The engine: what the reference means, from postings, by compiled code."""

from tragt.funnel.engine.settled import Settled
from tragt.funnel.engine.settling import Settler, needs_reference

__all__ = ["Settled", "Settler", "needs_reference"]
