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
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_noop

from tragt.errors import TragtError
from tragt.events.reading import open_table
from tragt.web.accounts.models import User
from tragt.web.imports import files
from tragt.web.imports.answers import Answers
from tragt.web.imports.models import Import, PipelineUnit, Written
from tragt.web.people.models import Person
from tragt.web.people.queries import rows_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_LEAST_DIGITS = 7
_LEAST_LETTERS = 6


def _bare(actors: Iterable[str]) -> set[str]:
    return {actor.partition(":")[2] for actor in actors}


def _units(subject: Subject) -> Iterator[dict[str, object]]:
    rows = PipelineUnit.objects.filter(person__in=_bare(subject.actors))
    fields = ("person", "company", "deal", "stage", "told", "origin__file_name")
    for person, company, deal, stage, told, file in rows.values_list(*fields):
        yield {"person": person, "company": company, "deal": deal, "stage": stage, "told": told, "file": file}


def _erase_units(subject: Subject) -> int:
    return PipelineUnit.objects.filter(person__in=_bare(subject.actors)).delete()[0]


def _anonymise_units(subject: Subject) -> int:
    return PipelineUnit.objects.filter(person__in=_bare(subject.actors)).update(person="", told={})


def _users_written(subject: Subject) -> QuerySet[Written]:
    return Written.objects.filter(kind="user", after__email__in=[email.lower() for email in subject.emails])


def _export_written(subject: Subject) -> Iterator[dict[str, object]]:
    for after, file in _users_written(subject).values_list("after", "origin__file_name"):
        yield {"name": after.get("name"), "email": after["email"], "file": file}


def _erase_written(subject: Subject) -> int:
    """Forget that an import made the user: their row stays without a name, also when the import is undone."""
    return _users_written(subject).delete()[0]


def _counted_as_owner(subject: Subject) -> Iterator[tuple[Import, set[str]]]:
    """Imports in whose numbers an owner is called as the person, with the words that are theirs."""
    emails = [email.lower() for email in subject.emails]
    names = [*emails, *User.objects.alias(small=Lower("email")).filter(small__in=emails).values_list("name", flat=True)]
    names += [str(after.get("name", "")) for after in _users_written(subject).values_list("after", flat=True)]
    names += Person.objects.filter(pk__in=rows_of(subject)).values_list("name", flat=True)
    called = {" ".join(name.split()).casefold() for name in names} - {""}
    for one in Import.objects.order_by("pk"):
        words = {word for kept in (one.trial, one.result) for word in kept.get("counted", {}).get("owner", {})}
        if theirs := {word for word in words if word.casefold() in called}:
            yield one, theirs


def _export_owners(subject: Subject) -> Iterator[dict[str, object]]:
    for one, words in _counted_as_owner(subject):
        yield {"file": one.file_name, "owner": sorted(words)}


def _erase_owners(subject: Subject) -> int:
    touched = 0
    for one, words in _counted_as_owner(subject):
        for kept in (one.trial, one.result):
            owners = kept.get("counted", {}).get("owner", {})
            for word in words & owners.keys():
                del owners[word]
        one.save(update_fields=["trial", "result"])
        touched += 1
    return touched


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
        personal={
            "trial": gettext_noop("what a file that was tried calls the owner of deals"),
            "result": gettext_noop("what a file that was imported calls the owner of deals"),
        },
        other=frozenset(
            {
                "id", "file_name", "size", "sha256", "file_removed", "fingerprint", "known_export", "outline", "state",
                "answers", "attempt", "duplicates", "stages", "error_code", "error", "announced",
                "next_title", "next_url", "created", "created_by", "finished",
            }
        ),
        export=_export_owners,
        erase=_erase_owners,
        anonymise=_erase_owners,
    ),
    Store(
        "tragt_imports.MappingMemory",
        other=frozenset({"id", "fingerprint", "answers", "file_name", "remembered"}),
    ),
    Store(
        "tragt_imports.PipelineUnit",
        personal={
            "person": gettext_noop("identifier of the person"),
            "told": gettext_noop("what the row of a file said of the person besides"),
        },
        other=frozenset({"id", "origin", "company", "deal", "stage"}),
        export=_units,
        erase=_erase_units,
        anonymise=_anonymise_units,
    ),
    Store(
        "tragt_imports.Written",
        personal={"after": gettext_noop("name and e-mail address of a user whom a file brought")},
        other=frozenset({"id", "origin", "kind", "key", "created", "before"}),
        export=_export_written,
        erase=_erase_written,
        anonymise=_erase_written,
    ),
    Store(
        "file:uploads",
        personal={"file": gettext_noop("everything that an uploaded file says of the person")},
        export=_uploads,
        erase=_erase_uploads,
        anonymise=_erase_uploads,
    ),
)  # fmt: skip
