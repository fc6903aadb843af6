"""List prices of products on pages: ``{% load crm_prices %}``."""

from django import template

from tragt.web.crm.models import Product
from tragt.web.shell import formats

register = template.Library()


@register.filter
def list_prices(product: Product) -> list[str]:
    """``{{ product|list_prices }}``: each list price in its currency, the main one first."""
    prices = {**({} if product.price is None else {product.currency: product.price}), **product.prices}
    return [formats.money(minor, currency) for currency, minor in prices.items()]
