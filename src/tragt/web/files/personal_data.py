"""What files on records hold of persons, and how it is exported, erased and anonymised.

A file on a person is about that person: it goes with its bytes at an erasure, and when the person is anonymised, since
nobody can take a name out of a scan. So does a file on a note or a call about the person, as the words of that do.

A file on a company or a deal is the firm's, as the deal is: an offer or a signed contract must be kept as long as the
law on book-keeping says, whoever signed it. It stays as it is, and only its name, which everybody reads, says nothing
of the person any more.
"""

import re
from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from tragt.web.files import store
from tragt.web.files.actions import drop
from tragt.web.files.holders import holders
from tragt.web.files.models import File
from tragt.web.people.models import Person
from tragt.web.people.queries import rows_of
from tragt.web.shell.personal import Document, Store, Subject, leading_to

__all__ = ["STORES"]

Rows = Iterable[dict[str, object]]

_FULL_NAME = 2
"""Words that a name has at least, where it is looked for in what people wrote: one alone may be anybody's."""

_APART = re.compile(r"[\W_]+")


def _theirs(subject: Subject) -> QuerySet[File]:
    """The files on the person and what is about them, also those that were removed and could be put back."""
    persons = rows_of(subject)
    theirs = Q()
    for holder in holders():
        theirs |= Q(kind=holder.code, key__in=holder.about(persons))
    return File.objects.filter(theirs)


def _telling(subject: Subject) -> Callable[[str], bool]:
    """Tells of the name of a file whether it leads to the person, or has their full name in it."""
    rows = Person.objects.filter(pk__in=rows_of(subject)).exclude(name="").values_list("name", flat=True)
    own = [name for name in {_words(row) for row in rows} if len(name.split()) >= _FULL_NAME]
    leads = leading_to(subject)

    def tells(name: str) -> bool:
        # Where people set words apart with low lines, these belong to no address.
        return leads(name) or leads(name.replace("_", " ")) or any(f" {one} " in f" {_words(name)} " for one in own)

    return tells


def _words(text: str) -> str:
    return _APART.sub(" ", text).strip().casefold()


def _called_after(subject: Subject) -> list[File]:
    """The files on other records whose names tell of the person."""
    tells = _telling(subject)
    others = File.objects.exclude(pk__in=_theirs(subject).values("pk")).order_by("pk").iterator()
    return [row for row in others if tells(row.name)]


def _export(subject: Subject) -> Rows:
    """What is told of files. Those that are only called after the person stay the firm's: their bytes are not given."""
    theirs = list(_theirs(subject).order_by("pk"))
    given = {row.pk for row in theirs if store.there(row.place)}
    for row in [*theirs, *_called_after(subject)]:
        yield {
            "content": _called(row) if row.pk in given else "",
            "record": f"{row.kind} {row.key}",
            "name": row.name,
            "media": row.media,
            "size": row.size,
            "sha256": row.sha256,
            "added": row.at,
            "removed": row.removed,
        }


def _documents(subject: Subject) -> Iterable[Document]:
    for row in _theirs(subject).order_by("pk"):
        yield Document(_called(row), store.path_of(row.place))


def _called(row: File) -> str:
    """How a file is called in an export, where several may have one name."""
    return f"files/{row.pk}-{row.name}"


def _erase(subject: Subject) -> int:
    renamed = _called_after(subject)
    for row in renamed:
        ending = row.name.rpartition(".")[2] if "." in row.name else ""
        row.name = f"{row.pk}.{ending}" if ending.isalnum() and ending.isascii() else f"{row.pk}"
    File.objects.bulk_update(renamed, ["name"], batch_size=500)
    return drop(list(_theirs(subject).values_list("pk", flat=True))) + len(renamed)


def _erase_bytes(subject: Subject) -> int:
    """Files go before rows; what is added between the two goes with its row."""
    return store.remove(*_theirs(subject).values_list("place", flat=True))


STORES: tuple[Store, ...] = (
    Store(
        "tragt_files.File",
        personal={
            "name": gettext_noop("the name of a file, where it names a person"),
            "sha256": gettext_noop("a hash of what a file on a person holds"),
        },
        other=frozenset({"id", "kind", "key", "company", "place", "media", "size", "by", "at", "removed", "version"}),
        export=_export,
        documents=_documents,
        erase=_erase,
        anonymise=_erase,
    ),
    Store(
        "file:files",
        personal={"file": gettext_noop("everything that a file on a person holds")},
        erase=_erase_bytes,
        anonymise=_erase_bytes,
    ),
)
