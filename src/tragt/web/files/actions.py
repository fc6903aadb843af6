"""Adding files to records, naming and removing them, and removing for good what nobody can reach any more.

Whoever may change a record may change its files.
"""

import re
from collections.abc import Callable, Collection

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tragt.errors import Conflict, InvalidDefinition, InvalidFile
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import check_change
from tragt.web.files import store
from tragt.web.files.models import File
from tragt.web.files.naming import safe_name
from tragt.web.files.queries import file_of, forgotten, no_file, places, record_of, taken
from tragt.web.files.store import Received
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import take_turn

__all__ = ["PURGE", "add_file", "drop", "purge", "remove_file", "rename_file", "restore_file"]

PURGE = "files.purge"

Change = Callable[[File], None]

_ENDING = re.compile(r"\.[a-zA-Z][a-zA-Z0-9]{0,11}$")


def add_file(received: Received, name: str, kind: str, key: int, *, who: Who) -> File:
    """Put a file that arrived on a record. Where that cannot be, nothing of it is left.

    Args:
        received: The file.
        name: What it is called; it is made safe.
        kind: Code of the record's kind.
        key: Key of the record.
        who: Who adds it.

    Raises:
        NotFound: There is no such record, or it is not theirs to see.
        NotAllowed: They may not change it.
        InvalidFile: The disk does not take it, or all files together would take more than they may.
    """
    user = _user(who)
    try:
        found, record = record_of(kind, key, user)
        with acting(who, found.edit, f"{kind} {key}", act="add file", size=received.size) as act:
            check_change(who, found.decides(record, user))
            _check_room(received.size)
            store.keep(received)
            row = File(kind=kind, key=key, name=safe_name(name), place=received.place, media=received.media)
            row.size, row.sha256, row.by = received.size, received.sha256, user
            row.company_id = key if kind == "company" else None
            row.save()
            act.details["number"] = row.pk
    except BaseException:
        received.path.unlink(missing_ok=True)
        store.remove(received.place)
        raise
    return row


def rename_file(key: int, name: str, *, who: Who, version: int | None = None) -> File:
    """Call a file something else.

    Args:
        key: Key of the file.
        name: Its new name; it is made safe. Where it has no ending, that of the old one stays.
        who: Who names it.
        version: The version they saw; None names it whatever happened since.

    Raises:
        NotFound: There is no such file, or it is not theirs to see.
        NotAllowed: They may not change its record.
        Conflict: Somebody named it meanwhile.
        InvalidDefinition: The name is empty.
    """
    if not name.strip(" ./\\"):
        raise InvalidDefinition("files.no_name", "A file needs a name. Write one.", field="name")
    return _changed(key, who, "rename file", lambda row: _named(row, name), version=version)


def remove_file(key: int, *, who: Who, version: int | None = None) -> File:
    """Remove a file; for a day it can be put back.

    Args:
        key: Key of the file.
        who: Who removes it.
        version: The version they saw; None removes it whatever happened since.

    Raises:
        NotFound: There is no such file, or it is not theirs to see.
        NotAllowed: They may not change its record.
        Conflict: Somebody named it meanwhile.
    """
    return _changed(key, who, "remove file", lambda row: setattr(row, "removed", timezone.now()), version=version)


def restore_file(key: int, *, who: Who) -> File:
    """Put a file back that was removed within the last day.

    Args:
        key: Key of the file.
        who: Who puts it back.

    Raises:
        NotFound: There is no such file, or it is not theirs to see.
        NotAllowed: They may not change its record.
    """
    return _changed(key, who, "restore file", lambda row: setattr(row, "removed", None), removed=True)


def purge() -> int:
    """Remove for good the files that nobody can reach any more, and bytes without a row; how many went."""
    gone = forgotten()
    number = 0
    if gone:
        with acting(SYSTEM, PURGE) as act:
            number = drop(gone)
            act.details["number"] = number
    # Rows first, bytes then: one that is added meanwhile has young bytes.
    left = list(store.strays(places()))
    for path in left:
        path.unlink(missing_ok=True)
    return number + len(left)


def drop(keys: Collection[int]) -> int:
    """Remove files with their bytes, which go once the rows are gone for sure. A part of acts; how many there were."""
    rows = File.objects.filter(pk__in=keys)
    gone = list(rows.values_list("place", flat=True))
    rows.delete()
    transaction.on_commit(lambda: _unlink(gone))
    return len(gone)


def _check_room(size: int) -> None:
    """Make sure that all files together take no more than they may; those count that can still be put back.

    Raises:
        InvalidFile: They would.
    """
    most = int(settings.TRAGT.file_quota_gb)
    take_turn("files.room")
    if taken() + size > most * 10**9:
        raise InvalidFile(
            "files.quota",
            f"All files together may take {most} GB (TRAGT_FILE_QUOTA_GB), and there is no room for this one. Remove "
            "some, which counts a day later, or ask whoever looks after this installation for more.",
            limit=most,
        )


def _unlink(gone: Collection[str]) -> None:
    store.remove(*gone)


def _changed(
    key: int, who: Who, done: str, change: Change, *, version: int | None = None, removed: bool = False
) -> File:
    """Change a file as one act, where that is theirs to do and nobody did meanwhile."""
    user = _user(who)
    row, kind, record = file_of(key, user, removed=removed)
    with acting(who, kind.edit, f"{row.kind} {row.key}", act=done, number=key):
        check_change(who, kind.decides(record, user))
        row = _locked(row, removed=removed)
        if version is not None and version != row.version:
            raise Conflict("files.changed", f"Somebody named '{row}' meanwhile. Load the page again.", name=row.name)
        change(row)
        row.version += 1
        row.save(update_fields=["name", "removed", "version"])
    return row


def _locked(row: File, *, removed: bool) -> File:
    """The file as it is now, until the end of the act; another may have removed it or put it back a moment ago."""
    found = File.objects.select_for_update().filter(pk=row.pk, removed__isnull=not removed).first()
    if found is None:
        raise no_file()
    return found


def _named(row: File, name: str) -> None:
    given, (_stem, dot, ending) = safe_name(name), row.name.rpartition(".")
    row.name = given if not dot or _ENDING.search(given) else safe_name(f"{given}.{ending}")


def _user(who: Who) -> User | None:
    return who.user if isinstance(who.user, User) else None
