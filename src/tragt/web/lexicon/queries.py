"""Reading what is known of the events of the log: their counts, what people say of them, which names are one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet, Value
from django.utils import timezone
from django.utils.translation import pgettext

from tragt.errors import NotFound
from tragt.events.tracking import RESERVED
from tragt.web.accounts.queries import write_keys
from tragt.web.lexicon.counts import Counted, Known, by_week, counted, until
from tragt.web.lexicon.describing import Described, described
from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.models import Apart, Entry, Merge
from tragt.web.lexicon.rhythm import Rhythm
from tragt.web.lexicon.spelling import Proposal, proposals
from tragt.web.log import queries as log
from tragt.web.log.queries import EventName
from tragt.web.outbox.queries import SOURCE
from tragt.web.shell import organisation
from tragt.web.shell.remembered import Remembered

__all__ = [
    "Event",
    "Holding",
    "Listed",
    "Page",
    "add_source_names",
    "counts",
    "entry_names",
    "event",
    "event_names",
    "events",
    "lexicon",
    "look_for_vanished",
    "merge_names",
    "merge_of",
    "merges",
    "proposed",
    "source_names",
    "vanished_number",
]

LOOKED_AT = 5_000
"""How many events of a name are looked at to describe its properties."""

WEEKS = 26
_COMPARED = 1_000
_VANISHED = "lexicon.vanished"
_KEPT_SECONDS = 2 * 86_400

_others: list[Callable[[], Mapping[str, str]]] = []


def lexicon() -> Lexicon:
    """What is known of names now: one query."""
    said = (
        Entry.objects.filter(property="")
        .exclude(display="", hidden=False)
        .annotate(what=Value("entry"))
        .values_list("what", "event", "display", "hidden")
    )
    merged = (
        Merge.objects.filter(undone=None)
        .order_by()
        .annotate(what=Value("merge"), no=Value(False))
        .values_list("what", "spelling", "kept", "no")
    )
    properties = (
        Entry.objects.exclude(property="")
        .exclude(display="")
        .annotate(what=Value("property"), no=Value(False))
        .values_list("what", "property", "display", "no")
    )
    rows = sorted(said.union(merged, properties, all=True))
    return Lexicon(
        merges=tuple((name, other) for what, name, other, _ in rows if what == "merge"),
        called=tuple((name, display) for what, name, display, _ in rows if what == "entry" and display),
        hidden=frozenset(name for what, name, _, hidden in rows if what == "entry" and hidden),
        properties=tuple((name, display) for what, name, display, _ in rows if what == "property"),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """An event as the list shows it.

    Attributes:
        counted: How often it came, and when.
        called: What people call it; its name, where they do not.
        description: What it means; empty where nobody said.
        hidden: Whether it is offered nowhere.
        others: Its other spellings, which are counted with it.
        sources: What people call its sources.
    """

    counted: Counted
    called: str
    description: str
    hidden: bool
    others: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name in the log."""
        return self.counted.name

    @property
    def new(self) -> bool:
        """Whether it is new, and not hidden."""
        return self.counted.new and not self.hidden

    @property
    def vanished(self) -> Rhythm | None:
        """How it used to come, if it has vanished and is not hidden."""
        return None if self.hidden else self.counted.vanished

    def holds(self, text: str) -> bool:
        """Whether a text stands in its names or in its description."""
        wanted = text.casefold()
        return any(wanted in one.casefold() for one in (self.name, self.called, self.description, *self.others))


@dataclass(frozen=True, slots=True)
class Page:
    """All events of the log.

    Attributes:
        events: The events, the most frequent first.
        until: The day that the last seven and thirty days end with.
        of_files: Whether that day is the last of the data, which came by files alone, and not today.
    """

    events: tuple[Listed, ...]
    until: date
    of_files: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """A property of an event, with what is said of it.

    Attributes:
        described: What the events hold.
        entry: What people say of it; None where they say nothing.
        share: In what share of the events that were looked at it stands, 0 to 1.
    """

    described: Described
    entry: Entry | None
    share: float


