"""Taking the events behind a funnel away: it is written down who did."""

from tragt.web.funnels.models import SavedFunnel
from tragt.web.shell.acting import Who, acting

__all__ = ["take_events"]


def take_events(who: Who, saved: SavedFunnel, rows: int) -> None:
    """Write down that somebody takes the events behind a funnel away.

    Args:
        who: Who does.
        saved: The funnel.
        rows: How many events.

    Raises:
        NotAllowed: The permission ``people.export`` is missing.
    """
    with acting(who, "people.export", f"funnel {saved.pk}", rows=rows, what="events"):
        pass
