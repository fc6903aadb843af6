"""The operations of this app, by the address they are at."""

from ninja import Router

from tragt.web.hypotheses.api.cards import router as hypotheses
from tragt.web.hypotheses.api.remedies import router as remedies

__all__ = ["ROUTERS"]

ROUTERS: dict[str, Router] = {"/hypotheses": hypotheses, "/remedies": remedies}
