"""Reading what is sold."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from tragt.errors import NotFound
from tragt.web.crm.models import Product

__all__ = ["archived_products", "families", "price_of", "product_names", "product_of", "products"]


def products() -> QuerySet[Product]:
    """What is sold now, by name."""
    return Product.objects.filter(archived=None)


def archived_products() -> QuerySet[Product]:
    """What is sold no longer, by name."""
    return Product.objects.exclude(archived=None)


def product_of(key: int) -> Product:
    """A product, archived or not.

    Raises:
        NotFound: There is none with this key.
    """
    found = Product.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_product", f"There is no product {key}.", product=key)
    return found


def price_of(product: Product, currency: str) -> int | None:
    """The list price in a currency, in its minor units; None where there is none. Nothing is converted.

    Args:
        product: The product.
        currency: Three letters.
    """
    if currency == product.currency:
        return product.price
    further: Mapping[str, int] = product.prices
    return further.get(currency)


def families() -> list[str]:
    """The families of products there are, by name."""
    rows = Product.objects.exclude(family="").order_by("family").values_list("family", flat=True)
    return list(rows.distinct())


def product_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What some products are called, by key."""
    return dict(Product.objects.filter(pk__in=keys).values_list("pk", "name"))
