"""What people fill in about rates."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tragt.errors import InvalidFile
from tragt.web.money.models import BASE
from tragt.web.money.rates_file import Read, number_of, read

__all__ = ["FileForm", "RateForm"]

_MOST_BYTES = 20 * 10**6


class FileForm(forms.Form):
    """A file of rates. What it holds is `found` once the form is valid."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "eurofxref-hist.csv of the European Central Bank, or a CSV file with the columns day, currency and rate."
        ),
    )
    found: Read

    def clean_file(self) -> object:
        """See whether it is one."""
        file = self.cleaned_data["file"]
        if file.size > _MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Leave out the years that you do not need."))
        try:
            self.found = read(file.read())
        except InvalidFile:
            raise forms.ValidationError(
                _(
                    "This is no file of rates. It needs the columns day, currency and rate, or the form in which the "
                    "European Central Bank publishes them."
                )
            ) from None
        if not self.found.rates:
            raise forms.ValidationError(_("There is no rate in it that can be read."))
        return file


class RateForm(forms.Form):
    """A rate by hand.

    Args:
        choices: Currencies to choose from, each with its name.
        data: What was posted.
    """

    currency = forms.ChoiceField(label=_("Currency"))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    rate = forms.CharField(
        label=_("One euro is worth"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("How many of this currency one euro is, such as 7.4604 for Danish kroner."),
    )

    def __init__(self, choices: list[tuple[str, str]], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        currency = self.fields["currency"]
        assert isinstance(currency, forms.ChoiceField)
        currency.choices = [one for one in choices if one[0] != BASE]

    def clean_rate(self) -> object:
        """The rate as an exact number; a comma may stand for the point."""
        number = number_of(self.cleaned_data["rate"].strip(), comma=True)
        if number is None:
            raise forms.ValidationError(
                _("Give a number above 0 with at most ten decimals and without blanks, such as 7.4604.")
            )
        return number
