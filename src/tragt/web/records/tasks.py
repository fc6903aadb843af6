"""What is done about records in the background."""

from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.records.actions.fields import index_fields

__all__ = ["INDEX_FIELDS", "prepare_fields"]

INDEX_FIELDS = "records.index_fields"


@job(INDEX_FIELDS, retries=3, label=_("Preparing custom fields for filters"), upkeep=True)
def prepare_fields(progress: Progress) -> None:
    """Make the indexes by which lists are filtered by custom fields, and drop those of fields that are retired."""
    progress.report(index_fields(), None)
