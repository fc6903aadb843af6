"""From the fields of the builder to a definition, with every mistake at the field it was made in.

A row that stands as it was saved is kept as it was saved, with what its fields do not show.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta, tzinfo
from typing import TypeVar

from django.utils.translation import gettext as _

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, AnyOf, Compare, Exclude, Funnel, Match, Member, Step
from tragt.funnel.condition import Condition
from tragt.funnel.definition import Count, Entry, Order, Skips, Unit, Window, choice
from tragt.funnel.stage_steps import told
from tragt.web.funnels.asked import Asked
from tragt.web.funnels.building.besides import asked_of
from tragt.web.funnels.building.choices import (
    END,
    EVENT,
    MARK,
    NAMED,
    NO_PLACES,
    STAGE,
    STAGES_OF,
    Places,
    choices_of,
    in_stages,
    sides,
    stands_for_stage,
)
from tragt.web.funnels.building.draft import (
    MEMBER,
    Draft,
    DraftCondition,
    DraftExclude,
    DraftMatch,
    DraftStep,
    is_asked,
)
from tragt.web.funnels.building.filling import (
    drafted_exclude,
    drafted_line,
    drafted_match,
    drafted_step,
    drafted_where,
    time_of,
)
from tragt.web.funnels.building.lines import Line, joined, lines_of
from tragt.web.funnels.building.typed import Kinds, Wrong, comparison, length
from tragt.web.funnels.building.unit_properties import NOTHING_ASKABLE, Askable
from tragt.web.funnels.counting.units import segments_of
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of
from tragt.web.lexicon.meaning import NOTHING, Lexicon

__all__ = ["Built", "Known", "build"]

_Rule = TypeVar("_Rule")


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a draft.

    Attributes:
        funnel: The definition; None where there are mistakes in it.
        asked: What is asked besides; None where there are mistakes in that.
        mistakes: What is wrong, at the field where it is.
    """

    funnel: Funnel | None
    asked: Asked | None
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where a draft is read.

    Attributes:
        zone: The zone of the organisation's days.
        kinds: Of each property of events, whether it holds ``number``, ``truth``, ``date``, ``time`` or ``text``.
        places: Stages, ends and marks that can be chosen.
        askable: What can be asked of units.
        names: What is known of names: with all spellings no two rules may contradict each other either.
    """

    zone: tzinfo = UTC
    kinds: Mapping[str, str] = field(default_factory=dict)
    places: Places = NO_PLACES
    askable: Askable = NOTHING_ASKABLE
    names: Lexicon = NOTHING


def build(draft: Draft, known: Known, saved: Funnel | None = None) -> Built:
    """Make a definition of a draft.

    Args:
        draft: What stands in the fields.
        known: What is known of the log, of units and of names.
        saved: The definition that is changed; what the fields do not show is kept from it.
    """
    reading = _Reading(draft, replace(known, places=known.places.keeping(saved)), saved)
    rules, besides = reading.rules(), asked_of(draft, known.askable)
    asked = besides if isinstance(besides, Asked) else None
    mistakes = (*reading.mistakes, *(besides if not isinstance(besides, Asked) else ()))
    if reading.mistakes:
        return Built(None, asked, mistakes)
    try:
        funnel = Funnel(**rules)  # type: ignore[arg-type]
        known.names.meant(funnel)
        return Built(funnel, asked, mistakes)
    except InvalidDefinition as error:
        return Built(None, asked, (mistake_of(error), *mistakes))


class _Reading:
    """One draft being read; mistakes are collected on the way."""

    def __init__(self, draft: Draft, known: Known, saved: Funnel | None) -> None:
        self.draft, self.known, self.saved = draft, known, saved
        self.mistakes: list[Mistake] = []
        self.of_events = Kinds(known.kinds, known.zone)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except Wrong as wrong:
            self.mistakes.append(wrong.mistake)
        except InvalidDefinition as error:
            self.mistakes.append(mistake_of(error))

    def rules(self) -> dict[str, object]:
        """The fields of the definition; those that are wrong are left out, and noted."""
        found: dict[str, object] = {"steps": self._rows(self.draft.steps, self._step)}
        readers: Mapping[str, Callable[[], object]] = {
            "unit": lambda: choice(Unit, self.draft.unit),
            "window": self._window,
            "order": lambda: choice(Order, self.draft.order),
            "count": lambda: choice(Count, self.draft.count),
            "exclude": lambda: self._rows(self.draft.exclude, self._exclude),
            "lost": lambda: self._rows(self.draft.lost, self._loss),
            "reopen": lambda: self._rows(self.draft.reopen, self._reopening),
            "hold": lambda: self.draft.hold,
            "among": self._among,
            "entry": lambda: self.draft.entry if self.draft.order == Order.ANY else Entry.FIRST,
            "tolerance": self._tolerance,
            "where": self._where,
        }
        for name, read in readers.items():
            with self._noting():
                found[name] = read()
        if not self.mistakes:
            with self._noting():
                found["steps"] = _titled(found["steps"])  # type: ignore[arg-type]
                found["skips"] = self._skips(found)
        kept = ("robots", "own", "name")
        return found | {name: getattr(self.saved, name) for name in kept if self.saved is not None}

    def _rows(self, rows: Sequence[DraftMatch], read: Callable[..., _Rule]) -> tuple[_Rule, ...]:
        found = []
        for place, row in enumerate(rows):
            with self._noting():
                found.append(read(row, place))
        return tuple(found)

    def _step(self, row: DraftStep, place: int) -> Step:
        before = _at(self.saved.steps if self.saved else (), row.origin)
        if (
            before is not None
            and _alike(row, drafted_step(before, row.origin or 0))
            and not (place == 0 and row.within)
        ):
            return before
        match = self._match(row, f"step-{place}", before.match if before else None)
        within = None
        if row.within:
            if place == 0:
                raise Wrong(
                    f"step-{place}-within",
                    _("A step that must follow within a time cannot come first: there is nothing before it to follow."),
                )
            within = self._kept_length(row.within, row.scale, f"step-{place}-within", before.within if before else None)
        return Step(match.names, match.where, within, row.optional, row.anchored, label=self._label(row, match, before))

    def _label(self, row: DraftStep, match: Match, before: Step | None) -> str:
        """What a step is called: as it was while it stands for the same; a stage by its name."""
        if before is not None and drafted_step(before, 0).names == row.names:
            return before.label
        stages = [one.removeprefix(NAMED) for one in row.names if one.startswith(NAMED)]
        placed = [place.label for one in row.names if (place := self.known.places.of(one)) is not None]
        return " | ".join([*stages, *filter(None, placed)]) if stands_for_stage(match) else ""

    def _loss(self, row: DraftMatch, place: int) -> Match:
        return self._rule(row, f"lost-{place}", self.saved.lost if self.saved else ())

    def _reopening(self, row: DraftMatch, place: int) -> Match:
        return self._rule(row, f"reopen-{place}", self.saved.reopen if self.saved else ())

    def _rule(self, row: DraftMatch, at: str, saved: Sequence[Match]) -> Match:
        before = _at(saved, row.origin)
        if before is not None and _alike(row, drafted_match(before, 0)):
            return before
        return self._match(row, at, before)

    def _exclude(self, row: DraftExclude, place: int) -> Exclude:
        at, last = f"exclude-{place}", len(self.draft.steps) - 1
        before = _at(self.saved.exclude if self.saved else (), row.origin)
        match = before.match if before is not None and _alike_match(row, drafted_exclude(before, 0)) else None
        match = match or self._match(row, at, before.match if before else None)
        end = last if row.before is None else row.before
        optional = [number for number, step in enumerate(self.draft.steps) if step.optional]
        if row.after >= end or end > last or row.after in optional or end in optional:
            raise Wrong(
                at,
                _("It must lie between two steps that are not optional: choose a step, and a later one before which."),
            )
        return Exclude(match.names, row.after + 1, None if row.before is None else row.before + 1, match.where)

    def _match(self, row: DraftMatch, at: str, before: Match | None) -> Match:
        chosen = [one for one in row.names if one]
        if not chosen:
            step = at.startswith("step-")
            raise Wrong(
                at, _("Choose what happens at this step.") if step else _("Choose an event, or remove the row.")
            )
        match = self._chosen(chosen, at)
        besides = choices_of(before)[1] if before is not None else None
        kept = besides if row.keeps and lines_of(besides) is None else None
        return Match(match.names, _all(match.where, kept, self._condition(row, at, self.of_events, besides)))

    def _chosen(self, chosen: Sequence[str], at: str) -> Match:
        """The events that choices mean, any of which will do."""
        stages = [one.removeprefix(NAMED) for one in chosen if one.startswith(NAMED)]
        events = [one for one in chosen if not self._stands(one)]
        if any(one.startswith((STAGE, END, MARK)) for one in events):
            raise Wrong(at, _("What was chosen is not there any more. Choose something else."))
        if not stages and len(events) == len(chosen):
            return Match(tuple(dict.fromkeys(one.removeprefix(EVENT) for one in events)))
        found = [place.match for one in chosen if (place := self.known.places.of(one)) is not None]
        if stages:
            found.append(Match((STAGES_OF.entered, STAGES_OF.created), in_stages(stages)))
        if events or len({match.names for match in found}) > 1:
            raise Wrong(at, _("Stages and events cannot be alternatives of one step; make two steps of them."))
        wheres = tuple(match.where for match in found if match.where is not None)
        return Match(found[0].names, wheres[0] if len(wheres) == 1 else AnyOf(wheres))

    def _stands(self, one: str) -> bool:
        return one.startswith(NAMED) or self.known.places.of(one) is not None

    def _condition(self, row: DraftMatch, at: str, kinds: Kinds, before: Condition | None) -> Condition | None:
        """What lines ask; those that stand as they were saved ask what they asked."""
        saved = lines_of(before) or ()
        was = {replace(drafted_line(one), joint="and"): one[1] for one in saved}
        lines: list[Line] = []
        for number, line in enumerate(row.conditions):
            if is_asked(line):
                known = was.get(replace(line, joint="and"))
                lines.append((line.joint, known or self._line(line, f"{at}-condition-{number}", kinds)))
        return joined(lines)

    def _line(self, line: DraftCondition, at: str, kinds: Kinds) -> Compare | Member:
        if line.operator != MEMBER:
            return comparison(line, at, kinds)
        if not line.value:
            raise Wrong(at, _("Choose a segment."))
        segment = next((one for one in self.known.askable.segments if one.key == line.value), None)
        if segment is None or not (segment.seen or segment.key in self._counted()):
            raise Wrong(at, _("Choose a segment."))
        if segment.unit != self.draft.unit:
            raise Wrong(at, _("This segment holds others than are counted. Choose a segment of what is counted."))
        return Member(line.value)

    def _counted(self) -> list[str]:
        """The segments that the funnel counts as it is saved; whoever changes it may not know of them."""
        return segments_of(self.saved.where) if self.saved else []

    def _where(self) -> Condition | None:
        row = self.draft.where[0]
        before = self.saved.where if self.saved else None
        same_unit = self.saved is not None and str(self.saved.unit) == self.draft.unit
        if same_unit and before is not None and _alike_match(row, drafted_where(before)):
            return before
        if self.draft.unit == Unit.SESSION and (row.keeps or any(map(is_asked, row.conditions))):
            raise Wrong(
                "where",
                _("Sessions have no properties of their own and are in no segment. Count others, or ask nothing here."),
            )
        asked = any(line.property for line in row.conditions)
        kinds = Kinds(self.known.askable.kinds(self.draft.unit) if asked else {}, self.known.zone)
        kept = before if row.keeps and lines_of(before) is None else None
        return _all(kept, self._condition(row, "where-0", kinds, before if same_unit else None))

    def _among(self) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(one.removeprefix(EVENT) for one in self.draft.among if one))
        return chosen if self.draft.order == Order.ADJACENT else ()

    def _window(self) -> Window:
        if self.draft.scale == "none":
            return None
        if self.draft.scale == "session":
            return "session"
        before = self.saved.window if self.saved and isinstance(self.saved.window, timedelta) else None
        missing = _("Write how long it may take, such as 30 days, or choose no limit.")
        return _kept_length(self.draft.amount, self.draft.scale, before) or length(
            self.draft.amount, self.draft.scale, "window", missing
        )

    def _tolerance(self) -> timedelta:
        if not self.draft.tolerance or self.draft.tolerance == "0":
            return timedelta(0)
        return self._kept_length(
            self.draft.tolerance,
            self.draft.tolerance_scale,
            "tolerance",
            self.saved.tolerance if self.saved else None,
        )

    def _kept_length(self, amount: str, scale: str, at: str, before: timedelta | None) -> timedelta:
        missing = _("Write how long, such as 2 days, or leave it empty.")
        return _kept_length(amount, scale, before) or length(amount, scale, at, missing)

    def _skips(self, found: Mapping[str, object]) -> Skips | None:
        """What a skipped stage means: it counts as reached where all steps are stages of what is counted."""
        steps: Sequence[Step] = found["steps"]  # type: ignore[assignment]
        staged = sum(stands_for_stage(step.match) for step in steps)
        given = self.draft.skips if self.draft.skips in list(Skips) else ""
        ordered = self.draft.order == Order.ORDERED
        one_kind = {side for step in steps for side in sides(step.match)} == {found["unit"]}
        if given == Skips.FILL and staged and not one_kind and not _unchanged(steps, self.saved):
            raise Wrong(
                "skips",
                _(
                    "A skipped stage can count as reached only where all steps are stages of what is counted: deals of "
                    "pipelines, people of the lifecycle. Let the attempt end there, or leave the other steps out."
                ),
            )
        if given:
            return Skips(given) if ordered else None
        ruled = any(step.optional or step.within for step in steps) or bool(found.get("exclude"))
        fills = staged > 1 and one_kind and ordered and not ruled
        return Skips.FILL if fills and not _unchanged(steps, self.saved) else None


def _titled(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps over stages of the same name are told apart by their pipelines: figures and targets go by titles."""
    titles = [step.title for step in steps]
    return tuple(replace(step, label=_with_pipeline(step)) if titles.count(step.title) > 1 else step for step in steps)


