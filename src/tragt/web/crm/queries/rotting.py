"""What stands still for too long, in stages that say after how many days it rots. The unit is the deal or the person.

A deal rots by what is done about it: it counts from the day that it came to its stage or somebody last did something
about it, whichever is later. Of a person only the days in the stage count.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.lookups import Exact
from django.utils import timezone

from tragt.web.crm.models import Deal, PipelineKind, Stage, Standing, Status
from tragt.web.records.kinds import Asked

__all__ = ["deal_rots", "person_rots", "rotting_deals", "rotting_persons"]


def deal_rots(deal: Deal) -> bool:
    """Whether nothing was done about an open deal for longer than its stage allows."""
    if deal.status != Status.OPEN:
        return False
    return _is_over(max(deal.entered, deal.touched), deal.stage)


def person_rots(standing: Standing) -> bool:
    """Whether a person is in a stage of the lifecycle for longer than it allows."""
    return _is_over(standing.since, standing.stage)


def rotting_deals(asked: Asked) -> Q:
    """The condition that deals rot, or that they do not; as many queries whatever is asked: one."""
    rots = [
        Q(pipeline=stage.pipeline_id, stage=stage.pk, entered__lt=limit, touched__lt=limit)
        for stage, limit in _limits(PipelineKind.DEALS)
    ]
    return _condition(Q(status=Status.OPEN) & _any(rots), asked)


def rotting_persons(asked: Asked) -> Q:
    """The condition that persons stand in a stage of the lifecycle for too long, or that they do not."""
    stage_of, since = f"{asked.path}stage", f"{asked.path}since__lt"
    rots = [Q(**{stage_of: stage.pk, since: limit}) for stage, limit in _limits(PipelineKind.LIFECYCLE)]
    return _condition(_any(rots), asked)


def _is_over(since: datetime, stage: Stage) -> bool:
    return stage.rotting_days is not None and timezone.now() - since > timedelta(days=stage.rotting_days)


def _limits(kind: PipelineKind) -> list[tuple[Stage, datetime]]:
    """The stages in which something rots, each with the moment before which whatever stands there does."""
    now = timezone.now()
    stages = Stage.objects.filter(pipeline__kind=kind).exclude(rotting_days=None).order_by("pk")
    return [(stage, now - timedelta(days=stage.rotting_days or 0)) for stage in stages]


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=())
    for one in conditions:
        found |= one
    return found


def _condition(rots: Q, asked: Asked) -> Q:
    """What is asked; where no index may be asked for it, or what does not rot is, it is looked at row by row."""
    if asked.value and not asked.aside:
        return rots
    one = Case(When(rots, then=Value(1)), default=Value(0), output_field=IntegerField())
    return Q(Exact(one, int(bool(asked.value))))
