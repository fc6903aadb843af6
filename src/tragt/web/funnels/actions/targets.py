"""Saying what share should come to the steps of a funnel, from which day on."""

from collections.abc import Mapping
from datetime import date, timedelta

from tragt.errors import InvalidDefinition
from tragt.web.funnels.actions.versions import held, store_version
from tragt.web.funnels.models import SavedFunnel, StepTarget
from tragt.web.funnels.signals import redefined
from tragt.web.funnels.trends.targets import steps_with_targets, targets_of, today
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["bring_forward", "date_targets", "forget_target", "keep_history", "rename_steps", "set_targets"]

MOST_CHANGES = 500
_LOOKED_BACK = 31
"""A worker that stood still for some days does not lose the day on which a target begins."""


def set_targets(
    who: Who,
    saved: SavedFunnel,
    shares: Mapping[str, float | None],
    since: date | None = None,
    *,
    version: int | None = None,
) -> SavedFunnel:
    """Say what share should come to steps from a day on; what was asked before that day stays.

    Args:
        who: Who says it.
        saved: The funnel.
        shares: The share, above 0 and below 1, by title of the step; None asks nothing of it. Others stay as they are.
        since: The first day; None is from the beginning.
        version: The version of the funnel that was seen; None changes whatever is there.

    Returns:
        The funnel as it is kept now.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The funnel was deleted meanwhile.
        Conflict: Somebody changed it since that version.
        InvalidDefinition: It follows a pipeline, or a step or a share is none that can be meant.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="targets", steps=len(shares)):
        row = held(saved, version)
        _check(row, shares)
        _put(row, shares, since, who)
        _renew(row, who, set(shares))
    return row


def date_targets(row: SavedFunnel, shares: Mapping[str, float], who: Who) -> None:
    """Let other targets be in force from today on, and keep what was asked before; the funnel is not stored.

    Args:
        row: The funnel, held.
        shares: All that is asked from now on, by title of the step.
        who: Who says it.
    """
    told = row.pk and (row.targets or row.dated_targets.exists())
    changed = {step for step in {*row.targets, *shares} if row.targets.get(step) != shares.get(step)}
    if told and changed:
        _put(row, {step: shares.get(step) for step in sorted(changed)}, today(), who)
    row.targets = dict(shares)


def keep_history(row: SavedFunnel) -> None:
    """Note what the stages of a pipeline asked for until now, for a funnel that follows it no longer from now on.

    Args:
        row: The funnel, held, while it follows the pipeline.
    """
    told = targets_of(row).changes
    StepTarget.objects.bulk_create(
        [StepTarget(funnel=row, step=one.step, share=one.share, since=one.since) for one in told]
    )


def rename_steps(row: SavedFunnel, names: Mapping[str, str]) -> None:
    """Let what was asked of steps be told of them by their new titles; the funnel is not stored.

    Args:
        row: The funnel, held.
        names: The new title of each step that has one, by the one that it had.
    """
    row.targets = {names.get(step, step): share for step, share in row.targets.items()}
    for before, after in names.items():
        row.dated_targets.filter(step=before).update(step=after)


def forget_target(who: Who, saved: SavedFunnel, key: int) -> SavedFunnel:
    """Take back what was said of a step from a day on; what was said before holds on.

    Args:
        who: Who takes it back.
        saved: The funnel.
        key: Of the row of what was said; one that is not there is left out.

    Returns:
        The funnel as it is kept now.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The funnel was deleted meanwhile.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="targets"):
        row = held(saved)
        said = StepTarget.objects.filter(funnel=row, pk=key).first()
        if said is not None and row.pipeline_id is None:
            said.delete()
            _renew(row, who, {said.step})
    return row


def bring_forward() -> int:
    """Put targets into force whose day has come; returns of how many funnels."""
    day = today()
    recent = day - timedelta(days=_LOOKED_BACK)
    rows = SavedFunnel.objects.filter(deleted=None, pipeline=None, dated_targets__since__range=(recent, day)).distinct()
    changed = 0
    for row in rows:
        begun = set(row.dated_targets.filter(since__range=(recent, day)).values_list("step", flat=True))
        begun &= set(steps_with_targets(row))
        if _in_force(row, begun) != row.targets:
            with acting(SYSTEM, "funnels.edit", f"funnel {row.pk}", what="targets"):
                _renew(held(row), SYSTEM, begun)
            changed += 1
    return changed


def _check(row: SavedFunnel, shares: Mapping[str, float | None]) -> None:
    if row.pipeline_id is not None:
        raise InvalidDefinition(
            "targets.of_stages",
            "This funnel follows a pipeline, so its targets are those of the stages. Change them at the pipeline.",
        )
    allowed = targets_of(row).steps
    for step, share in shares.items():
        if step not in allowed:
            raise InvalidDefinition(
                "targets.no_such_step",
                f"The funnel has no step '{step}' that can have a target; it has {', '.join(allowed)}.",
                step=step,
            )
        if share is not None and not 0 < share < 1:
            raise InvalidDefinition(
                "targets.share", f"A target is a share above 0 and below 1; for '{step}' {share} is given.", step=step
            )
    if StepTarget.objects.filter(funnel=row).count() + len(shares) > MOST_CHANGES:
        raise InvalidDefinition(
            "targets.too_many", f"Targets of one funnel can be said {MOST_CHANGES} times. Take old ones back first."
        )


def _put(row: SavedFunnel, shares: Mapping[str, float | None], since: date | None, who: Who) -> None:
    """Note what is asked of steps from a day on; of a step of which no day was said, also what was asked until then."""
    dated = set(row.dated_targets.values_list("step", flat=True))
    undated = [step for step in shares if step in row.targets and step not in dated] if since else []
    row.dated_targets.filter(step__in=list(shares), since=since).delete()
    by = None if who.user is None else who.user.pk
    StepTarget.objects.bulk_create(
        [
            *(StepTarget(funnel=row, step=step, share=row.targets[step]) for step in undated),
            *(StepTarget(funnel=row, step=one, share=share, since=since, by_id=by) for one, share in shares.items()),
        ]
    )


def _renew(row: SavedFunnel, who: Who, steps: set[str]) -> None:
    """Let what is in force now of some steps be what was said of them last."""
    row.targets = _in_force(row, steps)
    store_version(row, who)
    redefined.send(SavedFunnel, saved=row)


def _in_force(row: SavedFunnel, steps: set[str]) -> dict[str, float]:
    found = {step: share for step, share in row.targets.items() if step not in steps}
    said = targets_of(row)
    for step in steps & set(said.steps):
        begun = [one for one in said.changes if one.step == step and (one.since is None or one.since <= said.today)]
        last = max(begun, key=lambda one: one.rank, default=None)
        if last is not None and last.share is not None:
            found[step] = last.share
    return found
