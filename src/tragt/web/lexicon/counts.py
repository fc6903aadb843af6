"""How often each event name came, and when: what the page of events shows of the log.

The unit of observation is the name, with all its spellings. Days are those of the organisation's zone. What this does
not answer: what the events hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import polars as pl

from tragt.web.lexicon.meaning import Lexicon
from tragt.web.lexicon.rhythm import LOOKED_AT, Rhythm, is_new, vanished

__all__ = ["MONTH", "WEEK", "WEEKS", "Counted", "Known", "by_week", "counted", "until"]

WEEK, MONTH = 7, 30
WEEKS = 12
_DAYS = WEEKS * WEEK
_FILE = "import:"
"""How batches begin that came by a file, which says nothing of what happened after its last event."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the log holds of its names.

    Attributes:
        totals: ``name``, ``count``, ``first``, ``last``.
        days: ``name``, ``day``, ``count``.
        held: ``name``, ``batch``, ``source``, ``count``, ``first``, ``last``.
        zone: The zone of days.
        today: The day of now.
    """

    totals: pl.DataFrame
    days: pl.DataFrame
    held: pl.DataFrame
    zone: tzinfo
    today: date

    def named(self, lexicon: Lexicon) -> "Known":
        """The same with each spelling under the name that it counts as."""
        kept = {spelling: lexicon.kept(spelling) for spelling, _kept in lexicon.merges}
        name = pl.col("name").replace(kept)
        count, first, last = pl.col("count").sum(), pl.col("first").min(), pl.col("last").max()
        return Known(
            self.totals.with_columns(name).group_by("name").agg(count, first, last),
            self.days.with_columns(name).group_by("name", "day").agg(count),
            self.held.with_columns(name),
            self.zone,
            self.today,
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a name came, and when.

    Attributes:
        name: The name.
        total: How often.
        week: How often in the last seven days.
        month: How often in the last thirty days.
        weeks: How often in each of the last weeks, the oldest first.
        first: When the first happened (UTC).
        last: When the latest happened (UTC).
        sources: Where they came from, as the log calls them.
        new: Whether it is new.
        vanished: How it used to come, if it has vanished.
    """

    name: str
    total: int
    week: int
    month: int
    weeks: tuple[int, ...]
    first: datetime
    last: datetime
    sources: tuple[str, ...]
    new: bool
    vanished: Rhythm | None


def until(known: Known) -> date:
    """The day that the last seven and thirty days end with: today, or the last day of data that came by files alone."""
    ends = _ends(known).values()
    return max(ends, default=known.today)


def counted(known: Known, last_day: date) -> list[Counted]:
    """What the log holds of each name, the most frequent first.

    Args:
        known: What the log holds.
        last_day: As `until` gives it.
    """
    if known.totals.is_empty():
        return []
    ends = _ends(known)
    sources: dict[str, set[str]] = {}
    for name, source in known.held.select("name", "source").drop_nulls().unique().iter_rows():
        sources.setdefault(name, set()).add(source)
    recent = known.days.filter(pl.col("day").is_between(last_day - timedelta(days=_DAYS - 1), last_day))
    lately = _by_name(recent)
    last_of = known.days.group_by("name").agg(newest=pl.col("day").max())
    looked_at = known.days.join(last_of, on="name").filter(
        (pl.col("newest") - pl.col("day")).dt.total_days() < LOOKED_AT
    )
    used_to = _by_name(looked_at.select("name", "day", "count"))
    begun = _day(min(known.totals["first"].to_list()), known.zone)
    found = []
    ordered = known.totals.sort(["count", "name"], descending=[True, False])
    for name, count, first, last in ordered.select("name", "count", "first", "last").iter_rows():
        ago = {(last_day - day).days: number for day, number in lately.get(name, {}).items()}
        end = max((ends[source] for source in sources.get(name, ())), default=last_day)
        found.append(
            Counted(
                name,
                count,
                _within(ago, WEEK),
                _within(ago, MONTH),
                tuple(_within(ago, WEEK, back * WEEK) for back in reversed(range(WEEKS))),
                first,
                last,
                tuple(sorted(sources.get(name, ()))),
                is_new(_day(first, known.zone), begun, last_day),
                vanished(used_to.get(name, {}), end),
            )
        )
    return found


def _ends(known: Known) -> Mapping[str, date]:
    """The day up to which each source tells what happened: today, or the last day of what it sent by files."""
    file = pl.col("batch").str.starts_with(_FILE)
    each = known.held.drop_nulls("source").group_by("source").agg(files=file.all(), last=pl.col("last").max())
    return {
        source: min(_day(last, known.zone), known.today) if files else known.today
        for source, files, last in each.iter_rows()
    }


def _by_name(days: pl.DataFrame) -> dict[str, dict[date, int]]:
    found: dict[str, dict[date, int]] = {}
    for name, day, count in days.select("name", "day", "count").iter_rows():
        found.setdefault(name, {})[day] = count
    return found


def _within(ago: Mapping[int, int], days: int, since: int = 0) -> int:
    """How often in so many days that end so many days ago."""
    return sum(count for back, count in ago.items() if since <= back < since + days)


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def by_week(days: Mapping[date, int], last_day: date, weeks: int, week_start: int) -> Sequence[tuple[date, int]]:
    """How often in each of the last calendar weeks, by their first day, the oldest first.

    Args:
        days: How often on each day.
        last_day: A day of the last week.
        weeks: How many weeks.
        week_start: The day that weeks begin with, 1 is Monday.
    """
    begin = last_day - timedelta(days=(last_day.isoweekday() - week_start) % WEEK)
    starts = [begin - timedelta(days=back * WEEK) for back in reversed(range(weeks))]
    return [(start, sum(days.get(start + timedelta(days=ahead), 0) for ahead in range(WEEK))) for start in starts]
