"""Writing a file into the event log: all of it or nothing, also where the process dies at any point.

1. One transaction: the batch is hidden and the state is ``committing``.
2. The lake takes all events in one commit, under a marker, so that doing it again adds nothing.
3. One transaction: persons are learned, the batch is shown, the state is ``done``.
4. Other apps are told, until one transaction has noted that they were.

Whatever is cut short is done again from its beginning by the next call. A marker's version is odd for a write and
even for the removal that comes before it; `Import.attempt` counts them.

Rows that the log holds already are left out, but only where they count: how rows in the batch of an import that is
not done are treated, `withdrawing` says. The second transaction makes sure that every batch for whose sake rows were
left out was settled before the write and is still that of a finished import.
"""

from dataclasses import dataclass, replace

import polars as pl
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from tragt.errors import TragtError
from tragt.events import EventLog
from tragt.lake import Appended, Marker
from tragt.web.imports import files
from tragt.web.imports.actions.records import remember, write_records
from tragt.web.imports.actions.rejecting import keep_rejected
from tragt.web.imports.actions.starting import PERMISSION
from tragt.web.imports.actions.states import WAIT, held, later, part
from tragt.web.imports.actions.withdrawing import clear_leftovers, fail, taken_out, unsettled, withdraw
from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.beside import counted_in
from tragt.web.imports.models import Import, PipelineUnit, State
from tragt.web.imports.queries import job_under_way
from tragt.web.imports.reading import persons_in, read_file
from tragt.web.imports.signals import NextStep, imported
from tragt.web.imports.targets import Target, target_of
from tragt.web.imports.trial import WHOLE, Outcome, Phase, Report, outcome_of, stages_of
from tragt.web.imports.writing import lake_rows, stages_kept, tellings, units_without_date
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.progress import Cancelled, Interrupted, TryAgain
from tragt.web.jobs.registry import find
from tragt.web.log.actions import hide_batch, show_batch
from tragt.web.log.queries import hidden_batches, lake
from tragt.web.people.actions import Learned, learn_people
from tragt.web.shell.acting import Who, acting

__all__ = ["begin", "commit", "taken"]

