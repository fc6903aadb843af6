"""A funnel asked of any source: a log, a file, a frame, or the home of an installation.

The unit of observation is the source. What it holds is not judged here; only what the definition names and the source
never had is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import PROPERTY, EventLog
from tragt.events.options import ReadOptions
from tragt.events.reading import read
from tragt.funnel.condition import asked as asked_properties
from tragt.funnel.definition import Funnel
from tragt.funnel.members import Members, members
from tragt.funnel.question import At, Breakdown, Every, Period
from tragt.funnel.report import NO_SUCH_EVENT, NO_SUCH_PROPERTY, Report, Unseen
from tragt.funnel.run import Context, check_funnel, run

if TYPE_CHECKING:
    from tragt.funnel.drivers import Among, Drivers
    from tragt.funnel.leaks import Leaks, Rules

__all__ = ["Asked", "Columns", "Installation", "ask"]

Day = date | str | None


class Columns(ReadOptions, total=False):
    """Which column is which, and the other options of `tragt.read`; ``user`` is another word for ``person``."""

    user: str | None


@runtime_checkable
class Installation(Protocol):
    """The home of an installation, which can give its log."""

    def event_log(self, properties: Sequence[str] = ()) -> EventLog:
        """The events that count, with some of their properties."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a source beside the funnel.

    Attributes:
        by: A property to break the report down by, or a full breakdown.
        as_of: The moment to look from.
        period: Which entries count, or its first day and the first day after it.
        trend: day, week or month.
        context: What is known of the units besides.
    """

    by: Breakdown | str | None = None
    as_of: Day = None
    period: Period | tuple[Day, Day] | None = None
    trend: Every | str | None = None
    context: Context | None = None

    @property
    def breakdown(self) -> Breakdown | None:
        """The breakdown in full.

        Raises:
            InvalidDefinition: It is neither a property nor a breakdown.
        """
        return Breakdown.of(self.by)

    @property
    def range(self) -> Period | None:
        """The period with the moment to look from; None where neither was given.

        Raises:
            InvalidDefinition: It is no period, or two moments were given.
        """
        if self.period is None and self.as_of is None:
            return None
        found = Period.of(self.period)
        if self.as_of is not None and found.as_of is not None:
            raise InvalidDefinition(
                "period.two_moments",
                "The moment to look from is given twice, as as_of and in the period; give one.",
            )
        return found if self.as_of is None else Period(found.start, found.end, self.as_of)


def ask(funnel: Funnel, source: Any, asked: Asked, **columns: Any) -> Report:
    """Ask a source how people pass a funnel.

    Args:
        funnel: The definition.
        source: An event log; a path, bytes or a frame that `tragt.read` takes; or an installation.
        asked: What is asked beside the funnel.
        **columns: How the source is to be read; see `Columns`.

    Returns:
        The report, which can be asked on for the units behind its counts.

    Raises:
        InvalidDefinition: The source does not know the funnel's unit, or an option cannot mean anything.
        InvalidFile: The source cannot be read.
        NotEnoughData: The source holds no event, so that there is no moment to look from.
    """
    check_funnel(funnel)
    breakdown, period = asked.breakdown, asked.range
    log = _log(source, funnel, breakdown, columns)
    report = run(funnel, log, period=period, by=breakdown, trend=asked.trend, context=asked.context)
    return replace(
        report,
        unseen=tuple(_unseen(funnel, log, breakdown, asked.context or Context())),
        identifiers=isinstance(source, Installation),
        _origin=_Source(funnel, log, period, asked.context),
    )


def _log(source: Any, funnel: Funnel, by: Breakdown | None, columns: Mapping[str, Any]) -> EventLog:
    """The events of a source."""
    ready = isinstance(source, EventLog | Installation)
    if ready and columns:
        raise InvalidDefinition(
            "source.columns_known",
            f"The columns of a {type(source).__name__} are known already; leave {', '.join(columns)} out.",
            given=tuple(columns),
        )
    if isinstance(source, EventLog):
        return source
    if isinstance(source, Installation):
        return source.event_log(sorted(_properties(funnel, by)))
    unknown = [name for name in columns if name not in Columns.__annotations__]
    if unknown:
        raise InvalidDefinition(
            "source.unknown_option",
            f"There is no option {', '.join(unknown)}; allowed are {', '.join(sorted(Columns.__annotations__))}.",
            given=tuple(unknown),
        )
    options = dict(columns)
    if "user" in options:
        if "person" in options:
            raise InvalidDefinition("source.two_persons", "user and person are the same column; give one of them.")
        options["person"] = options.pop("user")
    return read(source, **cast("ReadOptions", options))


def _unseen(funnel: Funnel, log: EventLog, by: Breakdown | None, context: Context) -> Iterator[Unseen]:
    """What the question names and the log never had."""
    there = set(log.frame["name"].unique().cast(pl.String))
    for name in dict.fromkeys(name for match in _matches(funnel) for name in match.names):
        if name not in there:
            yield Unseen(name, NO_SUCH_EVENT)
    frame = log.frame
    known = {name for name in log.property_names if frame[PROPERTY + name].null_count() < len(frame)}
    for name in sorted(_properties(funnel, by) - known):
        yield Unseen(name, NO_SUCH_PROPERTY)
    value = context.value if isinstance(context.value, str) or context.value is None else context.value.property
    if value is not None and value not in known:
        yield Unseen(value, NO_SUCH_PROPERTY)
    of_units = set[str]().union(*context.properties.values())
    asked_of_units = asked_properties(funnel.where) | ({by.property} if by is not None and by.at is At.UNIT else set())
    for name in sorted(asked_of_units - of_units):
        yield Unseen(name, NO_SUCH_PROPERTY)


def _matches(funnel: Funnel) -> Iterator[Any]:
    yield from (step.match for step in funnel.steps)
    yield from (exclude.match for exclude in funnel.exclude)
    yield from (*funnel.lost, *funnel.reopen)


def _properties(funnel: Funnel, by: Breakdown | None) -> set[str]:
    """The properties that are asked of events."""
    asked = set(funnel.hold).union(*(asked_properties(match.where) for match in _matches(funnel)))
    return asked | ({by.property} if by is not None and by.at is not At.UNIT else set())


class _Source:
    """What a report was made of. It is never written: a report that was pickled or copied deeply knows it no more."""

    def __init__(self, funnel: Funnel, log: EventLog, period: Period | None, context: Context | None) -> None:
        self._funnel = funnel
        self._log = log
        self._period = period
        self._context = context
        self._members: Members | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _forgotten, ()

    def units(self, step: int, outcome: str) -> pl.DataFrame:
        """Those behind a count."""
        if self._members is None:
            self._members = members(self._funnel, self._log, period=self._period, context=self._context)
        return self._members.at(step, outcome)

    def leaks(self, by: Sequence[Breakdown | str], rules: "Rules | None") -> "Leaks":
        """Where the funnel leaks."""
        from tragt.funnel.leaks import leaks  # noqa: PLC0415 - few reports are asked for them

        return leaks(self._funnel, self._log, by=by, period=self._period, context=self._context, rules=rules)

    def drivers(self, step: int, among: "Among | None") -> "Drivers":
        """What separates those who pass a step, counted from 0, from those who do not."""
        from tragt.funnel.drivers import drivers  # noqa: PLC0415 - few reports are asked for them

        return drivers(self._funnel, self._log, step, among=among, period=self._period, context=self._context)


def _forgotten() -> None:
    return None
