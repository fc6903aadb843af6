"""Operations on the lines of a deal: what is sold in it, how many, at what price."""

from decimal import Decimal
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import mark, version_seen
from tragt.web.crm.actions import lines as acts
from tragt.web.crm.actions.deals import locked
from tragt.web.crm.api.refusals import heeding
from tragt.web.crm.api.values import Amount, Exact, Key, Percent, Quantity, unsent
from tragt.web.crm.models import Deal, DealLine
from tragt.web.crm.queries.deals import deal_of
from tragt.web.shell.acting import Who

__all__ = ["MOST", "router"]

router = Router(tags=["Deals"])

MOST = 500
"""How many lines a deal takes here."""

Words = Annotated[str, Field(max_length=200)]


class DealLineShown(Schema):
    """A line of a deal, in its currency."""

    id: int
    product: int | None = Field(description="Null for something that is in no list.")
    text: str
    quantity: float
    price: int = Field(description="Of one, in minor units.")
    discount: float = Field(description="In per cent.")
    total: int = Field(description="What the line comes to, in minor units, rounded half up.")

    @classmethod
    def of(cls, row: DealLine) -> "DealLineShown":
        """A line, as it is answered."""
        return cls(
            id=row.pk,
            product=row.product_id,
            text=row.text,
            quantity=float(row.quantity),
            price=row.price,
            discount=float(row.discount),
            total=row.total,
        )


class DealLines(Schema):
    """The lines of a deal, and what they come to."""

    items: list[DealLineShown] = Field(description="In their order.")
    total: int = Field(description="The sum of the lines, in minor units.")
    currency: str


class NewDealLine(Exact):
    """A line of a deal."""

    product: Key | None = Field(None, description="Left out for something that is in no list.")
    text: Words = Field("", description="What it is called where there is no product, or what is said of it.")
    quantity: Quantity = Decimal(1)
    price: Amount | None = Field(None, description="Of one, in minor units; the product's list price where left out.")
    discount: Percent = Decimal(0)


class DealLineChange(Exact):
    """What is to be changed of a line; what is left out stays as it is."""

    product: Key | None = None
    text: Words = Field(default_factory=unsent)
    quantity: Quantity = Field(default_factory=unsent)
    price: Amount | None = Field(None, description="Null takes the product's list price.")
    discount: Percent = Field(default_factory=unsent)


@operation(router, "GET /{deal}/lines", permission="deals.see", gives=DealLines)
def list_lines(request: HttpRequest, deal: KeyInPath, response: HttpResponse) -> DealLines:
    """The lines of a deal with their sum."""
    row = deal_of(deal, user_of(request))
    lines = list(row.lines.all())
    mark(response, row.version)
    total = sum(line.total for line in lines)
    return DealLines(items=[DealLineShown.of(line) for line in lines], total=total, currency=row.currency)


@operation(router, "POST /{deal}/lines", permission="deals.edit", gives=DealLineShown, status=201, versioned=True)
def add_line(request: HttpRequest, deal: KeyInPath, body: NewDealLine, response: HttpResponse) -> DealLineShown:
    """Add a line to a deal; the deal is then worth the sum of its lines."""
    who = Who.of(user_of(request))
    new = acts.NewLine(body.price, body.product, body.text, body.quantity, body.discount)
    with heeding(request, deal), transaction.atomic():
        standing = locked(deal, who, version_seen(request))
        if standing.lines.count() >= MOST:
            raise InvalidDefinition("crm.lines_full", f"A deal takes {MOST} lines. Remove one first.")
        row = acts.add_line(deal, new, who=who)
    response.headers["Location"] = f"{PREFIX}/deals/{deal}/lines"
    return _answer(row, response)


@operation(router, "PATCH /{deal}/lines/{line}", permission="deals.edit", gives=DealLineShown, versioned=True)
def change_line(
    request: HttpRequest, deal: KeyInPath, line: KeyInPath, body: DealLineChange, response: HttpResponse
) -> DealLineShown:
    """Change a line of a deal; the value of the deal follows."""
    who, given = Who.of(user_of(request)), body.given()
    with heeding(request, deal), transaction.atomic():
        standing = _line(locked(deal, who, version_seen(request)), line)
        names = ("price", "product", "text", "quantity", "discount")
        kept = {name: getattr(standing, f"{name}_id" if name == "product" else name) for name in names}
        row = acts.edit_line(deal, line, acts.NewLine(**(kept | given)), who=who)
    return _answer(row, response)


@operation(router, "DELETE /{deal}/lines/{line}", permission="deals.edit", status=204, versioned=True)
def remove_line(request: HttpRequest, deal: KeyInPath, line: KeyInPath) -> None:
    """Take a line from a deal; the value follows, and stays as it is once the last line is gone."""
    with heeding(request, deal):
        acts.remove_line(deal, line, who=Who.of(user_of(request)), version=version_seen(request))


def _line(deal: Deal, key: int) -> DealLine:
    found = DealLine.objects.filter(pk=key, deal=deal).first()
    if found is None:
        raise NotFound("crm.no_line", f"The deal {deal.pk} has no line {key}.")
    return found


def _answer(row: DealLine, response: HttpResponse) -> DealLineShown:
    mark(response, row.deal.version)
    return DealLineShown.of(row)
