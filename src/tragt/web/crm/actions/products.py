"""Adding and changing what is sold. A product on a deal stays there as it was sold, whatever becomes of it here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from babel.core import get_global
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.crm.models import Product
from tragt.web.shell.acting import Who, acting

__all__ = ["Offering", "add_product", "archive_product", "bring_back_product", "edit_product"]

_PERMISSION = "pipelines.edit"
_LENGTHS = {"name": 200, "code": 64, "family": 100}
_CURRENCY = re.compile("[A-Z]{3}")
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Offering:
    """What is said of a product.

    Attributes:
        name: What it is called; each product otherwise.
        code: The firm's own code for it, such as an article number; may be empty.
        family: What it belongs to; may be empty.
        prices: List prices in minor units by currency (three letters); the first is the main one. May be empty.
    """

    name: str
    code: str = ""
    family: str = ""
    prices: Mapping[str, int] = field(default_factory=dict)


def add_product(given: Offering, *, who: Who, currency: str, cause: str = "") -> Product:
    """Add a product.

    Args:
        given: What is said of it.
        who: Who adds it.
        currency: The main currency where it has no price yet.
        cause: By which undoing finds it, such as the name of an import.

    Raises:
        InvalidDefinition: The name is missing, too long or taken, or a price or currency is none.
    """
    with acting(who, _PERMISSION, act="product") as act:
        product = Product(currency=currency, cause=cause)
        _fill(product, given)
        act.target = f"product {product.pk}"
    return product


def edit_product(key: int, given: Offering, *, who: Who) -> Product:
    """Change what is said of a product. Lines of deals keep their prices.

    Args:
        key: Key of the product.
        given: What is said of it now.
        who: Who changes it.

    Raises:
        NotFound: There is no such product.
        InvalidDefinition: The name is missing, too long or taken, or a price or currency is none.
    """
    with acting(who, _PERMISSION, f"product {key}", act="product"):
        product = _locked(key)
        _fill(product, given)
    return product


def archive_product(key: int, *, who: Who) -> Product:
    """Let a product no longer be sold; it stays on the deals it is on.

    Raises:
        NotFound: There is no such product.
    """
    return _archive(key, who, archived=True)


def bring_back_product(key: int, *, who: Who) -> Product:
    """Let an archived product be sold again.

    Raises:
        NotFound: There is no such product.
    """
    return _archive(key, who, archived=False)


def _archive(key: int, who: Who, *, archived: bool) -> Product:
    with acting(who, _PERMISSION, f"product {key}", act="product"):
        product = _locked(key)
        product.archived = timezone.now() if archived else None
        product.save(update_fields=["archived"])
    return product


def _locked(key: int) -> Product:
    found = Product.objects.select_for_update().filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_product", f"There is no product {key}.", product=key)
    return found


def _fill(product: Product, given: Offering) -> None:
    for name, longest in _LENGTHS.items():
        text = " ".join(str(getattr(given, name)).split())
        if len(text) > longest or (name == "name" and not text):
            raise InvalidDefinition(
                "crm.product_text",
                f"A product needs a name; its {name} has at most {longest} characters.",
                field=name,
                longest=longest,
            )
        setattr(product, name, text)
    if Product.objects.filter(name__iexact=product.name).exclude(pk=product.pk).exists():
        raise InvalidDefinition(
            "crm.product_taken",
            f"There is a product '{product.name}' already, perhaps among the archived.",
            field="name",
            name=product.name,
        )
    prices = {currency: _price(currency, amount) for currency, amount in given.prices.items()}
    product.price = None
    if prices:
        product.currency = next(iter(prices))
        product.price = prices.pop(product.currency)
    product.prices = prices
    product.save()


def _price(currency: str, amount: int) -> int:
    known = _CURRENCY.fullmatch(currency) and currency in get_global("all_currencies")
    if not known or not 0 <= amount < _LARGEST:
        raise InvalidDefinition(
            "crm.product_price",
            f"A list price is an amount of zero or more in a currency of three letters, such as EUR; given {amount} "
            f"{currency}.",
            field="prices",
        )
    return amount
