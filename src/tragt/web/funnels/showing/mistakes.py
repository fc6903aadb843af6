"""What the library refuses, in the reader's language, and the field of the builder it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tragt.errors import TragtError
from tragt.funnel.words import words
from tragt.web.funnels.showing.presenting import language

__all__ = ["Mistake", "mistake_of", "nothing_left", "unexpected"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and in which field."""

    field: str
    text: str


_KNOWN = {
    "funnel.reopen_is_lost": ("lost", _("The same event cannot both lose and re-open.")),
    "funnel.no_event_name": ("steps", _("Every step needs an event.")),
    "funnel.too_few_steps": ("steps", _("A funnel needs at least two steps that are not optional.")),
    "funnel.optional_at_end": ("steps", _("The first and the last step cannot be optional; only a step between can.")),
    "funnel.within_on_first": (
        "steps",
        _("A step that must follow within a time cannot come first: there is nothing before it to follow."),
    ),
    "funnel.within_not_positive": ("steps", _("The time within which a step must follow must be longer than nothing.")),
    "funnel.window_not_positive": ("window", _("The window must be longer than nothing; or choose no limit.")),
    "funnel.window_too_long": ("window", _("A window can be a hundred years long at most; or choose no limit.")),
    "duration.too_long": ("window", _("A window can be a hundred years long at most; or choose no limit.")),
    "funnel.every_without_window": (
        "count",
        _("To count every attempt there must be a window, for an attempt must end before the next one begins."),
    ),
    "funnel.any_optional": ("order", _("When steps come in any order none of them can be optional; leave it out.")),
    "funnel.any_within": (
        "order",
        _("When steps come in any order none can have to follow another within a time; use the window."),
    ),
    "funnel.any_exclusion": (
        "exclude",
        _("When steps come in any order an exclusion holds for the whole attempt, not between two steps."),
    ),
    "funnel.anchored": ("order", _("This funnel has steps that keep their place, which only any order allows.")),
    "funnel.entry_any": ("order", _("This funnel may begin with any step, which only any order allows.")),
    "funnel.among": ("order", _("This funnel names what counts as coming between, which only adjacent steps allow.")),
    "funnel.stages_in_order": ("order", _("Stages are entered in order; choose in order.")),
    "funnel.fill_with_rules": (
        "skips",
        _(
            "Where skipped stages count as reached, no step can be optional or have to follow within a time, and "
            "nothing can exclude. Let a skip end the attempt, or leave these rules out."
        ),
    ),
    "funnel.hold": ("hold", _("Up to three different properties can be held constant.")),
    "funnel.tolerance_negative": ("tolerance", _("How far events may be out of order cannot be less than nothing.")),
    "funnel.reopen_without_lost": (
        "reopen",
        _("What re-opens needs something that loses. Name an event that loses, or leave this out."),
    ),
    "funnel.lost_is_step": ("lost", _("The same event cannot be both a step and a loss.")),
    "funnel.exclusion_is_step": (
        "exclude",
        _("A step is the same event as one that excludes, so nobody would ever pass. Give one of them a condition."),
    ),
    "funnel.exclusion_between": ("exclude", _("An exclusion of this funnel lies between steps that are not there.")),
    "funnel.unknown_unit": ("unit", _("Choose what is counted.")),
    "funnel.unknown_order": ("order", _("Choose in which order the steps come.")),
    "funnel.unknown_count": ("count", _("Choose which attempts count.")),
    "condition.unknown_operator": ("steps", _("Choose how the property is compared.")),
    "condition.wrong_value": ("steps", _("Give a value to compare with.")),
    "condition.too_large": ("steps", _("This number is too large to compare with. Write one of at most 18 digits.")),
    "condition.incomparable": ("steps", _("This value cannot be compared with.")),
    "condition.property": ("steps", _("Name the property that is compared.")),
    "condition.parts": ("steps", _("A condition of this funnel cannot be read. Remove it, and write it anew.")),
    "condition.segment_of_event": (
        "steps",
        _("Events are in no segment; people, companies and deals are. Ask for the segment at whom the funnel counts."),
    ),
    "segments.gone": ("where", _("This funnel counts those of a segment that was removed. Choose another one.")),
    "segments.unknown": (
        "where",
        _("This counts those of a segment that was removed, or that is somebody's own. Choose another one."),
    ),
    "segments.stale": (
        "where",
        _("This funnel counts those of a segment whose filter means nothing any more. Save the segment anew."),
    ),
    "segments.other_kind": (
        "where",
        _("This funnel counts those of a segment of another kind. Choose a segment of what is counted, or count that."),
    ),
    "period.empty": ("period", _("The last day comes before the first.")),
    "funnels.no_index": (
        "",
        _("The log is large and is being made ready. Look again in a few minutes."),
    ),
    "definition.unreadable": (
        "",
        _("What was saved is no definition of a funnel. Choose its steps anew, or delete it."),
    ),
    "units.unknown": ("unit", _("Your log does not say which events belong to such a unit. Count another unit.")),
    "funnel.no_events": ("", _("The log holds no events yet, so there is nothing to count.")),
    "definition.version": (
        "",
        _("This funnel was saved by a newer Tragt, which knows rules that this one does not. Install the newer one."),
    ),
}


def nothing_left(events: Sequence[str]) -> Mistake:
    """What to say of a funnel none of whose events the log holds any more.

    Args:
        events: Its steps.
    """
    said = words(language())
    named = said.all_of(map(said.quoted, events))
    text = _(
        "The log holds none of the events of this funnel: %(events)s. The import that brought them was undone, or they "
        "were deleted. Bring them in again, choose other steps, or delete the funnel."
    )
    return Mistake("gone", text % {"events": named})


def unexpected() -> Mistake:
    """What to say where counting failed for a reason that nobody foresaw."""
    text = _("This funnel could not be counted, for a reason that nobody foresaw. Change its steps, or delete it.")
    return Mistake("steps", str(text))


def mistake_of(error: TragtError) -> Mistake:
    """What to say of an error, and at which field; what has no words of its own keeps the library's.

    Args:
        error: What the library refused.
    """
    field, text = _KNOWN.get(error.code, ("", error.message))
    return Mistake(field, str(text))
