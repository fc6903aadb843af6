"""Operations on products: what is sold, and for how much."""

from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tragt.errors import InvalidDefinition
from tragt.web.api.authentication import user_of
from tragt.web.api.operations import operation
from tragt.web.api.paging import Page
from tragt.web.api.schemas import KeyInPath
from tragt.web.api.site import PREFIX
from tragt.web.api.versions import check_tag, digest_of, mark
from tragt.web.crm.actions import products as acts
from tragt.web.crm.api.ordered import ArchivedAsked, in_order
from tragt.web.crm.api.values import Amount, Exact, KnownCurrency, unsent
from tragt.web.crm.models import Product
from tragt.web.crm.queries.products import archived_products, product_of, products
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who

__all__ = ["router"]

router = Router(tags=["Products"])

EDIT = "pipelines.edit"
MOST_PRICES = 8

Words = Annotated[str, Field(max_length=100)]


class ProductPrice(Exact):
    """A list price."""

    currency: KnownCurrency
    price: Amount = Field(description="In minor units.")


Prices = Annotated[
    list[ProductPrice],
    Field(max_length=MOST_PRICES, description="Each currency once; the first is the main one."),
]


class PriceShown(Schema):
    """A list price."""

    currency: str
    price: int = Field(description="In minor units.")


class ProductShown(Schema):
    """Something that is sold."""

    id: int
    name: str
    code: str
    family: str
    currency: str = Field(description="The main currency.")
    prices: list[PriceShown] = Field(description="The main one first.")
    created: datetime
    archived: datetime | None

    @classmethod
    def of(cls, row: Product) -> "ProductShown":
        """A product, as it is answered."""
        prices = _prices(row)
        return cls(
            id=row.pk,
            name=row.name,
            code=row.code,
            family=row.family,
            currency=row.currency,
            prices=[PriceShown(currency=currency, price=price) for currency, price in prices.items()],
            created=row.created,
            archived=row.archived,
        )


class NewProduct(Exact):
    """A product that is added."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(max_length=64)] = Field("", description="The firm's own, such as an article number.")
    family: Words = ""
    prices: Prices = Field(default_factory=list)


class ProductChange(Exact):
    """What is to be changed of a product."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(default_factory=unsent)
    code: Annotated[str, Field(max_length=64)] = Field(default_factory=unsent)
    family: Words = Field(default_factory=unsent)
    prices: Prices = Field(default_factory=unsent)


@operation(router, "GET", permission="deals.see", gives=Page[ProductShown])
def list_products(
    request: HttpRequest,  # noqa: ARG001
    asked: Annotated[ArchivedAsked, Query()],
) -> Page[ProductShown]:
    """Products by name."""
    rows, following = in_order((archived_products() if asked.archived else products()).order_by("name", "pk"), asked)
    return Page[ProductShown](items=[ProductShown.of(row) for row in rows], next=following)


@operation(router, "GET /{product}", permission="deals.see", gives=ProductShown)
def read_product(request: HttpRequest, product: KeyInPath, response: HttpResponse) -> ProductShown:  # noqa: ARG001
    """A product, archived or not."""
    return _answer(product_of(product), response)


@operation(router, "POST", permission=EDIT, gives=ProductShown, status=201)
def add_product(request: HttpRequest, body: NewProduct, response: HttpResponse) -> ProductShown:
    """Add a product."""
    offering = acts.Offering(body.name, body.code, body.family, _by_currency(body.prices))
    made = acts.add_product(offering, who=Who.of(user_of(request)), currency=organisation.current().currency)
    response.headers["Location"] = f"{PREFIX}/products/{made.pk}"
    return _answer(made, response)


@operation(router, "PATCH /{product}", permission=EDIT, gives=ProductShown, versioned=True)
def change_product(
    request: HttpRequest, product: KeyInPath, body: ProductChange, response: HttpResponse
) -> ProductShown:
    """Change what is said of a product. Lines of deals keep their prices."""
    given = body.given()
    with transaction.atomic():
        row = _seen(request, product)
        told = {name: given.get(name, getattr(row, name)) for name in ("name", "code", "family")}
        prices = _by_currency(body.prices) if "prices" in given else _prices(row)
        changed = acts.edit_product(product, acts.Offering(**told, prices=prices), who=Who.of(user_of(request)))
    return _answer(changed, response)


@operation(router, "POST /{product}/archive", permission=EDIT, gives=ProductShown, versioned=True)
def archive_product(request: HttpRequest, product: KeyInPath, response: HttpResponse) -> ProductShown:
    """Let a product no longer be sold; it stays on the deals it is on."""
    with transaction.atomic():
        _seen(request, product)
        return _answer(acts.archive_product(product, who=Who.of(user_of(request))), response)


@operation(router, "POST /{product}/bring-back", permission=EDIT, gives=ProductShown, versioned=True)
def bring_back_product(request: HttpRequest, product: KeyInPath, response: HttpResponse) -> ProductShown:
    """Let an archived product be sold again."""
    with transaction.atomic():
        _seen(request, product)
        return _answer(acts.bring_back_product(product, who=Who.of(user_of(request))), response)


def _seen(request: HttpRequest, key: int) -> Product:
    """A product that nobody else changes until the transaction ends, as it was read."""
    Product.objects.select_for_update().filter(pk=key).first()
    row = product_of(key)
    check_tag(request, digest_of(ProductShown.of(row)))
    return row


def _answer(row: Product, response: HttpResponse) -> ProductShown:
    shown = ProductShown.of(row)
    mark(response, digest_of(shown))
    return shown


def _prices(row: Product) -> dict[str, int]:
    main = {row.currency: row.price} if row.price is not None else {}
    return main | dict(row.prices)


def _by_currency(prices: list[ProductPrice]) -> dict[str, int]:
    found = {one.currency: one.price for one in prices}
    if len(found) < len(prices):
        raise InvalidDefinition("crm.product_price", "Give a price in each currency once.", field="prices")
    return found
