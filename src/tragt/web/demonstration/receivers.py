"""What the demonstration firm does when others act."""

from typing import Any

from django.dispatch import receiver

from tragt.web.accounts.actions import mark_demonstration
from tragt.web.demonstration.queries import demonstration
from tragt.web.shell.acting import SYSTEM, Act, acted

__all__ = ["mark_founded"]


@receiver(acted, sender=Act)
def mark_founded(act: Act, **_: Any) -> None:
    """A firm that stood here before anybody owned the home is marked once somebody does."""
    if act.verb == "organisation.found" and demonstration() is not None:
        mark_demonstration(SYSTEM, demonstration=True)
