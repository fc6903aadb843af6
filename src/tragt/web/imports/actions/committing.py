"""Writing a file into the event log: all of it or nothing, also where the process dies at any point.

1. One transaction: the batch is hidden and the state is ``committing``.
2. The lake takes all events in one commit, under a marker, so that doing it again adds nothing.
3. One transaction: persons are learned, the batch is shown, the state is ``done``.
4. Other apps are told, until one transaction has noted that they were.

Whatever is cut short is done again from its beginning by the next call. A marker's version is odd for a write and
even for the removal that must come before the next one; `Import.attempt` counts the removals.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from tragt.events import EventLog
from tragt.lake import Appended, Marker
from tragt.web.imports import files
from tragt.web.imports.actions.rejecting import keep_rejected
from tragt.web.imports.actions.starting import PERMISSION
from tragt.web.imports.actions.states import fail, held
from tragt.web.imports.answers import Answers
from tragt.web.imports.models import Import, MappingMemory, PipelineUnit, State
from tragt.web.imports.queries import job_under_way
from tragt.web.imports.reading import persons_in, read_file
from tragt.web.imports.signals import NextStep, imported
from tragt.web.imports.trial import WHOLE, Outcome, Phase, Report, outcome_of, stages_of
from tragt.web.imports.writing import lake_rows, stages_kept, tellings, units_without_date
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.progress import Cancelled, Interrupted
from tragt.web.jobs.registry import find
from tragt.web.log.actions import hide_batch, show_batch
from tragt.web.log.queries import lake
from tragt.web.people.actions import Learned, learn_people
from tragt.web.shell.acting import Who, acting

__all__ = ["begin", "commit", "run_now"]

_UNITS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read, and what it says beside its events."""

    log: EventLog
    answers: Answers
    outcome: Outcome


def begin(key: int, who: Who) -> Import:
    """Let a job import a file.

    Args:
        key: Of the import, whose columns have been chosen; or one that failed or was interrupted.
        who: Who asks.

    Raises:
        InvalidDefinition: It is under way or finished.
        NotAllowed: The permission is missing.
    """
    with acting(who, PERMISSION, f"import {key}", part="start"):
        one = _taken(key)
        enqueue(find("imports.run"), who, title=one.file_name, subject=one.subject, import_id=key)
    return one


def run_now(key: int, who: Who, report: Report | None = None) -> Import:
    """Import a file in this process.

    Args:
        key: As for `begin`.
        who: Who does it.
        report: Told how far it is.
    """
    with acting(who, PERMISSION, f"import {key}", part="start"):
        _taken(key)
    return commit(key, who, report or (lambda _done, _total, _text: None))


def commit(key: int, who: Who, report: Report) -> Import:
    """Do what `begin` asked for, or complete what was cut short.

    Args:
        key: Of the import.
        who: Who asked.
        report: Told how far it is; it may raise `Cancelled`.

    Raises:
        TragtError: The file cannot be imported; the import says why, and nothing of it counts.
    """
    with acting(who, PERMISSION, f"import {key}", part="commit"):
        one = held(key, State.COMMITTING, State.FAILED, State.DONE)
        if one.state == State.FAILED:
            one.state = State.COMMITTING
            one.save(update_fields=["state"])
            hide_batch(one.batch)
    if one.state == State.COMMITTING:
        try:
            _written(one, who, report)
        except Cancelled:
            _withdraw(one)
            raise
        except Interrupted:
            raise
        except Exception as error:
            fail(one, error)
            raise
    one.refresh_from_db()
    _announce(one, who)
    return one


def _taken(key: int) -> Import:
    """The import on its way into the log: hidden from now on."""
    one = held(key, State.MAPPED, State.FAILED, State.COMMITTING)
    if one.state == State.COMMITTING and job_under_way(one) is not None:
        held(key, State.MAPPED)
    one.state, one.error_code, one.error = State.COMMITTING, "", {}
    one.save(update_fields=["state", "error_code", "error"])
    hide_batch(one.batch)
    return one


def _written(one: Import, who: Who, report: Report) -> None:
    answers = Answers.of(one.answers)
    path = files.original_of(one.pk, one.file_name)
    log = read_file(path, answers, Phase(report, 0, 45, "Reading the file"))
    keep_rejected(one, log.rejected)
    persons = tellings(persons_in(path, answers, log))
    appended = _appended(one, log, answers, report)
    report(90, WHOLE, "Learning persons and companies")
    read = _Read(log, answers, outcome_of(log))
    with acting(who, PERMISSION, f"import {one.pk}", part="done", events=appended.added):
        if held(one.pk, State.COMMITTING, State.DONE).state == State.DONE:
            return
        learned = learn_people(persons, cause=one.batch, who=who)
        PipelineUnit.objects.filter(origin=one).delete()
        PipelineUnit.objects.bulk_create(units_without_date(log, one), batch_size=_UNITS_AT_ONCE)
        _finish(one, read, appended, learned)
        show_batch(one.batch)


def _appended(one: Import, log: EventLog, answers: Answers, report: Report) -> Appended:
    if one.attempt:
        lake().remove_batch(one.batch, Marker(one.batch, 2 * one.attempt))
    rows = lake_rows(log, one, answers.source, timezone.now(), Phase(report, 45, 85, "Writing the events"))
    return lake().append(rows, marker=Marker(one.batch, 2 * one.attempt + 1), batch=one.batch)


def _finish(one: Import, read: _Read, appended: Appended, learned: Learned) -> None:
    found, now = read.outcome, timezone.now()
    outcome = Outcome(
        events=found.events,
        added=appended.added,
        known=appended.duplicates,
        known_in=dict(appended.duplicates_by_batch),
        rejected=found.rejected,
        undated=found.undated,
        persons_new=learned.created,
        persons_known=learned.changed,
        companies_new=learned.companies_created,
        names=found.names,
        names_more=found.names_more,
        first=found.first,
        last=found.last,
    )
    one.result, one.duplicates = outcome.as_json(), outcome.known_in
    one.stages = stages_kept(stages_of(read.log, read.answers), read.answers.unit)
    one.state, one.finished, one.error_code, one.error = State.DONE, now, "", {}
    one.save()
    MappingMemory.objects.update_or_create(
        fingerprint=one.fingerprint,
        defaults={"answers": one.answers, "file_name": one.file_name, "remembered": now},
    )


def _withdraw(one: Import) -> None:
    """Go back to the choice of columns; the lake may hold the events of an attempt that died."""
    with transaction.atomic():
        Import.objects.filter(pk=one.pk, state=State.COMMITTING).update(state=State.MAPPED, attempt=one.attempt + 1)
    lake().remove_batch(one.batch, Marker(one.batch, 2 * (one.attempt + 1)))
    show_batch(one.batch)


def _announce(one: Import, who: Who) -> None:
    if one.announced:
        return
    answers = imported.send_robust(Import, key=one.pk, batch=one.batch, who=who)
    step = next((answer for _receiver, answer in answers if isinstance(answer, NextStep)), None)
    if step is not None:
        one.next_title, one.next_url = step.title[:200], step.url[:200]
    one.announced = True
    one.save(update_fields=["announced", "next_title", "next_url"])
