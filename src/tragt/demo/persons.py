"""The people of the demonstration firm: visitors with their latent steps, customers, robots, staff.

The unit is one person, known by a number: first the visitors, then customers from before the period,
robots and staff. What of a latent life falls within the period is not decided here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tragt.demo.parameters import Firm, Period
from tragt.demo.passage import FUNNEL_STEPS

__all__ = ["TRAFFIC", "People", "draw_people"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRAFFIC = ("outside", "own", "test")
WEEKDAYS = (1.0, 1.1, 1.1, 1.0, 0.8, 0.25, 0.3)
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 16, 14, 12, 15, 15, 13, 9, 6, 5, 6, 7, 6, 4, 2)
KNOWN_COMPANY = 0.4
VISITORS_A_COMPANY = 3


@dataclass(frozen=True, slots=True)
class Visitors:
    """Latent lives of the persons who enter the funnel.

    Args:
        source: Position of each person's source in the passage.
        arm: Position of each person's arm.
        times: Moment of each step in days since the start, shape (steps, persons); infinite = never.
    """

    source: Ints
    arm: Ints
    times: Floats

    @property
    def count(self) -> int:
        """Number of visitors."""
        return self.source.size

    def reaching(self, step: int) -> Ints:
        """Numbers of those who reach a step some day, be it after the period."""
        return np.flatnonzero(np.isfinite(self.times[step]))


@dataclass(frozen=True, slots=True)
class People:
    """Everyone who leaves events.

    Args:
        visitors: Those who enter the funnel, numbered from 0.
        customers: Numbers of the customers from before the period.
        robots: Numbers of the robots.
        staff: Numbers of the firm's own and test persons.
        company: Number of each person's company, -1 where unknown.
        market: Position of the market of each person's company.
        human: Probability of each person being human.
        traffic: Position of each person's traffic in ``TRAFFIC``.
    """

    visitors: Visitors
    customers: Ints
    robots: Ints
    staff: Ints
    company: Ints
    market: Ints
    human: Floats
    traffic: Ints

    @property
    def count(self) -> int:
        """Number of all persons."""
        return self.company.size


def draw_people(rng: np.random.Generator, firm: Firm) -> People:
    """Draw everyone who leaves events.

    Args:
        rng: Source of randomness.
        firm: How many there are of each kind, and how visitors pass the steps.

    Returns:
        The people; webinar guests are known with their company, other visitors in part.
    """
    visitors = _draw_visitors(rng, firm)
    shares = (firm.loyalty.customers, firm.collection.robots, firm.collection.staff)
    edges = np.cumsum([visitors.count, *(round(visitors.count * share) for share in shares)])
    total = int(edges[-1])
    _, customers, robots, staff = np.split(np.arange(total), edges[:-1])
    companies = 1 + visitors.count // VISITORS_A_COMPANY
    known = np.isfinite(visitors.times[1]) | (rng.random(visitors.count) < KNOWN_COMPANY)
    skewed = (companies * rng.random(visitors.count) ** 1.5).astype(np.int64)
    company = np.full(total, -1)
    company[: visitors.count] = np.where(known, skewed, -1)
    company[customers] = companies + np.arange(customers.size)
    markets = [market.share for market in firm.sales.markets]
    market = rng.choice(len(markets), companies + customers.size, p=markets)
    human = 1.0 - 0.4 * rng.random(total) ** 2
    human[robots] = 0.3 * rng.random(robots.size)
    traffic = np.zeros(total, dtype=np.int64)
    traffic[staff] = 1 + np.arange(staff.size) % 2
    return People(visitors, customers, robots, staff, company, market[company], human, traffic)


def _draw_visitors(rng: np.random.Generator, firm: Firm) -> Visitors:
    passage, count = firm.passage, firm.persons
    source = rng.choice(len(passage.sources), count, p=passage.source_shares)
    arm = rng.choice(len(passage.arms), count, p=passage.arm_shares)
    times = np.full((len(FUNNEL_STEPS), count), np.inf)
    times[0] = _first_visits(rng.random(count), firm.period, firm.touches.growth)
    leak = passage.leak
    leaks_from = firm.period.since_start(leak.since) if leak and leak.since else 0.0
    rates = np.stack((passage.rates(leaking=False), passage.rates(leaking=True)))
    era = (times[0] >= leaks_from).astype(np.int64)
    going = np.arange(count)
    for step, wait in enumerate(passage.waits):
        passes = rng.random(going.size) < rates[era[going], source[going], arm[going], step]
        going = going[passes]
        times[step + 1, going] = times[step, going] + wait.draw(rng, going.size)
    return Visitors(source, arm, times)


def _first_visits(uniform: Floats, period: Period, growth: float) -> Floats:
    """First visits by weekday, hour and growth, in days since the start."""
    hours = np.arange(period.days * 24)
    weekday = (period.start.weekday() + hours // 24) % 7
    weights = np.array(WEEKDAYS)[weekday] * np.array(HOURS)[hours % 24] * (1 + growth * hours / hours.size)
    edges = np.concatenate(([0.0], np.cumsum(weights)))
    days = np.interp(uniform * edges[-1], edges, np.arange(edges.size)) / 24
    return np.asarray(days * (period.length / period.days), dtype=np.float64)
