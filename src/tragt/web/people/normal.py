"""E-mail addresses, telephone numbers and names of companies in one spelling. The unit of observation is the value."""

import re
from collections.abc import Callable

import phonenumbers
import polars as pl

from tragt.web.people.free_mail import FREE_MAIL

__all__ = [
    "company_key",
    "company_key_of",
    "company_keys",
    "domain_spellings",
    "domains",
    "email",
    "emails",
    "phone",
    "phones",
]

_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
_INTERNATIONAL = r"^\+[1-9][0-9]{6,14}$"
_PUNCTUATION = r"[\s().\-/\u00a0\u2010-\u2015]"


def email(text: str) -> str:
    """One address as `emails` spells it; empty where it is none."""
    return emails(pl.Series([text], dtype=pl.String))[0] or ""


def phone(text: str, region: str | None = None) -> str:
    """One number as `phones` spells it; empty where it is none."""
    return phones(pl.Series([text], dtype=pl.String), region)[0] or ""


def emails(values: pl.Series) -> pl.Series:
    """E-mail addresses in small letters, the domain as it stands in the DNS.

    Args:
        values: String; an address may stand in angle brackets, or after ``mailto:``.

    Returns:
        String; missing where a value is no address.
    """
    bare = values.str.strip_chars().str.extract(r"^.*<([^<>]+)>$").fill_null(values.str.strip_chars())
    small = bare.str.strip_prefix("mailto:").str.to_lowercase()
    small = small.set(~small.str.contains(_ADDRESS).fill_null(value=False), None)
    foreign = ~small.str.contains(r"@[\x00-\x7f]*$").fill_null(value=True)
    return _replaced(small, foreign, _ascii_domain)


def phones(values: pl.Series, region: str | None = None) -> pl.Series:
    """Telephone numbers as E.164 writes them.

    Args:
        values: String.
        region: Country (two letters) of numbers without a country's code; None means that those are no numbers.

    Returns:
        String such as ``+4533123456``; missing where a value is no number.
    """
    text = values.str.strip_chars()
    bare = text.str.replace_all(_PUNCTUATION, "").str.replace(r"^00", "+")
    sure = bare.str.contains(_INTERNATIONAL).fill_null(value=False) & ~text.str.contains(r"\(0\)").fill_null(
        value=False
    )
    chosen = bare.zip_with(sure, text)
    return _replaced(chosen, ~sure & chosen.is_not_null(), lambda one: _parsed(one, region))


def domains(addresses: pl.Series) -> pl.Series:
    """Domains of normalised e-mail addresses; missing where it is a mail service's and tells of no company."""
    domain = addresses.str.extract(r"@([^@]+)$")
    return domain.set(domain.is_in(list(FREE_MAIL)).fill_null(value=False), None)


def domain_spellings(domain: str) -> list[str]:
    """A domain as the DNS has it, as addresses are spelled, and as people write it; one spelling where they are alike.

    Args:
        domain: In either way, in small letters.
    """
    try:
        plain = domain.encode("idna").decode()
        return list(dict.fromkeys((plain, plain.encode().decode("idna"))))
    except UnicodeError:
        return [domain]


def company_key(name: str) -> str:
    """One name as `company_keys` spells it; empty where there is none."""
    return company_keys(pl.Series([name], dtype=pl.String))[0] or ""


def company_keys(names: pl.Series) -> pl.Series:
    """By what a company is known: its name in small letters and with single spaces; missing where it is blank."""
    key = names.to_frame("name").select(company_key_of(pl.col("name"))).to_series()
    return key.set((key == "").fill_null(value=False), None).alias(names.name)


def company_key_of(name: pl.Expr) -> pl.Expr:
    """The spelling of `company_keys` as an expression; empty where a name is blank."""
    small = name.cast(pl.String).str.normalize("NFKC").str.to_lowercase()
    return small.str.replace_all(r"\s+", " ").str.strip_chars().str.head(300)


def _replaced(values: pl.Series, where: pl.Series, spelled: Callable[[str], str | None]) -> pl.Series:
    """The values, with those at some places spelled by a function, which is called once for each distinct one."""
    if not where.any():
        return values
    distinct = values.filter(where).unique()
    new = [spelled(one) for one in distinct]
    return (
        values.to_frame("old")
        .select(
            pl.when(where)
            .then(pl.col("old").replace_strict(distinct, pl.Series(new, dtype=pl.String), default=None))
            .otherwise("old")
        )
        .to_series()
    )


def _ascii_domain(address: str) -> str | None:
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None


def _parsed(text: str, region: str | None) -> str | None:
    if not re.search(r"\d", text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
