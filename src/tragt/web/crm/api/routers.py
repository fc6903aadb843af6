"""Which operations of the CRM stand under which address. The unit is the address."""

from collections.abc import Mapping

from ninja import Router

from tragt.web.crm.api import (
    activities,
    board,
    bulk,
    committee,
    deal_lists,
    deals,
    lines,
    moves,
    pipelines,
    products,
    reasons,
    stages,
    standings,
    timeline,
)

__all__ = ["ROUTERS"]


def _together(*routers: Router) -> Router:
    """Routers under one address: what is named stands before what a key may be."""
    whole = Router()
    for router in routers:
        whole.add_router("", router)
    return whole


ROUTERS: Mapping[str, Router] = {
    "/deals": _together(
        bulk.router,
        deal_lists.router,
        deals.router,
        moves.router,
        committee.router,
        lines.router,
        timeline.router,
    ),
    "/activities": activities.router,
    "/today": activities.of_today,
    "/products": products.router,
    "/pipelines": _together(pipelines.router, board.router, stages.below_pipelines),
    "/stages": stages.router,
    "/lifecycle": _together(pipelines.of_lifecycle, standings.below_lifecycle),
    "/persons/{person}/standing": standings.router,
    "/reasons": reasons.router,
}
"""The operations, by their address."""