@dataclass(frozen=True, slots=True)
class Event:
    """An event with all that is known of it.

    Attributes:
        listed: As the list shows it.
        entry: What people say of it; an unsaved one where they say nothing.
        weeks: How often it came in each of the last weeks, by their first day, the oldest first.
        sources: How often it came from each source, the most frequent first.
        merges: The merges of its other spellings, each with how often the spelling came.
        properties: Its properties, the most frequent first.
        looked_at: How many events were looked at for them.
        whole: Whether these were all.
    """

    listed: Listed
    entry: Entry
    weeks: tuple[tuple[date, int], ...]
    sources: tuple[tuple[str, int], ...]
    merges: tuple[tuple[Merge, int], ...]
    properties: tuple[Holding, ...]
    looked_at: int
    whole: bool


_counted: Remembered[tuple[Counted, ...]] = Remembered()


def events() -> Page:
    """All events of the log; as many queries however many there are."""
    words = lexicon()
    known = _known()
    rows, last_day = _rows(known, words)
    said = {one.event: one for one in Entry.objects.filter(property="")}
    sources = source_names()
    found = tuple(_listed(row, words, said.get(row.name), sources) for row in rows)
    return Page(found, last_day, of_files=last_day != known.today)


def event(name: str) -> Event:
    """An event with all that is known of it.

    Args:
        name: Its name, or one of its spellings.

    Raises:
        NotFound: The log holds no such event.
    """
    words = lexicon()
    kept = words.kept(name)
    known = _known()
    rows, last_day = _rows(known, words)
    row = next((one for one in rows if one.name == kept), None)
    if row is None:
        raise NotFound("lexicon.unknown", f"The log holds no event {name!r}.", name=name)
    said = {one.property: one for one in Entry.objects.select_related("owner").filter(event=kept)}
    sources = source_names()
    spellings = words.spellings(kept)
    own = known.named(words).days.filter(pl.col("name") == kept)
    days = dict(own.select("day", "count").iter_rows())
    weeks = by_week(days, last_day, WEEKS, organisation.current().week_start)
    properties, looked_at, whole = _properties(spellings, said)
    return Event(
        _listed(row, words, said.get(""), sources),
        said.get("") or Entry(event=kept),
        tuple(weeks),
        _by_source(known, spellings, sources),
        _merged(known, spellings),
        properties,
        looked_at,
        whole,
    )


def counts() -> list[EventName]:
    """The names that the log holds with how often each came, the most frequent first."""
    return log.names()


def event_names() -> list[str]:
    """The names that the log holds, the most frequent first."""
    return [one.name for one in log.names()]


def merges() -> QuerySet[Merge]:
    """The merges that stand, the latest first."""
    return Merge.objects.filter(undone=None)


def merge_of(key: int) -> Merge:
    """A merge that stands.

    Raises:
        NotFound: There is none of this key, or it was undone.
    """
    found = merges().filter(pk=key).first()
    if found is None:
        raise NotFound("lexicon.no_merge", "There is no such merge; it may be undone already.", key=key)
    return found


def proposed() -> list[tuple[Proposal, int, int]]:
    """Names that are probably spellings of one, the surest first, each with how often both came.

    Of very many names the most frequent are compared.
    """
    words = lexicon()
    counts = {one.name: one.count for one in log.names()[:_COMPARED] if words.is_offered(one.name)}
    apart = {frozenset(pair) for pair in Apart.objects.values_list("first", "second")}
    found = proposals(counts, RESERVED)
    return [(one, counts[one.spelling], counts[one.kept]) for one in found if {one.spelling, one.kept} not in apart]


def add_source_names(named: Callable[[], Mapping[str, str]]) -> None:
    """Let sources that have no write key be called by name, for apps above.

    Args:
        named: Gives what people call them, by their names in the log.
    """
    if named not in _others:
        _others.append(named)


