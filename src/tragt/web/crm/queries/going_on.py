"""What share of the deals that left a stage lately went on. The unit of observation is the deal that left the stage.

What this does not answer: what will become of those that stand there, and how a stage did in another time; a funnel
over the pipeline tells that.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, F, Q

from tragt.web.accounts.models import User
from tragt.web.accounts.reach import seen_by, visible_owners
from tragt.web.crm.models import Move, MoveKind, Pipeline, Stage

__all__ = ["LATELY", "GoneOn", "going_on"]

LATELY = timedelta(days=90)
"""How far back is looked."""

_KEPT_SECONDS = 600
_LEAVES = (MoveKind.ENTERED, MoveKind.WON, MoveKind.LOST)


@dataclass(frozen=True, slots=True)
class GoneOn:
    """What became of the deals that left a stage.

    Attributes:
        left: How many did.
        on: How many of them went on: to a later stage of the pipeline, or won.
    """

    left: int
    on: int

    @property
    def share(self) -> float | None:
        """The share that went on, 0 to 1; None where none left."""
        return self.on / self.left if self.left else None


def going_on(user: User, pipeline: Pipeline, stages: Sequence[Stage], at: datetime) -> Mapping[int, GoneOn]:
    """What became of the deals that left stages lately, by the key of the stage; of those that have a target.

    Kept for some minutes; where no stage has a target nothing is asked.

    Args:
        user: Who looks: only the deals that they see count.
        pipeline: The pipeline.
        stages: Some of its stages.
        at: The moment, UTC.
    """
    asked = [one.pk for one in stages if one.target is not None]
    if not asked:
        return {}
    owners = visible_owners(user)
    who = "all" if owners is None else hashlib.sha256(repr(sorted(owners)).encode()).hexdigest()
    key = f"crm.going_on.{pipeline.pk}.{pipeline.version}.{who}"
    found: dict[int, tuple[int, int]] | None = cache.get(key)
    if found is None:
        found = _counted(user, pipeline, at)
        with suppress(OSError):
            cache.set(key, found, _KEPT_SECONDS)
    return {stage: GoneOn(*found.get(stage, (0, 0))) for stage in asked}


def _counted(user: User, pipeline: Pipeline, at: datetime) -> dict[int, tuple[int, int]]:
    on = Q(kind=MoveKind.WON) | Q(
        kind=MoveKind.ENTERED, stage__pipeline=pipeline, stage__position__gt=F("origin__position")
    )
    rows = Move.objects.filter(
        seen_by(user, "deal__owner"), origin__pipeline=pipeline, origin__target__isnull=False, kind__in=_LEAVES
    )
    lately = rows.filter(at__gt=at - LATELY).order_by().values("origin")
    numbers = lately.annotate(left_it=Count("deal", distinct=True), went_on=Count("deal", distinct=True, filter=on))
    return {key: (left, on) for key, left, on in numbers.values_list("origin", "left_it", "went_on")}
