"""What the overview does in the background."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.overview import queries

__all__ = ["summarise"]


@job("overview.summarise", retries=1, label=_("Counting what came in"), upkeep=True)
def summarise(progress: Progress) -> None:
    """Count people, events and days, and keep them."""
    progress.report(0, None)
    queries.summary()
