"""Numbers, money, dates and lengths of time in four languages."""

import datetime
import unicodedata

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.shell import formats, organisation
from tragt.web.shell.organisation import OrganisationInfo

LANGUAGES = ("en", "da", "sv", "nb")
TIME = datetime.datetime(2026, 12, 31, 23, 30, tzinfo=datetime.UTC)
TEMPLATE = """{% load shell %}{{ n|number }}|{{ x|number:1 }}|{{ part|share }}|{{ m|money:"DKK" }}|{{ m|money }}|\
{{ m|money_whole:"SEK" }}|{{ loss|money:"NOK" }}|{{ yen|money:"JPY" }}|{{ t|moment }}|{{ t|day }}|{{ d|day }}|\
{{ td|duration }}|{{ bytes|filesize_l }}"""
VALUES = {
    "n": 1234567,
    "x": -1234.56,
    "part": 0.1234,
    "m": 123456,
    "loss": -99,
    "yen": 5000,
    "t": TIME,
    "d": datetime.date(2026, 3, 1),
    "td": datetime.timedelta(hours=3, minutes=30),
    "bytes": 1_234_567,
}
WRITTEN = {
    "en": "1,234,567|−1,234.6|12.3 %|DKK 1,234.56|€1,234.56|SEK 1,235|−NOK 0.99|¥5,000|1 Jan 2027, 00:30|1 Jan 2027|"
    "1 Mar 2026|3.5 hours|1.2 MB",
    "da": "1.234.567|−1.234,6|12,3 %|1.234,56 kr.|1.234,56 €|1.235 SEK|−0,99 NOK|5.000 JP¥|1. jan. 2027, 00:30|"
    "1. jan. 2027|1. mar. 2026|3,5 timer|1,2 MB",
    "sv": "1 234 567|−1 234,6|12,3 %|1 234,56 Dkr|1 234,56 €|1 235 kr|−0,99 Nkr|5 000 JPY|1 jan 2027, 00:30|"
    "1 jan 2027|1 mars 2026|3,5 timmar|1,2 MB",
    "nb": "1 234 567|−1 234,6|12,3 %|1 234,56 DKK|1 234,56 €|1 235 SEK|−0,99 kr|5 000 JPY|1. jan. 2027, 00:30|"
    "1. jan. 2027|1. mars 2026|3,5 timer|1,2 MB",
}


@pytest.fixture(autouse=True)
def copenhagen(monkeypatch: pytest.MonkeyPatch) -> None:
    info = OrganisationInfo("Nordlys", "Europe/Copenhagen", currency="EUR")
    monkeypatch.setattr(organisation, "_provider", lambda: info)


def plain(text: str) -> str:
    return "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_filters_write_as_the_language_does(language: str) -> None:
    with translation.override(language):
        assert plain(Template(TEMPLATE).render(Context(VALUES))) == WRITTEN[language]


def test_filters_of_an_absent_value_say_that_it_is_absent() -> None:
    written = Template(TEMPLATE).render(Context(dict.fromkeys(VALUES)))
    assert set(written.split("|")) == {"–"}


def test_formats_in_no_language_are_english() -> None:
    with translation.override(None):
        assert formats.number(1234.5, 1) == "1,234.5"


def test_money_that_rounds_to_nothing_has_no_sign() -> None:
    assert formats.money(-40, "EUR", whole=True) == "€0"


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (999_960, "1.0 MB"), (2 * 10**15, "2,000 TB")],
)
def test_file_size_has_a_unit_that_fits(size: int, written: str) -> None:
    assert plain(formats.file_size(size)) == written


@given(minor=st.integers(-(10**14), 10**14), language=st.sampled_from(LANGUAGES))
def test_money_keeps_every_digit(minor: int, language: str) -> None:
    with translation.override(language):
        written = formats.money(minor, "EUR")
    digits = "".join(letter for letter in written if letter.isdigit())
    assert int(digits) * (-1 if "−" in written else 1) == minor


def test_money_of_a_currency_nobody_knows_shows_its_code() -> None:
    assert plain(formats.money(100, "xts")) == "XTS 1.00"


def test_formats_of_many_values_ask_for_the_organisation_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def provider() -> OrganisationInfo:
        asked.append(1)
        return OrganisationInfo(time_zone="Asia/Tokyo")

    monkeypatch.setattr(organisation, "_provider", provider)
    with organisation.remembered():
        assert {formats.moment(TIME) for _ in range(10)} == {"1 Jan 2027, 08:30"}
        assert len(asked) == 1
        organisation.forget()
        formats.moment(TIME)
        assert len(asked) == 2
    formats.moment(TIME)
    assert len(asked) == 3
