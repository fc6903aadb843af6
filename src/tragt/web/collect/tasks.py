"""What is done for collecting in the background."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.collect import actions
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every

__all__ = ["forget_old"]


@every("01:40")
@job("collect.forget_old", retries=3, label=_("Removing calls turned away long ago"))
def forget_old(progress: Progress) -> None:
    """Remove the calls that were turned away more than thirty days ago."""
    progress.report(actions.forget_old(timezone.now()), None)
