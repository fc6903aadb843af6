"""Amounts and numbers as people type them in their language. The unit of observation is the text of one field."""

from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import NumberFormatError, get_currency_precision, get_currency_symbol, parse_decimal
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tragt.web.shell.language import LANGUAGES, spoken

__all__ = ["NumberField", "read_amount", "read_number", "written_amount", "written_number"]

_LARGEST = Decimal(10) ** 15
_SPACES = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'")


def read_number(text: str) -> Decimal:
    """A number as the reader's language writes it; spaces may stand between its digits in all of them.

    Args:
        text: ``1.234,5`` in Danish, ``1,234.5`` in English. What another language would mean is never guessed.

    Raises:
        ValidationError: It is no number in this language, or beyond what anything costs.
    """
    bare = text.translate(_SPACES).replace("\N{MINUS SIGN}", "-")
    try:
        number: Decimal | None = parse_decimal(bare, locale=_language(), strict=True)
    except NumberFormatError:
        number = None
    if number is None or any(letter.isalpha() for letter in bare) or not number.is_finite() or abs(number) >= _LARGEST:
        example = written_number(Decimal("1234.5"), grouped=True)
        raise ValidationError(_("Write a number such as %(example)s.") % {"example": example}, code="number")
    return number


def read_amount(text: str, currency: str) -> int:
    """An amount of money in minor units.

    Args:
        text: As `read_number` takes it; the currency may stand before or after it.
        currency: ISO 4217 code.

    Raises:
        ValidationError: It is no number, below zero, or has more decimals than the currency.
    """
    signs = (currency, get_currency_symbol(currency, locale=_language()), get_currency_symbol(currency, locale="en"))
    bare = text.strip()
    for sign in sorted(signs, key=len, reverse=True):
        bare = bare.removeprefix(sign).removesuffix(sign).removesuffix(sign.lower()).strip()
    places = get_currency_precision(currency)
    amount = read_number(bare)
    if amount < 0:
        raise ValidationError(_("An amount is zero or more."), code="negative")
    # Also where the decimals too many are zeros: 1,250 in Danish was meant as 1.250.
    if amount != round(amount, places) or -int(amount.as_tuple().exponent) > places:
        example = written_number(Decimal("1234.5").quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), grouped=True)
        raise ValidationError(
            _("This has more decimals than %(currency)s has. Write an amount such as %(example)s.")
            % {"currency": currency, "example": example},
            code="decimals",
        )
    return int(amount.scaleb(places))


def written_amount(minor: int | None, currency: str) -> str:
    """An amount as a field shows it and takes it again; empty where there is none."""
    if minor is None:
        return ""
    places = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-places)
    whole = amount == amount.to_integral_value()
    return written_number(amount.quantize(Decimal(1)) if whole else amount)


def written_number(number: Decimal, *, grouped: bool = False) -> str:
    """A number as a field shows it and takes it again."""
    text = f"{number:,f}" if grouped else f"{number:f}"
    if _language() == "en":
        return text
    point, group = ",", "." if _language() == "da" else "\N{NO-BREAK SPACE}"
    return text.translate({ord("."): point, ord(","): group})


class NumberField(forms.CharField):
    """A number as the reader's language writes it; a `Decimal`."""

    default_error_messages = {"required": gettext_lazy("Write a number.")}

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type] # handed on as they are
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "maxlength": 40})

    def clean(self, value: str | None) -> Decimal | None:
        """The number; None where the field is empty and may be."""
        text = super().clean(value)
        return read_number(text) if text else None


def _language() -> str:
    return spoken(translation.get_language() or "") or LANGUAGES[0].code
