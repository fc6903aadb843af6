"""Making pipelines and the lifecycle, and changing them as a whole. Their stages are another matter: `stages`.

Each change writes a version of the pipeline, so that what was true of it at any moment can be read.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from tragt.errors import Conflict, InvalidDefinition, NotFound
from tragt.web.accounts.models import User
from tragt.web.crm.actions.reasons import offer_reasons
from tragt.web.crm.blueprints import StageBlueprint, blueprint, fitted
from tragt.web.crm.models import Deal, Market, Pipeline, PipelineKind, PipelineVersion, Stage, Status
from tragt.web.crm.queries.markets import profile_of
from tragt.web.crm.queries.pipelines import pipelines, stages_of
from tragt.web.shell.acting import Act, Who, acting

__all__ = [
    "EDITABLE",
    "archive_pipeline",
    "bring_back_pipeline",
    "changing",
    "edit_pipeline",
    "make_pipeline",
    "shift_pipeline",
]

EDITABLE = ("name", "market", "renewal", "renewal_months")
"""What can be changed of a pipeline as a whole; the renewal by the key of its pipeline."""

_PERMISSION = "pipelines.edit"
_LONGEST = 100
_MOST_MONTHS = 120


def make_pipeline(code: str, *, who: Who, name: str = "") -> Pipeline:
    """Make a pipeline, or the lifecycle, from a blueprint, its texts in the language that is spoken now.

    What the firm says of the blueprint's market is heeded, as `fitted` has it. The first pipeline of deals comes with
    the usual reasons for losing, where there are none yet.

    Args:
        code: Code of the blueprint.
        who: Who makes it.
        name: What it is called; empty means as the blueprint calls it, with a number where that name is taken.

    Raises:
        NotFound: There is no such blueprint.
        InvalidDefinition: The name is taken or too long, or there is a lifecycle already.
    """
    found = blueprint(code)
    plan = fitted(found, profile_of(found.market or ""))
    with acting(who, _PERMISSION, act="make") as act:
        if plan.kind == PipelineKind.LIFECYCLE:
            _check_alone()
        called = name.strip() or _free(str(plan.name), plan.kind)
        _check_name(called, plan.kind)
        last = Pipeline.objects.filter(kind=plan.kind).aggregate(last=Max("position"))["last"]
        made = Pipeline.objects.create(
            kind=plan.kind, name=called, market=plan.market or "", position=0 if last is None else last + 1
        )
        Stage.objects.bulk_create(_stage(made, place, one) for place, one in enumerate(plan.stages))
        _note(made, who)
        if plan.kind == PipelineKind.DEALS:
            offer_reasons()
        act.target = f"pipeline {made.pk}"
    return made


def edit_pipeline(key: int, changes: Mapping[str, object], *, who: Who, version: int | None = None) -> Pipeline:
    """Rename a pipeline, or change its market or how its won deals are renewed.

    Args:
        key: Key of the pipeline.
        changes: New values by the names of `EDITABLE`.
        who: Who changes it.
        version: The version they saw; None changes it whatever happened since.

    Raises:
        NotFound: There is no such pipeline.
        Conflict: Somebody changed it since.
        InvalidDefinition: A field that pipelines do not have, or a value it cannot have.
    """
    with changing(key, who, "change", version, fields=sorted(changes)) as (pipeline, _):
        for field, value in changes.items():
            _set(pipeline, field, value)
        pipeline.save()
    return pipeline


def shift_pipeline(key: int, by: int, *, who: Who) -> None:
    """Let a pipeline of deals stand earlier or later among the others.

    Args:
        key: Key of the pipeline.
        by: Places; a negative number is earlier. Beyond the first or last it stays there.
        who: Who does it.

    Raises:
        NotFound: There is no such pipeline in use.
    """
    with acting(who, _PERMISSION, f"pipeline {key}", act="shift"):
        rows = list(pipelines().select_for_update())
        place = next((place for place, row in enumerate(rows) if row.pk == key), None)
        if place is None:
            raise NotFound("crm.no_pipeline", f"There is no pipeline {key} in use.", pipeline=key)
        rows.insert(min(max(place + by, 0), len(rows) - 1), rows.pop(place))
        for position, row in enumerate(rows):
            row.position = position
        Pipeline.objects.bulk_update(rows, ["position"])


def archive_pipeline(key: int, *, who: Who, version: int | None = None) -> Pipeline:
    """Let a pipeline no longer be used. Its history stays; pipelines that were renewed in it are renewed in none.

    Args:
        key: Key of the pipeline.
        who: Who does it.
        version: The version they saw; None archives it whatever happened since.

    Raises:
        NotFound: There is no such pipeline.
        Conflict: Somebody changed it since.
        InvalidDefinition: Open deals are in it.
    """
    with changing(key, who, "archive", version) as (pipeline, _):
        number = Deal.objects.filter(pipeline=pipeline, status=Status.OPEN).count()
        if number:
            raise InvalidDefinition(
                "crm.pipeline_in_use",
                f"{number} open deals are in '{pipeline.name}'. Close them or move them to another pipeline first.",
                number=number,
                name=pipeline.name,
            )
        pipeline.archived = timezone.now()
        pipeline.save()
    for other in Pipeline.objects.filter(renewal=key).values_list("pk", flat=True):
        edit_pipeline(other, {"renewal": None}, who=who)
    return pipeline


def bring_back_pipeline(key: int, *, who: Who, version: int | None = None) -> Pipeline:
    """Let an archived pipeline be used again.

    Args:
        key: Key of the pipeline.
        who: Who does it.
        version: The version they saw; None brings it back whatever happened since.

    Raises:
        NotFound: There is no such pipeline.
        Conflict: Somebody changed it since.
        InvalidDefinition: It is a lifecycle, and there is another one in use.
    """
    with changing(key, who, "bring back", version) as (pipeline, _):
        if pipeline.kind == PipelineKind.LIFECYCLE and pipeline.archived:
            _check_alone()
        pipeline.archived = None
        pipeline.save()
    return pipeline


@contextmanager
def changing(
    key: int, who: Who, act: str, version: int | None = None, **details: object
) -> Iterator[tuple[Pipeline, Act]]:
    """Change a pipeline in the block: nobody else does meanwhile, and afterwards its new version is written.

    Args:
        key: Key of the pipeline.
        who: Who changes it.
        act: What they do, for the audit.
        version: The version they saw; None changes it whatever happened since.
        **details: What the audit keeps besides.

    Yields:
        The pipeline and the act.

    Raises:
        NotFound: There is no such pipeline.
        NotAllowed: Their role does not include it.
        Conflict: Somebody changed it since.
    """
    with acting(who, _PERMISSION, f"pipeline {key}", act=act, **details) as done:
        pipeline = Pipeline.objects.select_for_update().filter(pk=key).first()
        if pipeline is None:
            raise NotFound("crm.no_pipeline", f"There is no pipeline {key}.", pipeline=key)
        if version is not None and version != pipeline.version:
            raise Conflict(
                "crm.pipeline_changed",
                f"Somebody changed '{pipeline.name}' meanwhile. Look at it as it is now, then change it.",
                name=pipeline.name,
                version=pipeline.version,
            )
        if not PipelineVersion.objects.filter(pipeline=pipeline).exists():
            _note(pipeline, who, begun=True)
        yield pipeline, done
        pipeline.version += 1
        pipeline.save(update_fields=["version"])
        _note(pipeline, who)


def _note(pipeline: Pipeline, who: Who, *, begun: bool = False) -> None:
    """Write down what a pipeline is from now on, or was from its beginning."""
    fields = ("pk", "name", "probability", "level", "target")
    rows = [dict(zip(("key", *fields[1:]), row, strict=True)) for row in stages_of(pipeline).values_list(*fields)]
    PipelineVersion.objects.create(
        pipeline=pipeline,
        number=pipeline.version,
        name=pipeline.name,
        stages=rows,
        at=pipeline.created if begun else timezone.now(),
        by=who.user if isinstance(who.user, User) else None,
    )


def _stage(pipeline: Pipeline, position: int, plan: StageBlueprint) -> Stage:
    return Stage(
        pipeline=pipeline,
        position=position,
        name=str(plan.name),
        probability=plan.probability,
        level=plan.level,
        criteria=str(plan.criteria),
        required=list(plan.required),
        playbook=plan.playbook,
        rotting_days=plan.rotting_days,
        target=plan.target,
        enters_on=list(plan.enters_on),
        mark=plan.mark or "",
    )


def _set(pipeline: Pipeline, field: str, value: object) -> None:
    match field, value:
        case "name", str(name):
            pipeline.name = name.strip()
            _check_name(pipeline.name, pipeline.kind, but=pipeline.pk)
        case "market", str(market) if not market or market in Market.values:
            pipeline.market = market
        case "renewal", int() | None:
            pipeline.renewal = None if value is None else _renewal(pipeline, value)
        case "renewal_months", int(months) if 1 <= months <= _MOST_MONTHS:
            pipeline.renewal_months = months
        case _:
            raise InvalidDefinition(
                "crm.pipeline_field",
                f"'{field}' of a pipeline cannot be {value!r}. There are {', '.join(EDITABLE)}: texts, the key of a "
                f"pipeline of deals, and 1 to {_MOST_MONTHS} months.",
                field=field,
            )


def _renewal(pipeline: Pipeline, key: int) -> Pipeline:
    found = pipelines().filter(pk=key).first()
    if found is None or pipeline.kind != PipelineKind.DEALS:
        raise InvalidDefinition(
            "crm.renewal_pipeline", "Deals are renewed in a pipeline of deals that is in use.", field="renewal"
        )
    return found


def _check_alone() -> None:
    if Pipeline.objects.filter(kind=PipelineKind.LIFECYCLE, archived=None).exists():
        raise InvalidDefinition(
            "crm.one_lifecycle", "There is a lifecycle already, and persons have one only. Archive it first."
        )


def _check_name(name: str, kind: str, but: int | None = None) -> None:
    if not name or len(name) > _LONGEST:
        raise InvalidDefinition(
            "crm.pipeline_name", f"A pipeline needs a name of at most {_LONGEST} characters.", field="name"
        )
    if Pipeline.objects.filter(kind=kind, name=name).exclude(pk=but or 0).exists():
        raise InvalidDefinition(
            "crm.pipeline_name_taken", f"There is a pipeline '{name}' already. Choose another name.", field="name"
        )


def _free(name: str, kind: str) -> str:
    taken = set(Pipeline.objects.filter(kind=kind).values_list("name", flat=True))
    numbered = (
        gettext("%(name)s %(number)s") % {"name": name, "number": number} for number in range(2, len(taken) + 3)
    )
    return name if name not in taken else next(one for one in numbered if one not in taken)
