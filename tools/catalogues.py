"""The catalogues of translations: extract the texts of the sources, compile what was translated, check both.

``python -m tools.catalogues extract`` brings the catalogues up to date and keeps what is translated; ``compile``
writes the files that Django reads; ``check`` says what is missing. Babel does the work; no GNU gettext is needed.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as scan
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "tragt" / "web"
LOCALE = SOURCES / "locale"
LANGUAGES = ("da", "sv", "nb")

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
COMMENT = "Translators:"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
MARKUP = re.compile(r"</?[a-z]\w*|&\w+;")
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)  # a date in the compiled file would make each build another one


@dataclass(frozen=True, order=True)
class Text:
    """A text of the sources.

    Attributes:
        id: The English text.
        context: What sets it apart from the same text elsewhere.
        plural: The English text for several.
        comments: What its author tells the translator.
    """

    id: str
    context: str = ""
    plural: str = ""
    comments: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue finds it by."""
        return self.context, self.id


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.catalogues", description=__doc__)
    parser.add_argument("command", choices=("extract", "compile", "check"))
    match parser.parse_args(arguments).command:
        case "extract":
            return report(extract())
        case "compile":
            compile_all(LOCALE)
            return 0
        case _:
            wrong = check()
            return report(wrong) or min(len(wrong), 1)


def report(lines: list[str]) -> int:
    """Print lines; return 0."""
    print("\n".join(lines), end="\n" if lines else "")
    return 0


# ---------------------------------------------------------------- the sources


def texts(folder: Path = SOURCES) -> list[Text]:
    """Every text of the sources once, in order."""
    found: dict[tuple[str, str], Text] = {}
    for file in sorted(folder.rglob("*.py")):
        if "migrations" not in file.parts:
            gather(found, in_python(file.read_bytes()), file)
    for file in sorted([*folder.glob("*/templates/**/*.html"), *folder.glob("*/templates/**/*.txt")]):
        gather(found, in_template(file.read_text(encoding="utf-8"), str(file)), file)
    return sorted(found.values())


def gather(found: dict[tuple[str, str], Text], new: Iterator[Text], file: Path) -> None:
    """Add texts to those found; the same text, once alone and once with a plural, has the plural."""
    for text in new:
        before = found.get(text.key, text)
        if text.plural and before.plural and text.plural != before.plural:
            raise ValueError(f"{file}: {text.id!r} has two plurals, {before.plural!r} and {text.plural!r}")
        comments = tuple(dict.fromkeys((*before.comments, *text.comments)))
        found[text.key] = Text(text.id, text.context, before.plural or text.plural, comments)


def in_python(source: bytes) -> Iterator[Text]:
    """The texts of a module."""
    calls = scan("python", io.BytesIO(source), KEYWORDS, (COMMENT,), {"encoding": "utf-8"}, strip_comment_tags=True)
    for _, given, comments, context in calls:
        singular, plural = (given, "") if isinstance(given, str) else given[:2]
        yield Text(singular, context or "", plural, tuple(comments))


def in_template(source: str, name: str) -> Iterator[Text]:
    """The texts of a template: Django turns its tags into calls; brackets around them make any indentation right."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - compiling needs no Django

    return in_python(f"(\n{templatize(source, name)}\n)".encode())


# ---------------------------------------------------------------- the catalogues


def path_of(folder: Path, language: str) -> Path:
    """Where the catalogue of a language lies."""
    return folder / language / "LC_MESSAGES" / "django.po"


def read(folder: Path, language: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none."""
    file = path_of(folder, language)
    if not file.is_file():
        return Catalog(locale=language)
    with file.open("rb") as source:
        return read_po(source, locale=language, domain="django", abort_invalid=True)


