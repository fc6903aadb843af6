"""What a person or a company did and what was done with them, the newest first. The unit of observation is the event.

A person is several actors, each for a time; an event counts as theirs only within that time. A company has the events
that name it, those of its deals, and those of its persons while they were its, as `belonging` has it. A deal has the
events that name it, and those of the persons who are given with it.
Hidden batches and those who were struck are left out as everywhere.

What this does not answer: what an event is worth, and events that are acknowledged but not settled yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl
from django.conf import settings

from tragt.errors import InvalidDefinition
from tragt.events.tracking.objects import decoded
from tragt.funnel.postings import LEAST_HUMAN
from tragt.lake.index import Index, Kind
from tragt.lake.index.newest import Page, newest
from tragt.lake.index.places import Sought
from tragt.lake.scanning import Span
from tragt.lake.schema import EVENTS
from tragt.web.log.queries import hidden_batches, index, lake, names, struck
from tragt.web.people.models import Company
from tragt.web.people.normal import company_key_of
from tragt.web.people.queries.companies import Belonging, belonging
from tragt.web.people.queries.linking import within
from tragt.web.people.queries.subjects import Spans
from tragt.web.shell.remembered import Remembered

__all__ = [
    "Choice",
    "Cursor",
    "Timeline",
    "Touch",
    "company_timeline",
    "deal_timeline",
    "kinds_looked_up",
    "names_there",
    "timeline",
]

_names: Remembered[tuple[str, ...]] = Remembered()

_MOST = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
_FILLED: dict[str, float | str] = {"human": 1.0, "traffic": "outside"}
_TOUCH = [
    pl.col(name).fill_null(_FILLED[name]) if name in _FILLED else pl.col(name)
    for name in EVENTS
    if name not in ("batch", "received")
]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of a timeline ends; the next one begins with the event before, whatever has come meanwhile.

    Attributes:
        time: Time of its oldest event (UTC).
        id: Id of that event.
    """

    time: datetime
    id: str

    def __str__(self) -> str:
        return f"{(self.time - _EPOCH) // _MICROSECOND}.{self.id}"

    @classmethod
    def of(cls, text: str) -> "Cursor":
        """The cursor that a text is.

        Args:
            text: As ``str`` gives it, for an address.

        Raises:
            InvalidDefinition: It is none.
        """
        moment, _, last = text.partition(".")
        try:
            return cls(min(_EPOCH + int(moment) * _MICROSECOND, _LATEST), last)
        except (ValueError, OverflowError) as error:
            raise InvalidDefinition(
                "timeline.cursor",
                f"{text!r} is not a place in a timeline. Give a cursor as a page of it names the next one, or none to "
                "begin with the newest event.",
                given=text,
            ) from error


@dataclass(frozen=True, slots=True)
class Choice:
    """Which touches are shown.

    Attributes:
        names: Names of events; None means all.
        sources: Sources; None means all.
        start: Earliest time, inclusive; None means without bound.
        end: Latest time, exclusive; None means without bound.
        robots: Also those that probably no human made.
        own: Also the firm's own traffic and tests.
        without: Which of these are left out, for they are told otherwise; None means none.
    """

    names: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    start: datetime | None = None
    end: datetime | None = None
    robots: bool = False
    own: bool = False
    without: pl.Expr | None = field(default=None, compare=False, repr=False)

    def events(self) -> pl.Expr:
        """Which events these are, names and times apart."""
        meant = pl.lit(value=True)
        if self.sources is not None:
            meant &= pl.col("source").is_in(list(self.sources))
        if not self.robots:
            meant &= pl.col("human").fill_null(1.0) >= LEAST_HUMAN
        if not self.own:
            meant &= pl.col("traffic").fill_null("outside") == "outside"
        return meant if self.without is None else meant & ~self.without.fill_null(value=False)


