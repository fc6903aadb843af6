"""What people fill in about a market."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.forms.amounts import read_amount, written_amount
from tragt.web.crm.models import MarketProfile

__all__ = ["MarketForm"]


class MarketForm(forms.ModelForm):  # type: ignore[type-arg]
    """How customers of a market buy.

    Args:
        profile: What is known so far.
        currency: Of the organisation, for the size of a deal.
        data: What was posted; None shows what is known.
    """

    deal_size = forms.CharField(label=_("Typical size of a deal"), required=False, max_length=40)

    class Meta:
        model = MarketProfile
        fields = (
            "deciders",
            "cycle_days",
            "deal_size",
            "sensitivity",
            "approach",
            "touch",
            "organisation",
            "procurement",
        )

    def __init__(self, profile: MarketProfile, currency: str, data: Any = None) -> None:
        self._currency = currency
        size = written_amount(profile.deal_size, currency)
        super().__init__(data, instance=profile, prefix=profile.market, initial={"deal_size": size})
        self.fields["deal_size"].help_text = _("In %(currency)s.") % {"currency": currency}
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                offered = cast("Iterable[tuple[str, Any]]", field.choices)
                field.choices = [(value, title if value else "–") for value, title in offered]

    def clean_deal_size(self) -> int | None:
        """The amount in minor units."""
        text = str(self.cleaned_data.get("deal_size") or "").strip()
        if not text:
            return None
        return read_amount(text, self._currency)
