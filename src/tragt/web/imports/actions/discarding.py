"""Removing what is no longer wanted: imports nobody went on with, and files past their time."""

import shutil
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tragt.lake import Marker
from tragt.web.imports import files
from tragt.web.imports.actions.starting import PERMISSION
from tragt.web.imports.actions.states import held, part
from tragt.web.imports.models import Import, State
from tragt.web.imports.queries import OLD_FILES, is_under_way, with_old_files
from tragt.web.log.actions import show_batch
from tragt.web.log.queries import lake
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.retention import REMOVE

__all__ = ["discard", "remove_old_files", "remove_strays"]

_OPEN = (State.UPLOADED, State.MAPPED, State.FAILED)


def discard(key: int, who: Who) -> None:
    """Remove an import that was not carried out, and its file.

    Args:
        key: Of the import; one whose commit was cut short is not carried out either, once nobody works on it.
        who: Who asks.
    """
    with part(who, PERMISSION):
        one = held(key, *_OPEN, State.COMMITTING)
        if one.state == State.COMMITTING and is_under_way(one):
            held(key, *_OPEN)
        one.attempt += 1
        one.state = State.FAILED
        one.save(update_fields=["attempt", "state"])
    lake().remove_batch(one.batch, Marker(one.batch, 2 * one.attempt))
    with acting(who, PERMISSION, f"import {key}", act="discarded", file=one.file_name):
        show_batch(one.batch)
        Import.objects.filter(pk=key).delete()
    files.remove_folder(key)


def remove_old_files(before: datetime) -> Iterator[int]:
    """Remove the files of imports, one after another.

    Args:
        before: Of imports that ended before this moment, or came before it where nobody went on with them.

    Yields:
        One for each import whose files went.
    """
    for key in list(with_old_files(before).values_list("pk", flat=True)):
        if _remove_files(key, before):
            yield 1


def _remove_files(key: int, before: datetime) -> bool:
    """Whether the files of an import went: not where somebody works on it."""
    with transaction.atomic():
        one = with_old_files(before).select_for_update(of=("self",)).filter(pk=key).first()
        if one is None or (one.state == State.COMMITTING and is_under_way(one)):
            return False
        with acting(SYSTEM, REMOVE, OLD_FILES, number=1):
            files.remove_folder(key)
            one.file_removed = timezone.now()
            one.save(update_fields=["file_removed"])
    return True


def remove_strays() -> int:
    """Remove what lies among the uploads for more than a day and belongs to no import; how many folders and files."""
    removed = 0
    with part(SYSTEM, PERMISSION):
        for stray in files.stray_folders(set(Import.objects.values_list("pk", flat=True))):
            shutil.rmtree(stray, ignore_errors=True)
            removed += 1
        if removed:
            with acting(SYSTEM, PERMISSION, act="discarded", folders=removed):
                pass
    return removed
