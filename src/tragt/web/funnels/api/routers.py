"""Which operations on funnels stand under which address. The unit is the address."""

from collections.abc import Mapping

from ninja import Router

from tragt.web.api.gathering import together
from tragt.web.funnels.api import annotations, figures, funnels, gallery, links, targets, versions

__all__ = ["ROUTERS"]

ROUTERS: Mapping[str, Router] = {
    "/funnels": together(gallery.router, funnels.router, versions.router, figures.router, links.router, targets.router),
    "/annotations": annotations.router,
}
"""The operations, by their address."""
