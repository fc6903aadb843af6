"""Deals of those who request a demo, from their creation through the stages to won or lost.

The unit is one deal; it bears the number of its person. Renewals are not made here.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tragt.demo.batches import Batches, Column, labelled
from tragt.demo.parameters import SALES_PIPELINE, SALES_STAGES, Firm, Sales
from tragt.demo.persons import People

__all__ = ["about_deals", "add_deals"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

REASONS = ("price", "no budget", "chose a competitor", "no decision", "missing feature")
OFFER = SALES_STAGES.index("Offer")
ANSWERED = 0.1


@dataclass(frozen=True, slots=True)
class Deals:
    """Latent deals, times in days since the start; infinite = never.

    Args:
        person: Number of the primary contact.
        entered: Moment of entering each stage, shape (stages, deals).
        won: Moment of winning.
        lost: Moment of losing.
    """

    person: Ints
    entered: Floats
    won: Floats
    lost: Floats


def add_deals(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> None:
    """Add the deals of visitors, with the proposals and wins that are steps of the funnel."""
    deals = _draw_deals(rng, people, firm)
    person = deals.person
    about = about_deals(rng, people.market[person], firm.sales) | {"deal": person, "pipeline": SALES_PIPELINE}
    batches.add("Deal Created", deals.entered[0], person, stage=SALES_STAGES[0], **about)
    offered = people.visitors.times[3, person]
    batches.add("Proposal Sent", offered, person, stage=SALES_STAGES[OFFER], channel="email", **about)
    met = deals.entered[SALES_STAGES.index("Need")]
    batches.add("Meeting Held", met, person, deal=person, channel="meeting")
    stage_before = np.full(person.size, -1)
    for stage, (name, entered) in enumerate(zip(SALES_STAGES, deals.entered, strict=True)):
        moves: dict[str, Column] = {"from": _stages_left(stage_before), "to": name, "stage": name}
        batches.add("Deal Stage Entered", entered, person, **moves, **about)
        stage_before[np.isfinite(entered)] = stage
    batches.add("Deal Won", deals.won, person, stage="Won", **about)
    reason = labelled(rng.integers(len(REASONS), size=person.size), REASONS)
    batches.add("Deal Lost", deals.lost, person, stage="Lost", reason=reason, **about)


def about_deals(rng: np.random.Generator, market: Ints, sales: Sales) -> dict[str, Column]:
    """Market and value of deals.

    Args:
        rng: Source of randomness.
        market: Position of each deal's market.
        sales: The markets and their values.

    Returns:
        Columns for the events of the deals; values are whole units of the currency.
    """
    medians = np.array([one.value for one in sales.markets])[market]
    return {
        "market": labelled(market, tuple(one.name for one in sales.markets)),
        "value": np.rint(medians * np.exp(sales.spread * rng.standard_normal(market.size))),
        "currency": sales.currency,
    }


def _draw_deals(rng: np.random.Generator, people: People, firm: Firm) -> Deals:
    sales, waits = firm.sales, firm.passage.waits
    person = people.visitors.reaching(2)
    offered = np.isfinite(people.visitors.times[3, person])
    opened = offered | (rng.random(person.size) < sales.opened)
    person, offered = person[opened], offered[opened]
    _, _, requested, offer, won = people.visitors.times[:, person]
    wins = np.isfinite(won)
    decided = np.where(offered, offer, requested + waits[2].draw(rng, person.size))
    closing = np.where(wins, won, decided + waits[3].draw(rng, person.size))
    late = _after_offer(rng, decided, closing, wins, sales.skipped)
    early = _before_offer(rng, requested, decided, offered)
    entered = np.vstack((early, offer, np.where(offered, late, np.inf)))
    loses = rng.random(person.size) < np.where(offered, sales.lost_after_offer, sales.lost_before_offer)
    lost = np.where(loses & ~wins, np.where(offered, closing, decided), np.inf)
    return Deals(person, entered, won, lost)


def _before_offer(rng: np.random.Generator, requested: Floats, decided: Floats, offered: Flags) -> Floats:
    """Entries of the stages before the offer; deals that get none stop at any of these stages."""
    parts = np.sort(rng.uniform(ANSWERED, 1, (OFFER, requested.size)), axis=0)
    parts[0] = ANSWERED
    depth = np.where(offered, OFFER, rng.integers(1, OFFER + 1, requested.size))
    reached = np.arange(OFFER)[:, None] < depth
    return np.where(reached, requested + parts * (decided - requested), np.inf)


def _after_offer(rng: np.random.Generator, offer: Floats, closing: Floats, wins: Flags, skipped: float) -> Floats:
    """Entries of Objections and Close; won deals come to Close, others may stop before."""
    parts = np.sort(rng.random((2, offer.size)), axis=0)
    depth = np.where(wins, 2, rng.integers(0, 3, offer.size))
    handled = (depth > 0) & (rng.random(offer.size) >= skipped)
    return np.where(np.vstack((handled, depth > 1)), offer + parts * (closing - offer), np.inf)


def _stages_left(stage: Ints) -> pl.Series:
    """Name of the stage each deal comes from; null where it comes from none."""
    return labelled(stage, SALES_STAGES).set(pl.Series(stage < 0), None)
