"""The operation that lists deals, with the filters and orders of their list page."""

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.crm.api.deal_shapes import DealShown, shown_deals
from tragt.web.crm.kinds import DEAL
from tragt.web.records.api.listing import Asked, Listed, asked_of, found
from tragt.web.records.queries.fields import fields_of

__all__ = ["router"]

router = Router(tags=["Deals"])

if TYPE_CHECKING:
    DealsAsked = Asked
else:
    DealsAsked = asked_of(DEAL)


@operation(router, "GET", permission="deals.see", gives=Listed[DealShown])
def list_deals(request: HttpRequest, asked: Annotated[DealsAsked, Query()]) -> Listed[DealShown]:
    """Deals that the key sees, filtered and sorted as on their page."""
    user, fields = user_of(request), fields_of(DEAL)
    rows, besides = found(DEAL, fields, request, asked, user)
    return Listed[DealShown](items=shown_deals(rows, user, fields), **besides)
