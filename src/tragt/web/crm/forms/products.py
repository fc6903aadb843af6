"""What people fill in about what is sold."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tragt.web.crm.actions.products import Offering
from tragt.web.crm.forms.amounts import read_amount, written_amount
from tragt.web.crm.models import Product

__all__ = ["ProductForm"]

_MOST = 8


class ProductForm(forms.Form):
    """A product, with a list price in each currency it is sold in.

    Args:
        data: What was posted; None shows the product.
        product: The product; None for a new one.
        currency: The currency of the firm, which a new product begins with.
        families: The families there are.
    """

    name = forms.CharField(label=_("Name"), max_length=200)
    code = forms.CharField(
        label=_("Code"), max_length=64, required=False, help_text=_("Your own, such as the number in your price list.")
    )
    family = forms.CharField(
        label=pgettext_lazy("products", "Family"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "families"}),
    )

    def __init__(self, data: Mapping[str, Any] | None, product: Product | None, currency: str) -> None:
        held: dict[str, int | None] = (
            {product.currency: product.price, **product.prices} if product else {currency: None}
        )
        initial: dict[str, object] = (
            {"name": product.name, "code": product.code, "family": product.family} if product else {}
        )
        for place, (code, price) in enumerate(held.items()):
            initial |= {f"currency-{place}": code, f"price-{place}": written_amount(price, code)}
        super().__init__(data, initial=initial)
        for place in range(_MOST if data is not None else min(len(held) + 2, _MOST)):
            self.fields[f"price-{place}"] = forms.CharField(
                label=_("List price %(number)s") % {"number": place + 1},
                required=False,
                max_length=40,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            self.fields[f"currency-{place}"] = forms.CharField(
                label=_("Currency %(number)s") % {"number": place + 1},
                required=False,
                max_length=3,
                widget=forms.TextInput(attrs={"list": "currencies", "autocomplete": "off", "size": 3}),
            )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields other than prices."""
        return [self[name] for name in ("name", "code", "family")]

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The prices, each with its currency."""
        places = [name.removeprefix("price-") for name in self.fields if name.startswith("price-")]
        return [(self[f"price-{place}"], self[f"currency-{place}"]) for place in places]

    @property
    def offering(self) -> Offering:
        """What was said of the product; of a form that is valid."""
        given = self.cleaned_data
        return Offering(given["name"], given["code"], given["family"], given["prices"])

    def clean(self) -> dict[str, Any]:
        """Read the prices, each in its currency."""
        given = super().clean() or self.cleaned_data
        prices: dict[str, int] = {}
        for place in range(_MOST):
            text, currency = given.get(f"price-{place}", ""), given.get(f"currency-{place}", "").upper()
            if not text:
                continue
            if len(currency) != 3 or not currency.isalpha() or currency in prices:
                self.add_error(f"currency-{place}", _("Write a currency of three letters, such as EUR, each once."))
                continue
            try:
                prices[currency] = read_amount(text, currency)
            except ValidationError as wrong:
                self.add_error(f"price-{place}", wrong)
        given["prices"] = prices
        return given
