"""Whether the demonstration firm is here, and whether it may come."""

from tragt.web.crm.models import Deal
from tragt.web.demonstration.models import Demonstration
from tragt.web.imports.models import Import, State

__all__ = ["demonstration", "has_own_data"]


def demonstration() -> Demonstration | None:
    """The demonstration firm; None while it is not loaded."""
    return Demonstration.objects.select_related("origin", "funnel").filter(pk=1).first()


def has_own_data() -> bool:
    """Whether a file was imported or is about to be, or somebody opened a deal."""
    return Import.objects.filter(state__in=(State.DONE, State.COMMITTING)).exists() or Deal.objects.exists()
