"""Adding, changing, reordering and removing the stages of a pipeline or the lifecycle.

A stage is never deleted, for deals and persons have passed it: it is removed, and may come back.
"""

from collections.abc import Mapping, Sequence

from django.db.models import F, Max
from django.utils import timezone

from tragt.errors import InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.actions.lifecycle import lead_on
from tragt.web.crm.actions.pipelines import changing
from tragt.web.crm.actions.stage_fields import STAGE_FIELDS, check_free, read_fields
from tragt.web.crm.models import Deal, How, Move, MoveKind, PipelineKind, Stage, Standing, Status
from tragt.web.crm.queries.pipelines import stage_of, stages_of
from tragt.web.crm.telling import tell_of
from tragt.web.jobs.actions.asking import enqueue
from tragt.web.jobs.registry import find
from tragt.web.people.actions.who_is_who import by_hand
from tragt.web.shell.acting import Who

__all__ = ["STAGE_FIELDS", "add_stage", "bring_back_stage", "edit_stage", "order_stages", "remove_stage", "shift_stage"]

_AT_ONCE = 500


def add_stage(
    pipeline: int, given: Mapping[str, object], *, who: Who, place: int | None = None, version: int | None = None
) -> Stage:
    """Add a stage.

    Args:
        pipeline: Key of the pipeline.
        given: What is said of it, by the names of `STAGE_FIELDS`; at least the name.
        who: Who adds it.
        place: Where it stands, from 0; None is last.
        version: The version of the pipeline that they saw; None adds it whatever happened since.

    Raises:
        NotFound: There is no such pipeline.
        Conflict: Somebody changed the pipeline since.
        InvalidDefinition: It has no name, or something that stages cannot have.
    """
    with changing(pipeline, who, "add stage", version) as (found, act):
        last = Stage.objects.filter(pipeline=found).aggregate(last=Max("position"))["last"]
        stage = Stage(pipeline=found, position=0 if last is None else last + 1)
        _fill(stage, {"name": "", **given}, who)
        stage.save()
        if place is not None:
            others = [row for row in stages_of(found) if row.pk != stage.pk]
            _reorder([*others[: max(place, 0)], stage, *others[max(place, 0) :]])
        act.details["stage"] = stage.name
    return stage