_UNITS_AT_ONCE = 2_000
_TRIES = 3
_LATER = ("lake.overtaken", "lake.busy")


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read, and what it says beside its events."""

    log: EventLog
    answers: Answers
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Brought:
    """What an append did, and which batches were hidden before it."""

    appended: Appended
    hidden: frozenset[str]

    def stands(self, one: Import) -> bool:
        """Whether all rows that were left out are in batches that count, and did so all the time."""
        others = {batch for batch in self.appended.duplicates_by_batch if batch != one.batch}
        keys = [int(batch.partition(":")[2]) for batch in others if batch.startswith("import:")]
        # Held until the end of the transaction: an undo that begins meanwhile comes after it.
        finished = Import.objects.select_for_update(of=("self",)).filter(pk__in=keys, state=State.DONE)
        return not others & self.hidden and not others & set(hidden_batches()) and len(finished) == len(keys)


def begin(key: int, who: Who) -> Import:
    """Let a job import a file.

    Args:
        key: Of the import, whose columns have been chosen; or one that failed or was interrupted.
        who: Who asks.

    Raises:
        InvalidDefinition: It is under way or finished.
        NotAllowed: The permission is missing.
    """
    with part(who, PERMISSION):
        if files.is_worked_on(key):
            held(key, State.MAPPED)
        one = taken(key)
        enqueue(find("imports.run"), who, title=one.file_name, subject=one.subject, import_id=key)
    return one


def commit(key: int, who: Who, report: Report) -> Import:
    """Do what `begin` or `run_now` asked for, or complete what was cut short.

    Args:
        key: Of the import.
        who: Who asked.
        report: Told how far it is; it may raise `Cancelled`.

    Raises:
        TryAgain: An import that holds some of its rows is under way, or another process has taken this one over.
        TragtError: The file cannot be imported; the import says why, and nothing of it counts.
    """
    with part(who, PERMISSION):
        one = held(key, State.COMMITTING, State.FAILED, State.DONE)
        if one.state != State.DONE:
            one.state, one.attempt = State.COMMITTING, one.attempt + 1
            one.save(update_fields=["state", "attempt"])
            hide_batch(one.batch)
    if one.state == State.COMMITTING:
        try:
            _bring(one, who, report)
        except Cancelled:
            withdraw(one, State.MAPPED)
            raise
        except (Interrupted, TryAgain):
            raise
        except Exception as error:
            fail(one, error)
            raise
    one.refresh_from_db()
    _announce(one, who)
    return one


def taken(key: int) -> Import:
    """The import on its way into the log, hidden from now on. A part of the acts that begin it."""
    one = held(key, State.MAPPED, State.FAILED, State.COMMITTING)
    if one.state == State.COMMITTING and job_under_way(one) is not None:
        held(key, State.MAPPED)
    one.state, one.error_code, one.error = State.COMMITTING, "", {}
    one.save(update_fields=["state", "error_code", "error"])
    hide_batch(one.batch)
    return one


def _bring(one: Import, who: Who, report: Report) -> None:
    if Answers.of(one.answers).shape is Shape.RECORDS:
        write_records(one, who, report)
    else:
        _written(one, who, report)


def _written(one: Import, who: Who, report: Report) -> None:
    answers = Answers.of(one.answers)
    path = files.original_of(one.pk, one.file_name)
    log = read_file(path, answers, Phase(report, 0, 45, "Reading the file"))
    keep_rejected(one, log.rejected)
    persons = tellings(persons_in(path, answers, log))
    read = _Read(log, answers, replace(outcome_of(log, answers), counted=counted_in(log)))
    for _ in range(_TRIES):
        before = frozenset(hidden_batches())
        appended = _appended(one, log, answers, report)
        report(90, WHOLE, "Learning persons and companies")
        if _done(one, read, persons, _Brought(appended, before), who):
            return
        _step_back(one, appended)
    raise later("imports.waits", "Other imports of the same rows came in between again and again.", one.file_name)


def _done(one: Import, read: _Read, persons: pl.DataFrame, brought: _Brought, who: Who) -> bool:
    """Let the import count; False where rows were left out for the sake of some that may not count."""
    appended = brought.appended
    with part(who, PERMISSION):
        now = held(one.pk, State.COMMITTING, State.DONE, State.UNDOING, State.UNDONE, State.FAILED, State.MAPPED)
        if now.state == State.DONE:
            return True
        if (now.state, now.attempt) != (State.COMMITTING, one.attempt):
            raise later("imports.interrupted", "Another process has taken this import over.", one.file_name)
        if not brought.stands(one):
            return False
        with acting(who, PERMISSION, f"import {one.pk}", act="imported", file=one.file_name, events=appended.added):
            learned = learn_people(persons, cause=one.batch, who=who)
            PipelineUnit.objects.filter(origin=one).delete()
            PipelineUnit.objects.bulk_create(units_without_date(read.log, one), batch_size=_UNITS_AT_ONCE)
            _finish(one, read, appended, learned)
            show_batch(one.batch)
    return True


def _appended(one: Import, log: EventLog, answers: Answers, report: Report) -> Appended:
    try:
        clear_leftovers()
        lake().remove_batch(one.batch, Marker(one.batch, 2 * one.attempt))
        rows = lake_rows(log, one, answers.source, timezone.now(), Phase(report, 45, 85, "Writing the events"))
        return lake().append(rows, marker=Marker(one.batch, 2 * one.attempt + 1), batch=one.batch)
    except TragtError as error:
        if error.code in _LATER:
            raise TryAgain(error.code, error.message, after=WAIT) from error
        raise


def _step_back(one: Import, appended: Appended) -> None:
    """Take the events out again; wait where others that hold its rows are under way."""
    if not taken_out(one):
        raise later("imports.interrupted", "Another process has taken this import over.", one.file_name)
    for other in unsettled(one, appended.duplicates_by_batch):
        raise later(
            "imports.waits",
            f"{other.file_name} holds some of the same rows and is not finished. This file comes after it.",
            other.file_name,
            other.pk,
        )


def _finish(one: Import, read: _Read, appended: Appended, learned: Learned) -> None:
    found, now = read.outcome, timezone.now()
    outcome = replace(
        found,
        added=appended.added,
        known=appended.duplicates,
        known_in=dict(appended.duplicates_by_batch),
        persons_new=learned.created,
        persons_known=learned.changed,
        companies_new=learned.companies_created,
    )
    one.result, one.duplicates = outcome.as_json(), outcome.known_in
    one.stages = stages_kept(stages_of(read.log, read.answers), read.answers.unit)
    one.state, one.finished, one.error_code, one.error = State.DONE, now, "", {}
    one.save()
    remember(one)


def _to_records(target: Target) -> NextStep | None:
    """The list of the records that a file brought, in place of a funnel of its events: it has none."""
    return NextStep(gettext_noop("See what the file brought"), reverse(target.list_url)) if target.list_url else None


def _announce(one: Import, who: Who) -> None:
    if one.announced:
        return
    answers = imported.send_robust(Import, key=one.pk, batch=one.batch, who=who)
    step = next((answer for _receiver, answer in answers if isinstance(answer, NextStep)), None)
    if one.answers.get("target"):
        step = _to_records(target_of(one.answers["target"]))
    if step is not None:
        one.next_title, one.next_url = step.title[:200], step.url[:200]
    one.announced = True
    one.save(update_fields=["announced", "next_title", "next_url"])
