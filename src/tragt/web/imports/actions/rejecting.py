"""Keeping the rows that could not be read, for those who want to mend them."""

from tragt.events import Rejections
from tragt.web.imports import files
from tragt.web.imports.models import Import

__all__ = ["keep_rejected"]


def keep_rejected(one: Import, rejected: Rejections) -> None:
    """Write the rows that could not be read beside the file; an older list goes.

    Args:
        one: The import.
        rejected: The rows.
    """
    path = files.rejected_of(one.pk)
    if not rejected:
        path.unlink(missing_ok=True)
        return
    aside = path.with_suffix(".part")
    try:
        rejected.write_csv(aside)
        aside.replace(path)
    except OSError as problem:
        aside.unlink(missing_ok=True)
        raise files.disk_trouble(problem) from problem
