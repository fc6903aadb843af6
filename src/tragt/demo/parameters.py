"""All parameters of the demonstration firm: its calendar, funnel, touches, deals, customers, collection.

Every number is a parameter of the population. What a simulation drew is not answered here.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tragt.demo.passage import Passage
from tragt.errors import InvalidDefinition

__all__ = [
    "SALES_PIPELINE",
    "SALES_STAGES",
    "Collection",
    "Firm",
    "Loyalty",
    "Market",
    "Period",
    "Sales",
    "Touches",
]

SALES_PIPELINE = "B2B sales"
SALES_STAGES = ("Prospecting", "Contact", "Need", "Offer", "Objections", "Close")


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are simulated, half-open.

    Args:
        start: First day.
        days: How many days, > 0.
        zone: Name of the firm's time zone.
    """

    start: date = date(2025, 1, 1)
    days: int = 365
    zone: str = "Europe/Copenhagen"

    @property
    def end(self) -> date:
        """First day after."""
        return self.start + timedelta(days=self.days)

    @property
    def length(self) -> float:
        """Days of 24 hours from the first moment to the last; a change of the clock makes it uneven."""
        return self.since_start(self.end)

    def midnight(self, day: date) -> datetime:
        """The moment (UTC) at which a day begins in the firm's zone."""
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def since_start(self, day: date) -> float:
        """Days of 24 hours from the first moment until a day begins; it may lie outside the period."""
        return (self.midnight(day).timestamp() - self.midnight(self.start).timestamp()) / 86_400

    def starts_of_days(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """When the local days begin in which moments fall.

        Args:
            days: Moments >= 0, in days since the first; those after the period are infinite in the result.

        Returns:
            Array of the same shape.
        """
        midnights = [self.since_start(self.start + timedelta(number)) for number in range(self.days + 1)]
        begun = np.array(midnights)[np.searchsorted(midnights, days, side="right") - 1]
        return np.where(days < self.length, begun, np.inf)


@dataclass(frozen=True, slots=True)
class Touches:
    """What persons do besides the steps; all are means a person.

    Args:
        returns: Later visits; whoever joins a webinar returns after it only.
        pages: Pages viewed at each visit.
        mails: E-mails to each webinar guest.
        calls: Calls to each person who requested a demo.
        growth: New persons a day at the end of the period over those at its start, less 1.
    """

    returns: float = 0.6
    pages: float = 3.0
    mails: float = 4.0
    calls: float = 1.5
    growth: float = 0.2

    def __post_init__(self) -> None:
        _check_range(self, ("returns", "pages", "mails", "calls", "growth"), math.inf)


@dataclass(frozen=True, slots=True)
class Market:
    """A class of customer.

    Args:
        name: Value of ``properties.market``.
        share: Share of companies.
        value: Median value of a deal.
    """

    name: str
    share: float
    value: float


@dataclass(frozen=True, slots=True)
class Sales:
    """Deals of those who request a demo.

    Args:
        opened: Share of those never sent a proposal who get a deal all the same.
        lost_before_offer: Share of the deals without a proposal that are lost; the others stay open.
        lost_after_offer: Share of the proposals not won that are lost; the others stay open.
        skipped: Share of proposals that go past the stage Objections.
        markets: Classes of companies; shares add to 1.
        spread: Standard deviation of the logarithm of a deal's value.
        currency: Currency of all values.
    """

    opened: float = 0.5
    lost_before_offer: float = 0.7
    lost_after_offer: float = 0.85
    skipped: float = 0.3
    markets: tuple[Market, ...] = (
        Market("small", 0.6, 24_000.0),
        Market("mid", 0.3, 90_000.0),
        Market("enterprise", 0.1, 380_000.0),
    )
    spread: float = 0.5
    currency: str = "DKK"

    def __post_init__(self) -> None:
        _check_range(self, ("opened", "lost_before_offer", "lost_after_offer", "skipped"), 1)
        _check_range(self, ("spread",), math.inf)
        total = sum(market.share for market in self.markets)
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise InvalidDefinition(
                "demo.shares_not_one",
                f"The shares of the markets add to {total:g}; make them add to 1.",
                total=total,
            )

    @property
    def mean_value(self) -> float:
        """Mean value of a deal."""
        return math.exp(self.spread**2 / 2) * sum(market.share * market.value for market in self.markets)


@dataclass(frozen=True, slots=True)
class Loyalty:
    """Customers after their first contract.

    Args:
        customers: Customers from before the period, as a share of new persons.
        renewed: Share of contracts renewed when their year is over.
        orders: Further orders of a customer a year.
    """

    customers: float = 0.02
    renewed: float = 0.82
    orders: float = 0.8

    def __post_init__(self) -> None:
        _check_range(self, ("renewed",), 1)
        _check_range(self, ("customers", "orders"), math.inf)


@dataclass(frozen=True, slots=True)
class Collection:
    """How the events reach the log.

    Args:
        late: Share of events received hours or days after their time.
        repeated: Share of events received twice, under the same id.
        robots: Robots, as a share of new persons.
        staff: Persons of the firm's own and of its tests, as a share of new persons.
    """

    late: float = 0.02
    repeated: float = 0.01
    robots: float = 0.03
    staff: float = 0.002

    def __post_init__(self) -> None:
        _check_range(self, ("late", "repeated"), 1)
        _check_range(self, ("robots", "staff"), math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """All that is known of the firm before anything is drawn.

    Args:
        name: Its fictitious name.
        persons: New persons in the period, >= 1; customers from before, robots and staff come on top.
        seed: Start of the random numbers, >= 0; the same parameters and seed give the same events.
        period: The days simulated.
        passage: How persons pass the steps.
        touches: What they do besides.
        sales: How deals go.
        loyalty: What customers do.
        collection: How events reach the log.
    """

    name: str = "Birkesø Vagtplan"
    persons: int = 20_000
    seed: int = 1
    period: Period = field(default_factory=Period)
    passage: Passage = field(default_factory=Passage)
    touches: Touches = field(default_factory=Touches)
    sales: Sales = field(default_factory=Sales)
    loyalty: Loyalty = field(default_factory=Loyalty)
    collection: Collection = field(default_factory=Collection)

    def __post_init__(self) -> None:
        if self.persons < 1 or self.period.days < 1 or self.seed < 0:
            raise InvalidDefinition(
                "demo.size_out_of_range",
                f"The firm has {self.persons} persons over {self.period.days} days and the seed {self.seed}; "
                "give at least 1 person, 1 day and the seed 0.",
                persons=self.persons,
                days=self.period.days,
                seed=self.seed,
            )


def _check_range(parameters: object, names: tuple[str, ...], highest: float) -> None:
    for name in names:
        value = getattr(parameters, name)
        if not 0 <= value <= highest:
            upper = "greater" if highest == math.inf else f"at most {highest:g}"
            raise InvalidDefinition(
                "demo.parameter_out_of_range",
                f"{type(parameters).__name__} has {name} {value:g}; give a number of 0 or {upper}.",
                name=name,
                value=value,
            )
