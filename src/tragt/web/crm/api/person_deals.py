"""The operation that lists what a person is and was on deals."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Cursor, Page
from tragt.web.api.schemas import KeyInPath
from tragt.web.crm.api.ordered import in_order
from tragt.web.crm.api.referring import check_person
from tragt.web.crm.models import Member
from tragt.web.crm.queries.memberships import memberships_of

__all__ = ["router"]

router = Router(tags=["Deals"])


class PersonDeal(Schema):
    """A deal that a person is or was on, in a role, from a day until another."""

    id: int = Field(description="Key of the membership.")
    deal: int
    deal_name: str
    status: str = Field(description="Of the deal: `open`, `won` or `lost`.")
    role: str
    primary: bool = Field(description="Whether later events of the deal are this person's.")
    since: datetime
    until: datetime | None = Field(description="When the person left the deal; null while on it.")

    @classmethod
    def of(cls, row: Member) -> "PersonDeal":
        """A membership with its deal, as it is answered."""
        names = ("role", "primary", "since", "until")
        deal = row.deal
        told = {name: getattr(row, name) for name in names}
        return cls(id=row.pk, deal=deal.pk, deal_name=deal.name, status=deal.status, **told)


@operation(router, "GET", permission="deals.see", gives=Page[PersonDeal])
def list_person_deals(request: HttpRequest, person: KeyInPath, paging: Cursor) -> Page[PersonDeal]:
    """What a person is and was on deals that the key sees: what still is first, then the newest."""
    user = user_of(request)
    check_person(person, user)
    rows, following = in_order(memberships_of(user, person), paging)
    return Page[PersonDeal](items=[PersonDeal.of(row) for row in rows], next=following)
