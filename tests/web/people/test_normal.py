"""Addresses, numbers and names of companies in one spelling."""

import polars as pl
import pytest

from tragt.web.people.normal import company_key, domains, email, phone


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        (" Anna.Holm@Firma.DK ", "anna.holm@firma.dk"),
        ("Anna Holm <Anna@firma.dk>", "anna@firma.dk"),
        ("mailto:anna@firma.dk", "anna@firma.dk"),
        ("bo@blåbærgrød.dk", "bo@xn--blbrgrd-fxak7p.dk"),
        ("bo@BLÅBÆRGRØD.dk", "bo@xn--blbrgrd-fxak7p.dk"),
        ("søren@firma.dk", "søren@firma.dk"),
        ("nobody", ""),
        ("a@b", ""),
        ("two@signs@firma.dk", ""),
        ("", ""),
    ],
)
def test_email_is_spelled_in_one_way(given: str, spelled: str) -> None:
    assert email(given) == spelled


@pytest.mark.parametrize(
    ("given", "region", "spelled"),
    [
        ("+45 33 12 34 56", None, "+4533123456"),
        ("0045 33-12-34-56", None, "+4533123456"),
        ("33 12 34 56", "DK", "+4533123456"),
        ("08-123 456 78", "SE", "+46812345678"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("33 12 34 56", None, ""),
        ("call me", "DK", ""),
        ("12", "DK", ""),
        ("", "DK", ""),
    ],
)
def test_phone_is_spelled_as_e164(given: str, region: str | None, spelled: str) -> None:
    assert phone(given, region) == spelled


def test_domain_of_a_free_mail_address_tells_of_no_company() -> None:
    given = pl.Series(["anna@firma.dk", "bo@gmail.com", "eva@hotmail.dk", None])
    assert domains(given).to_list() == ["firma.dk", None, None, None]


def test_company_key_leaves_capitals_and_spaces_aside() -> None:
    assert company_key("  Vest   Energi A/S ") == company_key("vest energi a/s") == "vest energi a/s"
    assert not company_key("   ")
