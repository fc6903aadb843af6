"""Long work of the app `demonstration`."""

from django.utils.translation import gettext_lazy as _

from tragt.web.demonstration.actions import load
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.shell.acting import SYSTEM

__all__ = ["load_demonstration"]


@job("demonstration.load", retries=2, label=_("Loading the demonstration firm"))
def load_demonstration(progress: Progress) -> None:
    """Load the demonstration firm."""
    load(SYSTEM, progress.report)
