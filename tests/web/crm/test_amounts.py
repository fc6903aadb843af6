"""Amounts as people type them in four languages: none is guessed, and what is shown is taken again."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.crm.forms.amounts import read_amount, read_number, written_amount, written_number

LANGUAGES = ("en", "da", "sv", "nb")
CURRENCIES = ("DKK", "EUR", "JPY", "KWD")


@pytest.mark.parametrize(
    ("language", "text", "currency", "minor"),
    [
        ("en", "1,250.50", "DKK", 1250_50),
        ("en", "DKK 1,250", "DKK", 1250_00),
        ("en", "€12.5", "EUR", 12_50),
        ("da", "1.250,50", "DKK", 1250_50),
        ("da", "1.250", "DKK", 1250_00),
        ("da", "1250 kr.", "DKK", 1250_00),
        ("da", "12,5 EUR", "EUR", 12_50),
        ("sv", "1 250,50", "SEK", 1250_50),
        ("sv", "1\N{NO-BREAK SPACE}250 kr", "SEK", 1250_00),
        ("nb", "1 250,50 kr", "NOK", 1250_50),
        ("da", "1.000", "JPY", 1000),
        ("en", "0.125", "KWD", 125),
        ("en", "0", "DKK", 0),
    ],
)
def test_amount_of_a_language_is_read(language: str, text: str, currency: str, minor: int) -> None:
    with translation.override(language):
        assert read_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "1.250,50", "number"),
        ("da", "1,250.50", "number"),
        ("da", "12.5", "number"),
        ("en", "1.250", "decimals"),
        ("da", "1,250", "decimals"),
        ("en", "-5", "negative"),
        ("en", "1e5", "number"),
        ("en", "nan", "number"),
        ("en", "inf", "number"),
        ("en", "", "number"),
        ("en", "9" * 16, "number"),
        ("en", "12 apples", "number"),
    ],
)
def test_amount_that_could_mean_two_things_is_refused_with_an_example(language: str, text: str, code: str) -> None:
    with translation.override(language), pytest.raises(ValidationError) as refused:
        read_amount(text, "DKK")
    assert refused.value.code == code


@given(minor=st.integers(0, 10**12), currency=st.sampled_from(CURRENCIES), language=st.sampled_from(LANGUAGES))
def test_amount_that_is_shown_is_taken_again(minor: int, currency: str, language: str) -> None:
    with translation.override(language):
        assert read_amount(written_amount(minor, currency), currency) == minor
        whole = Decimal(minor).scaleb(-get_currency_precision(currency))
        assert read_number(written_number(whole, grouped=True)) == whole
