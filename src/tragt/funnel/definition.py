"""What a funnel is: its steps, its unit, and the rules by which an attempt counts.

The unit of observation is an *attempt*: what one unit does from one entry on. The meaning
of every field is the semantics page; this module only holds and validates it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, Self, TypeVar

from tragt.errors import InvalidDefinition
from tragt.funnel.condition import Condition
from tragt.funnel.durations import duration
from tragt.funnel.validation import validate

__all__ = [
    "Count",
    "Entry",
    "Exclude",
    "Funnel",
    "Match",
    "Order",
    "Skips",
    "Step",
    "Unit",
    "Window",
    "choice",
]

Window = timedelta | Literal["session"] | None

Choice = TypeVar("Choice", bound=StrEnum)


class Unit(StrEnum):
    """What is counted."""

    PERSON = "person"
    COMPANY = "company"
    DEAL = "deal"
    SESSION = "session"


class Order(StrEnum):
    """How the steps must follow each other."""

    ORDERED = "ordered"
    ADJACENT = "adjacent"
    ANY = "any"


class Count(StrEnum):
    """Which attempts of a unit count."""

    BEST = "best"
    FIRST = "first"
    FIRST_EVER = "first_ever"
    EVERY = "every"


class Entry(StrEnum):
    """What opens an attempt of a funnel in any order: the first step, or any step of the first block."""

    FIRST = "first"
    ANY = "any"


class Skips(StrEnum):
    """What a skipped stage means in a funnel over stages: reached with the later one, or missing."""

    FILL = "fill"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Match:
    """Which events are meant.

    Args:
        names: One or several event names; any of them will do.
        where: A condition on the event's properties.
    """

    names: tuple[str, ...]
    where: Condition | None = None

    def __post_init__(self) -> None:
        if not self.names or not all(self.names) or isinstance(self.names, str):
            raise InvalidDefinition(
                "funnel.no_event_name",
                f"An event must be named; given {self.names!r}. Give one or several names, such as ('Signed Up',).",
                names=self.names,
            )

    @classmethod
    def of(cls, written: "str | Match") -> "Match":
        """Read ``A`` or ``A|B`` (either of two names)."""
        return written if isinstance(written, Match) else cls(_alternatives(written))


def _alternatives(written: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in written.split("|"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a funnel.

    Args:
        names: One or several event names; any of them reaches the step.
        where: A condition on the event's properties.
        within: The longest time since the chain's previous required event; None is unlimited.
        optional: Whether the step may be left out. Never the first or the last.
        anchored: In a funnel of any order, whether the step keeps its place.
        label: What to call the step; by default its names.
    """

    names: tuple[str, ...]
    where: Condition | None = None
    within: timedelta | None = None
    optional: bool = False
    anchored: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.names, str):
            object.__setattr__(self, "names", _alternatives(self.names))
        object.__setattr__(self, "label", self.label or " or ".join(self.match.names))
        if self.within is not None and self.within <= timedelta(0):
            raise InvalidDefinition(
                "funnel.within_not_positive",
                f"Step {self.title!r} must come within {self.within}; the time must be longer than nothing.",
                step=self.title,
            )

    @property
    def match(self) -> Match:
        """Which events reach the step."""
        return Match(self.names, self.where)

    @property
    def title(self) -> str:
        """What to call the step on pages."""
        return self.label


