"""Reading pipelines, the lifecycle and their stages, as they are and as they were."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, QuerySet, Value, When

from tragt.errors import NotFound
from tragt.web.crm.models import Deal, LostReason, Pipeline, PipelineKind, PipelineVersion, Stage, Standing, Status
from tragt.web.records.models import Field

__all__ = [
    "StageThen",
    "any_stage",
    "archived_lifecycles",
    "archived_pipelines",
    "archived_reasons",
    "custom_titles",
    "every_pipeline",
    "every_reason",
    "every_stage",
    "lifecycle",
    "lifecycle_stages",
    "lost_reasons",
    "names_ever",
    "numbers_in",
    "open_numbers",
    "pipeline_names",
    "pipeline_of",
    "pipelines",
    "reason_names",
    "reason_numbers",
    "removed_stages",
    "stage_of",
    "stage_of_deals",
    "stages_at",
    "stages_of",
]


@dataclass(frozen=True, slots=True)
class StageThen:
    """A stage as it was at a moment.

    Attributes:
        key: Key of its row.
        name: What it was called.
        probability: Per cent, 0 to 100, that were expected to be won from there; None where nobody said.
        level: Which part of the funnel it belonged to; empty where nobody said.
        target: Per cent, 0 to 100, that should go on; None where nobody said.
    """

    key: int
    name: str
    probability: int | None
    level: str
    target: int | None


def pipelines() -> QuerySet[Pipeline]:
    """The pipelines of deals in use, in their order."""
    return Pipeline.objects.filter(kind=PipelineKind.DEALS, archived=None)


def every_pipeline() -> QuerySet[Pipeline]:
    """The pipelines of deals in use, in their order, then those that are archived, the last archived first."""
    archived_last = F("archived").desc(nulls_first=True)
    return Pipeline.objects.filter(kind=PipelineKind.DEALS).order_by(archived_last, "position", "pk")


def every_stage() -> QuerySet[Stage]:
    """The stages of deals with their pipelines, in the order of these; those that were removed are among them."""
    archived_last = F("pipeline__archived").desc(nulls_first=True)
    rows = Stage.objects.filter(pipeline__kind=PipelineKind.DEALS).select_related("pipeline")
    return rows.order_by(archived_last, "pipeline__position", "pipeline_id", "position", "pk")


def archived_pipelines() -> QuerySet[Pipeline]:
    """The pipelines of deals that are no longer used, the last archived first."""
    return Pipeline.objects.filter(kind=PipelineKind.DEALS).exclude(archived=None).order_by("-archived", "pk")


def archived_lifecycles() -> QuerySet[Pipeline]:
    """The lifecycles that are no longer used, the last archived first."""
    return Pipeline.objects.filter(kind=PipelineKind.LIFECYCLE).exclude(archived=None).order_by("-archived", "pk")


def lifecycle() -> Pipeline | None:
    """The lifecycle of persons; None until there is one."""
    return Pipeline.objects.filter(kind=PipelineKind.LIFECYCLE, archived=None).first()


def lifecycle_stages() -> list[Stage]:
    """The stages of the lifecycle in use, then the removed ones, then those of earlier lifecycles."""
    rows = Stage.objects.filter(pipeline__kind=PipelineKind.LIFECYCLE).select_related("pipeline")
    earlier, removed = F("pipeline__archived").desc(nulls_first=True), F("removed").asc(nulls_first=True)
    return list(rows.order_by(earlier, removed, "position", "pk"))


def pipeline_of(key: int) -> Pipeline:
    """A pipeline of deals or the lifecycle.

    Raises:
        NotFound: There is none with this key.
    """
    found = Pipeline.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_pipeline", f"There is no pipeline {key}.", pipeline=key)
    return found


def stages_of(pipeline: Pipeline) -> QuerySet[Stage]:
    """The stages in use, in their order."""
    return Stage.objects.filter(pipeline=pipeline, removed=None)


def removed_stages(pipeline: Pipeline) -> QuerySet[Stage]:
    """The stages that were removed, the last one first."""
    return Stage.objects.filter(pipeline=pipeline).exclude(removed=None).order_by("-removed", "pk")


def numbers_in(pipeline: Pipeline) -> Mapping[int, int]:
    """How many open deals, or persons, are in each stage, by its key; everybody's, whoever looks. None is left out."""
    if pipeline.kind == PipelineKind.LIFECYCLE:
        persons = Standing.objects.filter(stage__pipeline=pipeline, person__struck=None)
        return dict(persons.order_by().values_list("stage").annotate(number=Count("pk")))
    deals = Deal.objects.filter(pipeline=pipeline, status=Status.OPEN)
    return dict(deals.order_by().values_list("stage").annotate(number=Count("pk")))


