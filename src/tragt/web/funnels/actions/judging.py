"""Saying by what the leaks of a funnel are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tragt.web.funnels.actions.targets import date_targets
from tragt.web.funnels.actions.versions import held, store_version
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.signals import redefined
from tragt.web.shell.acting import Who, acting

__all__ = ["Judging", "choose_judging"]


@dataclass(frozen=True, slots=True)
class Judging:
    """By what the leaks of a funnel are judged.

    Attributes:
        value: The property of the last step that is money; empty: it is guessed.
        breakdowns: The properties of the entry whose values are compared; none: they are chosen by what tells groups
            apart.
        targets: What share should come to a step from the one before, 0 to 1, by its title; None leaves them.
    """

    value: str = ""
    breakdowns: Sequence[str] = ()
    targets: Mapping[str, float] | None = None


def choose_judging(who: Who, saved: SavedFunnel, judging: Judging) -> None:
    """Say by what the leaks of a funnel are judged; a funnel over a pipeline keeps the targets of its stages.

    Args:
        who: Who says it.
        saved: The funnel.
        judging: By what.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The funnel was deleted meanwhile.
    """
    with acting(who, "leaks.edit", f"funnel {saved.pk}"):
        row = held(saved)
        row.value, row.breakdowns = judging.value, list(judging.breakdowns)
        if row.pipeline_id is None and judging.targets is not None:
            date_targets(row, judging.targets, who)
        store_version(row, who)
        redefined.send(SavedFunnel, saved=row)