@dataclass(frozen=True, slots=True)
class Exclude:
    """Events that end an attempt when they fall between two required steps.

    Args:
        names: One or several event names.
        after: The required step from whose reaching on the exclusion acts, counted from 1 over all steps.
        before: The required step whose reaching ends it; None is the last step.
        where: A condition on the event's properties.
    """

    names: tuple[str, ...]
    after: int = 1
    before: int | None = None
    where: Condition | None = None

    def __post_init__(self) -> None:
        if isinstance(self.names, str):
            object.__setattr__(self, "names", _alternatives(self.names))
        Match(self.names, self.where)

    @property
    def match(self) -> Match:
        """Which events exclude."""
        return Match(self.names, self.where)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The definition of a funnel.

    Args:
        steps: The steps in order; at least two of them required.
        unit: What is counted.
        window: The longest time from the entry to any later step, boundary included; None is
            unlimited, ``"session"`` the entry's session.
        order: How the steps must follow each other.
        count: Which attempts of a unit count.
        hold: Up to three properties that keep the entry's value on every event of a chain.
        exclude: What ends an attempt between two steps.
        lost: Events that lose an attempt.
        reopen: Events that make an earlier or simultaneous loss void.
        among: With adjacent order, the event names that count as coming between; empty is all.
        entry: With any order, what opens an attempt.
        tolerance: By how much two events may be out of order and still count as in order.
        where: A condition on the unit.
        skips: For a funnel over stages, what a skipped stage means; None is no funnel over stages.
        robots: Whether events that are probably not a human's count.
        own: Whether the firm's own and test traffic counts.
        name: What to call the funnel.
    """

    steps: tuple[Step, ...]
    unit: Unit
    window: Window
    order: Order = Order.ORDERED
    count: Count = Count.BEST
    hold: tuple[str, ...] = ()
    exclude: tuple[Exclude, ...] = ()
    lost: tuple[Match, ...] = ()
    reopen: tuple[Match, ...] = ()
    among: tuple[str, ...] = ()
    entry: Entry = Entry.FIRST
    tolerance: timedelta = timedelta(0)
    where: Condition | None = None
    skips: Skips | None = None
    robots: bool = False
    own: bool = False
    name: str = ""
    required: tuple[int, ...] = field(init=False, compare=False, repr=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "required", tuple(i for i, step in enumerate(self.steps) if not step.optional))
        validate(self)

    @classmethod
    def of(
        cls,
        *steps: str | Step,
        unit: str = Unit.PERSON,
        window: str | timedelta | None = "default",
        **rules: Any,
    ) -> Self:
        """Define a funnel briefly.

        Args:
            *steps: Steps, or event names; ``"A|B"`` is either of two.
            unit: person, company, deal or session.
            window: Such as ``"14d"``; ``"session"``; None is unlimited. By default none for deals,
                30 days for persons and companies, the session for sessions.
            **rules: Any other field of a funnel; enumerations and event matches may be written as text.

        Raises:
            InvalidDefinition: The definition cannot mean anything; the message says why.

        Example:
            >>> Funnel.of("Visited", "Signed Up|Registered", "Paid", window="14d").steps[1].names
            ('Signed Up', 'Registered')
        """
        kind = choice(Unit, unit)
        for name, choices in (("order", Order), ("count", Count), ("entry", Entry), ("skips", Skips)):
            if rules.get(name) is not None:
                rules[name] = choice(choices, rules[name])
        for name in ("lost", "reopen"):
            rules[name] = tuple(Match.of(one) for one in _several(rules.get(name, ())))
        for name in ("hold", "exclude", "among"):
            rules[name] = tuple(_several(rules.get(name, ())))
        rules["exclude"] = tuple(Exclude(_alternatives(x)) if isinstance(x, str) else x for x in rules["exclude"])
        if isinstance(rules.get("tolerance"), str):
            rules["tolerance"] = duration(str(rules["tolerance"]))
        return cls(
            steps=tuple(Step(_alternatives(step)) if isinstance(step, str) else step for step in steps),
            unit=kind,
            window=_window(window, kind),
            **rules,
        )

    @property
    def length(self) -> timedelta | None:
        """The effective window: the window, or the sum of *within* where every later step has one, else None.

        None also for the session, whose length is known only from the log.
        """
        if isinstance(self.window, timedelta):
            return self.window
        limits = [self.steps[i].within for i in self.required[1:]]
        if self.window is None and all(limits):
            return sum((limit for limit in limits if limit), timedelta(0))
        return None


def choice(choices: type[Choice], given: object) -> Choice:
    """The member of an enumeration that was written.

    Raises:
        InvalidDefinition: There is no such member.
    """
    if given not in list(choices):
        raise InvalidDefinition(
            f"funnel.unknown_{choices.__name__.lower()}",
            f"{choices.__name__} {given!r} is unknown; allowed are {', '.join(choices)}.",
            given=given,
        )
    return choices(str(given))


def _several(given: object) -> Iterable[Any]:
    return given if isinstance(given, tuple | list) else (given,)


def _window(window: str | timedelta | None, unit: StrEnum) -> Window:
    if window == "default":
        window = {Unit.DEAL: None, Unit.SESSION: "session"}.get(Unit(unit), timedelta(days=30))
    if window is None or window == "none":
        return None
    return "session" if window == "session" else duration(window)
