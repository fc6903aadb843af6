"""Definitions of funnels as the API takes and gives them. The unit is the definition."""

from typing import Annotated, Any, Literal

import msgspec
from ninja import Schema
from pydantic import Field, StringConstraints

from tragt.errors import InvalidDefinition
from tragt.funnel import Funnel
from tragt.web.crm.api.values import Exact
from tragt.web.funnels.definition import VERSION, from_json, to_json

__all__ = ["Definition", "DefinitionShown", "definition_shown", "funnel_sent"]

_SECOND = 1_000_000
_LONGEST = 100 * 366 * 86_400
_WHOLE = 2**63

Named = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Written = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Number = Annotated[int, Field(ge=-_WHOLE, lt=_WHOLE)]
Length = Annotated[float, Field(gt=0, le=_LONGEST, description="Seconds.")]
Operator = Literal["equals", "not_equals", "in", "contains", "greater", "less", "is_set"]


class DayValue(Exact):
    """A day to compare with."""

    type: Literal["date"]
    day: Annotated[str, StringConstraints(max_length=10)]


class TimeValue(Exact):
    """A moment to compare with."""

    type: Literal["time"]
    moment: Annotated[str, StringConstraints(max_length=40)]


class InfiniteValue(Exact):
    """A number beyond all others."""

    type: Literal["infinite"]
    negative: bool


Value = bool | Number | float | Written | DayValue | TimeValue | InfiniteValue


class Comparison(Exact):
    """One comparison of a property."""

    type: Literal["compare"]
    property: Named
    operator: Operator
    value: Value | None = Field(None, description="None with `in` and `is_set`.")
    values: list[Value] | None = Field(None, max_length=1_000, description="With `in`.")


class InSegment(Exact):
    """Membership of a segment."""

    type: Literal["member"]
    segment: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")] = Field(description="Key of the segment.")


class AllOfThese(Exact):
    """All of some conditions."""

    type: Literal["all"]
    parts: list["Condition"] = Field(min_length=1, max_length=100)


class AnyOfThese(Exact):
    """Any of some conditions."""

    type: Literal["any"]
    parts: list["Condition"] = Field(min_length=1, max_length=100)


Condition = Annotated[Comparison | InSegment | AllOfThese | AnyOfThese, Field(discriminator="type")]

for _shape in (AllOfThese, AnyOfThese):
    _shape.model_rebuild()


class StepSent(Exact):
    """A step: something that happens, or several things any of which will do."""

    names: list[Named] = Field(min_length=1, max_length=50, description="Names of events.")
    where: Condition | None = Field(None, description="What the event must fulfil.")
    within_seconds: Length | None = Field(None, description="How soon it must follow the step before.")
    optional: bool = Field(False, description="Whether it may be left out.")
    anchored: bool = Field(False, description="With any order, whether it keeps its place.")
    label: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = Field(
        "", description="What it is called; empty is by its events."
    )


class MatchSent(Exact):
    """Events that lose an attempt, or open it again."""

    names: list[Named] = Field(min_length=1, max_length=50)
    where: Condition | None = None


class ExcludeSent(MatchSent):
    """Events that must not happen between two steps."""

    after: int = Field(1, ge=1, le=100, description="Number of the step after which, from 1.")
    before: int | None = Field(None, ge=1, le=100, description="Number of the step before which; null is the end.")


