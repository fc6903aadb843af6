"""What the imports hold of persons, and how it is exported, erased and anonymised.

An uploaded file is not rewritten without a person: at the erasure or anonymisation of anyone who stands in it, by an
identifier, an e-mail address or a telephone number in any of its cells, the file and everything made of it go at
once. An import that was not carried out then has nothing left to import, and goes too: it would bring the person
back. A file that cannot be gone through is taken to hold the person.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext_noop

from tragt.errors import TragtError
from tragt.events.reading import open_table
from tragt.web.imports import files
from tragt.web.imports.answers import Answers
from tragt.web.imports.models import Import, PipelineUnit
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_LEAST_DIGITS = 7
_LEAST_LETTERS = 6


def _bare(actors: Iterable[str]) -> set[str]:
    return {actor.partition(":")[2] for actor in actors}


def _units(subject: Subject) -> Iterator[dict[str, object]]:
    rows = PipelineUnit.objects.filter(person__in=_bare(subject.actors))
    fields = ("person", "company", "deal", "stage", "origin__file_name")
    for person, company, deal, stage, file in rows.values_list(*fields):
        yield {"person": person, "company": company, "deal": deal, "stage": stage, "file": file}


def _erase_units(subject: Subject) -> int:
    return PipelineUnit.objects.filter(person__in=_bare(subject.actors)).delete()[0]


def _anonymise_units(subject: Subject) -> int:
    return PipelineUnit.objects.filter(person__in=_bare(subject.actors)).update(person="")


def _uploads(subject: Subject) -> Iterator[dict[str, object]]:
    for one in _with_files():
        if _stands_in(one, subject):
            yield {"file": one.file_name, "uploaded": one.created.isoformat(), "size": one.size}


def _erase_uploads(subject: Subject) -> int:
    touched = 0
    for one in _with_files():
        if not _stands_in(one, subject):
            continue
        files.remove_folder(one.pk)
        touched += 1
        if one.is_open:
            one.delete()
        else:
            one.file_removed = timezone.now()
            one.save(update_fields=["file_removed"])
    return touched


def _with_files() -> Iterator[Import]:
    return (one for one in Import.objects.order_by("pk") if files.folder_of(one.pk).is_dir())


def _stands_in(one: Import, subject: Subject) -> bool:
    """Whether a file holds the person in any cell."""
    path = files.original_of(one.pk, one.file_name)
    if not path.is_file():
        return True
    wanted = sorted({text.casefold() for text in (*_bare(subject.actors), *subject.emails) if text})
    numbers = sorted({digits for phone in subject.phones if len(digits := re.sub(r"\D", "", phone)) >= _LEAST_DIGITS})
    try:
        return any(_holds(frame, wanted, numbers) for frame in _frames(path, one))
    except (TragtError, pl.exceptions.PolarsError, OSError):
        return True


def _frames(path: Path, one: Import) -> Iterator[pl.DataFrame]:
    table = open_table(path, Answers.of(one.answers).options())
    for batch in table.batches(None, lambda _done, _total: None):
        yield batch.frame
        if batch.broken:
            yield pl.DataFrame({"broken": [" ".join((row.given, *row.cells)) for row in batch.broken]})


def _holds(frame: pl.DataFrame, wanted: list[str], numbers: list[str]) -> bool:
    # A short identifier would be found inside any longer number: it counts as a whole cell only.
    long = [text for text in wanted if len(text) >= _LEAST_LETTERS]
    for values in frame:
        if values.dtype.is_temporal() or values.dtype == pl.Boolean:
            continue
        texts = values.cast(pl.String, strict=False).drop_nulls()
        lower = texts.str.to_lowercase()
        if lower.str.strip_chars().is_in(wanted).any() or (long and lower.str.contains_any(long).any()):
            return True
        digits = texts.str.replace_all(r"\D", "")
        if numbers and any(digits.str.contains(number[-8:], literal=True).any() for number in numbers):
            return True
    return False


STORES: tuple[Store, ...] = (
    Store(
        "tragt_imports.Import",
        other=frozenset(
            {
                "id", "file_name", "size", "sha256", "file_removed", "fingerprint", "known_export", "outline", "state",
                "answers", "attempt", "trial", "result", "duplicates", "stages", "error_code", "error", "announced",
                "next_title", "next_url", "created", "created_by", "finished",
            }
        ),
    ),
    Store(
        "tragt_imports.MappingMemory",
        other=frozenset({"id", "fingerprint", "answers", "file_name", "remembered"}),
    ),
    Store(
        "tragt_imports.PipelineUnit",
        personal={"person": gettext_noop("identifier of the person")},
        other=frozenset({"id", "origin", "company", "deal", "stage"}),
        export=_units,
        erase=_erase_units,
        anonymise=_anonymise_units,
    ),
    Store(
        "file:uploads",
        personal={"file": gettext_noop("everything that an uploaded file says of the person")},
        export=_uploads,
        erase=_erase_uploads,
        anonymise=_erase_uploads,
    ),
)  # fmt: skip
