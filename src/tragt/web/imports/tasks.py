"""The jobs of this app."""

from django.utils.translation import gettext_lazy as _

from tragt.web.imports import actions
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every

__all__ = ["remove_old_files", "run_import", "try_import", "undo_import"]


@job("imports.try", label=_("Checking a file"))
def try_import(progress: Progress, *, import_id: int) -> None:
    """Find out what a file would do."""
    actions.try_out(import_id, progress.who, progress.report)


@job("imports.run", retries=2, label=_("Importing a file"))
def run_import(progress: Progress, *, import_id: int) -> None:
    """Import a file, or complete what was cut short."""
    actions.commit(import_id, progress.who, progress.report)


@job("imports.undo", retries=2, label=_("Undoing an import"))
def undo_import(progress: Progress, *, import_id: int) -> None:
    """Undo an import, or complete what was cut short."""
    actions.undo(import_id, progress.who, progress.report)


@every("03:20")
@job("imports.remove_old_files", label=_("Tidying up uploaded files"))
def remove_old_files(progress: Progress) -> None:
    """Remove files that belong to no import, and events that imports without success left."""
    progress.report(0, None)
    actions.clear_leftovers()
    actions.remove_strays()
