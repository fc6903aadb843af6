"""Reading files and the records that they are on. Whoever sees a record sees its files."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, Model, OuterRef, QuerySet, Sum
from django.utils import timezone

from tragt.errors import NotFound
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import changeable_owners, owned_by
from tragt.web.files.holders import Holder, holder_of, holders
from tragt.web.files.models import File

__all__ = [
    "KEPT",
    "changes",
    "file_of",
    "files_of",
    "files_on",
    "forgotten",
    "lying",
    "no_file",
    "persons_with_files",
    "places",
    "put_back_until",
    "record_of",
    "removed_of",
    "taken",
    "with_files",
]

KEPT = timedelta(days=1)
"""For how long a file that was removed can be put back."""


def record_of(kind: str, key: int, user: User | None) -> tuple[Holder, Model]:
    """A record, or another thing with files, that a user sees, with its kind.

    Args:
        kind: Code of the kind.
        key: Key of the record.
        user: Who looks; None is a command line or a job, which sees everything.

    Raises:
        NotFound: There is none, it is not theirs to see, or its kind has no files; these are not told apart.
    """
    holder = holder_of(kind)
    found = holder.visible(user).filter(pk=key).first() if holder is not None else None
    if holder is None or found is None:
        raise NotFound("files.no_record", "There is no such record. Perhaps it was deleted, or it is not yours to see.")
    return holder, found


def changes(kind: Holder, record: Model, user: User) -> bool:
    """Whether a user may change a record that they see, and so its files."""
    return user.has_perm(kind.edit) and owned_by(changeable_owners(user), kind.decides(record, user))


def files_of(kind: str, key: int) -> QuerySet[File]:
    """The files on a record, the newest first. Whether somebody sees it was asked before, by `record_of`."""
    return File.objects.filter(kind=kind, key=key, removed=None).order_by("-pk")


def files_on(kind: str, keys: Collection[int]) -> list[int]:
    """Keys of the files on some records of a kind, also of those that were removed and could be put back."""
    return list(File.objects.filter(kind=kind, key__in=keys).values_list("pk", flat=True))


def removed_of(kind: str, key: int) -> QuerySet[File]:
    """The files that were removed from a record and can be put back, the last removed first."""
    return File.objects.filter(kind=kind, key=key, removed__gt=put_back_until()).order_by("-removed", "-pk")


def put_back_until() -> datetime:
    """What was removed after this moment can be put back."""
    return timezone.now() - KEPT


def file_of(key: int, user: User | None, *, removed: bool = False) -> tuple[File, Holder, Model]:
    """A file on a record that a user sees, with the kind and the record.

    Args:
        key: Key of the file.
        user: Who looks; None is a command line or a job.
        removed: Whether one is meant that was removed and can be put back.

    Raises:
        NotFound: There is none, or it is not theirs to see; the two are not told apart.
    """
    rows = File.objects.filter(removed__gt=put_back_until()) if removed else File.objects.filter(removed=None)
    found = rows.filter(pk=key).first()
    try:
        if found is not None:
            return found, *record_of(found.kind, found.key, user)
    except NotFound:
        pass
    raise no_file()


def no_file() -> NotFound:
    """What to say where there is no such file, or it is not theirs to see."""
    said = "There is no such file. Perhaps somebody removed it, or it is not yours to see."
    return NotFound("files.no_file", said)


def lying(place: str) -> File | None:
    """The file whose bytes lie under a name; None where it was removed, or its record is gone or on its way out."""
    row = File.objects.filter(place=place, removed=None).first()
    holder = holder_of(row.kind) if row is not None else None
    there = row is not None and holder is not None and holder.visible(None).filter(pk=row.key).exists()
    return row if there else None


def places() -> set[str]:
    """The names that the bytes of all files lie under."""
    return set(File.objects.values_list("place", flat=True))


def taken() -> int:
    """How many bytes all files take, those among them that were removed and are still there."""
    return File.objects.aggregate(taken=Sum("size"))["taken"] or 0


def with_files(kind: str) -> Exists:
    """For a query of the records of a kind: whether a file is on one, also one that was removed and can be put back."""
    return Exists(File.objects.filter(kind=kind, key=OuterRef("pk")).exclude(removed__lte=put_back_until()))


def persons_with_files(persons: Collection[int]) -> set[int]:
    """Those of some persons on whom is a file, also one that was removed and can be put back."""
    rows = File.objects.filter(kind="person", key__in=persons).exclude(removed__lte=put_back_until())
    return set(rows.values_list("key", flat=True))


def forgotten() -> Collection[int]:
    """Keys of the files that nobody can reach any more: removed for a day, or on a record that is gone."""
    gone = set(File.objects.filter(removed__lte=put_back_until()).values_list("pk", flat=True))
    for holder in holders():
        records = holder.model._default_manager.values("pk")  # noqa: SLF001 - Django's public name
        gone.update(File.objects.filter(kind=holder.code).exclude(key__in=records).values_list("pk", flat=True))
    return gone
