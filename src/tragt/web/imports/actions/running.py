"""Importing a file in this process, without a job: for the command line and for jobs of other apps.

A job is seen to live by its worker. Here a lock does that, which the system takes away with the process: an import
whose lock is held is under way, one without job and lock is dead. Who has to wait for another import waits here.
"""

import time

from tragt.web.imports import files
from tragt.web.imports.actions.committing import commit, taken
from tragt.web.imports.actions.starting import PERMISSION
from tragt.web.imports.actions.states import part
from tragt.web.imports.actions.withdrawing import fail
from tragt.web.imports.models import Import, State
from tragt.web.imports.trial import WHOLE, Report
from tragt.web.jobs.progress import TryAgain
from tragt.web.shell.acting import Who

__all__ = ["run_now"]

_TRIES = 20
_LOOKS = 60
_PAUSE_SECONDS = 0.5


def run_now(key: int, who: Who, report: Report | None = None) -> Import:
    """Import a file in this process; where another process imports some of the same rows, after it.

    Args:
        key: Of the import, whose columns have been chosen; or one that failed or was interrupted.
        who: Who does it.
        report: Told how far it is.

    Raises:
        TragtError: As for `commit`. Where a job would try again later, this has done so in vain, and it has failed.
    """
    said = report or (lambda _done, _total, _text: None)
    with files.worked_on(key):
        with part(who, PERMISSION):
            taken(key)
        tries = _TRIES
        while True:
            try:
                return commit(key, who, said)
            except TryAgain as error:
                tries -= 1
                if not tries or not _waited(error, said):
                    fail(Import.objects.get(pk=key), error)
                    raise


def _waited(error: TryAgain, report: Report) -> bool:
    """Wait until there is reason to try again; False where there is none."""
    if error.code != "imports.waits":
        return error.code == "lake.overtaken"
    other = Import.objects.filter(pk=str(error.fields["key"]), state__in=(State.COMMITTING, State.UNDOING)).first()
    if other is not None and not files.is_worked_on(other.pk):
        return False
    # Not for ever: of two that wait for each other one tries again first.
    for _ in range(_LOOKS):
        if other is None or not files.is_worked_on(other.pk):
            break
        report(0, WHOLE, "Waiting for another import of the same rows")
        time.sleep(_PAUSE_SECONDS)
    return True