class Definition(Exact):
    """What a funnel counts."""

    steps: list[StepSent] = Field(min_length=2, max_length=50)
    unit: Literal["person", "company", "deal", "session"] = "person"
    window_seconds: Length | None = Field(None, description="The longest time from the entry; null is unlimited.")
    session: bool = Field(False, description="Whether all must happen in one session; then there is no window.")
    order: Literal["ordered", "any", "adjacent"] = "ordered"
    count: Literal["best", "first", "first_ever", "every"] = "best"
    hold: list[Named] = Field(default_factory=list, max_length=3, description="Properties that stay the same.")
    exclude: list[ExcludeSent] = Field(default_factory=list, max_length=20)
    lost: list[MatchSent] = Field(default_factory=list, max_length=20)
    reopen: list[MatchSent] = Field(default_factory=list, max_length=20)
    among: list[Named] = Field(
        default_factory=list, max_length=100, description="With adjacent steps, what counts as between."
    )
    entry: Literal["first", "any"] = Field("first", description="With any order, whether any step may begin.")
    tolerance_seconds: float = Field(0, ge=0, le=_LONGEST, description="How far apart count as at once.")
    where: Condition | None = Field(None, description="What the unit must fulfil.")
    skips: Literal["fill", "drop"] | None = Field(
        None, description="Over stages: whether a later stage reaches earlier ones."
    )
    robots: bool = Field(False, description="Whether what robots did counts.")
    own: bool = Field(False, description="Whether what the organisation's own people did counts.")


class ConditionShown(Schema):
    """A condition, as it is kept: a comparison, membership of a segment, or all or any of several."""

    type: Literal["compare", "member", "all", "any"]
    property: str | None = None
    operator: str | None = None
    value: bool | int | float | str | dict[str, str | bool] | None = None
    values: list[bool | int | float | str | dict[str, str | bool]] | None = None
    segment: str | None = None
    parts: list["ConditionShown"] | None = None


ConditionShown.model_rebuild()


class StepShown(Schema):
    """A step, as it is kept."""

    names: list[str]
    where: ConditionShown | None = None
    within_seconds: float | None = None
    optional: bool = False
    anchored: bool = False
    label: str = ""


class MatchShown(Schema):
    """Events that lose an attempt, or open it again, as they are kept."""

    names: list[str]
    where: ConditionShown | None = None


class ExcludeShown(MatchShown):
    """Events that must not happen between two steps, as they are kept."""

    after: int = 1
    before: int | None = None


class DefinitionShown(Schema):
    """What a funnel counts, as it is kept."""

    steps: list[StepShown]
    unit: str
    window_seconds: float | None = None
    session: bool = False
    order: str = "ordered"
    count: str = "best"
    hold: list[str] = []
    exclude: list[ExcludeShown] = []
    lost: list[MatchShown] = []
    reopen: list[MatchShown] = []
    among: list[str] = []
    entry: str = "first"
    tolerance_seconds: float = 0
    where: ConditionShown | None = None
    skips: str | None = None
    robots: bool = False
    own: bool = False


def funnel_sent(sent: Definition) -> Funnel:
    """The definition that was sent.

    Args:
        sent: The definition.

    Raises:
        InvalidDefinition: It means nothing, or contradicts itself.
    """
    given = sent.model_dump(exclude_none=True)
    if sent.session and sent.window_seconds is not None:
        raise InvalidDefinition(
            "funnel.session_and_window", "A session ends by itself; leave 'window_seconds' out.", field="window_seconds"
        )
    for step in given["steps"]:
        _to_microseconds(step, "within")
    _to_microseconds(given, "window")
    _to_microseconds(given, "tolerance")
    return from_json(msgspec.json.encode({"version": VERSION, **given}).decode())


def definition_shown(funnel: Funnel) -> DefinitionShown:
    """A definition, as it is answered.

    Args:
        funnel: The definition.
    """
    kept: dict[str, Any] = msgspec.json.decode(to_json(funnel))
    for name in ("version", "name"):
        kept.pop(name, None)
    for step in kept["steps"]:
        _to_seconds(step, "within")
    _to_seconds(kept, "window")
    _to_seconds(kept, "tolerance")
    return DefinitionShown.model_validate(kept)


def _to_microseconds(given: dict[str, Any], name: str) -> None:
    if f"{name}_seconds" in given:
        given[f"{name}_us"] = round(given.pop(f"{name}_seconds") * _SECOND)


def _to_seconds(kept: dict[str, Any], name: str) -> None:
    if f"{name}_us" in kept:
        kept[f"{name}_seconds"] = kept.pop(f"{name}_us") / _SECOND
