"""From the fields of the builder to a definition, with every mistake at the field it was made in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from django.utils.translation import gettext as _

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, Compare, Funnel, Step
from tragt.funnel.condition import Condition, Operator, Value
from tragt.funnel.definition import Order, Skips, Unit, Window, choice
from tragt.funnel.durations import LONGEST
from tragt.funnel.steps import Match
from tragt.web.funnels.draft import (
    EVENT,
    SEPARATOR,
    STAGE,
    STAGES_OF,
    WINDOW_UNITS,
    Draft,
    DraftCondition,
    DraftStep,
    in_stages,
    plain,
    written,
)
from tragt.web.funnels.mistakes import Mistake, mistake_of
from tragt.web.funnels.periods import PeriodKind, SavedPeriod, read_days
from tragt.web.lexicon.meaning import NOTHING, Lexicon

__all__ = ["Built", "build"]

TRUE = ("true", "yes", "1", "ja", "sand", "sant")
FALSE = ("false", "no", "0", "nej", "nei", "falsk", "falskt", "usant")


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a draft.

    Attributes:
        funnel: The definition; None where there are mistakes.
        period: The period; None where it is one of them.
        mistakes: What is wrong, at the field where it is.
    """

    funnel: Funnel | None
    period: SavedPeriod | None
    mistakes: tuple[Mistake, ...] = ()


class _Wrong(Exception):
    """A mistake that stops the reading of one field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.mistake = Mistake(field, text)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the log: what its properties hold, and the zone of its days."""

    kinds: Mapping[str, str]
    zone: tzinfo


def build(
    draft: Draft, zone: tzinfo, kinds: Mapping[str, str], saved: Funnel | None = None, names: Lexicon = NOTHING
) -> Built:
    """Make a definition of a draft.

    Args:
        draft: What stands in the fields.
        zone: The zone of the organisation's days.
        kinds: Of each property that the log has, whether it holds ``number``, ``truth``, ``date``, ``time`` or
            ``text``.
        saved: The definition that is changed; what the fields do not show is kept from it.
        names: What is known of names: with all spellings no two rules may contradict each other either.
    """
    known = _Known(kinds, zone)
    mistakes: list[Mistake] = []
    steps: list[Step] = []
    for place, drafted in enumerate(draft.steps):
        try:
            steps.append(_step(drafted, place, known, saved))
        except _Wrong as wrong:
            mistakes.append(wrong.mistake)
    window: Window = None
    try:
        window = _window(draft)
    except _Wrong as wrong:
        mistakes.append(wrong.mistake)
    period = None
    try:
        period = _period(draft)
    except _Wrong as wrong:
        mistakes.append(wrong.mistake)
    if mistakes:
        return Built(None, period, tuple(mistakes))
    try:
        funnel = _funnel(draft, steps, window, saved)
        names.meant(funnel)
        return Built(funnel, period)
    except InvalidDefinition as error:
        return Built(None, period, (mistake_of(error),))


def _funnel(draft: Draft, steps: Sequence[Step], window: Window, saved: Funnel | None) -> Funnel:
    unit = choice(Unit, draft.unit)
    lost = tuple(Match((_name(one),)) for one in draft.lost if one)
    if saved is not None and [m.names for m in saved.lost] == [m.names for m in lost]:
        lost = saved.lost
    staged = unit is Unit.DEAL and sum(step.names == (STAGES_OF.entered, STAGES_OF.created) for step in steps) > 1
    usual = Skips.FILL if staged and draft.order == Order.ORDERED else None
    rules = {"skips": usual} if saved is None else _kept(saved, draft, usual, losing=bool(lost))
    return Funnel.of(
        *steps,
        unit=unit,
        window=window,
        order=draft.order,
        count=draft.count,
        lost=lost,
        **rules,
    )


def _kept(saved: Funnel, draft: Draft, usual: Skips | None, *, losing: bool) -> dict[str, object]:
    """The rules of the saved funnel that the builder does not show."""
    ordered = draft.order == Order.ORDERED
    return {
        "hold": saved.hold,
        "exclude": saved.exclude if len(draft.steps) == len(saved.steps) else (),
        "reopen": saved.reopen if losing else (),
        "among": saved.among,
        "entry": saved.entry if draft.order == Order.ANY else "first",
        "tolerance": saved.tolerance,
        "where": saved.where,
        "skips": saved.skips if saved.skips and ordered else usual,
        "robots": saved.robots,
        "own": saved.own,
        "name": saved.name,
    }


def _step(drafted: DraftStep, place: int, known: _Known, saved: Funnel | None) -> Step:
    chosen = [one for one in drafted.names if one]
    if not chosen:
        raise _Wrong(f"step-{place}", _("Choose what happens at this step."))
    before = _before(drafted, saved)
    asked = _conditions(drafted, place, known, before)
    stages = [one.removeprefix(STAGE) for one in chosen if one.startswith(STAGE)]
    if stages and len(stages) < len(chosen):
        raise _Wrong(
            f"step-{place}", _("Stages and events cannot be alternatives of one step; make two steps of them.")
        )
    if stages:
        made = Step(
            (STAGES_OF.entered, STAGES_OF.created),
            _all([in_stages(stages), *asked]),
            optional=drafted.optional,
            label=before.label if before and _same_choices(drafted, before) else " | ".join(stages),
        )
    else:
        names = tuple(dict.fromkeys(map(_name, chosen)))
        made = Step(names, _all(asked), optional=drafted.optional, label=_label(before, names))
    if before is None:
        return made
    return replace(made, within=before.within if place else None, anchored=before.anchored)


