"""What is done about files at night."""

from django.utils.translation import gettext_lazy as _

from tragt.web.files import actions
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every

__all__ = ["remove_forgotten"]


@every("02:10")
@job("files.remove_forgotten", label=_("Removing files for good"))
def remove_forgotten(progress: Progress) -> None:
    """Remove files that were removed a day ago or whose record is gone, and bytes that belong to no file."""
    progress.report(0, None)
    actions.purge()
