"""What a funnel is: its steps, its unit, and the rules by which an attempt counts.

The unit of observation is an *attempt*: what one unit does from one entry on. The meaning
of every field is the semantics page; this module only holds and validates it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack

from tragt.errors import InvalidDefinition
from tragt.funnel.condition import Condition
from tragt.funnel.durations import duration
from tragt.funnel.validation import validate

if TYPE_CHECKING:
    from tragt.funnel.asking import Columns
    from tragt.funnel.question import Breakdown, Every, Period
    from tragt.funnel.report import Report
    from tragt.funnel.run import Context

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
        object.__setattr__(self, "where", _condition(where))

    @classmethod
    def of(cls, written: "str | Match") -> "Match":
        """Read ``A`` or ``A|B`` (either of two names).

        Raises:
            InvalidDefinition: It is neither a name nor a match.
        """
        if isinstance(written, Match):
            return written
        return cls(_text(written, "match", "the name of an event, such as 'Signed Up', or Match(…)"))


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
        put(self, "within", None if within is None else _length(within, "within"))
        put(self, "optional", optional)
        put(self, "anchored", anchored)
        put(self, "label", label or " or ".join(self.names))
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
        return cls(_text(written, "step", "the name of an event, such as 'Signed Up', or Step(…)"))

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
        put(self, "after", after)
        put(self, "before", before)
        put(self, "where", where)

    @classmethod
    def of(cls, written: "str | Exclude") -> "Exclude":
        """Read ``A`` or ``A|B`` (either of two names): excluded between the first step and the last.

        Raises:
            InvalidDefinition: It is neither a name nor an exclusion.
        """
        if isinstance(written, Exclude):
            return written
        return cls(_text(written, "exclusion", "the name of an event, such as 'Unsubscribed', or Exclude(…)"))

    @property
    def match(self) -> Match:
        """Which events exclude."""
        return self._match


@dataclass(frozen=True, slots=True, init=False)
class Funnel:
    """The definition of a funnel.

    Everything may be written as text: events by name (``"A|B"`` is either of two), lengths of time as ``"14d"``,
    choices by their word. What stands in the definition afterwards is the same whichever way it was written.

    Args:
        steps: The steps in order; at least two of them required.
        unit: What is counted: person, company, deal or session.
        window: The longest time from the entry to any later step, boundary included; None is unlimited,
            ``"session"`` the entry's session. By default none for deals, 30 days for persons and companies, the
            session for sessions.
        order: How the steps must follow each other: ordered, adjacent or any.
        count: Which attempts of a unit count: best, first, first_ever or every.
        hold: Up to three properties that keep the entry's value on every event of a chain.
        exclude: What ends an attempt between two steps.
        lost: Events that lose an attempt.
        reopen: Events that make an earlier or simultaneous loss void.
        among: With adjacent order, the event names that count as coming between; empty is all.
        entry: With any order, what opens an attempt: first, or any.
        tolerance: By how much two events may be out of order and still count as in order.
        where: A condition on the unit.
        skips: For a funnel over stages, what a skipped stage means, fill or drop; None is no funnel over stages.
        robots: Whether events that are probably not a human's count.
        own: Whether the firm's own and test traffic counts.
        name: What to call the funnel.

    Raises:
        InvalidDefinition: The definition cannot mean anything; the message says why, and what to do.

    Example:
        >>> funnel = Funnel(["Visited", "Signed Up|Registered", "Paid"], window="14d", exclude="Unsubscribed")
        >>> funnel.steps[1].names, funnel.window.days, funnel.unit.value
        (('Signed Up', 'Registered'), 14, 'person')
    """

    steps: tuple[Step, ...]
    unit: Unit
    window: Window
    order: Order
    count: Count
    hold: tuple[str, ...]
    exclude: tuple[Exclude, ...]
    lost: tuple[Match, ...]
    reopen: tuple[Match, ...]
    among: tuple[str, ...]
    entry: Entry
    tolerance: timedelta
    where: Condition | None
    skips: Skips | None
    robots: bool
    own: bool
    name: str
    required: tuple[int, ...] = field(init=False, compare=False, repr=False)

    def __init__(  # noqa: PLR0913 - a definition has as many rules as it has
        self,
        steps: Sequence[str | Step],
        unit: str = Unit.PERSON,
        window: str | timedelta | None = "default",
        order: str = Order.ORDERED,
        count: str = Count.BEST,
        hold: str | Sequence[str] = (),
        exclude: str | Exclude | Sequence[str | Exclude] = (),
        lost: str | Match | Sequence[str | Match] = (),
        reopen: str | Match | Sequence[str | Match] = (),
        among: str | Sequence[str] = (),
        entry: str = Entry.FIRST,
        tolerance: str | timedelta = timedelta(0),
        where: Condition | None = None,
        skips: str | None = None,
        robots: bool = False,
        own: bool = False,
        name: str = "",
    ) -> None:
        put = object.__setattr__
        put(self, "steps", tuple(Step.of(step) for step in _listed(steps)))
        put(self, "unit", choice(Unit, unit))
        put(self, "window", _window(window, self.unit))
        put(self, "order", choice(Order, order))
        put(self, "count", choice(Count, count))
        put(self, "hold", tuple(_several(hold)))
        put(self, "exclude", tuple(Exclude.of(one) for one in _several(exclude)))
        put(self, "lost", tuple(Match.of(one) for one in _several(lost)))
        put(self, "reopen", tuple(Match.of(one) for one in _several(reopen)))
        put(self, "among", tuple(_several(among)))
        put(self, "entry", choice(Entry, entry))
        put(self, "tolerance", _length(tolerance, "tolerance"))
        put(self, "where", _condition(where))
        put(self, "skips", None if skips is None else choice(Skips, skips))
        put(self, "robots", robots)
        put(self, "own", own)
        put(self, "name", name)
        put(self, "required", tuple(i for i, step in enumerate(self.steps) if not step.optional))
        validate(self)

    @classmethod
    def of(cls, *steps: str | Step, **rules: Any) -> Self:
        """Define a funnel briefly, the steps one after the other.

        Args:
            *steps: Steps, or event names; ``"A|B"`` is either of two.
            **rules: Any other field of a funnel.

        Raises:
            InvalidDefinition: The definition cannot mean anything; the message says why.

        Example:
            >>> Funnel.of("Visited", "Signed Up|Registered", "Paid", window="14d").steps[1].names
            ('Signed Up', 'Registered')
        """
        return cls(steps, **rules)

    def run(
        self,
        source: Any,
        *,
        by: "Breakdown | str | None" = None,
        as_of: date | str | None = None,
        period: "Period | tuple[date | str | None, date | str | None] | None" = None,
        trend: "Every | str | None" = None,
        context: "Context | None" = None,
        **columns: Unpack["Columns"],
    ) -> "Report":
        """Ask a source how people pass this funnel; see `tragt.funnel.asking.ask`, which this calls.

        Args:
            source: An event log, the path of a file, a Polars or pandas frame, an Arrow table, or what `tragt.open`
                gave.
            by: A property to break the report down by, read at the entry, or a full breakdown.
            as_of: The moment to look from, such as ``"2026-03-31"`` (the beginning of that day); by default that of
                the last event.
            period: Which entries count: a period, or its first day and the first day after it, such as
                ``("2026-01-01", "2026-04-01")``; None is unbounded.
            trend: day, week or month: the report of each stretch of the period.
            context: What is known of the units besides, and how to compute.
            **columns: Which column is which, where it is not recognised: ``user="customer_id"``, ``time=…``,
                ``event=…``, ``company=…``, and the other options of `tragt.read`.

        Returns:
            The report. An event or a property that the source does not have counts as never having happened, and
            stands in ``unseen``.

        Raises:
            InvalidDefinition: The source does not know the funnel's unit, or an option cannot mean anything.
            InvalidFile: The source cannot be read.
            NotEnoughData: The source holds no event, so that there is no moment to look from.

        Example:
            >>> import polars as pl
            >>> events = pl.DataFrame({
            ...     "customer": ["ann", "ann", "bo"], "what": ["Visited", "Paid", "Visited"],
            ...     "at": ["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z"]})
            >>> report = Funnel(["Visited", "Paid"], window="14d").run(events, user="customer", event="what", time="at")
            >>> [step.entered for step in report.steps]
            [2, 1]
        """
        from tragt.funnel.asking import Asked, ask  # noqa: PLC0415 - it stands above the definition

        return ask(self, source, Asked(by, as_of, period, trend, context), **columns)

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


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    """Names of events as they were written."""
    names = tuple(name.strip() for name in given.split("|")) if isinstance(given, str) else given
    if isinstance(names, tuple | list) and names and all(isinstance(name, str) and name for name in names):
        return tuple(names)
    raise InvalidDefinition(
        "funnel.no_event_name",
        f"An event must be named; given {given!r}. Give one name, such as 'Signed Up', or several, such as "
        "'Signed Up|Registered'.",
        names=given,
    )


def _text(given: object, what: str, allowed: str) -> str:
    if isinstance(given, str):
        return given
    raise InvalidDefinition(f"funnel.no_{what}", f"{given!r} is no {what}; give {allowed}.", given=given)


def _condition(given: Condition | None) -> Condition | None:
    if given is None or isinstance(given, Condition):
        return given
    raise InvalidDefinition(
        "funnel.no_condition",
        f"{given!r} is no condition; give one such as Compare('plan', 'equals', 'pro').",
        given=given,
    )


def _listed(steps: Sequence[str | Step]) -> Sequence[str | Step]:
    if isinstance(steps, Sequence) and not isinstance(steps, str):
        return steps
    raise InvalidDefinition(
        "funnel.steps_not_listed",
        f"The steps of a funnel are a list; given {steps!r}. Write them as ['Visited', 'Signed Up'].",
        given=steps,
    )


def _several(given: Any) -> Iterable[Any]:
    return given if isinstance(given, tuple | list) else (given,)


def _length(given: str | timedelta, what: str) -> timedelta:
    if isinstance(given, str | timedelta):
        return duration(given)
    raise InvalidDefinition(
        "duration.unreadable",
        f"{what}={given!r} is not a length of time; write a number and a unit, such as '30min', '36h' or '14d'.",
        given=given,
    )


def _window(window: str | timedelta | None, unit: Unit) -> Window:
    if window == "default":
        window = {Unit.DEAL: None, Unit.SESSION: "session"}.get(unit, timedelta(days=30))
    if window is None or window == "none":
        return None
    return "session" if window == "session" else _length(window, "window")
