"""Saving, renaming, deleting and proposing funnels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from tragt.errors import NotFound, TragtError
from tragt.funnel import Funnel
from tragt.web.crm.models import Pipeline
from tragt.web.funnels import queries
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.fields import one_line
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.proposals import proposal
from tragt.web.funnels.signals import redefined
from tragt.web.shell.acting import SYSTEM, Who, acting
from tragt.web.shell.holding import hold

__all__ = [
    "Follows",
    "Judging",
    "choose_judging",
    "delete",
    "export_list",
    "propose_first",
    "purge",
    "rename",
    "save",
    "undelete",
    "usual_name",
]

NAME_LENGTH = 150


@dataclass(frozen=True, slots=True)
class Follows:
    """What a funnel over the stages of a pipeline takes from it.

    Attributes:
        pipeline: The pipeline.
        targets: What share should come to a step, 0 to 1, by its title.
    """

    pipeline: Pipeline
    targets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judging:
    """By what the leaks of a funnel are judged.

    Attributes:
        value: The property of the last step that is money; empty: it is guessed.
        breakdowns: The properties of the entry whose values are compared; none: they are chosen by what tells groups
            apart.
        targets: What share should come to a step from the one before, 0 to 1, by its title.
    """

    value: str = ""
    breakdowns: Sequence[str] = ()
    targets: Mapping[str, float] = field(default_factory=dict)


def save(
    who: Who,
    funnel: Funnel,
    name: str = "",
    period: SavedPeriod | None = None,
    saved: SavedFunnel | None = None,
    *,
    follows: Follows | None = None,
) -> SavedFunnel:
    """Save a definition: as a new funnel, or in the place of one.

    A funnel over a pipeline follows its stages on, unless its steps are others now.

    Args:
        who: Who saves.
        funnel: The definition.
        name: What to call it; empty calls it by its first and last step.
        period: The period it is usually looked at over; None is all.
        saved: The funnel that is changed; None makes a new one.
        follows: What the pipeline says whose stages it follows; None where somebody saves.

    Returns:
        The funnel as it is kept now.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "funnels.edit") as act:
        row = _held(saved) or SavedFunnel(owner_id=None if who.user is None else who.user.pk)
        if follows is not None:
            row.pipeline, row.targets = follows.pipeline, dict(follows.targets)
        elif not _runs_alike(row, funnel):
            titles = {step.title for step in funnel.steps}
            row.pipeline, row.targets = None, {one: share for one, share in row.targets.items() if one in titles}
        _put(row, funnel, name, period or SavedPeriod())
        row.proposed = False
        row.save()
        act.target = f"funnel {row.pk}"
        act.details["what"] = "changed" if saved else "created"
        redefined.send(SavedFunnel, saved=row)
    return row


def choose_judging(who: Who, saved: SavedFunnel, judging: Judging) -> None:
    """Say by what the leaks of a funnel are judged; a funnel over a pipeline keeps the targets of its stages.

    Args:
        who: Who says it.
        saved: The funnel.
        judging: By what.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "leaks.edit", f"funnel {saved.pk}"):
        row = _held(saved) or saved
        row.value, row.breakdowns = judging.value, list(judging.breakdowns)
        if row.pipeline_id is None:
            row.targets = dict(judging.targets)
        row.save(update_fields=["value", "breakdowns", "targets", "updated"])
        redefined.send(SavedFunnel, saved=row)


def rename(who: Who, saved: SavedFunnel, name: str) -> None:
    """Call a funnel something else; an empty name calls it by its first and last step.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="renamed"):
        saved.name = one_line(name)[:NAME_LENGTH] or usual_name(saved.funnel)
        saved.save(update_fields=["name", "updated"])


def delete(who: Who, saved: SavedFunnel) -> None:
    """Delete a funnel; for thirty days that can be undone.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="deleted"):
        saved.deleted = timezone.now()
        saved.save(update_fields=["deleted"])


def undelete(who: Who, key: int) -> SavedFunnel:
    """Bring a deleted funnel back.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such funnel, or it was deleted too long ago.
    """
    with acting(who, "funnels.edit", f"funnel {key}", what="brought back"):
        row = queries.deleted_funnel(key)
        if row is None:
            raise NotFound("funnels.unknown", "There is no such funnel to bring back.", key=key)
        row.deleted = None
        if row.pipeline_id is not None and queries.saved_funnels().filter(pipeline=row.pipeline_id).exists():
            row.pipeline = None  # another one follows that pipeline since
        row.save(update_fields=["deleted", "pipeline"])
        redefined.send(SavedFunnel, saved=row)
    return row


def propose_first(who: Who = SYSTEM) -> SavedFunnel | None:
    """Propose a funnel where there is none yet, and work its figures out.

    Args:
        who: Who brought the data; the funnel belongs to nobody.

    Returns:
        The funnel; None where there is one already, or nothing can be proposed from the log.
    """
    if queries.saved_funnels().exists():
        return None
    try:
        funnel = proposal()
    except TragtError:
        return None
    with acting(SYSTEM, "funnels.edit", asked_by=who.kind) as act:
        row = SavedFunnel(proposed=True)
        _put(row, funnel, "", SavedPeriod())
        row.save()
        act.target = f"funnel {row.pk}"
        act.details["what"] = "proposed"
    return row


def export_list(who: Who, saved: SavedFunnel, step: int, rows: int) -> None:
    """Note that the list of those who stand at a step is taken away as a file.

    Args:
        who: Who takes it.
        saved: The funnel.
        step: Number of the step, from 1.
        rows: How many the list names.

    Raises:
        NotAllowed: The role does not allow it.
    """
    with acting(who, "people.export", f"funnel {saved.pk} step {step}", rows=rows):
        pass


def purge() -> int:
    """Remove the rows of funnels whose deletion can no longer be undone; returns how many."""
    before = timezone.now() - timedelta(days=queries.UNDO_DAYS)
    old = SavedFunnel.objects.filter(deleted__lt=before)
    if not old.exists():
        return 0
    with acting(SYSTEM, "funnels.edit", what="purged"):
        return old.delete()[0]


def _held(saved: SavedFunnel | None) -> SavedFunnel | None:
    """A funnel as it is by now, which nobody else changes until the act is over."""
    if saved is None:
        return None
    hold(SavedFunnel, saved.pk)
    return SavedFunnel.objects.filter(pk=saved.pk).first() or saved


def _runs_alike(row: SavedFunnel, funnel: Funnel) -> bool:
    """Whether a funnel that is saved has the steps of another definition, and ends as it does."""
    if not row.definition:
        return True
    try:
        before = row.funnel
    except TragtError:
        return False
    parts = ("steps", "unit", "lost", "reopen")
    return all(getattr(before, part) == getattr(funnel, part) for part in parts)


def _put(row: SavedFunnel, funnel: Funnel, name: str, period: SavedPeriod) -> None:
    row.name = one_line(name)[:NAME_LENGTH] or usual_name(funnel)
    row.definition = to_json(funnel)
    row.period, row.start, row.end = period.kind, period.start, period.end


def usual_name(funnel: Funnel) -> str:
    """What a funnel is called that nobody named: its first and its last step."""
    return one_line(f"{funnel.steps[0].title} → {funnel.steps[-1].title}")[:NAME_LENGTH]
