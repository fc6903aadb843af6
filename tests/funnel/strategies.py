"""Random funnels with all their rules, and small random logs that touch these rules.

Times lie on a coarse grid, so that ties, repeats and boundaries are common; durations are whole
cells of the same grid, now and then one millisecond off. Names are few, so that one event often
matches several steps. Strategies are made once: making them took longer than drawing from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tragt.errors import InvalidDefinition
from tragt.events.event import Event
from tragt.funnel.condition import Compare
from tragt.funnel.definition import Funnel
from tragt.funnel.question import Period
from tragt.funnel.steps import Exclude, Match, Step

MINUTE = 60_000
GRIDS = (15 * MINUTE, 12 * 60 * MINUTE)
ZONES = (ZoneInfo("UTC"), ZoneInfo("Europe/Copenhagen"))
FIRST_DAY = date(2024, 3, 30)
CELLS = 10
NAMES = ("A", "B", "C")
PROPERTIES = st.sampled_from([{"p": 1, "q": 1}] * 4 + [{"p": 1, "q": 2}, {"p": 2, "q": 1}, {"q": 1}, {}])
ENDS = st.one_of(st.just(CELLS), st.integers(0, 2 * CELLS))
TRUE = st.just(value=True)
COUNTS = ("best", "first", "first_ever", "every")


@dataclass(frozen=True, slots=True)
class Problem:
    """A funnel, the logs of a few units, and the moment and period they are read at."""

    funnel: Funnel
    logs: Mapping[str, Sequence[Event]]
    as_of: int
    period: Period | None
    zone: ZoneInfo

    @property
    def given(self) -> tuple[Funnel, Mapping[str, Sequence[Event]], int, Period | None, ZoneInfo]:
        """What an engine takes, in its order."""
        return self.funnel, self.logs, self.as_of, self.period, self.zone


@lru_cache(maxsize=None, typed=True)
def either(*values: Any) -> st.SearchStrategy[Any]:
    """One of some values; one that is named twice comes twice as often."""
    return st.sampled_from(values)


@cache
def seldom(values: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    """A value in one case of four."""
    nothing = st.just(otherwise)
    return st.integers(0, 3).flatmap(lambda n: values if n == 3 else nothing)


@cache
def names() -> st.SearchStrategy[tuple[str, ...]]:
    return st.one_of(
        st.sampled_from(NAMES).map(lambda name: (name,)),
        st.sampled_from(NAMES).map(lambda name: (name,)),
        st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True).map(tuple),
    )


@cache
def conditions() -> st.SearchStrategy[Compare | None]:
    return seldom(st.sampled_from([Compare("p", "equals", 1), Compare("p", "not_equals", 1), Compare("p", "is_set")]))


@cache
def lengths(grid: int) -> st.SearchStrategy[timedelta]:
    """A few cells of the grid; sometimes a millisecond less, so that the boundary is just missed."""
    cells = st.sampled_from([1, 2, 3, 5, 8]).map(lambda n: n * grid)
    return st.one_of(cells, cells, cells, cells.map(lambda n: n - 1)).map(lambda n: timedelta(milliseconds=n))


@st.composite
def steps(draw: st.DrawFn, order: str, grid: int, *, plain: bool) -> tuple[Step, ...]:
    """Two to four steps, in any order up to five; plain ones are neither optional nor within a time."""
    number = draw(either(2, 3, 4, 5) if order == "any" else either(2, 3, 4))
    all_within = draw(seldom(TRUE, otherwise=False))
    made = []
    for i in range(number):
        inner = 0 < i < number - 1 and order != "any" and not plain
        timed = i > 0 and order != "any" and not plain
        within = lengths(grid) if all_within else seldom(lengths(grid))
        made.append(
            Step(
                names=draw(names()),
                where=draw(conditions()),
                within=draw(within) if timed else None,
                optional=inner and draw(seldom(TRUE, otherwise=False)),
                anchored=order == "any" and draw(either(True, False, False)),
            )
        )
    return tuple(made)


@st.composite
def exclusions(draw: st.DrawFn, steps: Sequence[Step], order: str) -> tuple[Exclude, ...]:
    required = [i + 1 for i, step in enumerate(steps) if not step.optional]
    made = []
    for _ in range(draw(either(0, 0, 1, 1, 2))):
        after, before = sorted(draw(st.lists(st.sampled_from(required), min_size=2, max_size=2, unique=True)))
        if order == "any":
            after, before = 1, len(steps)
        made.append(Exclude((draw(either("X", "X", "A", "B")),), after, before, draw(conditions())))
    return tuple(made)


@cache
def matches(*candidates: str) -> st.SearchStrategy[tuple[Match, ...]]:
    return st.lists(
        st.builds(Match, st.sampled_from(candidates).map(lambda name: (name,)), conditions()), max_size=2
    ).map(tuple)


@cache
def windows(grid: int) -> st.SearchStrategy[Any]:
    return st.one_of(lengths(grid), lengths(grid), st.just("session"), st.none())


@st.composite
def funnels(
    draw: st.DrawFn,
    grid: int,
    counts: Sequence[str] = COUNTS,
    orders: Sequence[str] = ("ordered", "ordered", "adjacent", "any", "fill", "drop"),
) -> Funnel:
    """A funnel with any of its rules; *fill* and *drop* are ordered funnels over stages."""
    kind = draw(either(*orders))
    order = "ordered" if kind in ("fill", "drop") else kind
    made = draw(steps(order, grid, plain=kind == "fill"))
    lost = draw(matches("L", "L", "C"))
    count = draw(either(*counts))
    rules: dict[str, Any] = {
        "order": order,
        "count": count,
        "hold": draw(seldom(either(("p",), ("q",), ("p", "q")), otherwise=())),
        "exclude": () if kind == "fill" else draw(exclusions(made, order)),
        "lost": lost,
        "reopen": draw(matches("R", "R", "B")) if lost else (),
        "among": draw(seldom(either(("A",), ("Z", "B")), otherwise=())) if order == "adjacent" else (),
        "entry": draw(either("first", "any")) if order == "any" else "first",
        "tolerance": draw(seldom(lengths(grid), otherwise=timedelta(0))),
        "skips": kind if kind in ("fill", "drop") else None,
    }
    window = draw(windows(grid))
    try:
        return Funnel.of(*made, window=window, **rules)
    except InvalidDefinition:
        return Funnel.of(
            *made,
            window=window or timedelta(milliseconds=4 * grid),
            **(rules | {"exclude": (), "lost": (), "reopen": ()}),
        )


@cache
def orders_of(number: int) -> st.SearchStrategy[list[int]]:
    return st.permutations(range(number))


@st.composite
def logs(draw: st.DrawFn, funnel: Funnel, grid: int, zone: ZoneInfo, prefix: str = "") -> tuple[Event, ...]:
    """Up to eight events of one unit, rows and ids in no order of time; most of them match a step."""
    of_steps = either(*(name for step in funnel.steps for name in step.names))
    ending: tuple[Exclude | Match, ...] = (*funnel.exclude, *funnel.lost, *funnel.reopen)
    of_ends = either(*(name for one in ending for name in one.names), "Z")
    likely = either(of_steps, of_steps, of_ends)
    ids = draw(orders_of(draw(either(1, 2, 3, 4, 5, 6, 7, 8, 8))))
    made = []
    for k in ids:
        day = draw(either(False, False, False, False, False, True))
        time = start_of(zone) + draw(either(*range(CELLS + 1))) * grid
        made.append(
            Event(
                id=f"{prefix}{k}",
                time=midnight(time, zone) if day else time,
                name=draw(draw(likely)),
                day=day,
                session=draw(either("s", "s", "s", "s", "s", "t", None)) if funnel.window == "session" else None,
                properties=draw(PROPERTIES),
            )
        )
    return tuple(made)


def start_of(zone: ZoneInfo) -> int:
    """Where the grid begins: the first of three days, the second of them short in Copenhagen."""
    return _milliseconds(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=zone))


def midnight(time: int, zone: ZoneInfo) -> int:
    """The start of the day in the zone, where an event known only by its day stands."""
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)).astimezone(zone)
    return _milliseconds(local.replace(hour=0, minute=0, second=0, microsecond=0))


def _milliseconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@cache
def periods() -> st.SearchStrategy[Period | None]:
    def cut(start: int | None, length: int | None) -> Period:
        first = None if start is None else FIRST_DAY + timedelta(days=start)
        return Period(first, None if length is None else (first or FIRST_DAY) + timedelta(days=length))

    return seldom(st.builds(cut, st.none() | st.integers(0, 3), st.none() | st.integers(1, 3)))


@st.composite
def problems(draw: st.DrawFn, /, **restrictions: Any) -> Problem:
    """A funnel and the logs of one or two units."""
    grid = draw(either(*GRIDS))
    zone = draw(either(*ZONES))
    funnel = draw(funnels(grid, **restrictions))
    units = {unit: draw(logs(funnel, grid, zone, prefix=unit)) for unit in draw(either("u", "u", "uv"))}
    as_of = start_of(zone) + draw(ENDS) * grid
    return Problem(funnel, units, as_of, draw(periods()), zone)