def open_numbers() -> Mapping[int, int]:
    """How many open deals are in each pipeline, by its key; everybody's, whoever looks. None is left out."""
    deals = Deal.objects.filter(status=Status.OPEN)
    return dict(deals.order_by().values_list("pipeline").annotate(number=Count("pk")))


def stage_of(key: int) -> Stage:
    """A stage in use, with its pipeline.

    Raises:
        NotFound: There is none with this key.
    """
    found = Stage.objects.select_related("pipeline").filter(pk=key, removed=None).first()
    if found is None:
        raise NotFound(
            "crm.no_stage", f"There is no stage {key}. Perhaps it was removed; load the page again.", stage=key
        )
    return found


def stage_of_deals(key: int) -> Stage:
    """A stage in use that deals may stand in, with its pipeline.

    Raises:
        NotFound: There is none with this key, it is one of the lifecycle, or its pipeline is archived.
    """
    found = stage_of(key)
    if found.pipeline.kind != PipelineKind.DEALS or found.pipeline.archived is not None:
        raise NotFound("crm.no_stage", f"The stage {key} is in no pipeline of deals that is in use.", stage=key)
    return found


def any_stage(key: int) -> Stage:
    """A stage, in use or removed, with its pipeline.

    Raises:
        NotFound: There is none with this key.
    """
    found = Stage.objects.select_related("pipeline").filter(pk=key).first()
    if found is None:
        raise NotFound("crm.no_stage", f"There is no stage {key}.", stage=key)
    return found


def stages_at(pipeline: Pipeline, moment: datetime) -> list[StageThen]:
    """The stages of a pipeline as they were, in their order; none before it was made.

    Args:
        pipeline: The pipeline.
        moment: With its zone; a change counts from its own moment on.
    """
    versions = PipelineVersion.objects.filter(pipeline=pipeline)
    then = versions.filter(at__lte=moment).order_by("number").last()
    if then is not None:
        return [_then(row) for row in then.stages]
    if versions.exists() or moment < pipeline.created:
        return []
    return [StageThen(row.pk, row.name, row.probability, row.level, row.target) for row in stages_of(pipeline)]


def names_ever(pipeline: Pipeline) -> Mapping[int, tuple[str, ...]]:
    """What each stage was ever called, by its key, the removed ones too; what it is called now comes first."""
    names = {row.pk: [row.name] for row in Stage.objects.filter(pipeline=pipeline)}
    versions = PipelineVersion.objects.filter(pipeline=pipeline).order_by("-number")
    for stages in versions.values_list("stages", flat=True):
        for row in map(_then, stages):
            names.setdefault(row.key, []).append(row.name)
    return {key: tuple(dict.fromkeys(called)) for key, called in names.items()}


def pipeline_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What some pipelines are called, by key."""
    return dict(Pipeline.objects.filter(pk__in=keys).values_list("pk", "name"))


def custom_titles() -> Mapping[str, str]:
    """What the custom fields of deals are called, by their codes, in their order."""
    return dict(Field.objects.filter(kind="deal", retired=None).values_list("code", "title"))


def lost_reasons() -> QuerySet[LostReason]:
    """The reasons for losing that may be chosen, in their order."""
    return LostReason.objects.filter(archived=None)


def archived_reasons() -> QuerySet[LostReason]:
    """The reasons for losing that may no longer be chosen, by name."""
    return LostReason.objects.exclude(archived=None).order_by("name")


def every_reason() -> QuerySet[LostReason]:
    """The reasons for losing that may be chosen, in their order, then those that no longer may, by name."""
    archived_last = Case(When(archived=None, then=Value("")), default=F("name"))
    return LostReason.objects.order_by(archived_last, "position", "pk")


def reason_numbers() -> Mapping[int, int]:
    """How many deals are lost for each reason, by its key; everybody's, whoever looks. None is left out."""
    lost = Deal.objects.filter(status=Status.LOST).exclude(reason=None)
    return dict(lost.order_by().values_list("reason").annotate(number=Count("pk")))


def reason_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What some reasons for losing are, by key."""
    return dict(LostReason.objects.filter(pk__in=keys).values_list("pk", "name"))


def _then(row: Mapping[str, object]) -> StageThen:
    return StageThen(
        int(str(row["key"])), str(row["name"]), _share(row["probability"]), str(row["level"]), _share(row["target"])
    )


def _share(given: object) -> int | None:
    return None if given is None else int(str(given))
