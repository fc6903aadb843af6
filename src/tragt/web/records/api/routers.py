"""Which operations on what all records share stand under which address."""

from collections.abc import Mapping

from ninja import Router

from tragt.web.api.gathering import together
from tragt.web.records.api import fields, layouts, search, several, tags

__all__ = ["ROUTERS"]

ROUTERS: Mapping[str, Router] = {
    "/fields": fields.router,
    "/tags": tags.router,
    "/lists": together(several.router, layouts.router),
    "/search": search.router,
}
