"""Saving, renaming and proposing funnels, and bringing back what they asked before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.funnel import Funnel
from tragt.web.accounts.models import User
from tragt.web.crm.models import Pipeline, Segment
from tragt.web.funnels import queries
from tragt.web.funnels.actions.targets import date_targets, keep_history, rename_steps
from tragt.web.funnels.actions.versions import NAME_LENGTH, held, name_funnel, store_version, usual_name
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.fields import one_line
from tragt.web.funnels.counted import check_counted, stands_beside
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.gallery.proposals import proposal
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.signals import redefined
from tragt.web.shell.acting import SYSTEM, Who, acting

__all__ = ["Follows", "follow", "propose_first", "rename", "restore", "save"]


@dataclass(frozen=True, slots=True)
class Follows:
    """What a funnel over the stages of a pipeline takes from it.

    Attributes:
        pipeline: The pipeline, or the lifecycle.
        targets: What share should come to a step, 0 to 1, by its title.
    """

    pipeline: Pipeline
    targets: Mapping[str, float]


def save(
    who: Who,
    funnel: Funnel,
    name: str = "",
    asked: Asked | SavedPeriod | None = None,
    saved: SavedFunnel | None = None,
    *,
    version: int | None = None,
) -> SavedFunnel:
    """Save a definition: as a new funnel, or in the place of one.

    A funnel over a pipeline follows its stages on, unless its steps are others now.

    Args:
        who: Who saves.
        funnel: The definition.
        name: What to call it; empty calls it by its first and last step.
        asked: What it asks besides; a period says that alone, and None is all time.
        saved: The funnel that is changed; None makes a new one.
        version: The version of it that was seen; None changes whatever is there.

    Returns:
        The funnel as it is kept now.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: The funnel was deleted meanwhile.
        Conflict: Somebody changed it since that version.
        InvalidDefinition: The segment that it is compared with is gone.
    """
    with acting(who, "funnels.edit") as act:
        row = _new(who) if saved is None else held(saved, version)
        _own_steps(row, funnel)
        name_funnel(row, funnel, name)
        if isinstance(asked, Asked):
            _check_segment(asked)
            asked.put(row)
        else:
            _standing(replace(Asked.of(row), period=asked or SavedPeriod())).put(row)
        row.proposed = False
        store_version(row, who)
        act.target = f"funnel {row.pk}"
        act.details["what"] = "changed" if saved else "created"
        redefined.send(SavedFunnel, saved=row)
    return row


def follow(funnel: Funnel, follows: Follows, standing: SavedFunnel | None = None) -> SavedFunnel:
    """Let a funnel run over the stages of a pipeline as they are now; what else it asks stays.

    Args:
        funnel: The definition over these stages.
        follows: What it takes from the pipeline.
        standing: The funnel that follows the pipeline; None makes one, which belongs to nobody.

    Returns:
        The funnel as it is kept now.
    """
    with acting(SYSTEM, "funnels.edit") as act:
        row = SavedFunnel() if standing is None else held(standing)
        row.pipeline, row.targets = follows.pipeline, dict(follows.targets)
        name_funnel(row, funnel, row.name or follows.pipeline.name)
        row.proposed = False
        store_version(row, SYSTEM)
        act.target = f"funnel {row.pk}"
        act.details["what"] = "changed" if standing else "created"
        redefined.send(SavedFunnel, saved=row)
    return row


def rename(who: Who, saved: SavedFunnel, name: str, *, version: int | None = None) -> None:
    """Call a funnel something else; an empty name calls it by its first and last step.

    Args:
        who: Who renames it.
        saved: The funnel.
        name: What it is called from now on.
        version: The version that was seen; None renames whatever is there.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: It was deleted meanwhile.
        Conflict: Somebody changed it since that version.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="renamed"):
        row = held(saved, version)
        row.name = saved.name = one_line(name)[:NAME_LENGTH] or usual_name(row.funnel)
        store_version(row, who)


