"""What is done about retention at night: before upkeep and the second step of erasures, which remove bytes as well."""

from datetime import timedelta
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.retention import actions, queries
from tragt.web.retention.queries import Standing

__all__ = ["AT", "remove_old"]

AT = "01:20"
_AGAIN = timedelta(minutes=30)


@every(AT)
@job("retention.remove_old", retries=3, label=_("Removing data past their time"))
def remove_old(progress: Progress) -> None:
    """Remove what is past its time, kind by kind; one that cannot be done now keeps no other from going.

    Cut short at any point it goes on where it was: what a kind was through with since the job was asked for is not
    gone through again.
    """
    problem: TragtError | None = None
    total = 0
    for standing in queries.standings():
        if _is_through(standing, progress):
            continue
        telling = partial(_tell, progress, total, standing.kind.title)
        try:
            total += actions.apply(standing, timezone.now(), telling)
        except TragtError as error:
            problem = problem or error
        progress.report(total, None)
    if problem is not None:
        raise TryAgain(problem.code, problem.message, after=_AGAIN, **problem.fields) from problem


def _tell(progress: Progress, before: int, title: str, gone: int) -> None:
    progress.report(before + gone, None, title)


def _is_through(standing: Standing, progress: Progress) -> bool:
    run = standing.run
    return run is not None and run.finished is not None and run.started >= progress.job.created