def write(folder: Path, language: str, catalog: Catalog) -> None:
    """Write a catalogue without dates, addresses of lines or wrapping, so that a change shows what changed."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    file = path_of(folder, language)
    file.parent.mkdir(parents=True, exist_ok=True)
    header = HEADER.format(language=language, plural=catalog.plural_forms)
    file.write_text(header + body.getvalue().decode().strip() + "\n", encoding="utf-8")


def extract(folder: Path = LOCALE, sources: Path = SOURCES) -> list[str]:
    """Bring every catalogue up to date with the sources; return what was dropped."""
    wanted = texts(sources)
    dropped = []
    for language in LANGUAGES:
        before = {key(message): message for message in read(folder, language) if message.id}
        catalog = Catalog(locale=language, fuzzy=False)
        for text in wanted:
            add(catalog, text, before.pop(text.key, None))
        write(folder, language, catalog)
        dropped += [
            f"{language}: dropped {name!r}: {message.string!r}"
            for (_, name), message in before.items()
            if any(forms(message))
        ]
    return dropped


def add(catalog: Catalog, text: Text, before: Message | None) -> None:
    """Add a text with the translation that it had."""
    had = forms(before) if before else ()
    flags = before.flags & {"fuzzy"} if before else set()
    several = (*had, "", "")[: catalog.num_plurals]
    catalog.add(
        (text.id, text.plural) if text.plural else text.id,
        several if text.plural else next(iter(had), ""),
        flags=flags,
        auto_comments=text.comments,
        context=text.context or None,
    )


def key(message: Message) -> tuple[str, str]:
    """What a message is found by."""
    return str(message.context or ""), message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    """The translations of a message, one a plural form."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def compile_all(folder: Path) -> list[Path]:
    """Write the compiled catalogue beside each catalogue below the folder, where it would change; needs Babel alone."""
    written = []
    for file in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        catalog = read(folder, file.parent.parent.name)
        catalog.creation_date = catalog.revision_date = LONG_AGO
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        target = file.with_suffix(".mo")
        if not target.is_file() or target.read_bytes() != compiled.getvalue():
            target.write_bytes(compiled.getvalue())
            written.append(target)
    return written


# ---------------------------------------------------------------- the check


def check(folder: Path = LOCALE, sources: Path = SOURCES) -> list[str]:
    """What is wrong with the catalogues, one line each."""
    wanted = {text.key: text for text in texts(sources)}
    return [f"{language}: {line}" for language in LANGUAGES for line in faults(read(folder, language), wanted)]


def faults(catalog: Catalog, wanted: dict[tuple[str, str], Text]) -> Iterator[str]:
    """What is wrong with one catalogue."""
    present = {key(message): message for message in catalog if message.id}
    yield from (f"missing: {text.id!r}" for name, text in wanted.items() if name not in present)
    yield from (f"superfluous: {name!r}" for _, name in present.keys() - wanted.keys())
    yield from (f"obsolete: {message.id!r}" for message in catalog.obsolete.values())
    for name in sorted(wanted.keys() & present.keys()):
        yield from (f"{fault}: {name[1]!r}" for fault in message_faults(wanted[name], present[name]))


def message_faults(text: Text, message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    translated = forms(message)
    if message.fuzzy:
        yield "fuzzy"
    if bool(text.plural) != message.pluralizable:
        yield "plural differs"
    if not all(translated):
        yield "not translated"
        return
    originals = (text.id, text.plural) if text.plural else (text.id,)
    for original, one in zip((*originals[:1], *[originals[-1]] * len(translated)), translated, strict=False):
        yield from differences(originals, original, one)


def differences(originals: tuple[str, ...], original: str, translated: str) -> Iterator[str]:
    """How the placeholders, the markup and the edges of a translation differ from the English text."""
    known = set().union(*(PLACEHOLDER.findall(one) for one in originals))
    used = set(PLACEHOLDER.findall(translated))
    missing = set(PLACEHOLDER.findall(original)) - used
    if used - known or (missing and original == originals[-1]):
        yield f"placeholders {sorted(used)} instead of {sorted(known)}"
    if sorted(MARKUP.findall(original)) != sorted(MARKUP.findall(translated)):
        yield "markup differs"
    if original.strip() == original and translated.strip() != translated:
        yield "space at the edge"


if __name__ == "__main__":
    sys.exit(main())