def _with_pipeline(step: Step) -> str:
    pipeline = next((one.pipeline for one in told(step.where)[0] if one.pipeline), "")
    return f"{step.title} ({pipeline})" if pipeline else step.label


def _unchanged(steps: Sequence[Step], saved: Funnel | None) -> bool:
    return saved is not None and tuple(steps) == saved.steps


def _kept_length(amount: str, scale: str, before: timedelta | None) -> timedelta | None:
    """The length of time that was saved, while its fields stand as they were filled with it."""
    return before if before and (amount, scale) == time_of(before) else None


def _all(*parts: Condition | None) -> Condition | None:
    """The condition that all of some parts hold, one level deep."""
    flat = [one for part in parts if part is not None for one in (part.parts if isinstance(part, AllOf) else (part,))]
    return AllOf(tuple(flat)) if len(flat) > 1 else flat[0] if flat else None


def _at(rules: Sequence[_Rule], origin: int | None) -> _Rule | None:
    """The rule of the saved funnel that a row was; None for a new one."""
    return rules[origin] if origin is not None and origin < len(rules) else None


def _alike(row: DraftMatch, before: DraftMatch) -> bool:
    """Whether a row stands as it was filled."""
    return replace(row, origin=None) == replace(before, origin=None)


def _alike_match(row: DraftMatch, before: DraftMatch) -> bool:
    return (row.names, row.conditions, row.keeps) == (before.names, before.conditions, before.keeps)
