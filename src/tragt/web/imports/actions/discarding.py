"""Removing what is no longer wanted: imports nobody went on with, and files past their time."""

import shutil
from datetime import timedelta

from django.utils import timezone

from tragt.lake import Marker
from tragt.web.imports import files
from tragt.web.imports.actions.starting import PERMISSION
from tragt.web.imports.actions.states import held, part
from tragt.web.imports.models import Import, State
from tragt.web.imports.queries import is_under_way
from tragt.web.log.actions import show_batch
from tragt.web.log.queries import lake
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["discard", "remove_old_files"]

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


def remove_old_files() -> int:
    """Remove files thirty days after their import, or after they came where nobody went on with them.

    Returns:
        How many folders went.
    """
    before = timezone.now() - timedelta(days=files.KEPT_DAYS)
    removed = 0
    with part(SYSTEM, PERMISSION):
        old = Import.objects.filter(created__lt=before, file_removed=None)
        for one in old.exclude(finished__gte=before):
            if one.state == State.COMMITTING and is_under_way(one):
                continue
            removed += files.remove_folder(one.pk)
            one.file_removed = timezone.now()
            one.save(update_fields=["file_removed"])
        for stray in files.stray_folders(set(Import.objects.values_list("pk", flat=True))):
            shutil.rmtree(stray, ignore_errors=True)
            removed += 1
        if removed:
            with acting(SYSTEM, PERMISSION, act="discarded", folders=removed):
                pass
    return removed
