"""What a step matches: events by their names and a condition, and what ends an attempt between steps.

The unit of observation is the event. How steps follow each other, and which attempts count, is the funnel's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tragt.errors import InvalidDefinition
from tragt.funnel.condition import Condition
from tragt.funnel.durations import duration

__all__ = ["Exclude", "Match", "Step", "given_condition", "given_length", "given_text", "given_truth"]


@dataclass(frozen=True, slots=True, init=False)
class Match:
    """Which events are meant.

    Args:
        names: One or several event names, any of which will do; in a text ``A|B`` is either of two.
        where: A condition on the event's properties.
    """

    names: tuple[str, ...]
    where: Condition | None

    def __init__(self, names: str | Sequence[str], where: Condition | None = None) -> None:
        object.__setattr__(self, "names", _names(names))
        object.__setattr__(self, "where", given_condition(where))

    @classmethod
    def of(cls, written: "str | Match") -> "Match":
        """Read ``A`` or ``A|B`` (either of two names).

        Raises:
            InvalidDefinition: It is neither a name nor a match.
        """
        if isinstance(written, Match):
            return written
        return cls(given_text(written, "match", "the name of an event, such as 'Lost', Match(…), or a list of them"))


@dataclass(frozen=True, slots=True, init=False)
class Step:
    """One step of a funnel.

    Args:
        names: One or several event names, any of which reaches the step; in a text ``A|B`` is either of two.
        where: A condition on the event's properties.
        within: The longest time since the chain's previous required event, such as ``"2d"``; None is unlimited.
        optional: Whether the step may be left out. Never the first or the last.
        anchored: In a funnel of any order, whether the step keeps its place.
        label: What to call the step; by default its names.
    """

    names: tuple[str, ...]
    where: Condition | None
    within: timedelta | None
    optional: bool
    anchored: bool
    label: str
    _match: Match = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        names: str | Sequence[str],
        where: Condition | None = None,
        within: str | timedelta | None = None,
        optional: bool = False,
        anchored: bool = False,
        label: str = "",
    ) -> None:
        put = object.__setattr__
        put(self, "_match", Match(names, where))
        put(self, "names", self._match.names)
        put(self, "where", where)
        put(self, "within", None if within is None else given_length(within, "within"))
        put(self, "optional", given_truth(optional, "optional"))
        put(self, "anchored", given_truth(anchored, "anchored"))
        named = given_text(label, "label", "what to call the step, such as 'Asked for a demo', or leave it out")
        put(self, "label", named or " or ".join(self.names))
        if self.within is not None and self.within <= timedelta(0):
            raise InvalidDefinition(
                "funnel.within_not_positive",
                f"Step {self.title!r} must come within {self.within}; the time must be longer than nothing. Give a "
                "longer one, such as within='2d', or leave it out.",
                step=self.title,
            )

    @classmethod
    def of(cls, written: "str | Step") -> "Step":
        """Read ``A`` or ``A|B`` (either of two names).

        Raises:
            InvalidDefinition: It is neither a name nor a step.
        """
        if isinstance(written, Step):
            return written
        allowed = "the name of an event, 'Signed Up|Registered' for either of two, or Step(…)"
        return cls(given_text(written, "step", allowed))

    @property
    def match(self) -> Match:
        """Which events reach the step."""
        return self._match

    @property
    def title(self) -> str:
        """What to call the step on pages."""
        return self.label


@dataclass(frozen=True, slots=True, init=False)
class Exclude:
    """Events that end an attempt when they fall between two required steps.

    Args:
        names: One or several event names; in a text ``A|B`` is either of two.
        after: The required step from whose reaching on the exclusion acts, counted from 1 over all steps.
        before: The required step whose reaching ends it; None is the last step.
        where: A condition on the event's properties.
    """

    names: tuple[str, ...]
    after: int
    before: int | None
    where: Condition | None
    _match: Match = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        names: str | Sequence[str],
        after: int = 1,
        before: int | None = None,
        where: Condition | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "_match", Match(names, where))
        put(self, "names", self._match.names)
        put(self, "after", _number(after, "after"))
        put(self, "before", None if before is None else _number(before, "before"))
        put(self, "where", where)

    @classmethod
    def of(cls, written: "str | Exclude") -> "Exclude":
        """Read ``A`` or ``A|B`` (either of two names): excluded between the first step and the last.

        Raises:
            InvalidDefinition: It is neither a name nor an exclusion.
        """
        if isinstance(written, Exclude):
            return written
        return cls(given_text(written, "exclusion", "the name of an event, Exclude(…), or a list of them"))

    @property
    def match(self) -> Match:
        """Which events exclude."""
        return self._match


def given_length(given: str | timedelta, what: str) -> timedelta:
    """A length of time as it was given: text or a timedelta.

    Args:
        given: The length.
        what: The argument that it was given for.

    Raises:
        InvalidDefinition: It is no length of time.
    """
    if isinstance(given, str | timedelta):
        return duration(given)
    raise InvalidDefinition(
        "duration.unreadable",
        f"{what}={given!r} is not a length of time; write a number and a unit, such as '30min', '36h' or '14d'.",
        given=given,
    )


def given_condition(given: Condition | None) -> Condition | None:
    """A condition, if it is one.

    Raises:
        InvalidDefinition: It is something else, such as a mapping.
    """
    if given is None or isinstance(given, Condition):
        return given
    raise InvalidDefinition(
        "funnel.no_condition",
        f"{given!r} is no condition; give one such as Compare('plan', 'equals', 'pro').",
        given=given,
    )


def given_text(given: object, what: str, allowed: str) -> str:
    """A text, if it is one.

    Args:
        given: What was given.
        what: What it was given as, in one word.
        allowed: What to give instead.

    Raises:
        InvalidDefinition: It is something else.
    """
    if isinstance(given, str):
        return given
    raise InvalidDefinition(f"funnel.no_{what}", f"{given!r} is no {what}; give {allowed}.", given=given)


def given_truth(given: object, what: str) -> bool:
    """A truth, if it is one.

    Args:
        given: What was given.
        what: The argument that it was given for.

    Raises:
        InvalidDefinition: It is something else, such as the text 'no', which Python would take as true.
    """
    if isinstance(given, bool):
        return given
    raise InvalidDefinition(
        "funnel.no_truth",
        f"{what}={given!r} is neither true nor false; give {what}=True, or leave it out.",
        given=given,
    )


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    """Names of events as they were written, each once."""
    names = tuple(name.strip() for name in given.split("|")) if isinstance(given, str) else given
    if isinstance(names, tuple | list) and names and all(isinstance(name, str) and name for name in names):
        return tuple(dict.fromkeys(names))
    raise InvalidDefinition(
        "funnel.no_event_name",
        f"An event must be named; given {given!r}. Give one name, such as 'Signed Up', or several, such as "
        "'Signed Up|Registered'.",
        names=given,
    )


def _number(given: object, what: str) -> int:
    """The number of a step."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise InvalidDefinition(
        "funnel.exclusion_between",
        f"An exclusion has {what}={given!r}; give the number of a step, counted from 1, such as {what}=2, or leave it "
        "out.",
        given=given,
    )
