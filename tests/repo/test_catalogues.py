"""The catalogues of translations: complete, and the tool that keeps them."""

import gettext
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import catalogues

PYTHON = """
from django.utils.translation import gettext as _, ngettext, npgettext, pgettext
_("Sign in")
# Translators: a month of the calendar
pgettext("month", "May")
ngettext("%(number)s person", "%(number)s people", 2)
npgettext("sales", "%(number)s lead", "%(number)s leads", 2)
_("Two "
  "lines")
_(variable)
"""
TEMPLATE = """{# inputs: none #}
{% load i18n %}
  <p>{% translate "100% sure" %} (an open bracket
      {% blocktranslate trimmed with name=user.name %}
          Hello {{ name }},
          welcome
      {% endblocktranslate %}
 {% translate "Lead" context "metal" %}{% include "x.html" with title=_("In a tag") %}{{ _("In a variable") }}
{% blocktranslate count number=all|length trimmed %}{{ number }} row{% plural %}{{ number }} rows{% endblocktranslate %}
"""
TEXTS = {
    ("", "Sign in", ""),
    ("month", "May", ""),
    ("", "%(number)s person", "%(number)s people"),
    ("sales", "%(number)s lead", "%(number)s leads"),
    ("", "Two lines", ""),
    ("", "100%% sure", ""),
    ("", "Hello %(name)s, welcome", ""),
    ("metal", "Lead", ""),
    ("", "In a tag", ""),
    ("", "In a variable", ""),
    ("", "%(number)s row", "%(number)s rows"),
}

Change = Callable[[str], str]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "room" / "templates" / "room").mkdir(parents=True)
    (folder / "room" / "views.py").write_text(PYTHON)
    (folder / "room" / "templates" / "room" / "page.html").write_text(TEMPLATE)
    return folder


@pytest.fixture
def locale(tmp_path: Path, sources: Path) -> Path:
    """A folder of catalogues, each text translated by itself."""
    folder = tmp_path / "locale"
    catalogues.extract(folder, sources)
    for language in catalogues.LANGUAGES:
        catalog = catalogues.read(folder, language)
        for message in catalog:
            if message.id:
                message.string = message.id
        catalogues.write(folder, language, catalog)
    return folder


def change(locale: Path, before: str, after: str) -> None:
    file = catalogues.path_of(locale, "da")
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_catalogues_hold_every_text_in_each_language() -> None:
    wrong = catalogues.check()
    hint = "run `python -m tools.catalogues extract`, translate, and look at the differences"
    assert not wrong, f"{len(wrong)} faults; {hint}:\n" + "\n".join(wrong[:40])


def test_texts_of_modules_and_templates_are_found(sources: Path) -> None:
    found = catalogues.texts(sources)
    assert {(text.context, text.id, text.plural) for text in found} == TEXTS
    assert [text.comments for text in found if text.id == "May"] == [("a month of the calendar",)]


def test_extract_twice_keeps_translations_and_changes_nothing(locale: Path, sources: Path) -> None:
    change(locale, 'msgid "Sign in"\nmsgstr "Sign in"', 'msgid "Sign in"\nmsgstr "Log ind"')
    before = catalogues.path_of(locale, "da").read_text()
    assert catalogues.extract(locale, sources) == []
    assert catalogues.path_of(locale, "da").read_text() == before
    assert not [word for word in ("views.py", "page.html", "Date", "Generated") if word in before]


def test_extract_of_a_text_that_went_drops_it_and_says_so(locale: Path, sources: Path) -> None:
    (sources / "room" / "views.py").write_text(PYTHON.replace('_("Sign in")', ""))
    assert catalogues.extract(locale, sources) == [f"{one}: dropped 'Sign in': 'Sign in'" for one in ("da", "sv", "nb")]
    assert catalogues.check(locale, sources) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('msgstr "Sign in"', 'msgstr ""', "not translated: 'Sign in'"),
        ('msgid "Sign in"', '#, fuzzy\nmsgid "Sign in"', "fuzzy: 'Sign in'"),
        ('msgid "Sign in"', 'msgid "Sign out"', "missing: 'Sign in'"),
        ('msgid "Sign in"', 'msgid "Sign out"', "superfluous: 'Sign out'"),
        ('msgstr "Hello %(name)s, ', 'msgstr "Hello %(navn)s, ', "placeholders ['%(navn)s']"),
        ('msgstr[1] "%(number)s people"', 'msgstr[1] "people"', "placeholders []"),
        ('msgstr "Sign in"', 'msgstr "<b>Sign in"', "markup differs"),
        ('msgstr "Sign in"', 'msgstr "Sign in "', "space at the edge"),
        ('msgid "Sign in"', '#~ msgid "Old"\n#~ msgstr "Gammel"\n\nmsgid "Sign in"', "obsolete: 'Old'"),
    ],
)
def test_check_of_a_faulty_catalogue_names_the_fault(
    locale: Path, sources: Path, before: str, after: str, fault: str
) -> None:
    assert catalogues.check(locale, sources) == []
    change(locale, before, after)
    assert [line for line in catalogues.check(locale, sources) if line.startswith(f"da: {fault}")]


def test_compile_all_writes_what_gettext_reads_and_only_when_it_changed(locale: Path) -> None:
    change(locale, 'msgid "Sign in"\nmsgstr "Sign in"', 'msgid "Sign in"\nmsgstr "Log ind"')
    assert len(catalogues.compile_all(locale)) == len(catalogues.LANGUAGES)
    with catalogues.path_of(locale, "da").with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("Sign in") == "Log ind"
    assert read.info()["pot-creation-date"].startswith("2026-01-01")
    assert read.npgettext("sales", "%(number)s lead", "%(number)s leads", 2) == "%(number)s leads"
    assert catalogues.compile_all(locale) == []
