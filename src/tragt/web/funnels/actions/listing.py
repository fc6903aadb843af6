"""Noting that a list of those who stand at a step is taken away."""

from tragt.web.funnels.models import SavedFunnel
from tragt.web.shell.acting import Who, acting

__all__ = ["export_list"]


def export_list(who: Who, saved: SavedFunnel, step: int, rows: int) -> None:
    """Note that the list of those who stand at a step is taken away as a file.

    Args:
        who: Who takes it.
        saved: The funnel.
        step: Number of the step, from 1.
        rows: How many the list names.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "people.export", f"funnel {saved.pk} step {step}", rows=rows):
        pass
