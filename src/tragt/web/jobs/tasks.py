"""Jobs of the app itself."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs import actions
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every

__all__ = ["prune"]


@every("03:30")
@job("jobs.prune", label=_("Tidying up finished jobs"))
def prune(progress: Progress) -> None:
    """Remove what the schedule did in silence, and workers that are gone."""
    progress.report(0, None)
    actions.prune()
