"""The whole way of a file at once, for the command line."""

from dataclasses import replace
from pathlib import Path

from tragt.events import Options
from tragt.web.imports.actions.choosing import choose
from tragt.web.imports.actions.committing import begin
from tragt.web.imports.actions.discarding import discard
from tragt.web.imports.actions.running import run_now
from tragt.web.imports.actions.starting import start
from tragt.web.imports.answers import Answers, Shape
from tragt.web.imports.models import Import
from tragt.web.imports.outline import recognised
from tragt.web.imports.queries import head
from tragt.web.imports.receiving import receive_path
from tragt.web.imports.trial import Report
from tragt.web.jobs.queries import worker_alive
from tragt.web.shell.acting import Who

__all__ = ["import_file"]


def import_file(path: Path, who: Who, options: Options, *, source: str = "", report: Report | None = None) -> Import:
    """Import a file as far as that can be done without asking anybody.

    Where a worker runs it gets a job for it and this returns at once; otherwise this process does it.

    Args:
        path: The file.
        who: Who does it.
        options: What is said about it.
        source: Where it comes from; empty for what its name and columns say.
        report: Told how far it is, where this process does it.

    Returns:
        The import: ``committing`` where a worker has it, else ``done``.

    Raises:
        TragtError: It cannot be read, or something has to be said first; nothing of it is kept then.
    """
    one = start(receive_path(path), who, options)
    try:
        kept = Answers.of(one.answers)
        if kept.shape is not Shape.RECORDS:
            _answers, questions = recognised(head(one), options)
            for question in questions.values():
                raise question
        choose(one.pk, replace(kept, source=source or kept.source), who)
    except BaseException:
        discard(one.pk, who)
        raise
    if worker_alive():
        return begin(one.pk, who)
    return run_now(one.pk, who, report)