def source_names() -> Mapping[str, str]:
    """What people call each source, by its name in the log: Tragt itself, those that send by a key, and others."""
    found = {SOURCE: pgettext("source of events", "In Tragt")}
    found |= {f"key-{key.pk}": key.name for key in write_keys()}
    for named in _others:
        found |= named()
    return found


def look_for_vanished() -> Page:
    """All events of the log; how many of them have vanished is kept for `vanished_number`."""
    found = events()
    with suppress(OSError):
        cache.set(_VANISHED, sum(one.vanished is not None for one in found.events), _KEPT_SECONDS)
    return found


def vanished_number() -> int:
    """How many names had vanished when somebody or something last looked; nothing is counted."""
    return int(cache.get(_VANISHED) or 0)


def entry_names(keys: Iterable[int]) -> Mapping[int, str]:
    """What some entries are about, by key."""
    rows = Entry.objects.filter(pk__in=keys).values_list("pk", "event", "property")
    return {key: f"{name} · {prop}" if prop else name for key, name, prop in rows}


def merge_names(keys: Iterable[int]) -> Mapping[int, str]:
    """Which spellings some merges are about, by key."""
    rows = Merge.objects.filter(pk__in=keys).values_list("pk", "spelling", "kept")
    return {key: f"{spelling} → {kept}" for key, spelling, kept in rows}


def _known() -> Known:
    zone = ZoneInfo(organisation.current().time_zone)
    totals = [(one.name, one.count, one.first, one.last) for one in log.names()]
    moment = pl.Datetime("us", "UTC")
    schema = {"name": pl.String(), "count": pl.Int64(), "first": moment, "last": moment}
    held = log.holdings()
    return Known(
        pl.DataFrame(totals, schema=schema, orient="row"),
        log.days(),
        held,
        zone,
        timezone.localdate(timezone.now(), zone),
    )


def _rows(known: Known, words: Lexicon) -> tuple[tuple[Counted, ...], date]:
    """What the log holds of each name, remembered until the log, the lexicon or the day changes."""
    last_day = until(known)
    state = (settings.TRAGT.lake, log.version(), words.merges, known.today)
    return _counted.of(state, lambda: tuple(counted(known.named(words), last_day))), last_day


def _listed(row: Counted, words: Lexicon, entry: Entry | None, sources: Mapping[str, str]) -> Listed:
    return Listed(
        row,
        words.called_as(row.name),
        entry.description if entry else "",
        row.name in words.hidden,
        tuple(words.spellings(row.name)[1:]),
        tuple(dict.fromkeys(sources.get(one, one) for one in row.sources)),
    )


def _by_source(known: Known, spellings: Sequence[str], sources: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    own = known.held.filter(pl.col("name").is_in(list(spellings))).drop_nulls("source")
    each = own.group_by("source").agg(pl.col("count").sum()).sort(["count", "source"], descending=[True, False])
    return tuple((sources.get(source, source), count) for source, count in each.iter_rows())


def _merged(known: Known, spellings: Sequence[str]) -> tuple[tuple[Merge, int], ...]:
    totals = dict(known.totals.select("name", "count").iter_rows())
    rows = merges().filter(spelling__in=spellings)
    return tuple((row, totals.get(row.spelling, 0)) for row in rows)


def _properties(spellings: Sequence[str], said: Mapping[str, Entry]) -> tuple[tuple[Holding, ...], int, bool]:
    samples = [log.sample(name, -(-LOOKED_AT // len(spellings))) for name in spellings]
    sampled = pl.concat(one.events for one in samples)
    rows = sampled.select(pl.col("actor").fill_null(""), "properties").iter_rows()
    number = sampled.height
    found = tuple(Holding(one, said.get(one.name), one.filled / number) for one in described(rows))
    return found, number, all(one.whole for one in samples)
