"""A funnel while someone is building it: what stands in the fields, right or wrong, and what its buttons do to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import QueryDict

from tragt.funnel import AllOf, AnyOf, Compare, Funnel, Step
from tragt.funnel.condition import Condition, Operator
from tragt.funnel.definition import Unit
from tragt.funnel.stages import Pipeline
from tragt.web.funnels.fields import clean, whole_number
from tragt.web.funnels.periods import SavedPeriod

__all__ = [
    "EVENT",
    "STAGE",
    "STAGES_OF",
    "WINDOW_UNITS",
    "Draft",
    "DraftCondition",
    "DraftStep",
    "draft_of",
    "read_draft",
    "written",
]

EVENT, STAGE = "e:", "s:"
"""What stands before the value of a choice: an event, or a stage that a deal enters."""

STAGES_OF = Pipeline(stages=())

WINDOW_UNITS: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
MOST_STEPS, MOST_ALTERNATIVES, MOST_CONDITIONS = 20, 8, 8
SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class DraftCondition:
    """One line of a step's conditions."""

    property: str = ""
    operator: str = Operator.EQUALS
    value: str = ""


@dataclass(frozen=True, slots=True)
class DraftStep:
    """One step.

    Attributes:
        names: Choices of events or stages, any of which will do; empty where nothing is chosen yet.
        optional: Whether the step may be left out.
        conditions: What the event must fulfil.
        origin: Which step of the saved funnel it was, whose further rules it keeps; None is a new one.
        keeps: Whether it keeps the condition of that step, where the fields cannot show it.
    """

    names: tuple[str, ...] = ("",)
    optional: bool = False
    conditions: tuple[DraftCondition, ...] = ()
    origin: int | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the fields."""

    name: str = ""
    unit: str = Unit.PERSON
    amount: str = "30"
    scale: str = "days"
    order: str = "ordered"
    count: str = "best"
    period: str = "all"
    start: str = ""
    end: str = ""
    lost: tuple[str, ...] = ()
    steps: tuple[DraftStep, ...] = (DraftStep(), DraftStep())

    def changed(self, do: str) -> tuple["Draft", str]:
        """What a button makes of it, and the field that should then have the focus.

        Args:
            do: The button's value, such as ``up-2``; one that nobody knows changes nothing.
        """
        verb, *numbers = do.split("-")
        places = [place for place in map(whole_number, numbers) if place is not None]
        act = _ACTS.get(verb)
        wanted = {"add": 0, "addlost": 0, "droplost": 1, "unor": 2, "unand": 2}.get(verb, 1)
        if act is None or len(places) != wanted:
            return self, ""
        if verb not in ("add", "addlost", "droplost") and not places[0] < len(self.steps):
            return self, ""
        return act(self, *places)

    def with_step(self, place: int, **fields: object) -> "Draft":
        """With some fields of one step changed."""
        changed = replace(self.steps[place], **fields)  # type: ignore[arg-type]
        return replace(self, steps=(*self.steps[:place], changed, *self.steps[place + 1 :]))

    def moved(self, place: int, by: int) -> "Draft":
        """With one step moved by so many places."""
        steps = list(self.steps)
        steps.insert(place + by, steps.pop(place))
        return replace(self, steps=tuple(steps))


Changed = tuple[Draft, str]


def _add(draft: Draft) -> Changed:
    if len(draft.steps) >= MOST_STEPS:
        return draft, ""
    return replace(draft, steps=(*draft.steps, DraftStep())), f"step-{len(draft.steps)}-name-0"


def _drop(draft: Draft, place: int) -> Changed:
    steps = draft.steps[:place] + draft.steps[place + 1 :]
    return replace(draft, steps=steps), "add"


def _up(draft: Draft, place: int) -> Changed:
    if place == 0:
        return draft, ""
    return draft.moved(place, -1), f"up-{place - 1}" if place > 1 else "down-0"


def _down(draft: Draft, place: int) -> Changed:
    last = len(draft.steps) - 1
    if place == last:
        return draft, ""
    return draft.moved(place, 1), f"down-{place + 1}" if place + 1 < last else f"up-{last}"


def _alternative(draft: Draft, place: int) -> Changed:
    names = draft.steps[place].names
    if len(names) >= MOST_ALTERNATIVES:
        return draft, ""
    return draft.with_step(place, names=(*names, "")), f"step-{place}-name-{len(names)}"


def _no_alternative(draft: Draft, place: int, number: int) -> Changed:
    names = draft.steps[place].names
    return draft.with_step(place, names=(names[:number] + names[number + 1 :]) or ("",)), f"or-{place}"


def _condition(draft: Draft, place: int) -> Changed:
    conditions = draft.steps[place].conditions
    if len(conditions) >= MOST_CONDITIONS:
        return draft, ""
    return draft.with_step(
        place, conditions=(*conditions, DraftCondition())
    ), f"step-{place}-property-{len(conditions)}"


def _no_condition(draft: Draft, place: int, number: int) -> Changed:
    conditions = draft.steps[place].conditions
    return draft.with_step(place, conditions=conditions[:number] + conditions[number + 1 :]), f"and-{place}"


def _forget(draft: Draft, place: int) -> Changed:
    return draft.with_step(place, keeps=False), f"and-{place}"


def _add_lost(draft: Draft) -> Changed:
    if len(draft.lost) >= MOST_ALTERNATIVES:
        return draft, ""
    return replace(draft, lost=(*draft.lost, "")), f"lost-{len(draft.lost)}"


def _drop_lost(draft: Draft, number: int) -> Changed:
    return replace(draft, lost=draft.lost[:number] + draft.lost[number + 1 :]), "addlost"


_ACTS: Mapping[str, Callable[..., Changed]] = {
    "add": _add,
    "drop": _drop,
    "up": _up,
    "down": _down,
    "or": _alternative,
    "unor": _no_alternative,
    "and": _condition,
    "unand": _no_condition,
    "forget": _forget,
    "addlost": _add_lost,
    "droplost": _drop_lost,
}


def read_draft(given: QueryDict) -> Draft:
    """What was sent with the form; what is missing or cannot be is left empty.

    Args:
        given: The fields of the form.
    """
    steps = range(min(whole_number(given.get("steps", "")) or 0, MOST_STEPS))
    return Draft(
        **{
            field: clean(given.get(field, ""))
            for field in ("name", "unit", "amount", "scale", "order", "count", "period", "start", "end")
        },
        lost=tuple(given.getlist("lost")[:MOST_ALTERNATIVES]),
        steps=tuple(_read_step(given, place) for place in steps),
    )


def _read_step(given: QueryDict, place: int) -> DraftStep:
    field = f"step-{place}-"
    asked = zip(*(given.getlist(field + name) for name in ("property", "operator", "value")), strict=False)
    return DraftStep(
        names=tuple(given.getlist(f"{field}name")[:MOST_ALTERNATIVES]) or ("",),
        optional=f"{field}optional" in given,
        conditions=tuple(DraftCondition(clean(name), how, clean(value)) for name, how, value in asked)[
            :MOST_CONDITIONS
        ],
        origin=whole_number(given.get(f"{field}origin", "")),
        keeps=f"{field}keeps" in given,
    )


def draft_of(funnel: Funnel, name: str, period: SavedPeriod) -> Draft:
    """The fields filled with a saved funnel.

    Args:
        funnel: Its definition.
        name: What it is called.
        period: The period it is looked at over.
    """
    amount, scale = _window(funnel)
    return Draft(
        name=name,
        unit=str(funnel.unit),
        amount=amount,
        scale=scale,
        order=str(funnel.order),
        count=str(funnel.count),
        period=str(period.kind),
        start=period.start.isoformat() if period.start else "",
        end=period.end.isoformat() if period.end else "",
        lost=tuple(EVENT + one for match in funnel.lost for one in match.names),
        steps=tuple(_draft_step(step, place) for place, step in enumerate(funnel.steps)),
    )


def _draft_step(step: Step, place: int) -> DraftStep:
    stages = stages_of(step)
    if stages:
        return DraftStep(tuple(STAGE + stage for stage in stages), step.optional, origin=place)
    asked = plain(step.where)
    return DraftStep(
        names=tuple(EVENT + name for name in step.names),
        optional=step.optional,
        conditions=tuple(DraftCondition(one.property, str(one.operator), written(one.value)) for one in asked or ()),
        origin=place,
        keeps=asked is None,
    )


def plain(condition: Condition | None) -> Sequence[Compare] | None:
    """The comparisons that must all hold; None where the condition is more than that."""
    match condition:
        case None:
            return ()
        case Compare():
            return (condition,)
        case AllOf(parts) if all(isinstance(part, Compare) for part in parts):
            return [part for part in parts if isinstance(part, Compare)]
    return None


def stages_of(step: Step) -> tuple[str, ...]:
    """The stages that a step stands for; none where it is a step of events."""
    if step.names != (STAGES_OF.entered, STAGES_OF.created) or not isinstance(step.where, AnyOf):
        return ()
    named = [part.value for part in step.where.parts if isinstance(part, Compare) and isinstance(part.value, str)]
    stages = tuple(dict.fromkeys(str(name) for name in named))
    return stages if step.where == in_stages(stages) else ()


def in_stages(stages: Sequence[str]) -> AnyOf:
    """The condition that a deal enters one of these stages, or is created in it."""
    return AnyOf(tuple(Compare(name, Operator.EQUALS, stage) for stage in stages for name in ("to", "stage")))


def written(value: object) -> str:
    """A value as it stands in a field."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return SEPARATOR.join(map(written, value))
        case date():
            return value.isoformat()
    return str(value)


def _window(funnel: Funnel) -> tuple[str, str]:
    if funnel.window is None:
        return "", "none"
    if not isinstance(funnel.window, timedelta):
        return "", "session"
    fitting = [name for name, size in WINDOW_UNITS.items() if funnel.window % size == timedelta(0) and name != "weeks"]
    scale = fitting[-1] if fitting else "minutes"
    amount = funnel.window / WINDOW_UNITS[scale]
    return f"{amount:g}" if amount < 1e6 else str(int(amount)), scale
