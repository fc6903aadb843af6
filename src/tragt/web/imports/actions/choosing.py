"""Saying what the columns of a file mean."""

from dataclasses import replace

import msgspec
from django.db import transaction

from tragt.events import Options
from tragt.events.rows import ROW
from tragt.web.imports import files
from tragt.web.imports.actions.starting import PERMISSION, keep_head, without_new_fields
from tragt.web.imports.actions.states import held
from tragt.web.imports.answers import Answers, Shape, fingerprint
from tragt.web.imports.models import Import, State
from tragt.web.imports.outline import look_at, of_records, recognised, with_all_stages
from tragt.web.imports.queries import head
from tragt.web.imports.reading import preview
from tragt.web.imports.record_rows import rows_of
from tragt.web.imports.targets import target_of
from tragt.web.records.actions.fields import EDIT
from tragt.web.shell.acting import Who, acting

__all__ = ["choose", "read_file_as"]


def choose(key: int, answers: Answers, who: Who) -> Import:
    """Keep what was said about a file, once its first rows can be read so.

    Where it was said how the file is written (sheet, separator, letters), its columns may be others than before:
    they are recognised anew then, and asked about again.

    Args:
        key: Of the import.
        answers: What was said.
        who: Who says it.

    Raises:
        InvalidFile: The first rows cannot be read so; nothing was changed.
        InvalidDefinition: The import has gone on meanwhile.
    """
    with acting(who, PERMISSION, f"import {key}", act="mapped") as act:
        one = held(key, State.UPLOADED, State.MAPPED, State.FAILED)
        act.details["file"] = one.file_name
        before = Answers.of(one.answers)
        if (answers.sheet, answers.delimiter, answers.encoding) != (before.sheet, before.delimiter, before.encoding):
            return _looked_at_again(one, answers)
        _read_at_all(one, answers)
        if answers.stage != before.stage:
            answers = with_all_stages(answers, files.original_of(key, one.file_name))
        one.answers = answers.as_json()
        one.attempt += one.state == State.FAILED
        one.state, one.trial, one.error_code, one.error = State.MAPPED, {}, "", {}
        one.save()
    return one


def read_file_as(key: int, target: str, who: Who) -> Import:
    """Take a file for one of records of a kind, or for one of events; its columns are recognised anew.

    Args:
        key: Of the import.
        target: Code of the kind of record; empty for events.
        who: Who says so.

    Raises:
        NotFound: There is no such kind.
        InvalidDefinition: The import has gone on meanwhile.
    """
    with acting(who, PERMISSION, f"import {key}", act="mapped") as act:
        one = held(key, State.UPLOADED, State.MAPPED, State.FAILED)
        act.details["file"] = one.file_name
        before, seen = Answers.of(one.answers), head(one)
        options = before.options()
        if target:
            found = of_records(seen, target_of(target), options)
            found = found if who.may(EDIT) else without_new_fields(found)
        else:
            found, _questions = recognised(seen, options, records=False)
            found = with_all_stages(found, files.original_of(key, one.file_name))
        one.answers = replace(found, source=before.source).as_json()
        one.attempt += one.state == State.FAILED
        one.state, one.trial, one.error_code, one.error = State.UPLOADED, {}, "", {}
        one.save()
    return one


def _read_at_all(one: Import, answers: Answers) -> None:
    """Read the first rows by what was said.

    Raises:
        InvalidFile: They cannot be read so.
    """
    first = head(one)
    if answers.shape is Shape.RECORDS:
        rows_of(first.rows.with_row_index(ROW, 2), answers, first.table())
    else:
        preview(first, answers)


def _looked_at_again(one: Import, answers: Answers) -> Import:
    path = files.original_of(one.pk, one.file_name)
    seen = look_at(path, one.file_name, answers.options())
    found, _questions = recognised(seen, Options(zone=answers.zone))
    found = with_all_stages(
        replace(
            found,
            source=answers.source,
            date_order=answers.date_order,
            decimal=answers.decimal,
            sheet=answers.sheet,
            delimiter=answers.delimiter,
            encoding=answers.encoding,
        ),
        path,
    )
    one.outline, one.answers = msgspec.to_builtins(seen.outline), found.as_json()
    one.fingerprint = fingerprint(seen.outline.columns)
    one.attempt += one.state == State.FAILED
    one.state, one.trial, one.error = State.UPLOADED, {}, {}
    one.save()
    transaction.on_commit(lambda: keep_head(one, seen))
    return one