def restore(who: Who, saved: SavedFunnel, number: int, *, version: int | None = None) -> SavedFunnel:
    """Let a funnel ask again what it asked in a version; that is a new version.

    It follows the stages of a pipeline no longer, where these are not its steps any more. A segment that is gone since,
    or that whoever brings the version back may not know of, is not compared with, unless the funnel is so already; with
    one that the version counts and the funnel does not count any more, it is not brought back.

    Args:
        who: Who brings it back.
        saved: The funnel.
        number: Number of the version.
        version: The version that was seen; None changes whatever is there.

    Returns:
        The funnel as it is kept now.

    Raises:
        NotAllowed: The role does not allow it.
        NotFound: There is no such version, the funnel was deleted meanwhile, or the version counts those of a segment
            that is gone or that they may not know of.
        Conflict: Somebody changed it since that version.
        InvalidDefinition: The version was written by a newer Tragt.
    """
    with acting(who, "funnels.edit", f"funnel {saved.pk}", what="restored", number=number):
        row = held(saved, version)
        kept = row.versions.filter(number=number).first()
        if kept is None:
            raise NotFound("funnels.no_version", f"The funnel has no version {number}.", number=number)
        funnel, asked = from_json(kept.definition), Asked.read(kept.asked)
        user = who.user if isinstance(who.user, User) else None
        check_counted(funnel, row, user)
        if not stands_beside(asked.compare_segment, Asked.of(row), user):
            asked = _beside_nothing(asked)
        _own_steps(row, funnel)
        name_funnel(row, funnel, kept.name)
        asked.put(row)
        if row.pipeline_id is None:
            date_targets(row, kept.asked.get("targets", {}), who)
        row.proposed = False
        store_version(row, who)
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
        name_funnel(row, funnel, "")
        store_version(row, SYSTEM)
        act.target = f"funnel {row.pk}"
        act.details["what"] = "proposed"
    return row


def _new(who: Who) -> SavedFunnel:
    return SavedFunnel(owner_id=None if who.user is None else who.user.pk)


def _own_steps(row: SavedFunnel, funnel: Funnel) -> None:
    """Let a funnel that gets other steps follow no pipeline, and keep the targets of steps that stay."""
    if _runs_alike(row, funnel):
        return
    if row.pipeline_id is not None:
        keep_history(row)
    rename_steps(row, _renamed(row, funnel))
    titles = {step.title for step in funnel.steps}
    row.pipeline, row.targets = None, {one: share for one, share in row.targets.items() if one in titles}


def _renamed(row: SavedFunnel, funnel: Funnel) -> dict[str, str]:
    """The new titles of steps that are reached by the same events as before, by their former ones."""
    before = _definition(row)
    if before is None:
        return {}
    former, now = ({step.title for step in one.steps} for one in (before, funnel))
    gone = [step for step in before.steps if step.title not in now]
    come = [step for step in funnel.steps if step.title not in former]
    return {old.title: new.title for new in come for old in gone if old.match == new.match}


def _check_segment(asked: Asked) -> None:
    if not _segment_stands(asked):
        raise InvalidDefinition(
            "segments.gone", "The segment to compare with is gone. Choose another one.", segment=asked.compare_segment
        )


def _standing(asked: Asked) -> Asked:
    """What is asked, beside nothing where it stood beside a segment that is gone."""
    return asked if _segment_stands(asked) else _beside_nothing(asked)


def _beside_nothing(asked: Asked) -> Asked:
    """What is asked, beside nothing where it stands beside a segment."""
    if asked.compare != Compared.SEGMENT:
        return asked
    return replace(asked, compare=Compared.NOTHING, compare_segment=None)


def _segment_stands(asked: Asked) -> bool:
    if asked.compare != Compared.SEGMENT:
        return True
    key = asked.compare_segment
    return key is not None and Segment.objects.filter(pk=key, deleted=None).exists()


def _definition(row: SavedFunnel) -> Funnel | None:
    """What a funnel asks so far; None where a newer Tragt wrote it."""
    try:
        return row.funnel
    except TragtError:
        return None


def _runs_alike(row: SavedFunnel, funnel: Funnel) -> bool:
    """Whether a funnel that is saved has the steps of another definition, and ends as it does."""
    if not row.definition:
        return True
    before = _definition(row)
    if before is None:
        return False
    parts = ("steps", "unit", "lost", "reopen")
    return all(getattr(before, part) == getattr(funnel, part) for part in parts)
