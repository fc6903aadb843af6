"""Funnels over pipelines and the lifecycle: the flow through their stages. How many are where now is another figure.

What an event tells of a stage is its key, where it was recorded here, and its name. History from files has names alone:
there, a name that several stages had counts for each of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, AnyOf, Compare, Funnel, Match, Step
from tragt.funnel import stages as flow
from tragt.funnel.condition import Condition, Operator
from tragt.funnel.definition import Skips, Unit, Window
from tragt.web.crm.models import Mark, Pipeline, PipelineKind, PipelineVersion, Stage
from tragt.web.crm.queries.pipelines import stages_of

__all__ = ["StageTold", "StagesTold", "funnel_of", "lifecycle_funnel", "mark_match", "stages_told", "targets_of"]

_TOLD = flow.Pipeline(stages=())
"""How the log calls what happens to deals."""

PASSAGE = "Lifecycle Stage Entered"
"""How the log calls what happens to persons: coming to a stage, getting a mark, losing one."""


@dataclass(frozen=True, slots=True)
class StageTold:
    """A stage in use, and the events that tell of coming to it."""

    key: int
    name: str
    match: Match


@dataclass(frozen=True, slots=True)
class StagesTold:
    """A pipeline, or the lifecycle, as the log tells of it.

    Attributes:
        key: Key of the pipeline.
        name: What it is called.
        unit: What moves through its stages.
        stages: The stages in use, in their order.
        won: The events of winning; None for the lifecycle.
        lost: The events of losing; None for the lifecycle.
        reopened: The events of re-opening; None for the lifecycle.
        first_key: The smallest key of all its stages, by which a definition knows its ends again; 0 without a stage.
    """

    key: int
    name: str
    unit: Unit
    stages: tuple[StageTold, ...]
    won: Match | None = None
    lost: Match | None = None
    reopened: Match | None = None
    first_key: int = 0


def stages_told() -> list[StagesTold]:
    """The lifecycle and the pipelines in use, the lifecycle last, as the log tells of them; without a stage, none."""
    rows = list(Pipeline.objects.filter(archived=None).order_by("position", "pk"))
    rows.sort(key=lambda row: row.kind == PipelineKind.LIFECYCLE)
    keys = [row.pk for row in rows]
    stages, versions = _by_pipeline(Stage.objects.filter(pipeline__in=keys)), _versions(keys)
    found = (_told_of(row, stages.get(row.pk, ()), versions.get(row.pk, ())) for row in rows)
    return [one for one in found if one.stages]


def funnel_of(pipeline: Pipeline, skips: Skips | str = Skips.FILL, window: Window = None) -> Funnel:
    """The funnel of deals over the stages in use, from the first to won, as they were called at any time.

    Args:
        pipeline: A pipeline of deals.
        skips: Whether a later stage reaches the earlier ones (``fill``) or a skip stops there (``drop``).
        window: The longest time from the entry; None is unlimited.

    Raises:
        InvalidDefinition: The pipeline has no stage.
    """
    told = _told(pipeline)
    return Funnel(
        steps=(*(Step(one.match.names, one.match.where, label=one.name) for one in told.stages), _step(told.won)),
        unit=Unit.DEAL,
        window=window,
        lost=told.lost or (),
        reopen=told.reopened or (),
        skips=Skips(skips),
        name=pipeline.name,
    )


def lifecycle_funnel(pipeline: Pipeline, skips: Skips | str = Skips.FILL, window: Window = None) -> Funnel:
    """The funnel of persons over the stages of the lifecycle in use, from the first to the last.

    Args:
        pipeline: The lifecycle.
        skips: Whether a later stage reaches the earlier ones (``fill``) or a skip stops there (``drop``).
        window: The longest time from the entry; None is unlimited.

    Raises:
        InvalidDefinition: The lifecycle has fewer than two stages.
    """
    told = _told(pipeline)
    return Funnel(
        steps=tuple(Step(one.match.names, one.match.where, label=one.name) for one in told.stages),
        unit=Unit.PERSON,
        window=window,
        skips=Skips(skips),
        name=pipeline.name,
    )


def mark_match(mark: str) -> Match:
    """The events of getting a mark.

    Args:
        mark: One of `Mark`.
    """
    return Match((PASSAGE,), Compare("mark", Operator.EQUALS, str(Mark(mark))))


def targets_of(pipeline: Pipeline) -> Mapping[str, float]:
    """What share should go on from each stage, as the leaks of its funnel take it (`funnel.leaks.Rules`).

    A stage says what share goes on from it; a funnel says what share comes to the step after it.

    Args:
        pipeline: A pipeline of deals, or the lifecycle.

    Returns:
        The share, 0 to 1, by the title of the step that it leads to; stages without a target are left out.
    """
    stages = list(stages_of(pipeline))
    last = [] if pipeline.kind == PipelineKind.LIFECYCLE else [Step((_TOLD.won,)).title]
    titles = [*(stage.name for stage in stages[1:]), *last]
    return {title: stage.target / 100 for stage, title in zip(stages, titles, strict=False) if stage.target is not None}


def _told(pipeline: Pipeline) -> StagesTold:
    stages = list(Stage.objects.filter(pipeline=pipeline))
    told = _told_of(pipeline, stages, list(PipelineVersion.objects.filter(pipeline=pipeline).order_by("-number")))
    if not told.stages:
        raise InvalidDefinition(
            "crm.no_stages", f"The pipeline '{pipeline.name}' has no stage. Add one first.", pipeline=pipeline.name
        )
    return told


def _step(match: Match | None) -> Step:
    return Step(match.names, match.where) if match else Step(_TOLD.won)


def _told_of(row: Pipeline, stages: Sequence[Stage], versions: Sequence[PipelineVersion]) -> StagesTold:
    names = _names_ever(stages, versions)
    used = [stage for stage in stages if stage.removed is None]
    first = min(names, default=0)
    if row.kind == PipelineKind.LIFECYCLE:
        found = tuple(StageTold(one.pk, one.name, Match((PASSAGE,), _at(one.pk, names))) for one in used)
        return StagesTold(row.pk, row.name, Unit.PERSON, found, first_key=first)
    called = tuple(dict.fromkeys([row.name, *(one.name for one in versions)]))
    entering = _TOLD.entered, _TOLD.created
    found = tuple(StageTold(one.pk, one.name, Match(entering, _in(one.pk, names, called))) for one in used)
    ends = _ends(called, names)
    won, lost, reopened = (Match((name,), ends) for name in (_TOLD.won, _TOLD.lost, _TOLD.reopened))
    return StagesTold(row.pk, row.name, Unit.DEAL, found, won, lost, reopened, first)


def _by_pipeline(rows: Iterable[Stage]) -> Mapping[int, list[Stage]]:
    found: dict[int, list[Stage]] = {}
    for row in rows:
        found.setdefault(row.pipeline_id, []).append(row)
    return found


def _versions(keys: Sequence[int]) -> Mapping[int, list[PipelineVersion]]:
    """The versions of pipelines, the newest first."""
    found: dict[int, list[PipelineVersion]] = {}
    for row in PipelineVersion.objects.filter(pipeline__in=keys).order_by("-number"):
        found.setdefault(row.pipeline_id, []).append(row)
    return found


def _names_ever(stages: Sequence[Stage], versions: Sequence[PipelineVersion]) -> Mapping[int, tuple[str, ...]]:
    """As `names_ever`, of rows that were read already."""
    names = {row.pk: [row.name] for row in stages}
    for version in versions:
        for told in version.stages:
            names.setdefault(int(told["key"]), []).append(str(told["name"]))
    return {key: tuple(dict.fromkeys(called)) for key, called in names.items()}


def _ends(called: tuple[str, ...], keys: Iterable[int]) -> Condition:
    """That an event tells of a deal of a pipeline."""
    return AnyOf((Compare("pipeline", Operator.IN, called), Compare("stage_key", Operator.IN, tuple(keys))))


def _in(key: int, names: Mapping[int, tuple[str, ...]], called: tuple[str, ...]) -> Condition:
    """That an event tells of a stage of deals: by its key, or by a name where it names no other stage by key."""
    ours = Compare("pipeline", Operator.IN, called)
    named = AnyOf(tuple(Compare(told, Operator.IN, names[key]) for told in ("to", "stage")))
    return _keyed(key, (ours, named), names)


def _at(key: int, names: Mapping[int, tuple[str, ...]]) -> Condition:
    """That an event tells of a stage of persons, as of `_in`."""
    return _keyed(key, (Compare("stage", Operator.IN, names[key]),), names)


def _keyed(key: int, named: tuple[Condition, ...], names: Iterable[int]) -> Condition:
    no_other = tuple(Compare("stage_key", Operator.NOT_EQUALS, other) for other in names if other != key)
    return AnyOf((Compare("stage_key", Operator.EQUALS, key), AllOf((*named, *no_other))))
