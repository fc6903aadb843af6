"""What the buttons of the builder do to a draft, and which field then has the focus.

A button is a verb, a part where it is not the steps, and places from 0: ``up-2``, ``or-lost-0``, ``unand-step-1-0``.
Exclusions name steps by their places, and go with them where these move or go.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tragt.web.funnels.building.draft import MEMBER, PARTS, Draft, DraftCondition, DraftExclude, DraftMatch, DraftStep

__all__ = ["changed"]

MOST_STEPS, MOST_ALTERNATIVES, MOST_CONDITIONS, MOST_RULES = 20, 8, 8, 8

Changed = tuple[Draft, str]


def changed(draft: Draft, do: str) -> Changed:
    """What a button makes of a draft, and the field that should then have the focus.

    Args:
        draft: What stands in the fields.
        do: The button's value, such as ``up-2``; one that nobody knows changes nothing.
    """
    verb, *rest = do.split("-")
    part = rest.pop(0) if rest and not rest[0].isdecimal() else "step"
    places = [int(place) for place in rest if place.isascii() and place.isdecimal() and len(place) < 4]
    if part == "among":
        return _of_among(draft, verb, places)
    known = _ACTS.get(verb)
    if known is None or part not in PARTS or len(places) != len(rest):
        return draft, ""
    act, wanted, parts = known
    if len(places) != wanted or part not in parts or (places and places[0] >= len(draft.rows(part))):
        return draft, ""
    return act(draft, part, *places)


def _add(draft: Draft, part: str) -> Changed:
    rows = draft.rows(part)
    if len(rows) >= (MOST_STEPS if part == "step" else MOST_RULES):
        return draft, ""
    new = {"step": DraftStep, "exclude": DraftExclude}.get(part, DraftMatch)()
    return draft.with_rows(part, (*rows, new)), f"{part}-{len(rows)}-name-0"


def _drop(draft: Draft, part: str, place: int) -> Changed:
    rows = draft.rows(part)
    without = draft.with_rows(part, rows[:place] + rows[place + 1 :])
    if part != "step":
        return without, f"add-{part}"
    return _referring(
        without, lambda after: after - (after >= place and after > 0), _before_dropped(place, rows)
    ), "add"


def _before_dropped(place: int, rows: tuple[DraftMatch, ...]) -> Callable[[int], int | None]:
    """Where an exclusion ends once a step went: at the one after it."""

    def before(old: int) -> int | None:
        if old == place:
            return place if place < len(rows) - 1 else None
        return old - (old > place)

    return before


def _up(draft: Draft, _part: str, place: int) -> Changed:
    if place == 0:
        return draft, ""
    return _swapped(draft, place - 1), f"up-{place - 1}" if place > 1 else "down-0"


def _down(draft: Draft, _part: str, place: int) -> Changed:
    last = len(draft.steps) - 1
    if place == last:
        return draft, ""
    return _swapped(draft, place), f"down-{place + 1}" if place + 1 < last else f"up-{last}"


def _swapped(draft: Draft, place: int) -> Draft:
    """With a step and the next one in each other's place."""
    steps = list(draft.steps)
    steps[place : place + 2] = steps[place + 1], steps[place]
    to = {place: place + 1, place + 1: place}

    def moved(old: int) -> int:
        return to.get(old, old)

    return _referring(replace(draft, steps=tuple(steps)), moved, moved)


def _referring(draft: Draft, after: Callable[[int], int], before: Callable[[int], int | None]) -> Draft:
    """With exclusions that name the steps by their new places."""
    return replace(
        draft,
        exclude=tuple(
            replace(one, after=after(one.after), before=None if one.before is None else before(one.before))
            for one in draft.exclude
        ),
    )


def _alternative(draft: Draft, part: str, place: int) -> Changed:
    names = draft.rows(part)[place].names
    if len(names) >= MOST_ALTERNATIVES:
        return draft, ""
    return draft.with_row(part, place, names=(*names, "")), f"{part}-{place}-name-{len(names)}"


def _no_alternative(draft: Draft, part: str, place: int, number: int) -> Changed:
    names = draft.rows(part)[place].names
    left = (names[:number] + names[number + 1 :]) or ("",)
    return draft.with_row(part, place, names=left), _button("or", part, place)


def _condition(draft: Draft, part: str, place: int) -> Changed:
    return _with_line(draft, part, place, DraftCondition())


def _segment(draft: Draft, part: str, place: int) -> Changed:
    return _with_line(draft, part, place, DraftCondition("", MEMBER))


def _with_line(draft: Draft, part: str, place: int, line: DraftCondition) -> Changed:
    lines = draft.rows(part)[place].conditions
    if len(lines) >= MOST_CONDITIONS:
        return draft, ""
    return draft.with_row(part, place, conditions=(*lines, line)), f"{part}-{place}-property-{len(lines)}"


def _no_condition(draft: Draft, part: str, place: int, number: int) -> Changed:
    lines = draft.rows(part)[place].conditions
    left = lines[:number] + lines[number + 1 :]
    left = (replace(left[0], joint="and"), *left[1:]) if left else ()
    return draft.with_row(part, place, conditions=left), _button("and", part, place)


def _forget(draft: Draft, part: str, place: int) -> Changed:
    return draft.with_row(part, place, keeps=False), _button("and", part, place)


def _of_among(draft: Draft, verb: str, places: list[int]) -> Changed:
    if verb == "add" and not places and len(draft.among) < MOST_ALTERNATIVES:
        return replace(draft, among=(*draft.among, "")), f"among-{len(draft.among)}"
    if verb == "drop" and len(places) == 1:
        return replace(draft, among=draft.among[: places[0]] + draft.among[places[0] + 1 :]), "add-among"
    return draft, ""


def _button(verb: str, part: str, place: int) -> str:
    return f"{verb}-{place}" if part == "step" else f"{verb}-{part}-{place}"


_EVENTS = ("step", "lost", "reopen", "exclude")
_ACTS: Mapping[str, tuple[Callable[..., Changed], int, tuple[str, ...]]] = {
    "add": (_add, 0, _EVENTS),
    "drop": (_drop, 1, _EVENTS),
    "up": (_up, 1, ("step",)),
    "down": (_down, 1, ("step",)),
    "or": (_alternative, 1, _EVENTS),
    "unor": (_no_alternative, 2, _EVENTS),
    "and": (_condition, 1, PARTS),
    "in": (_segment, 1, ("where",)),
    "unand": (_no_condition, 2, PARTS),
    "forget": (_forget, 1, PARTS),
}
