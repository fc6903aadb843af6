"""What happened to a deal, a person or a company as one list: what was done, how deals moved, and what the log tells.

The newest comes first, whatever it is. What the log tells of moves and activities which stand there themselves is left
out, unless events of a name or a source are asked for. The unit of observation is the line of the list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from django.http import QueryDict

from tragt.errors import InvalidDefinition
from tragt.web.crm.forms.happened import HappenedForm, Part
from tragt.web.crm.models import Activity, Move
from tragt.web.crm.queries.happened import Time, Until
from tragt.web.crm.whose_timeline import Whose
from tragt.web.people import timelines
from tragt.web.people.queries.timeline import Choice, Cursor, names_there

__all__ = ["MOST", "Happened", "Place", "Run", "happened"]

MOST = 50
"""How many entries a page holds at most."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST, _LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_LONGEST = len(str(2**63)) - 1
_RANKS: Final = (Part.EVENTS, Part.ACTIVITIES, Part.MOVES)
"""Of what happened at one moment, the last of these comes first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list; the next page begins after it, whatever has come meanwhile.

    Attributes:
        at: The moment (UTC).
        rank: What stands there, by its place in the order of one moment.
        key: Which one: the id of an event, the key of a row.
    """

    at: datetime
    rank: int
    key: str

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}.{self.rank}.{self.key}"

    @classmethod
    def of(cls, text: str) -> "Place":
        """The place that a text is.

        Raises:
            InvalidDefinition: It is none.
        """
        moment, _, rest = text.partition(".")
        rank, _, key = rest.partition(".")
        try:
            at, which = _EPOCH + int(moment) * _MICROSECOND, int(rank)
        except (ValueError, OverflowError):
            at, which = _EPOCH, -1
        if which not in range(len(_RANKS)) or (which > 0 and not _is_key(key)):
            raise InvalidDefinition(
                "timeline.cursor",
                f"{text!r} is not a place in a timeline. Begin with the newest, without a place.",
                given=text,
            )
        return cls(max(min(at, _LATEST), _EARLIEST), which, key)

    def until(self, part: Part) -> Until:
        """Up to where rows of a part are read."""
        rank = _RANKS.index(part)
        if rank == self.rank:
            return Until(self.at, int(self.key))
        return Until(self.at) if rank < self.rank else Until(self.at - _MICROSECOND)

    @property
    def cursor(self) -> Cursor:
        """Up to where events are read: what stands before them at their moment stands before all of them."""
        return Cursor(self.at, self.key) if self.rank == 0 else Cursor(self.at + _MICROSECOND, "")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing that happened."""

    at: datetime
    part: Part
    key: str | int
    line: timelines.Line | None = None
    row: Activity | Move | None = None

    @property
    def order(self) -> tuple[datetime, int, str | int]:
        return self.at, _RANKS.index(self.part), self.key

    @property
    def place(self) -> Place:
        return Place(self.at, _RANKS.index(self.part), str(self.key))


@dataclass(frozen=True, slots=True)
class _Source:
    """What one part has for a page: its entries, and where it was read to; None where nothing more follows."""

    entries: Sequence[_Entry]
    end: tuple[datetime, int, str | int] | None


@dataclass(frozen=True, slots=True)
class Run:
    """Entries of one kind that follow each other; of activities and moves there is one.

    Attributes:
        address: Where events are opened.
        lines: Events.
        activity: What was done; None where it is something else.
        move: How a deal moved; None where it is something else.
        first: Whether it is the first of a page that follows another.
        older: Empty: what comes next stands below all runs.
    """

    address: str
    lines: Sequence[timelines.Line] = ()
    activity: Activity | None = None
    move: Move | None = None
    first: bool = False
    older: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A page of what happened to a record.

    Attributes:
        whose: Whose timeline it is.
        runs: The newest first.
        form: The filters.
        address: Where pages of this list are.
        older: The query of the next page; empty where there is none.
        first: Whether nothing newer was left out by a place.
    """

    whose: Whose
    runs: Sequence[Run]
    form: HappenedForm
    address: str
    older: str
    first: bool

    @property
    def lines(self) -> list[timelines.Line]:
        """The events of the page."""
        return [line for run in self.runs for line in run.lines]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the parts of a timeline."""

    whose: Whose
    choice: Choice
    after: Place | None
    called: timelines.Called
    raw: bool

    def source(self, part: Part) -> _Source:
        return self._events() if part == Part.EVENTS else self._rows(part)

    def _rows(self, part: Part) -> _Source:
        until = self.after.until(part) if self.after else None
        time = Time(self.choice.start, self.choice.end, until)
        asked = self.whose.moved if part == Part.MOVES else self.whose.done
        rows: Sequence[Activity | Move] = asked(time, MOST + 1)
        found = [_Entry(row.at, part, row.pk, row=row) for row in rows[:MOST] if row.at is not None]
        return _Source(found, found[-1].order if len(rows) > MOST else None)

    def _events(self) -> _Source:
        before = self.after.cursor if self.after else None
        page = self.whose.events(self.choice, before, self.called, raw=self.raw)
        found = [_Entry(line.touch.time, Part.EVENTS, line.touch.id, line=line) for line in page.lines]
        return _Source(found, (page.end.time, 0, page.end.id) if page.end else None)


def happened(whose: Whose, asked: QueryDict, address: str, *, log: bool, most: int = MOST) -> Happened:
    """A page of what happened to a record.

    Args:
        whose: Whose timeline it is, and who looks.
        asked: Filters and place, as an address gives them.
        address: Where pages of this list are.
        log: Whether they may read what persons did.
        most: How many entries at most, 1 to `MOST`.

    Raises:
        InvalidDefinition: The place is none.
    """
    called = timelines.Called.now()
    names = names_there() if log else ()
    form = HappenedForm(asked, names=names, sources=called.sources, known=called.known)
    given = asked.get("before", "")
    what = _Asked(whose, form.choice, Place.of(given) if given else None, called, form.names_events)
    parts = form.parts if log else form.parts - {Part.EVENTS}
    shown, following = _merged([what.source(part) for part in _RANKS if part in parts], most)
    lines = [entry.line for entry in shown if entry.line is not None]
    form.offer("source", {line.touch.source: line.source for line in lines})
    runs = list(_runs(shown, address, again=bool(given)))
    return Happened(whose, runs, form, address, _older(asked, following), not given)


def _merged(sources: Sequence[_Source], most: int) -> tuple[list[_Entry], Place | None]:
    """What all parts have, the newest first, as far as each was read; and where the next page begins."""
    ends = [source.end for source in sources if source.end is not None]
    least = max(ends, default=None)
    every = sorted((one for source in sources for one in source.entries), key=lambda one: one.order, reverse=True)
    there = [one for one in every if least is None or one.order >= least]
    if len(there) > most:
        return there[:most], there[most - 1].place
    if least is None:
        return there, None
    at, rank, key = least
    return there, Place(at, rank, str(key))


def _runs(entries: Sequence[_Entry], address: str, *, again: bool) -> Iterator[Run]:
    """Entries as a page shows them: events that follow each other together."""
    first = again
    for part, several in groupby(entries, key=lambda one: one.part):
        if part == Part.EVENTS:
            yield Run(address, [one.line for one in several if one.line is not None], first=first)
            first = False
            continue
        for one in several:
            activity = one.row if isinstance(one.row, Activity) else None
            yield Run(address, activity=activity, move=one.row if isinstance(one.row, Move) else None, first=first)
            first = False


def _older(asked: QueryDict, following: Place | None) -> str:
    if following is None:
        return ""
    query = asked.copy()
    query["before"] = str(following)
    return query.urlencode()


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _LONGEST
