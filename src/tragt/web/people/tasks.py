"""What is done about personal data in the background."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.people import actions

__all__ = ["finish_erasures"]


@every("02:30")
@job("people.finish_erasures", retries=5, label=_("Removing data of persons"))
def finish_erasures(progress: Progress) -> None:
    """Rewrite every file and row that holds something of those who were erased or anonymised."""
    try:
        progress.report(actions.finish_erasures(), None)
    except TragtError as problem:
        raise TryAgain(problem.code, problem.message, after=timedelta(minutes=10)) from problem
