"""What a funnel over stages keeps besides its counts."""

from collections.abc import Sequence
from itertools import pairwise

from tragt.events.event import Event
from tragt.funnel.definition import Funnel
from tragt.funnel.reference.unit_log import matches

__all__ = ["backward_moves"]


def backward_moves(funnel: Funnel, log: Sequence[Event]) -> int:
    """How often a unit entered an earlier stage than the one it was in.

    Args:
        funnel: A funnel over stages.
        log: The unit's events.
    """
    entered = [
        (event.time, event.id, number)
        for event in log
        for number, step in enumerate(funnel.steps)
        if matches(event, step.match)
    ]
    return sum(later[2] < earlier[2] for earlier, later in pairwise(sorted(entered)))
