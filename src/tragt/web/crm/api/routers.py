"""Which operations of the CRM stand under which address. The unit is the address."""

from collections.abc import Mapping

from ninja import Router

from tragt.web.api.gathering import together
from tragt.web.crm.api import (
    activities,
    board,
    bulk,
    committee,
    deal_lists,
    deals,
    lines,
    markets,
    moves,
    person_deals,
    pipelines,
    products,
    reasons,
    segments,
    stages,
    standings,
    timeline,
)
from tragt.web.crm.kinds import DEAL
from tragt.web.records.api.several import several_of

__all__ = ["ROUTERS"]


ROUTERS: Mapping[str, Router] = {
    "/deals": together(
        bulk.router,
        several_of(DEAL, "deals", "Deals"),
        deal_lists.router,
        deals.router,
        moves.router,
        committee.router,
        lines.router,
        timeline.router,
    ),
    "/activities": activities.router,
    "/today": activities.of_today,
    "/markets": markets.router,
    "/products": products.router,
    "/pipelines": together(pipelines.router, board.router, stages.below_pipelines),
    "/stages": stages.router,
    "/lifecycle": together(pipelines.of_lifecycle, standings.below_lifecycle),
    "/persons/{person}/deals": person_deals.router,
    "/persons/{person}/standing": standings.router,
    "/reasons": reasons.router,
    "/segments": segments.router,
}
"""The operations, by their address."""
