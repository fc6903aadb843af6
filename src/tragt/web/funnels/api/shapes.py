"""Saved funnels and their versions as the API takes and gives them. The unit is the funnel."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from tragt.errors import InvalidDefinition, TragtError
from tragt.funnel import Funnel
from tragt.funnel.sentence import sentence
from tragt.web.accounts.models import User
from tragt.web.api.schemas import LARGEST_KEY
from tragt.web.crm.api.values import Day, Exact, unsent
from tragt.web.crm.queries.segments import segment_seen, segments_seen
from tragt.web.funnels import counted
from tragt.web.funnels.api.definitions import Definition, DefinitionShown, Named, definition_shown
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.counting.units import names_called, with_names
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.models import Compared, SavedFunnel, SavedFunnelVersion
from tragt.web.funnels.periods import PeriodKind, SavedPeriod

__all__ = [
    "FunnelChange",
    "FunnelShown",
    "NewFunnel",
    "VersionShown",
    "asked_of",
    "check_counted",
    "segments_called",
]

Name = Annotated[str, StringConstraints(max_length=150, pattern=r"^[^\x00-\x1f]*$")]
PeriodCode = Literal[
    "all",
    "last_7",
    "last_30",
    "last_90",
    "last_365",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_year",
    "fixed",
]
CompareCode = Literal["nothing", "before", "year", "days", "segment"]
Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]


class NewFunnel(Exact):
    """A funnel that is saved."""

    definition: Definition
    name: Name = Field("", description="Empty calls it by its first and its last step.")
    period: PeriodCode = Field("all", description="Which entries it usually looks at; they end with the data.")
    start: Day | None = Field(None, description="With `fixed`, the first day.")
    end: Day | None = Field(None, description="With `fixed`, the last day, included.")
    compare: CompareCode = Field("nothing", description="What its figures stand beside.")
    compare_start: Day | None = Field(None, description="With `days`, the first.")
    compare_end: Day | None = Field(None, description="With `days`, the last, included.")
    compare_segment: Key | None = Field(None, description="With `segment`, its key.")
    value: Annotated[str, Field(max_length=200)] = Field(
        "", description="The property of the last step that is money; empty is guessed."
    )
    breakdowns: list[Named] = Field(
        default_factory=list, max_length=3, description="Properties of the entry by which leaks are looked for."
    )


class FunnelChange(Exact):
    """What is to be changed of a funnel."""

    definition: Definition = Field(default_factory=unsent)
    name: Name = Field(default_factory=unsent)
    period: PeriodCode = Field(default_factory=unsent)
    start: Day | None = None
    end: Day | None = None
    compare: CompareCode = Field(default_factory=unsent)
    compare_start: Day | None = None
    compare_end: Day | None = None
    compare_segment: Key | None = None
    value: Annotated[str, Field(max_length=200)] = Field(default_factory=unsent)
    breakdowns: list[Named] = Field(default_factory=unsent, max_length=3)


class TargetShown(Schema):
    """What share should come to a step."""

    step: str = Field(description="Title of the step.")
    share: float = Field(description="Of those at the step before, 0 to 1.")


class AskedShown(Schema):
    """What a funnel asks."""

    name: str
    sentence: str | None = Field(description="The definition in words; null where a newer version of Tragt wrote it.")
    definition: DefinitionShown | None = Field(description="Null where a newer version of Tragt wrote it.")
    period: str
    start: date | None
    end: date | None
    compare: str
    compare_start: date | None
    compare_end: date | None
    compare_segment: int | None
    value: str
    breakdowns: list[str]
    targets: list[TargetShown] = Field(description="Those in force.")


class FunnelShown(AskedShown):
    """A saved funnel."""

    id: int
    owner: int | None = Field(description="Key of the user who made it.")
    pipeline: int | None = Field(description="Key of the pipeline whose stages it follows.")
    proposed: bool = Field(description="Whether it was proposed, and nobody has changed it.")
    created: datetime
    updated: datetime
    version: int

    @classmethod
    def of(cls, row: SavedFunnel, known: Mapping[str, str] | None = None) -> "FunnelShown":
        """A funnel, as it is answered.

        Args:
            row: The funnel.
            known: Names of segments by their keys; None looks for those that it needs.
        """
        return cls(
            **_asked(row.name, row.definition, (Asked.of(row), row.targets), known),
            id=row.pk,
            owner=row.owner_id,
            pipeline=row.pipeline_id,
            proposed=row.proposed,
            created=row.created,
            updated=row.updated,
            version=row.version,
        )


class VersionShown(AskedShown):
    """What a funnel asked in one of its versions."""

    number: int
    at: datetime = Field(description="When it was saved.")
    by: int | None = Field(description="Key of the user who saved it; null where that was a program or is not known.")

    @classmethod
    def of(cls, row: SavedFunnelVersion, known: Mapping[str, str] | None = None) -> "VersionShown":
        """A version, as it is answered.

        Args:
            row: The version.
            known: Names of segments by their keys; None looks for those that it needs.
        """
        return cls(
            **_asked(row.name, row.definition, (Asked.read(row.asked), row.asked.get("targets", {})), known),
            number=row.number,
            at=row.at,
            by=row.by_id,
        )


def asked_of(given: dict[str, Any], before: Asked, unit: str, user: User) -> Asked:
    """What a funnel is to ask beside its definition.

    A comparison that was not sent stays, whoever knows of its segment; it is none where the segment is gone.

    Args:
        given: What was sent.
        before: What it asks so far.
        unit: What it counts.
        user: Who sent it: of others' segments that are not shared they know nothing.

    Raises:
        InvalidDefinition: Days are missing or in the wrong order, or stand beside what takes none; or it is to be
            compared with what cannot be.
        NotFound: There is no such segment.
    """
    beside_sent = "compare" in given or "compare_segment" in given
    if not beside_sent and before.compare == Compared.SEGMENT and not _kind_of_segment(before.compare_segment):
        before = replace(before, compare=Compared.NOTHING, compare_segment=None)
    told = before.written() | {name: one for name, one in given.items() if name not in ("definition", "name")}
    if "period" in given and given["period"] != PeriodKind.FIXED:
        told |= {"start": given.get("start"), "end": given.get("end")}
    if "compare" in given:
        names = ("compare_start", "compare_end", "compare_segment")
        told |= {name: given.get(name) for name in names}
    days = {name: _day(told[name]) for name in ("start", "end", "compare_start", "compare_end")}
    _check_days(told["period"] == PeriodKind.FIXED, days["start"], days["end"], ("start", "end"), both=False)
    beside = (days["compare_start"], days["compare_end"])
    _check_days(told["compare"] == Compared.DAYS, *beside, ("compare_start", "compare_end"), both=True)
    if beside_sent or "definition" in given:
        _check_segment(told, before, unit, user)
    if told["compare"] in (Compared.BEFORE, Compared.YEAR) and told["period"] == PeriodKind.ALL:
        raise InvalidDefinition(
            "compare.no_stretch", "There is nothing before all time. Choose a period, or compare with something else."
        )
    return Asked(
        SavedPeriod(PeriodKind(told["period"]), days["start"], days["end"]),
        Compared(told["compare"]),
        (beside[0], beside[1]) if beside[0] and beside[1] else None,
        told["compare_segment"],
        told["value"],
        tuple(told["breakdowns"]),
    )


def _check_days(wanted: bool, first: date | None, last: date | None, names: tuple[str, str], *, both: bool) -> None:
    given = [day for day in (first, last) if day is not None]
    if not wanted and given:
        raise InvalidDefinition(
            "funnels.days", f"'{names[0]}' and '{names[1]}' are for days of your own; leave them out.", field=names[0]
        )
    if wanted and len(given) < (2 if both else 1):
        needed = "the first and the last day" if both else "the first day, the last day, or both"
        raise InvalidDefinition("funnels.days", f"Give {needed}.", field=names[0])
    if first and last and last < first:
        raise InvalidDefinition("period.empty", "The last day comes before the first.", field=names[1])


def check_counted(funnel: Funnel, before: SavedFunnel | None, user: User) -> None:
    """Refuse a condition on a segment that its sender may not know of; those that a funnel counts already stay.

    Args:
        funnel: The definition that was sent.
        before: The funnel that it is for; None for a new one.
        user: Who sent it.

    Raises:
        NotFound: There is no such segment.
    """
    counted.check_counted(funnel, before, user)


def _kind_of_segment(key: int | None) -> str:
    """Of what a segment that stands is; empty where it does not stand any more."""
    found = segments_seen(None).filter(pk=key).values_list("kind", flat=True).first() if key is not None else None
    return found or ""


def _check_segment(told: dict[str, Any], before: Asked, unit: str, user: User) -> None:
    key = told["compare_segment"]
    if (told["compare"] == Compared.SEGMENT) != (key is not None):
        raise InvalidDefinition(
            "funnels.segment",
            "'compare_segment' names the segment where 'compare' is 'segment'.",
            field="compare_segment",
        )
    if key is None:
        return
    kind = _kind_of_segment(key) if key == before.compare_segment else ""
    kind = kind or segment_seen(key, user).kind
    if kind != unit:
        raise InvalidDefinition(
            "segments.other_kind",
            f"The segment holds {kind}s, and the funnel counts {unit}s; choose a segment of these.",
            field="compare_segment",
        )


def segments_called(definitions: Iterable[str]) -> dict[str, str]:
    """The names of the segments that some definitions name by their keys.

    Args:
        definitions: As they are kept.
    """
    return names_called(funnel for funnel in map(_funnel, definitions) if funnel is not None)


def _asked(
    name: str, definition: str, besides: tuple[Asked, Mapping[str, float]], known: Mapping[str, str] | None
) -> dict[str, Any]:
    funnel, (asked, targets) = _funnel(definition), besides
    start, end = asked.compare_days or (None, None)
    return {
        "name": name,
        "sentence": None if funnel is None else sentence(with_names(funnel, known), "en"),
        "definition": None if funnel is None else definition_shown(funnel),
        "period": str(asked.period.kind),
        "start": asked.period.start,
        "end": asked.period.end,
        "compare": str(asked.compare),
        "compare_start": start,
        "compare_end": end,
        "compare_segment": asked.compare_segment,
        "value": asked.value,
        "breakdowns": list(asked.breakdowns),
        "targets": [TargetShown(step=step, share=share) for step, share in targets.items()],
    }


def _funnel(definition: str) -> Funnel | None:
    try:
        return from_json(definition)
    except TragtError:
        return None


def _day(given: Any) -> date | None:
    return date.fromisoformat(given) if isinstance(given, str) else given
