"""What to do in the stage that a step stands for, as its pipeline says. The unit of observation is the stage."""

from dataclasses import dataclass

from tragt.funnel.stage_steps import Kind, told
from tragt.web.crm.models import Stage
from tragt.web.funnels.steps.opening import Opened

__all__ = ["Playbook", "playbook_of"]


@dataclass(frozen=True, slots=True)
class Playbook:
    """What a stage says of itself.

    Attributes:
        stage: What it is called.
        do: What to do there; empty where nobody wrote it.
        criteria: What must be true to enter; empty where nobody wrote it.
        pipeline: Key of its pipeline, where that is one of deals; else None.
    """

    stage: str
    do: str
    criteria: str
    pipeline: int | None


def playbook_of(opened: Opened) -> Playbook | None:
    """What the stage of a step says; None where the step stands for none, or its stage says nothing."""
    stands, _rest = told(opened.funnel.steps[opened.place].where)
    keys = [one.key for one in stands if one.kind is Kind.STAGE]
    found = Stage.objects.filter(pk=keys[0]).first() if len(keys) == 1 else None
    if found is None or not (found.playbook or found.criteria):
        return None
    return Playbook(found.name, found.playbook, found.criteria, found.pipeline_id)
