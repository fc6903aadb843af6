"""What share should come to each step of a saved funnel, on any day. The unit of observation is the step and the day.

A target holds from a day on, so that figures of the past are measured by what was asked then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from tragt.errors import TragtError
from tragt.web.crm.models import PipelineKind, PipelineVersion
from tragt.web.crm.queries.pipelines import stages_of
from tragt.web.funnels.models import SavedFunnel, StepTarget
from tragt.web.shell import organisation

__all__ = ["Change", "Targets", "steps_with_targets", "targets_at", "targets_of", "today"]

PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Change:
    """From a day on, this is asked of a step.

    Attributes:
        step: Title of the step, as the funnel was saved.
        share: What share should come to it, 0 to 1; None is nothing.
        since: First day; None is from the beginning.
        by: Who said it; empty where nobody in particular did.
        key: Of its row; None where the pipeline says it.
    """

    step: str
    share: float | None
    since: date | None
    by: str = ""
    key: int | None = None

    @property
    def rank(self) -> tuple[date, int]:
        """Its place in time: of two from one day, what was said last comes last."""
        return self.since or date.min, self.key or 0


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of a funnel on every day.

    Attributes:
        steps: Titles of the steps that may have one: the required ones after the first.
        changes: What was said, in any order.
        now: What is in force now, by title; where a pipeline says it, it goes before what was said last.
        today: The organisation's day.
    """

    steps: tuple[str, ...]
    changes: Sequence[Change]
    now: Mapping[str, float]
    today: date

    def at(self, day: date) -> dict[str, float]:
        """What share should come to each step that has a target, 0 to 1, by its title.

        Args:
            day: In the organisation's calendar.
        """
        found = {step: self._share(step, day) for step in self.steps}
        return {step: share for step, share in found.items() if share is not None}

    def _share(self, step: str, day: date) -> float | None:
        said = sorted((one for one in self.changes if one.step == step), key=lambda one: one.rank)
        if not said:
            return self.now.get(step)
        begun = [one for one in said if one.since is None or one.since <= self.today]
        before = [one for one in said if one.since is None or one.since <= day]
        if begun and before and before[-1] is begun[-1] and begun[-1].key is None:
            return self.now.get(step)
        return before[-1].share if before else None

    @property
    def first_ones(self) -> bool:
        """Whether nothing is asked of any step on any day."""
        return not self.changes and not self.now


def targets_of(saved: SavedFunnel) -> Targets:
    """The targets of a funnel; those of one over a pipeline are those of its stages then."""
    steps = steps_with_targets(saved)
    if saved.pipeline_id is not None:
        return Targets(steps, _of_stages(saved, steps), saved.targets, today())
    rows = StepTarget.objects.filter(funnel=saved).select_related("by")
    changes = [Change(row.step, row.share, row.since, str(row.by or ""), row.pk) for row in rows]
    return Targets(steps, changes, saved.targets, today())


def targets_at(saved: SavedFunnel, day: date) -> dict[str, float]:
    """What share should come to each step of a funnel on a day, 0 to 1, by the step's title; others have none."""
    return targets_of(saved).at(day)


def steps_with_targets(saved: SavedFunnel) -> tuple[str, ...]:
    """Titles of the steps that may have a target; none where this version cannot read the definition."""
    try:
        funnel = saved.funnel
    except TragtError:
        return ()
    return tuple(dict.fromkeys(funnel.steps[place].title for place in funnel.required[1:]))


def today() -> date:
    """The organisation's day."""
    return timezone.localdate(timezone.now(), ZoneInfo(organisation.current().time_zone))


def _of_stages(saved: SavedFunnel, steps: tuple[str, ...]) -> list[Change]:
    """What the versions of a pipeline asked of its stages, each told at the step that follows the stage now."""
    if saved.pipeline is None:
        return []
    keys = [stage.pk for stage in stages_of(saved.pipeline)]
    if saved.pipeline.kind == PipelineKind.LIFECYCLE:
        keys = keys[:-1]  # it ends with its last stage, and from there nobody goes on
    if len(keys) != len(steps):
        return []
    zone = ZoneInfo(organisation.current().time_zone)
    versions = list(PipelineVersion.objects.filter(pipeline=saved.pipeline).order_by("number").select_related("by"))
    changes = []
    for key, step in zip(keys, steps, strict=True):
        last: int | None = None
        for place, version in enumerate(versions):
            asked = {stage["key"]: stage.get("target") for stage in version.stages}.get(key)
            if asked == last:
                continue
            last = asked
            since = timezone.localdate(version.at, zone) if place else None
            changes.append(Change(step, None if asked is None else asked / PER_CENT, since, str(version.by or "")))
    return changes
