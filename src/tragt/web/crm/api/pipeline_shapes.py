"""Pipelines and stages as programs read and write them. The unit of observation is the pipeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from tragt.web.crm.api.values import Exact, Key, unsent
from tragt.web.crm.models import Pipeline, PipelineVersion, Stage

__all__ = [
    "NewPipeline",
    "NewStage",
    "PipelineChange",
    "PipelineShown",
    "PipelineThen",
    "Shift",
    "StageChange",
    "StageOrder",
    "StageShown",
]

Name = Annotated[str, Field(min_length=1, max_length=100)]
Share = Annotated[int, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=1, le=3_650)]
Long = Annotated[str, Field(max_length=10_000)]
Code = Annotated[str, Field(min_length=1, max_length=80)]
Event = Annotated[str, Field(min_length=1, max_length=200)]


class StageShown(Schema):
    """A stage of a pipeline, or of the lifecycle."""

    id: int
    pipeline: int
    name: str
    probability: int | None = Field(description="Per cent that are won from here; null where nobody said.")
    level: str = Field(description="`tofu`, `mofu`, `bofu`, or empty.")
    team: int | None
    criteria: str = Field(description="What must be true of what enters it.")
    required: list[str] = Field(description="What must be filled in: `value`, `contact`, `custom.<code>`…")
    playbook: str
    rotting_days: int | None
    target: int | None = Field(description="Per cent that should go on.")
    enters_on: list[str] = Field(description="Names of events that lead here; of the lifecycle.")
    rule: dict[str, Any] = Field(description="What leads here by itself; of the lifecycle.")
    mark: str = Field(description="`mql`, `sql`, or empty; of the lifecycle.")
    removed: datetime | None

    @classmethod
    def of(cls, row: Stage) -> "StageShown":
        """A stage, as it is answered."""
        return cls(
            id=row.pk,
            pipeline=row.pipeline_id,
            name=row.name,
            probability=row.probability,
            level=row.level,
            team=row.team_id,
            criteria=row.criteria,
            required=row.required,
            playbook=row.playbook,
            rotting_days=row.rotting_days,
            target=row.target,
            enters_on=row.enters_on,
            rule=row.rule,
            mark=row.mark,
            removed=row.removed,
        )


class PipelineShown(Schema):
    """A pipeline of deals, or the lifecycle of persons."""

    id: int
    kind: str = Field(description="`deals` or `lifecycle`.")
    name: str
    market: str = Field(description="`small`, `mid`, `enterprise`, or empty.")
    renewal: int | None = Field(description="The pipeline in which won deals are renewed.")
    renewal_months: int
    stages: list[StageShown] = Field(description="Those in use, in their order.")
    created: datetime
    archived: datetime | None
    version: int

    @classmethod
    def of(cls, row: Pipeline, stages: Sequence[Stage]) -> "PipelineShown":
        """A pipeline with its stages in use, as it is answered."""
        return cls(
            id=row.pk,
            kind=row.kind,
            name=row.name,
            market=row.market,
            renewal=row.renewal_id,
            renewal_months=row.renewal_months,
            stages=[StageShown.of(one) for one in stages],
            created=row.created,
            archived=row.archived,
            version=row.version,
        )


class PipelineThen(Schema):
    """What a pipeline was from a moment on."""

    number: int = Field(description="The version.")
    name: str
    stages: list[dict[str, Any]] = Field(description="In their order: `key`, `name`, `probability`, `level`, `target`.")
    at: datetime
    by: int | None

    @classmethod
    def of(cls, row: PipelineVersion) -> "PipelineThen":
        """A version, as it is answered."""
        return cls(number=row.number, name=row.name, stages=row.stages, at=row.at, by=row.by_id)


class NewPipeline(Exact):
    """A pipeline, or the lifecycle, that is made from a template."""

    template: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")] = Field(
        description="Code of the template."
    )
    name: Annotated[str, Field(max_length=100)] = Field("", description="As the template calls it where left out.")


class PipelineChange(Exact):
    """What is to be changed of a pipeline."""

    name: Name = Field(default_factory=unsent)
    market: Literal["", "small", "mid", "enterprise"] = Field(default_factory=unsent)
    renewal: Key | None = Field(None, description="The pipeline in which won deals are renewed; null for none.")
    renewal_months: Annotated[int, Field(ge=1, le=120)] = Field(default_factory=unsent)


class Shift(Exact):
    """How far something is put from its place."""

    by: Annotated[int, Field(ge=-1_000, le=1_000)] = Field(description="Places; a negative number is earlier.")


class StageOrder(Exact):
    """The stages of a pipeline in another order."""

    stages: list[Key] = Field(max_length=1_000, description="The key of each stage in use, once.")


class StageChange(Exact):
    """What is to be changed of a stage."""

    name: Name = Field(default_factory=unsent)
    probability: Share | None = None
    level: Literal["", "tofu", "mofu", "bofu"] = Field(default_factory=unsent)
    team: Key | None = None
    criteria: Long = Field(default_factory=unsent)
    required: list[Code] = Field(default_factory=unsent, max_length=100)
    playbook: Long = Field(default_factory=unsent)
    rotting_days: Days | None = None
    target: Share | None = None
    enters_on: list[Event] = Field(default_factory=unsent, max_length=50)
    rule: dict[str, Any] = Field(
        default_factory=unsent, description="Empty for none: `when`, a condition; `backwards`."
    )
    mark: Literal["", "mql", "sql"] = Field(default_factory=unsent)


class NewStage(StageChange):
    """A stage that is added to a pipeline."""

    name: Name
    place: Annotated[int, Field(ge=0, le=1_000)] | None = Field(
        None, description="Where it stands, from 0; the last where left out."
    )