def edit_stage(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Stage:
    """Change what is said of a stage. A name that is changed stays known, so that history matches.

    Args:
        key: Key of the stage.
        changes: New values by the names of `STAGE_FIELDS`.
        who: Who changes it.
        version: The version of the pipeline that they saw; None changes it whatever happened since.

    Raises:
        NotFound: There is no such stage.
        Conflict: Somebody changed the pipeline since.
        InvalidDefinition: A field that stages do not have, or a value it cannot have.
    """
    with changing(stage_of(key).pipeline_id, who, "change stage", version, fields=sorted(changes)) as (_, act):
        stage = stage_of(key)
        _fill(stage, changes, who)
        stage.save()
        act.details["stage"] = stage.name
    return stage


def order_stages(pipeline: int, keys: Sequence[int], *, who: Who, version: int | None = None) -> None:
    """Put the stages of a pipeline in another order.

    Args:
        pipeline: Key of the pipeline.
        keys: The keys of its stages, each once.
        who: Who does it.
        version: The version of the pipeline that they saw; None orders them whatever happened since.

    Raises:
        NotFound: There is no such pipeline.
        Conflict: Somebody changed the pipeline since.
        InvalidDefinition: They are not its stages.
    """
    with changing(pipeline, who, "order stages", version) as (found, _):
        rows = {row.pk: row for row in stages_of(found)}
        if sorted(keys) != sorted(rows):
            raise InvalidDefinition(
                "crm.stage_order",
                f"Give each stage of '{found.name}' once: {', '.join(map(str, rows))}; given {list(keys)}.",
                name=found.name,
            )
        _reorder([rows[key] for key in keys])


def shift_stage(key: int, by: int, *, who: Who, version: int | None = None) -> None:
    """Let a stage stand earlier or later.

    Args:
        key: Key of the stage.
        by: Places; a negative number is earlier. Beyond the first or last it stays there.
        who: Who does it.
        version: The version of the pipeline that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such stage.
        Conflict: Somebody changed the pipeline since.
    """
    with changing(stage_of(key).pipeline_id, who, "order stages", version) as (pipeline, _):
        rows = list(stages_of(pipeline))
        place = next((place for place, row in enumerate(rows) if row.pk == key), 0)
        rows.insert(min(max(place + by, 0), len(rows) - 1), rows.pop(place))
        _reorder(rows)


def remove_stage(key: int, *, who: Who, to: int | None = None, version: int | None = None) -> None:
    """Let a stage no longer be used. The open deals, or persons, in it move to another one; the log is told of each.

    Fields that the other stage asks for are not asked for on this way.

    Args:
        key: Key of the stage.
        who: Who removes it.
        to: Key of the stage to which those in it move; of the same pipeline, or for deals of another one too.
        version: The version of the pipeline that they saw; None removes it whatever happened since.

    Raises:
        NotFound: There is no such stage.
        Conflict: Somebody changed the pipeline since.
        InvalidDefinition: Somebody or something is in it and no stage is given, or it is the only one.
    """
    with changing(stage_of(key).pipeline_id, who, "remove stage", version) as (pipeline, act):
        stage = stage_of(key)
        if stages_of(pipeline).count() == 1:
            raise InvalidDefinition(
                "crm.last_stage", f"'{stage.name}' is the only stage of '{pipeline.name}'. Add another one first."
            )
        target = _target(stage, to)
        deals = list(Deal.objects.select_for_update().filter(stage=stage, status=Status.OPEN).order_by("pk"))
        persons = list(Standing.objects.filter(stage=stage, person__struck=None).values_list("pk", flat=True))
        number = len(deals) or len(persons)
        if number and target is None:
            raise InvalidDefinition(
                "crm.stage_in_use",
                f"{number} are in '{stage.name}'. Say to which stage they move.",
                number=number,
                name=stage.name,
            )
        if target is not None:
            _move(deals, target, who)
            lead_on(persons, target, how=How.HAND, by=who, backwards=True)
        stage.removed = timezone.now()
        stage.save(update_fields=["removed"])
        act.details |= {"stage": stage.name, "moved": number}


def bring_back_stage(key: int, *, who: Who, version: int | None = None) -> Stage:
    """Let a removed stage be used again, as the last one.

    Args:
        key: Key of the stage.
        who: Who brings it back.
        version: The version of the pipeline that they saw; None does it whatever happened since.

    Raises:
        NotFound: There is no such stage among the removed.
        Conflict: Somebody changed the pipeline since.
        InvalidDefinition: Another stage has its name now.
    """
    found = Stage.objects.exclude(removed=None).filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_removed_stage", f"There is no removed stage {key}.", stage=key)
    with changing(found.pipeline_id, who, "bring back stage", version) as (pipeline, act):
        check_free(found, found.name)
        found.position = (stages_of(pipeline).aggregate(last=Max("position"))["last"] or 0) + 1
        found.removed = None
        found.save(update_fields=["position", "removed"])
        act.details["stage"] = found.name
    return found


def _move(deals: Sequence[Deal], target: Stage, who: Who) -> None:
    """Move open deals, all at the same time, with real moves. The target's pipeline is read with it."""
    now = timezone.now()
    user = who.user if isinstance(who.user, User) else None
    for start in range(0, len(deals), _AT_ONCE):
        keys = [deal.pk for deal in deals[start : start + _AT_ONCE]]
        rows = list(
            Deal.objects.filter(pk__in=keys).select_related("pipeline", "stage", "company", "owner").order_by("pk")
        )
        Move.objects.filter(deal__in=keys, left=None).update(left=now)
        moves = [
            Move(
                deal=deal,
                kind=MoveKind.ENTERED,
                pipeline=target.pipeline,
                origin=deal.stage,
                stage=target,
                origin_name=deal.stage.name,
                stage_name=target.name,
                at=now,
                value=deal.value,
                currency=deal.currency,
                by=user,
                cause=by_hand(who),
            )
            for deal in rows
        ]
        Deal.objects.filter(pk__in=keys).update(
            pipeline=target.pipeline, stage=target, entered=now, touched=now, version=F("version") + 1
        )
        Move.objects.bulk_create(moves)
        tell_of(*moves)


def _target(stage: Stage, to: int | None) -> Stage | None:
    if to is None:
        return None
    target = stage_of(to)
    lifecycle = stage.pipeline.kind == PipelineKind.LIFECYCLE
    if target.pk == stage.pk or target.pipeline.kind != stage.pipeline.kind or target.pipeline.archived:
        wanted = "the lifecycle" if lifecycle else "a pipeline in use"
        raise InvalidDefinition("crm.other_stage", f"Choose another stage of {wanted}.", field="to")
    return target


def _reorder(rows: Sequence[Stage]) -> None:
    for position, row in enumerate(rows):
        row.position = position
    Stage.objects.bulk_update(rows, ["position"])


def _fill(stage: Stage, given: Mapping[str, object], who: Who) -> None:
    """Set fields of a stage; nothing is saved. A rule that is new is applied to everybody, by a job."""
    rule = stage.rule
    for field, value in read_fields(stage, given).items():
        setattr(stage, field, value)
    if stage.rule and stage.rule != rule:
        enqueue(find("crm.apply_rules"), who, subject="lifecycle")
