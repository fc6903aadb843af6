"""What becomes of an import whose job was cancelled before it ran, or ended without doing its work."""

import msgspec
from django.db import transaction

from tragt.web.imports.actions.withdrawing import let_go
from tragt.web.imports.models import Import, State
from tragt.web.imports.queries import job_under_way
from tragt.web.imports.sentences import Fault
from tragt.web.jobs.models import Job
from tragt.web.jobs.models import State as JobState
from tragt.web.log.queries import hidden_batches

__all__ = ["settle"]


def settle(job: Job) -> None:
    """Let an import stand as it would without a job that has ended.

    An import under way goes back to the choice of columns, or has failed where its job has; what it left in the log
    stays hidden and goes with the next import. An undo that has taken nothing out of sight yet is none.

    Args:
        job: The job; one that is not of an import does not matter.
    """
    if job.name not in ("imports.run", "imports.undo"):
        return
    with transaction.atomic():
        one = Import.objects.select_for_update(of=("self",)).filter(pk=job.arguments["import_id"]).first()
        if one is None or job_under_way(one) is not None:
            return
        if one.state == State.COMMITTING and job.state == JobState.FAILED:
            fault = Fault("imports.interrupted", "", {}, "It was interrupted; try again.")
            let_go(one, State.FAILED, error_code=fault.code, error=msgspec.to_builtins(fault))
        elif one.state == State.COMMITTING:
            let_go(one, State.MAPPED)
        elif one.state == State.UNDOING and one.batch not in hidden_batches():
            one.state = State.DONE
            one.save(update_fields=["state"])