def _before(drafted: DraftStep, saved: Funnel | None) -> Step | None:
    """The step of the saved funnel that a step was; None for a new one."""
    if saved is None or drafted.origin is None or drafted.origin >= len(saved.steps):
        return None
    return saved.steps[drafted.origin]


def _name(chosen: str) -> str:
    return chosen.removeprefix(EVENT)


def _same_choices(drafted: DraftStep, before: Step) -> bool:
    return before.label in {one.removeprefix(STAGE) for one in drafted.names}


def _label(before: Step | None, names: tuple[str, ...]) -> str:
    return before.label if before is not None and before.names == names else ""


def _all(asked: Sequence[Condition]) -> Condition | None:
    return AllOf(tuple(asked)) if len(asked) > 1 else asked[0] if asked else None


def _conditions(drafted: DraftStep, place: int, known: _Known, before: Step | None) -> list[Condition]:
    simple = plain(before.where) if before is not None else ()
    kept = (
        [before.where] if before is not None and before.where is not None and drafted.keeps and simple is None else []
    )
    asked = [
        _condition(line, f"step-{place}-condition-{number}", known, simple or ())
        for number, line in enumerate(drafted.conditions)
        if line.property or line.value
    ]
    return [*kept, *asked]


def _condition(line: DraftCondition, field: str, known: _Known, before: Sequence[Compare]) -> Compare:
    if not line.property:
        raise _Wrong(field, _("Name the property that is compared."))
    for one in before:
        if (one.property, str(one.operator), written(one.value)) == (line.property, line.operator, line.value):
            return one
    kind = known.kinds.get(line.property, "")
    if line.operator == Operator.IS_SET:
        return Compare(line.property, Operator.IS_SET)
    if not line.value:
        raise _Wrong(field, _("Give a value to compare with."))
    try:
        if line.operator == Operator.IN:
            parts = [part.strip() for part in line.value.split(SEPARATOR.strip()) if part.strip()]
            if not parts:
                raise _Wrong(field, _("Give a value to compare with."))
            return Compare(line.property, Operator.IN, tuple(_value(part, kind, field, known.zone) for part in parts))
        text = line.operator == Operator.CONTAINS
        return Compare(
            line.property, line.operator, line.value if text else _value(line.value, kind, field, known.zone)
        )
    except InvalidDefinition as error:
        raise _Wrong(field, mistake_of(error).text) from None


def _value(text: str, kind: str, field: str, zone: tzinfo) -> Value:
    """A value of the property's own kind; of a property that nobody knows, a number where it looks like one."""
    match kind:
        case "truth":
            if text.casefold() in (*TRUE, *FALSE):
                return text.casefold() in TRUE
            raise _Wrong(field, _("This property is yes or no; write one of them."))
        case "number":
            number = _number(text)
            if number is None:
                raise _Wrong(field, _("This property holds numbers; write one, such as 1000 or 2.5."))
            return number
        case "date" | "time":
            return _moment(text, kind, field, zone)
        case "text":
            return text
    number = _number(text)
    return text if number is None else number


def _moment(text: str, kind: str, field: str, zone: tzinfo) -> date | datetime:
    try:
        if kind == "date":
            return date.fromisoformat(text)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(field, _("This property holds dates; write one like 2026-12-31.")) from None
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _number(text: str) -> int | float | None:
    plain_text = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if plain_text.count(",") == 1 and "." not in plain_text:
        plain_text = plain_text.replace(",", ".")
    try:
        return int(plain_text)
    except ValueError:
        pass
    try:
        number = float(plain_text)
    except ValueError:
        return None
    return number if number - number == 0 else None


def _window(draft: Draft) -> Window:
    if draft.scale == "none":
        return None
    if draft.scale == "session":
        return "session"
    number = _number(draft.amount) if draft.amount else None
    if draft.scale not in WINDOW_UNITS or number is None or number <= 0:
        raise _Wrong("window", _("Write how long it may take, such as 30 days, or choose no limit."))
    size = WINDOW_UNITS[draft.scale]
    if number > LONGEST / size:
        raise _Wrong("window", _("A window can be a hundred years long at most; or choose no limit."))
    return number * size


def _period(draft: Draft) -> SavedPeriod:
    if draft.period not in PeriodKind.values:
        raise _Wrong("period", _("Choose a period."))
    kind = PeriodKind(draft.period)
    if kind != PeriodKind.FIXED:
        return SavedPeriod(kind)
    days = read_days(draft.start, draft.end)
    for text in days.wrong.values():
        raise _Wrong("period", str(text))
    return SavedPeriod(kind, days.start, days.end)