@dataclass(frozen=True, slots=True)
class Touch:
    """An event of a timeline.

    Attributes:
        id: Distinguishes it.
        time: When it happened (UTC); a day stands at its start in the organisation's zone.
        precision: ``exact``, or ``day`` where only the day is known.
        name: What happened.
        actor: Who, as the log has it; None where nobody is named.
        company: The company as the event names it; None where it names none.
        deal: The deal; None where it names none.
        session: The session; None where it names none.
        source: Where it came from.
        human: Probability that a human acted, 0 to 1.
        traffic: ``outside``, ``own`` or ``test``.
    """

    id: str
    time: datetime
    precision: str
    name: str
    actor: str | None
    company: str | None
    deal: str | None
    session: str | None
    source: str
    human: float
    traffic: str
    _properties: str = field(repr=False)
    _context: str = field(repr=False)

    @property
    def properties(self) -> Mapping[str, object]:
        """Properties of the event, decoded when asked for."""
        return decoded(self._properties)

    @property
    def context(self) -> Mapping[str, object]:
        """What the sender told of itself, decoded when asked for."""
        return decoded(self._context)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of a timeline.

    Attributes:
        touches: The newest first, of one moment the greatest id first.
        before: Where the next page begins; None where there is none.
    """

    touches: tuple[Touch, ...]
    before: Cursor | None


def timeline(
    actors: Spans,
    *,
    before: Cursor | None = None,
    choice: Choice | None = None,
    count: int = 50,
) -> Timeline:
    """The touches of a person, the newest first.

    Args:
        actors: The actors that are the person, and when, as `spans_of` gives them.
        before: Where the page before ended; None means from the newest.
        choice: Which of them; None means those of humans from outside.
        count: How many at most, 1 to 1,000.

    Returns:
        A page.

    Raises:
        InvalidDefinition: More or fewer are asked for than a page may hold.
    """
    theirs = actors.select("actor", "start", "end")
    where = _among(theirs, "actor")
    asked = _Asked(where, lambda events: within(events, theirs), choice or Choice(), count)
    return asked.page(_newest_index(), _sought(theirs, "actor", where), before)


def company_timeline(
    company: str,
    *,
    before: Cursor | None = None,
    choice: Choice | None = None,
    count: int = 50,
    known: Belonging | None = None,
) -> Timeline:
    """The touches of a company, the newest first: those that name it, of its deals, and of its persons in their time.

    Args:
        company: Its key.
        before: Where the page before ended; None means from the newest.
        choice: Which of them; None means those of humans from outside.
        count: How many at most, 1 to 1,000.
        known: What `belonging` says of it, where that was asked already.

    Returns:
        A page.

    Raises:
        InvalidDefinition: More or fewer are asked for than a page may hold.
    """
    known = known or belonging(company)
    names_it = company_key_of(pl.col("company")) == company
    by_actor, by_deal = _among(known.spans, "actor"), _among(known.deals, "deal")
    where = pl.any_horizontal(names_it, by_actor, by_deal)
    sought = [
        Sought(pl.Series([company]), where=names_it),
        *_sought(known.spans, "actor", by_actor),
        *_sought(known.deals, "deal", by_deal),
    ]
    return _Asked(where, known.own, choice or Choice(), count).page(index(Kind.COMPANY), sought, before)


def deal_timeline(
    deal: str,
    actors: Spans,
    *,
    before: Cursor | None = None,
    choice: Choice | None = None,
    count: int = 50,
) -> Timeline:
    """The touches of a deal, the newest first: those that name it, and those of its persons.

    Args:
        deal: Its key.
        actors: The actors that are the persons on it, and when, as `spans_of` gives them; none where nobody is on it.
        before: Where the page before ended; None means from the newest.
        choice: Which of them; None means those of humans from outside.
        count: How many at most, 1 to 1,000.

    Returns:
        A page.

    Raises:
        InvalidDefinition: More or fewer are asked for than a page may hold.
    """
    theirs, names_it = actors.select("actor", "start", "end"), pl.col("deal") == deal
    by_actor = _among(theirs, "actor")

    def own(events: pl.DataFrame) -> pl.DataFrame:
        its = pl.col("deal").eq_missing(pl.lit(deal))
        return pl.concat([events.filter(its), within(events.filter(~its), theirs)])

    asked = _Asked(pl.any_horizontal(names_it, by_actor), own, choice or Choice(), count)
    sought = [Sought(pl.Series([deal]), where=names_it), *_sought(theirs, "actor", by_actor)]
    return asked.page(_newest_index(), sought, before)


def kinds_looked_up() -> set[Kind]:
    """The kinds of unit whose index timelines are found by: one that knows companies, where there are any."""
    return {Kind.COMPANY if Company.objects.exists() else Kind.PERSON}


def names_there() -> list[str]:
    """Names of events that a timeline may be narrowed to, in their order.

    Of a log with an index those that it knows and those of files that came since: counting a large log takes long.
    """
    built = _newest_index()
    generation = built.current() if built else None
    if built is None or generation is None:
        return sorted(one.name for one in names())

    def found() -> tuple[str, ...]:
        return tuple(sorted({*generation.names(), *lake().names_in(built.newer)}))

    return list(_names.of((settings.TRAGT.lake, generation.folder, lake().state), found))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the log.

    Attributes:
        where: Which rows are meant at most.
        theirs: Gives those that are the person's or the company's.
        choice: Which of them are shown.
        count: How many.
    """

    where: pl.Expr
    theirs: Callable[[pl.DataFrame], pl.DataFrame]
    choice: Choice
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MOST:
            raise InvalidDefinition(
                "timeline.count",
                f"A page of a timeline holds 1 to {_MOST:,} events; {self.count:,} were asked for.",
                given=self.count,
                most=_MOST,
            )

    def page(self, found_by: Index | None, sought: Sequence[Sought], before: Cursor | None) -> Timeline:
        """The page after a cursor, by one event more than it shows."""
        ended = (before.time, before.id) if before else None
        span = Span(self.choice.names, self.choice.start, self.choice.end)
        page = Page(self.where, self._counting(), self.count + 1, ended, span)
        events = newest(lake(), found_by, sought, page)
        shown = tuple(Touch(*row) for row in events.head(self.count).select(_TOUCH).iter_rows())
        more = events.height > self.count
        return Timeline(shown, Cursor(shown[-1].time, shown[-1].id) if more else None)

    def _counting(self) -> Callable[[pl.DataFrame], pl.DataFrame]:
        """What leaves out events that no figure shows, others' and those that are not asked for."""
        hidden, gone, shown = list(hidden_batches()), struck(), self.choice.events()

        def those(events: pl.DataFrame) -> pl.DataFrame:
            visible = events.filter(shown, ~pl.col("batch").is_in(hidden))
            counting = visible.join(within(visible, gone), on="id", how="anti") if gone.height else visible
            return self.theirs(counting)

        return those


def _among(spans: pl.DataFrame, column: str) -> pl.Expr:
    """Which events have one of the identifiers of spans."""
    return pl.col(column).is_in(spans[column].unique().implode())


def _sought(spans: pl.DataFrame, column: str, where: pl.Expr) -> list[Sought]:
    """The identifiers of spans, those of one time together."""
    alike = spans.group_by("start", "end", maintain_order=True).agg(column).iter_rows()
    return [Sought(pl.Series(each, dtype=pl.String), start, end, where) for start, end, each in alike]


def _newest_index() -> Index | None:
    """The index that was built last: each knows where actors stand."""
    built = [each for each in map(index, Kind) if each.current() is not None]
    return max(built, key=_version, default=None)


def _version(built: Index) -> int:
    generation = built.current()
    return -1 if generation is None else generation.description.version
