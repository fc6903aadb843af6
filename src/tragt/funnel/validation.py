"""The rules a funnel's definition must keep, each with a sentence that says what to do."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tragt.errors import InvalidDefinition
from tragt.funnel.durations import LONGEST
from tragt.funnel.steps import Match

if TYPE_CHECKING:
    from tragt.funnel.definition import Funnel

__all__ = ["validate"]

MOST_HELD = 3


def validate(funnel: "Funnel") -> None:
    """Raise the first breach of a rule.

    Raises:
        InvalidDefinition: With a stable code and a sentence.
    """
    for code, sentence in _breaches(funnel):
        raise InvalidDefinition(f"funnel.{code}", sentence)


def _breaches(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    yield from _of_steps(funnel)
    yield from _of_times(funnel)
    yield from _of_exclusions(funnel)
    yield from _of_order(funnel)
    yield from _of_losses(funnel)
    yield from _of_stages(funnel)


def _of_steps(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    steps = funnel.steps
    if len(funnel.required) < 2:
        yield (
            "too_few_steps",
            f"A funnel needs at least two required steps; given {len(funnel.required)}. Name another step, such as "
            "the one that people should reach, or make an optional one required.",
        )
    for place, step in (("first", steps[0]), ("last", steps[-1])):
        if step.optional:
            yield (
                "optional_at_end",
                f"Step {step.title!r} is {place} and optional; only a step between may be optional.",
            )
    if steps[0].within is not None:
        yield (
            "within_on_first",
            f"Step {steps[0].title!r} is first: there is nothing before it that it could follow within a time. Leave "
            "within out, or give it to a later step.",
        )
    yield from _of_properties_held(funnel.hold)


def _of_properties_held(held: Sequence[object]) -> Iterator[tuple[str, str]]:
    named = all(isinstance(name, str) and name for name in held)
    if not named or len(held) > MOST_HELD or len(set(held)) != len(held):
        yield (
            "hold",
            f"Hold constant takes up to {MOST_HELD} different properties by their names; given "
            f"{', '.join(map(str, held))}.",
        )


def _of_times(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    if isinstance(funnel.window, timedelta) and funnel.window <= timedelta(0):
        yield (
            "window_not_positive",
            f"The window is {funnel.window}; it must be longer than nothing. Give one such as '14d', or None for no "
            "limit.",
        )
    lengths = (funnel.window, funnel.tolerance, *(step.within for step in funnel.steps))
    if any(isinstance(length, timedelta) and length > LONGEST for length in lengths):
        yield (
            "window_too_long",
            f"A window, or another length of time, is longer than {LONGEST.days} days; give a shorter one, or "
            "window=None for no limit.",
        )
    if funnel.tolerance < timedelta(0):
        yield (
            "tolerance_negative",
            f"The tolerance is {funnel.tolerance}; it must be nothing or more, such as '2s'.",
        )
    if funnel.count == "every" and funnel.window is None and funnel.length is None:
        yield (
            "every_without_window",
            "To count every attempt a window is needed, for an attempt must end before the next one begins; "
            "give a window, or a time within which each step must follow.",
        )


def _of_exclusions(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    required = {i + 1 for i in funnel.required}
    for exclude in funnel.exclude:
        names = " or ".join(exclude.names)
        after, before = exclude.after, len(funnel.steps) if exclude.before is None else exclude.before
        if not {after, before} <= required or after >= before:
            yield (
                "exclusion_between",
                f"The exclusion of {names!r} acts after step {after} and before step {before}; "
                f"these must be two required steps in their order, counted from 1 (required are {sorted(required)}).",
            )
            continue
        for step in funnel.steps[0 if funnel.entry == "any" else after : before]:
            if _same_events(step.match, exclude.match):
                yield (
                    "exclusion_is_step",
                    f"The exclusion of {names!r} is the same as step {step.title!r}, which it would never let pass; "
                    "leave one of them out, or give one a condition.",
                )


def _same_events(one: Match, other: Match) -> bool:
    return set(one.names) == set(other.names) and one.where == other.where


def _of_order(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    if funnel.order != "any":
        if any(step.anchored for step in funnel.steps):
            yield (
                "anchored",
                "Only a funnel whose steps come in any order has anchored steps; give order='any', or leave it out.",
            )
        if funnel.entry != "first":
            yield (
                "entry_any",
                "Only a funnel whose steps come in any order may begin with any step; give order='any', or leave "
                "entry out.",
            )
    else:
        if any(step.optional for step in funnel.steps):
            yield "any_optional", "A funnel whose steps come in any order has no optional steps; leave the step out."
        if any(step.within for step in funnel.steps):
            yield (
                "any_within",
                "A funnel whose steps come in any order has no time within which one follows another; use the window.",
            )
        if any((x.after, x.before or len(funnel.steps)) != (1, len(funnel.steps)) for x in funnel.exclude):
            yield (
                "any_exclusion",
                "A funnel whose steps come in any order excludes over the whole attempt, not between two "
                "steps; leave after and before out.",
            )
    if funnel.among and funnel.order != "adjacent":
        yield (
            "among",
            "Names that count as coming between are only for a funnel whose steps are adjacent; give "
            "order='adjacent', or leave among out.",
        )
    if not all(isinstance(name, str) and name for name in funnel.among):
        yield "among", f"What may not come between adjacent steps is named by events; given {list(funnel.among)}."


def _of_losses(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    if funnel.reopen and not funnel.lost:
        yield "reopen_without_lost", "Re-opening events need events of loss; name them, or leave the re-opening out."
    for loss in funnel.lost:
        for step in funnel.steps:
            if not step.optional and _same_events(step.match, loss):
                yield (
                    "lost_is_step",
                    f"{step.title!r} is both a step and a loss; it can be one of them. Leave it out of one, or give "
                    "one a condition.",
                )
        if any(_same_events(loss, reopen) for reopen in funnel.reopen):
            yield (
                "reopen_is_lost",
                f"{' or '.join(loss.names)!r} both loses and re-opens, so that nothing would ever be lost; name "
                "different events.",
            )


def _of_stages(funnel: "Funnel") -> Iterator[tuple[str, str]]:
    if funnel.skips and funnel.order != "ordered":
        yield "stages_in_order", "Stages are entered in order; leave the order out, or leave skips out."
    if funnel.skips == "fill" and (
        funnel.order != "ordered" or funnel.exclude or any(step.optional or step.within for step in funnel.steps)
    ):
        yield (
            "fill_with_rules",
            "A funnel that fills skipped stages is ordered and has no optional steps, no exclusions and no times "
            "within which a stage follows; drop skips, or leave these out.",
        )
