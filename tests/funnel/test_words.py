"""The words are there in every language, and numbers and times are written as each language does."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from string import Formatter

import pytest

from tragt.errors import InvalidDefinition
from tragt.funnel import lines
from tragt.funnel.drivers.results import Absence, Notice
from tragt.funnel.words import LANGUAGES, words
from tragt.stats.intervals import Rate, wilson

GAP = "\N{NARROW NO-BREAK SPACE}"
OTHERS = [language for language in LANGUAGES if language != "en"]


def texts(given: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a catalogue, with where it stands."""
    if isinstance(given, str):
        yield path, given
    elif isinstance(given, Mapping):
        for key, value in given.items():
            yield from texts(value, f"{path}.{key}")
    elif isinstance(given, tuple):
        for place, value in enumerate(given):
            yield from texts(value, f"{path}.{place}")
    elif is_dataclass(given):
        for part in fields(given):
            yield from texts(getattr(given, part.name), f"{path}.{part.name}")


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_a_language_have_the_texts_and_places_of_english(language: str) -> None:
    english, other = dict(texts(words("en"))), dict(texts(words(language)))
    assert english.keys() == other.keys()
    may_differ = {"many", "the_many", "who", "each"}
    assert {path: places(text) - may_differ for path, text in english.items()} == {
        path: places(text) - may_differ for path, text in other.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_a_language_are_nowhere_empty(language: str) -> None:
    empty = [path for path, text in texts(words(language)) if not text.strip(" ")]
    assert [path for path in empty if not path.endswith(".who")] == []


@pytest.mark.parametrize("language", OTHERS)
def test_words_of_a_language_are_translated(language: str) -> None:
    english, other = dict(texts(words("en"))), dict(texts(words(language)))
    sections = (".sentence", ".finding", ".picture", ".driver", ".reasons")
    same = [path for path, text in other.items() if path.startswith(sections) and english[path] == text]
    assert same == [".picture.median"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_translate_every_reason_that_a_report_gives(language: str) -> None:
    nobody = {lines.NOBODY_ENTERED, lines.NOBODY_BEFORE, lines.NOBODY_YET, lines.NOBODY_MATURE}
    given = nobody | {lines.NOT_OLD_ENOUGH, lines.OPTIONAL}
    assert given <= words(language).reasons.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_tell_everything_that_drivers_may_say(language: str) -> None:
    said = words(language).driver
    assert list(said.absences) == list(Absence)
    assert list(said.notices) == list(Notice)


@pytest.mark.parametrize(
    ("given", "found"), [("no", "nb"), ("nn", "nb"), ("da-DK", "da"), ("sv_SE", "sv"), ("EN", "en")]
)
def test_words_of_a_related_code_are_those_of_the_language(given: str, found: str) -> None:
    assert words(given).language == found


def test_words_of_an_unknown_language_name_the_known_ones() -> None:
    with pytest.raises(InvalidDefinition, match=r"'fi'.*en, da, sv, nb, no, nn") as error:
        words("fi")
    assert error.value.code == "words.unknown_language"
    with pytest.raises(InvalidDefinition, match=r"language None.*en, da, sv, nb"):
        words(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "number", "percent"),
    [
        ("en", "1,234,567", f"11.8{GAP}%"),
        ("da", "1.234.567", f"11,8{GAP}%"),
        ("sv", f"1{GAP}234{GAP}567", f"11,8{GAP}%"),
        ("nb", f"1{GAP}234{GAP}567", f"11,8{GAP}%"),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, number: str, percent: str) -> None:
    assert words(language).numbers.number(1_234_567) == number
    assert words(language).numbers.percent(0.118) == percent


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50.0 %"),
        (0.0996, "10.0 %"),
        (0.00043, "0.043 %"),
        (0.99957, "99.957 %"),
        (1e-9, "<0.0001 %"),
        (1 - 1e-9, ">99.9999 %"),
    ],
)
def test_percent_never_shows_some_as_none_or_all(share: float, written: str) -> None:
    assert words("en").numbers.percent(share).replace(GAP, " ") == written


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (Rate(0.356, 0.32, 0.40), "32–40"),
        (Rate(0.118, 0.112, 0.124), "11.2–12.4"),
        (Rate(0.01, 0.002, 0.06), "0.2–6.0"),
        (Rate(0.98, 0.93, 0.996), "93.0–99.6"),
        (wilson(0, 120), "0.0–3.1"),
    ],
)
def test_interval_is_as_fine_as_it_is_narrow(rate: Rate, written: str) -> None:
    assert words("en").numbers.interval(rate) == written


@pytest.mark.parametrize(("share", "written"), [(0.2, "20 %"), (0.025, "2.5 %"), (0.95, "95 %"), (1 / 3, "33.3333 %")])
def test_round_percent_has_no_needless_decimals(share: float, written: str) -> None:
    assert words("en").numbers.round_percent(share).replace(GAP, " ") == written


@pytest.mark.parametrize(
    ("language", "span", "single"),
    [
        ("en", "1 Aug–31 Oct 2026", "3 May 2026"),
        ("da", "1. aug.–31. okt. 2026", "3. maj 2026"),
        ("sv", "1 aug–31 okt 2026", "3 maj 2026"),
        ("nb", "1. aug.–31. okt. 2026", "3. mai 2026"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, span: str, single: str) -> None:
    calendar = words(language).calendar
    assert calendar.span(date(2026, 8, 1), date(2026, 10, 31)) == span
    assert calendar.span(date(2026, 5, 3), date(2026, 5, 3)) == single


def test_span_over_two_years_names_both() -> None:
    assert words("en").calendar.span(date(2025, 12, 1), date(2026, 1, 31)) == "1 Dec 2025–31 Jan 2026"


def test_moment_at_midnight_has_no_clock() -> None:
    calendar = words("en").calendar
    assert calendar.moment(datetime(2026, 11, 21, tzinfo=UTC)) == "21 Nov 2026"
    assert calendar.moment(datetime(2026, 11, 21, 9, 5, tzinfo=UTC)) == "21 Nov 2026, 09:05 UTC"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 sekunder"),
        (1, "1 sekund"),
        (150, "2,5 minutter"),
        (3600, "60 minutter"),
        (7200, "2 timer"),
        (86_400, "24 timer"),
        (6 * 86_400, "6 dage"),
        (57.4 * 86_400, "57 dage"),
        (4000 * 86_400, "4.000 dage"),
    ],
)
def test_about_rounds_a_time_for_reading(seconds: float, written: str) -> None:
    assert words("da").calendar.about(seconds) == written


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(days=14), "14 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(days=14, seconds=1), "14 days 1 second"),
        (timedelta(seconds=1.5), "1.5 seconds"),
    ],
)
def test_exactly_leaves_nothing_out(length: timedelta, written: str) -> None:
    assert words("en").calendar.exactly(length) == written
