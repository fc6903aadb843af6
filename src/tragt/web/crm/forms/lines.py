"""What is asked of a line of a deal."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.web.crm.actions.lines import NewLine, state_of
from tragt.web.crm.forms.amounts import NumberField, written_amount, written_number
from tragt.web.crm.forms.inputs import clean_amount
from tragt.web.crm.models import Deal, DealLine, Product

__all__ = ["LineForm"]


class LineForm(forms.Form):
    """A line of a deal."""

    product = forms.ModelChoiceField(
        Product.objects.none(), label=gettext_lazy("Product"), required=False, empty_label=gettext_lazy("None of them")
    )
    text = forms.CharField(label=gettext_lazy("Text"), max_length=200, required=False)
    quantity = NumberField(label=gettext_lazy("Quantity"))
    price = forms.CharField(label=gettext_lazy("Price each"), max_length=40, required=False)
    discount = NumberField(label=gettext_lazy("Discount in per cent"), required=False)
    was = forms.CharField(required=False, max_length=1_000, widget=forms.HiddenInput())
    """What the line was when the form was made, so that another's change of it is noticed."""

    def __init__(self, deal: Deal, data: Any = None, line: DealLine | None = None) -> None:
        initial: dict[str, object] = {"quantity": "1"}
        if line is not None:
            initial = {
                "product": line.product_id,
                "text": line.text,
                "quantity": written_number(line.quantity.normalize()),
                "price": written_amount(line.price, deal.currency),
                "discount": written_number(line.discount.normalize()) if line.discount else "",
                "was": state_of(line),
            }
        super().__init__(data, auto_id=f"line{line.pk if line else ''}_%s", initial=initial)
        self.deal = deal
        standing = Q(pk=line.product_id) if line is not None else Q(pk=None)
        products = self.fields["product"]
        assert isinstance(products, forms.ModelChoiceField)
        products.queryset = Product.objects.filter(Q(archived=None) | standing)
        self.fields["price"].help_text = _("In %(currency)s; empty takes the list price.") % {"currency": deal.currency}
        self.fields["price"].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self) -> None:
        """Read the price in the deal's currency."""
        clean_amount(self, "price", self.deal.currency)

    @property
    def seen(self) -> str | None:
        """What the line was when the form was made; None where it does not say so."""
        return self.cleaned_data["was"] or None

    def again(self, line: DealLine) -> dict[str, str]:
        """What was typed, to be sent over what the line is now."""
        return {**{name: self.data.get(name, "") for name in self.fields}, "was": state_of(line)}

    @property
    def line(self) -> NewLine:
        """The line."""
        given = self.cleaned_data
        product = given["product"]
        return NewLine(
            price=given["price"],
            product=product.pk if product else None,
            text=given["text"],
            quantity=given["quantity"],
            discount=given["discount"] or Decimal(0),
        )
