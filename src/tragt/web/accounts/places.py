"""Time zones, currencies, languages, days and months that an organisation can choose, and a first guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, available_timezones

from babel import Locale
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from tragt.web.shell.language import LANGUAGES

__all__ = [
    "CURRENCIES",
    "Guess",
    "currencies",
    "guess",
    "languages",
    "months",
    "time_zones",
    "weekdays",
    "with_present",
    "zone_exists",
]

CURRENCIES = (
    "AUD", "BGN", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF",
    "IDR", "ILS", "INR", "ISK", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN",
    "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
)  # fmt: skip

_AREAS = {
    "Europe": _("Europe"),
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}
_EUROPEAN_ISLANDS = {"ES", "FO", "IS", "PT", "SJ"}
Choices = tuple[tuple[str, str], ...]
_CURRENCY_OF_ZONE = {
    "Europe/Copenhagen": "DKK",
    "Atlantic/Faroe": "DKK",
    "America/Nuuk": "DKK",
    "Europe/Stockholm": "SEK",
    "Europe/Oslo": "NOK",
    "Arctic/Longyearbyen": "NOK",
    "Atlantic/Reykjavik": "ISK",
    "Europe/London": "GBP",
    "Europe/Zurich": "CHF",
    "Europe/Warsaw": "PLN",
    "Europe/Prague": "CZK",
    "Europe/Budapest": "HUF",
    "Europe/Bucharest": "RON",
    "Europe/Istanbul": "TRY",
    "America/New_York": "USD",
    "America/Chicago": "USD",
    "America/Denver": "USD",
    "America/Phoenix": "USD",
    "America/Los_Angeles": "USD",
    "America/Toronto": "CAD",
    "America/Vancouver": "CAD",
    "Asia/Tokyo": "JPY",
    "Australia/Sydney": "AUD",
    "Australia/Melbourne": "AUD",
    "Pacific/Auckland": "NZD",
}
_OF_LANGUAGE = {
    "da": ("Europe/Copenhagen", "DKK"),
    "sv": ("Europe/Stockholm", "SEK"),
    "nb": ("Europe/Oslo", "NOK"),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What the place of an organisation probably is."""

    time_zone: str
    currency: str


def guess(language: str, time_zone: str = "") -> Guess:
    """Guess zone and currency from the language and, where the browser told it, the zone."""
    zone, currency = _OF_LANGUAGE.get(language, ("UTC", "EUR"))
    if zone_exists(time_zone):
        zone = time_zone
        currency = _CURRENCY_OF_ZONE.get(time_zone, currency if time_zone == "UTC" else "EUR")
    return Guess(zone, currency)


def zone_exists(name: str) -> bool:
    """Whether it is a time zone that can be chosen."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if name.partition("/")[0] in _AREAS) | {"UTC"}


@cache
def time_zones(language: str) -> tuple[tuple[str, Choices | str], ...]:
    """Zones of each country, without their other names, by continent; named by city, so that typing it finds them."""
    with override(language):
        regions: dict[str, list[tuple[str, str]]] = {str(title): [] for title in _AREAS.values()}
        countries = Locale.parse(language).territories
        for country, zone in _table():
            area = "Europe" if country in _EUROPEAN_ISLANDS else zone.partition("/")[0]
            city = get_timezone_location(zone, locale=language, return_city=True)
            land = countries.get(country, country)
            regions[str(_AREAS[area])].append((zone, city if city == land else f"{city}, {land}"))
    named = {title: tuple(sorted(zones, key=lambda one: one[1].casefold())) for title, zones in regions.items()}
    return (*((title, zones) for title, zones in named.items() if zones), ("UTC", "UTC"))


@cache
def _table() -> tuple[tuple[str, str], ...]:
    """Countries and their zones: the table that comes with the zones of the machine, or with those of the package."""
    folders: list[Traversable] = [*map(Path, TZPATH), files("tzdata") / "zoneinfo"]
    table = next(path for folder in folders if (path := folder / "zone.tab").is_file())
    rows = [line.split("\t") for line in table.read_text("utf-8").splitlines() if not line.startswith("#")]
    return tuple((row[0], row[2]) for row in rows if row[2] in _zones())


def with_present(value: str, choices: Sequence[tuple[str, Any]]) -> Sequence[tuple[str, Any]]:
    """Choices in which what was chosen before stands, also where the list does not have it."""
    names = {name for group in choices for name in (dict(group[1]) if isinstance(group[1], tuple) else group)}
    return choices if value in names else ((value, value), *choices)


@cache
def currencies(language: str) -> tuple[tuple[str, str], ...]:
    """Currencies by code, with their names in a language."""
    return tuple((code, f"{code}: {get_currency_name(code, locale=language)}") for code in CURRENCIES)


def languages() -> list[tuple[str, str]]:
    """The languages of the pages, each by its own name."""
    return [(one.code, one.name) for one in LANGUAGES]


def weekdays() -> list[tuple[int, str | Promise]]:
    """Days of the week, Monday is 1."""
    return [(number + 1, name) for number, name in WEEKDAYS.items()]


def months() -> list[tuple[int, str | Promise]]:
    """Months of the year, January is 1."""
    return list(MONTHS.items())
