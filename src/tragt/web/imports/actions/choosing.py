"""Saying what the columns of a file mean."""

from dataclasses import replace

import msgspec
from django.db import transaction

from tragt.events import Options
from tragt.web.imports import files
from tragt.web.imports.actions.starting import PERMISSION, keep_head
from tragt.web.imports.actions.states import held
from tragt.web.imports.answers import Answers, fingerprint
from tragt.web.imports.models import Import, State
from tragt.web.imports.outline import look_at, recognised, with_all_stages
from tragt.web.imports.queries import head
from tragt.web.imports.reading import preview
from tragt.web.shell.acting import Who, acting

__all__ = ["choose"]


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
        preview(head(one), answers)
        if answers.stage != before.stage:
            answers = with_all_stages(answers, files.original_of(key, one.file_name))
        one.answers = answers.as_json()
        one.attempt += one.state == State.FAILED
        one.state, one.trial, one.error_code, one.error = State.MAPPED, {}, "", {}
        one.save()
    return one


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
