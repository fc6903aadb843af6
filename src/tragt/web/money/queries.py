"""Reading rates, and amounts by them. The unit of observation is the currency on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from django.db.models import Count, Max

from tragt.web.money.conversion import (
    PATIENCE_DAYS,
    Part,
    Rate,
    Reason,
    Total,
    added_up,
)
from tragt.web.money.models import BASE, DayRates
from tragt.web.shell import organisation
from tragt.web.shell.remembered import Remembered

__all__ = [
    "Part",
    "Reason",
    "Standing",
    "Total",
    "rates_into",
    "standings",
    "totals",
]

_RATES = pl.Schema({"currency": pl.String(), "day": pl.Date(), "per_euro": pl.String()})

_known: "Remembered[pl.DataFrame]" = Remembered()
_spans: "Remembered[list[tuple[str, str, date, date, int]]]" = Remembered()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a currency.

    Attributes:
        currency: ISO 4217 code.
        per_euro: The newest rate, as it was given.
        newest: Its day.
        oldest: Day of the first rate.
        gaps: How often there was none for more than seven days, so that amounts of days within have no value.
        in_force: Whether the newest still counts today.
    """

    currency: str
    per_euro: str
    newest: date
    oldest: date
    gaps: int
    in_force: bool


def totals(sums: Iterable[Iterable[Part]], into: str = "") -> list[Total]:
    """Sums over several currencies, each part by its own day's rate; what has none is left out, and said.

    The rates are read once for all of them.

    Args:
        sums: The parts of each.
        into: The currency of the totals; empty is the organisation's.
    """
    given, other = [list(parts) for parts in sums], into or organisation.current().currency
    asked = {(part.currency.upper(), part.day) for parts in given for part in parts}
    return added_up(given, other, _rates(asked, other))


def rates_into(into: str = "") -> pl.DataFrame:
    """What one of each currency is worth, as the library's funnels and leaks ask for it (`funnel.Value.rates`).

    Args:
        into: The currency; empty is the organisation's.

    Returns:
        ``currency``, ``day`` and ``rate`` (how much of `into` one is worth from that day on; missing from the day on
        after which there was none for more than seven days).
    """
    other = into or organisation.current().currency
    everything = _everything()
    base = everything.select("day").unique().with_columns(currency=pl.lit(BASE), per_euro=pl.lit("1"))
    every = pl.concat([everything.filter(pl.col("currency") != BASE), base.select(everything.columns)])
    ends = _ends(every)
    theirs = every.filter(pl.col("currency") == other).select("day", theirs=pl.col("per_euro").cast(pl.Float64))
    own = every.with_columns(pl.col("per_euro").cast(pl.Float64)).sort("day")
    joined = own.join_asof(theirs.sort("day"), on="day", strategy="backward", tolerance=f"{PATIENCE_DAYS}d")
    rated = joined.select("currency", "day", rate=pl.col("theirs") / pl.col("per_euro"))
    return pl.concat([rated, ends]).filter(pl.col("currency") != other).sort("currency", "day")


def standings(today: date) -> list[Standing]:
    """What is known of each currency that has a rate, by code.

    Args:
        today: The day in the organisation's zone.
    """
    since = today - timedelta(days=PATIENCE_DAYS)
    rows = _spans.of(_state(), _by_currency)
    return [Standing(*row, in_force=since <= row[2]) for row in rows]


def _by_currency() -> list[tuple[str, str, date, date, int]]:
    """Of each currency the newest rate, its day, the first day, and the gaps."""
    every = _everything().sort("currency", "day")
    apart = pl.col("day").diff().dt.total_days() > PATIENCE_DAYS
    rows = every.group_by("currency", maintain_order=True).agg(
        pl.col("per_euro").last(),
        newest=pl.col("day").last(),
        oldest=pl.col("day").first(),
        gaps=apart.sum(),
    )
    return rows.rows()


def _rates(asked: Iterable[tuple[str, date]], into: str) -> list[Rate]:
    """The rates that may count on some days, as far as any of them needs one."""
    others = [(currency, day) for currency, day in asked if currency not in (into, "")]
    if not others:
        return []
    days = [day for _currency, day in others]
    rows = DayRates.objects.filter(day__range=(min(days) - timedelta(days=PATIENCE_DAYS), max(days)))
    return _each(rows.values_list("day", "per_euro"), {into, *(currency for currency, _day in others)})


def _everything() -> pl.DataFrame:
    """Every rate, kept in memory until one changes."""
    return _known.of(_state(), lambda: _frame(DayRates.objects.values_list("day", "per_euro")))


def _state() -> tuple[int, object]:
    """Changes whenever a rate does."""
    found = DayRates.objects.aggregate(number=Count("pk"), changed=Max("changed"))
    return found["number"], found["changed"]


def _frame(rows: Iterable[tuple[date, dict[str, str]]]) -> pl.DataFrame:
    return pl.DataFrame(_each(rows), _RATES, orient="row")


def _each(rows: Iterable[tuple[date, dict[str, str]]], codes: set[str] | None = None) -> list[Rate]:
    """The rates of some days one by one, of all currencies or of some."""
    return [
        (currency, day, rate)
        for day, per_euro in rows
        for currency, rate in per_euro.items()
        if codes is None or currency in codes
    ]


def _ends(every: pl.DataFrame) -> pl.DataFrame:
    """Where the rates of a currency stop for more than seven days: from then on they count no more."""
    after = pl.col("day").shift(-1).over("currency", order_by="day")
    last = (after - pl.col("day")).dt.total_days() > PATIENCE_DAYS
    stopped = every.sort("currency", "day").filter(last | after.is_null())
    day = pl.col("day") + pl.duration(days=PATIENCE_DAYS + 1)
    return stopped.select("currency", day=day.cast(pl.Date), rate=pl.lit(None, pl.Float64()))
