"""The dry run: what a file would do, without doing it."""

from contextlib import closing
from dataclasses import replace

import msgspec
from django.utils import timezone

from tragt.errors import TragtError
from tragt.events import Rejections
from tragt.events.files import FileKind, open_file
from tragt.web.imports import files
from tragt.web.imports.actions.records import try_records
from tragt.web.imports.actions.rejecting import keep_rejected
from tragt.web.imports.actions.starting import PERMISSION
from tragt.web.imports.actions.states import held, part
from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.beside import counted_in
from tragt.web.imports.models import Import, State
from tragt.web.imports.queries import tried
from tragt.web.imports.reading import persons_in, read_file
from tragt.web.imports.sentences import fault_of
from tragt.web.imports.trial import Outcome, Phase, Report, outcome_of
from tragt.web.imports.writing import lake_rows, tellings
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.registry import find
from tragt.web.shell.acting import Who, acting

__all__ = ["begin_trial", "is_small", "try_out"]

_SMALL = 4 << 20
_PACKED = frozenset({FileKind.EXCEL, FileKind.PARQUET, FileKind.ARROW})
_SMALL_PACKED = 256 << 10


def is_small(one: Import) -> bool:
    """Whether a file is tried while the page waits, rather than by a job: what counts is its size once unpacked."""
    if one.size > _SMALL:
        return False
    try:
        file = open_file(files.original_of(one.pk, one.file_name), None)
        if file.kind in _PACKED:
            return one.size <= _SMALL_PACKED
        with closing(file.blocks(lambda _done, _total: None)) as blocks:
            return len(next(blocks, b"")) <= _SMALL
    except (TragtError, OSError):
        # What is wrong with it is told by the trial.
        return True


def begin_trial(key: int, who: Who) -> Job:
    """Let a job find out what a file would do.

    Args:
        key: Of the import, whose columns have been chosen.
        who: Who asks.
    """
    with part(who, PERMISSION):
        one = held(key, State.MAPPED)
        return enqueue(find("imports.try"), who, title=one.file_name, subject=one.subject, import_id=key)


def try_out(key: int, who: Who, report: Report) -> Outcome:
    """Find out what a file would do, and keep that with the import.

    Args:
        key: Of the import.
        who: Who asks.
        report: Told how far it is.

    Raises:
        TragtError: The whole file cannot be read as its first rows could, or who asks may not import it so; the
            columns are asked for again.
    """
    with acting(who, PERMISSION, f"import {key}", act="checked") as act:
        one = held(key, State.MAPPED)
        act.details["file"] = one.file_name
    answers = Answers.of(one.answers)
    path = files.original_of(key, one.file_name)
    try:
        if answers.shape is Shape.RECORDS:
            return _tried_records(one, answers, who, report)
        log = read_file(path, answers, Phase(report, 0, 70, "Reading the file"))
        keep_rejected(one, log.rejected)
        comparing = Phase(report, 70, 90, "Comparing with what is there")
        rows = [frame.select("id") for frame in lake_rows(log, one, answers.source, timezone.now(), comparing)]
        persons = tellings(persons_in(path, answers, log))
        outcome = replace(tried(log, rows, persons, outcome_of(log, answers)), counted=counted_in(log))
    except TragtError as error:
        fault = fault_of(error)
        rejected = error.fields.get("rejected")
        if isinstance(rejected, Rejections):
            keep_rejected(one, rejected)
        _kept(one, answers, state=State.UPLOADED, error_code=fault.code, error=msgspec.to_builtins(fault))
        raise
    _kept(one, answers, trial=outcome.as_json(), error_code="", error={})
    return outcome


def _tried_records(one: Import, answers: Answers, who: Who, report: Report) -> Outcome:
    outcome, rejected = try_records(files.original_of(one.pk, one.file_name), answers, who, report)
    keep_rejected(one, rejected)
    _kept(one, answers, trial=outcome.as_json(), error_code="", error={})
    return outcome


def _kept(one: Import, answers: Answers, **values: object) -> None:
    """Keep it, unless other columns were chosen meanwhile."""
    Import.objects.filter(pk=one.pk, state=State.MAPPED, answers=answers.as_json()).update(**values)
