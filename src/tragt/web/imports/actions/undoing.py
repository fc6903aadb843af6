"""Taking an import back: its events out of the log, and what it told of persons."""

from django.utils import timezone

from tragt.lake import Marker
from tragt.web.imports import files
from tragt.web.imports.actions.companies import corrected_since
from tragt.web.imports.actions.records import again, undo_records
from tragt.web.imports.actions.states import held, part
from tragt.web.imports.models import Import, PipelineUnit, State
from tragt.web.imports.signals import undone
from tragt.web.imports.trial import WHOLE, Report
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.registry import find
from tragt.web.log.actions import hide_batch, show_batch
from tragt.web.log.queries import lake
from tragt.web.people.actions import undo_learning
from tragt.web.shell.acting import Who, acting

__all__ = ["begin_undo", "undo"]

PERMISSION = "imports.undo"
_REMOVED = "persons_removed"


def begin_undo(key: int, who: Who) -> Import:
    """Let a job take an import back.

    Args:
        key: Of a finished import, or of one whose undo was interrupted.
        who: Who asks.
    """
    with part(who, PERMISSION):
        one = held(key, State.DONE, State.UNDOING)
        if one.state == State.DONE:
            one.state, one.attempt = State.UNDOING, one.attempt + 1
            one.save(update_fields=["state", "attempt"])
        enqueue(find("imports.undo"), who, title=one.file_name, subject=one.subject, import_id=key)
    return one


def undo(key: int, who: Who, report: Report) -> Import:
    """Do what `begin_undo` asked for, or complete what was cut short.

    Events and persons go out of sight in one transaction; the events leave the lake after it.

    Args:
        key: Of the import.
        who: Who asked.
        report: Told how far it is.
    """
    report(0, WHOLE, "Taking back what it told of persons")
    with part(who, PERMISSION):
        one = held(key, State.UNDOING, State.UNDONE)
        if one.state == State.UNDONE:
            return one
        if _REMOVED not in one.result:
            _out_of_sight(one, who)
    report(40, WHOLE, "Removing the events")
    lake().remove_batch(one.batch, Marker(one.batch, 2 * one.attempt))
    with part(who, PERMISSION):
        one.state, one.finished, one.file_removed = State.UNDONE, timezone.now(), timezone.now()
        one.save(update_fields=["state", "finished", "file_removed"])
        show_batch(one.batch)
    files.remove_folder(key)
    undone.send_robust(Import, key=one.pk, batch=one.batch, who=who)
    again(who, one)
    return one


def _out_of_sight(one: Import, who: Who) -> None:
    with acting(who, PERMISSION, one.subject.replace(":", " "), act="undone", file=one.file_name) as act:
        hide_batch(one.batch)
        PipelineUnit.objects.filter(origin=one).delete()
        corrected = corrected_since(one.batch)
        back = undo_learning(cause=one.batch, who=who)
        counts = {"company_fields_kept": corrected, **undo_records(one, who)}
        counts |= {_REMOVED: back.removed, "persons_restored": back.restored, "fields_kept": len(back.kept)}
        one.result = {**one.result, **counts}
        one.save(update_fields=["result"])
        act.details.update(counts)
