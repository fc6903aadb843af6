"""What is done about hypotheses at night."""

from django.utils.translation import gettext_lazy as _

from tragt.web.hypotheses.actions import cards
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every

__all__ = ["purge_removed"]


@every("03:40")
@job("hypotheses.purge", label=_("Removing hypotheses deleted long ago"))
def purge_removed(progress: Progress) -> None:
    """Remove for good what can no longer be brought back."""
    progress.report(cards.purge(), None)
