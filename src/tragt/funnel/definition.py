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
from tragt.funnel.steps import Exclude, Match, Step, given_condition, given_length, given_text, given_truth
from tragt.funnel.validation import validate

if TYPE_CHECKING:
    from tragt.funnel.asking import Columns
    from tragt.funnel.question import Breakdown, Every, Period
    from tragt.funnel.report import Report
    from tragt.funnel.run import Context

__all__ = [
    "Count",
    "Entry",
    "Funnel",
    "Order",
    "Skips",
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
        put(self, "tolerance", given_length(tolerance, "tolerance"))
        put(self, "where", given_condition(where))
        put(self, "skips", None if skips is None else choice(Skips, skips))
        put(self, "robots", given_truth(robots, "robots"))
        put(self, "own", given_truth(own, "own"))
        put(self, "name", given_text(name, "name", "what to call the funnel, such as 'Trials', or leave it out"))
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


def _window(window: str | timedelta | None, unit: Unit) -> Window:
    if window == "default":
        window = {Unit.DEAL: None, Unit.SESSION: "session"}.get(unit, timedelta(days=30))
    if window is None or window == "none":
        return None
    return "session" if window == "session" else given_length(window, "window")
