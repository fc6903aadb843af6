"""What customers do after their first contract: renew, order more, refer others.

The unit is one customer: those from before the period, and visitors from the moment they buy.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tragt.demo.batches import Batches, labelled
from tragt.demo.deals import about_deals
from tragt.demo.parameters import Firm
from tragt.demo.passage import REFERRAL
from tragt.demo.persons import People

__all__ = ["add_loyalty"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR = 365.0
NOTICE = 45.0
RENEWAL_PIPELINE = "Renewal"
REASONS = ("price", "not used enough", "chose a competitor", "closed down")
MEDIAN_ORDER = 6_000.0


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers; times in days since the start.

    Args:
        person: Number of the person.
        since: When the person became a customer; 0 for those from before.
        due: When the first contract ends.
    """

    person: Ints
    since: Floats
    due: Floats


def add_loyalty(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> None:
    """Add renewals, further orders and referrals of all customers."""
    customers = _draw_customers(rng, people, firm)
    left = _add_renewals(batches, rng, customers, people, firm)
    _add_orders(batches, rng, customers, left, firm)
    _add_referrals(batches, rng, customers, people, firm)


def _draw_customers(rng: np.random.Generator, people: People, firm: Firm) -> Customers:
    won = people.visitors.times[-1]
    new = np.flatnonzero(won < firm.period.length)
    old = people.customers
    return Customers(
        person=np.concatenate((old, new)),
        since=np.concatenate((np.zeros(old.size), won[new])),
        due=np.concatenate((NOTICE + YEAR * rng.random(old.size), won[new] + YEAR)),
    )


def _add_renewals(
    batches: Batches, rng: np.random.Generator, customers: Customers, people: People, firm: Firm
) -> Floats:
    """Add a deal for each contract that ends, opened ahead of its end; returns when customers leave."""
    left = np.full(customers.person.size, np.inf)
    going = np.arange(customers.person.size)
    for year in range(2 + firm.period.days // int(YEAR)):
        person, ends = customers.person[going], customers.due[going] + year * YEAR
        renews = rng.random(going.size) < firm.loyalty.renewed
        about = about_deals(rng, people.market[person], firm.sales)
        about |= {"deal": person + (1 + year) * people.count, "pipeline": RENEWAL_PIPELINE}
        reason = labelled(rng.integers(len(REASONS), size=going.size), REASONS)
        batches.add("Deal Created", ends - NOTICE, person, **about)
        batches.add("Deal Won", np.where(renews, ends, np.inf), person, stage="Won", **about)
        batches.add("Deal Lost", np.where(renews, np.inf, ends), person, stage="Lost", reason=reason, **about)
        left[going[~renews]] = ends[~renews]
        going = going[renews]
    return left


def _add_orders(batches: Batches, rng: np.random.Generator, customers: Customers, left: Floats, firm: Firm) -> None:
    """Add orders at a constant rate while a person is a customer."""
    stays = np.minimum(left, firm.period.length) - customers.since
    orders = rng.poisson(firm.loyalty.orders / YEAR * stays)
    who = np.repeat(np.arange(stays.size), orders)
    ordered = customers.since[who] + stays[who] * rng.random(who.size)
    value = np.rint(MEDIAN_ORDER * np.exp(firm.sales.spread * rng.standard_normal(who.size)))
    currency = firm.sales.currency
    batches.add("Order Completed", ordered, customers.person[who], value=value, currency=currency)


def _add_referrals(
    batches: Batches, rng: np.random.Generator, customers: Customers, people: People, firm: Firm
) -> None:
    """Add for each person who comes by referral the act of someone who was a customer by then."""
    names = [source.name for source in firm.passage.sources]
    referred = np.flatnonzero(people.visitors.source == (names.index(REFERRAL) if REFERRAL in names else -1))
    came = people.visitors.times[0, referred]
    order = np.argsort(customers.since, kind="stable")
    candidates = np.searchsorted(customers.since[order], came)
    referred, came, candidates = (array[candidates > 0] for array in (referred, came, candidates))
    who = order[(candidates * rng.random(candidates.size)).astype(np.int64)]
    made = came - rng.random(came.size) * np.minimum(7, came - customers.since[who])
    persons = "p" + pl.Series(referred).cast(pl.String)
    batches.add("Referral Made", made, customers.person[who], referred=persons, channel="referral")
