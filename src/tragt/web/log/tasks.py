"""What is done for the log in the background."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every
from tragt.web.log import actions

__all__ = ["upkeep"]


@every("02:00")
@job("log.upkeep", retries=3, label=_("Tidying the event log"))
def upkeep(progress: Progress) -> None:
    """Join small files of the lake, write a checkpoint, and remove what no figure needs any more."""
    progress.report(0, None)
    actions.upkeep()
