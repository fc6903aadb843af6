"""Taking in an uploaded file."""

from dataclasses import replace

import msgspec

from tragt.errors import NotAllowed
from tragt.events import Options
from tragt.web.imports import files
from tragt.web.imports.answers import Answers, fingerprint
from tragt.web.imports.exports import recognise_export
from tragt.web.imports.models import Import
from tragt.web.imports.outline import Head, look_at, recognised, with_all_stages
from tragt.web.imports.queries import remembered
from tragt.web.imports.receiving import Received
from tragt.web.records.actions.fields import EDIT
from tragt.web.shell import organisation
from tragt.web.shell.acting import Who, acting

__all__ = ["keep_head", "start", "without_new_fields"]

PERMISSION = "imports.run"


def start(received: Received, who: Who, options: Options | None = None) -> Import:
    """Take a file that arrived; nothing of it stays where it cannot be read.

    Args:
        received: The file.
        who: Who brought it.
        options: What is said about it already; None means nothing.

    Returns:
        The import, with the columns as they are recognised, or as they were said of files with the same header.

    Raises:
        InvalidFile: It cannot be read as a table, or the disk has no room for it.
        NotAllowed: The permission is missing.
    """
    one: Import | None = None
    try:
        if not who.may(PERMISSION):
            raise NotAllowed("accounts.not_allowed", "Your role does not include importing.", permission=PERMISSION)
        if organisation.current().demonstration:
            raise NotAllowed(
                "imports.demonstration",
                "The demonstration firm stands in this home, and never among data of your own. Remove it first.",
            )
        said = options or Options(zone=organisation.current().time_zone)
        head = look_at(received.path, received.name, said)
        answers = _known_before(head) if options is None else None
        if answers is None:
            answers = with_all_stages(recognised(head, said)[0], received.path)
        if not who.may(EDIT):
            answers = without_new_fields(answers)
        with acting(who, PERMISSION, act="uploaded", file=received.name, size=received.size) as act:
            one = _made(received, head, answers, who)
            act.target = f"import {one.pk}"
            _moved(received, one, head)
    except BaseException:
        if one is not None and one.pk:
            files.remove_folder(one.pk)
        raise
    finally:
        received.remove()
    return one


def keep_head(one: Import, head: Head) -> None:
    """Keep the first rows beside the file."""
    try:
        head.rows.write_ipc(files.head_of(one.pk))
    except OSError as problem:
        raise files.disk_trouble(problem) from problem


def without_new_fields(answers: Answers) -> Answers:
    """The same answers, with what would be custom fields kept without: for who may not make these."""
    return replace(answers, uses=tuple(replace(use, make="") for use in answers.uses))


def _known_before(head: Head) -> Answers | None:
    memory = remembered(fingerprint(head.outline.columns))
    return Answers.of(memory.answers) if memory else None


def _made(received: Received, head: Head, answers: Answers, who: Who) -> Import:
    known = recognise_export(head.outline.columns)
    return Import.objects.create(
        file_name=received.name,
        size=received.size,
        sha256=received.sha256,
        fingerprint=fingerprint(head.outline.columns),
        known_export=known.key if known else "",
        outline=msgspec.to_builtins(head.outline),
        answers=answers.as_json(),
        created_by_id=who.user.pk if who.user else None,
    )


def _moved(received: Received, one: Import, head: Head) -> None:
    try:
        folder = files.folder_of(one.pk)
        files.remove_folder(one.pk)
        folder.mkdir(mode=0o700, parents=True)
        received.path.parent.rename(files.original_of(one.pk, received.name).parent)
    except OSError as problem:
        raise files.disk_trouble(problem) from problem
    keep_head(one, head)
