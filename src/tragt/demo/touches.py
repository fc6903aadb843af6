"""What persons leave behind on the way: visits, pages, the steps before the deal, e-mails, calls.

The unit is one touch. Deals and what customers do are not made here.
"""

import numpy as np

from tragt.demo.batches import Batches, Column, labelled
from tragt.demo.parameters import Firm
from tragt.demo.passage import FUNNEL_STEPS
from tragt.demo.persons import People

__all__ = ["add_calls", "add_mails", "add_outsiders", "add_steps", "add_visits"]

MINUTE = 1 / 1440
SECOND = MINUTE / 60
PAGES = ("/", "/product", "/pricing", "/customers", "/guides")
CAMPAIGNS = ("welcome", "case-study", "webinar-follow-up", "product-news")
RETURNING = "Direct"
OPENED, CLICKED = 0.45, 0.3


def add_visits(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> None:
    """Add first and later visits, with the pages viewed and the arm of the experiment seen.

    Whoever joins a webinar comes back only after it, so no later visit begins a way that leads
    further than the first one.
    """
    visitors, passage = people.visitors, firm.passage
    first = np.arange(visitors.count)
    back = np.repeat(first, rng.poisson(firm.touches.returns, visitors.count))
    after = np.where(np.isfinite(visitors.times[1]), visitors.times[1], visitors.times[0])[back]
    persons = np.concatenate((first, back))
    days = np.concatenate((visitors.times[0], after + rng.exponential(45.0, back.size)))
    session = np.arange(persons.size)
    returning = session >= visitors.count
    sources = (*(source.name for source in passage.sources), RETURNING)
    source = labelled(np.where(returning, len(sources) - 1, visitors.source[persons]), sources)
    seen: dict[str, Column] = {"session": session, "channel": "web"}
    if passage.experiment:
        seen["arm"] = labelled(visitors.arm[persons], passage.arms)
    batches.add(FUNNEL_STEPS[0], days, persons, source=source, returning=returning, **seen)
    if passage.experiment:
        arm = labelled(visitors.arm, passage.arms)
        test: dict[str, Column] = {
            "experiment": passage.experiment.name,
            "arm": arm,
            "session": first,
            "channel": "web",
        }
        batches.add("Experiment Viewed", visitors.times[0] + 2 * SECOND, first, **test)
    viewed = np.repeat(session, rng.poisson(firm.touches.pages, session.size))
    page = labelled(rng.integers(len(PAGES), size=viewed.size), PAGES)
    read = days[viewed] + MINUTE * (0.1 + 19 * rng.random(viewed.size))
    batches.add("Page Viewed", read, persons[viewed], session=viewed, page=page, channel="web")


def add_steps(batches: Batches, people: People) -> None:
    """Add webinars joined and demos requested."""
    guests, requesters = people.visitors.reaching(1), people.visitors.reaching(2)
    requested = people.visitors.times[2, requesters]
    batches.add(FUNNEL_STEPS[1], people.visitors.times[1, guests], guests, channel="webinar")
    batches.add(FUNNEL_STEPS[2], requested, requesters, channel="web")
    batches.add("Form Submitted", requested, requesters, form="demo", channel="web")


def add_mails(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> None:
    """Add e-mails to webinar guests: sent, opened by some, clicked by some of these."""
    guests = people.visitors.reaching(1)
    persons = np.repeat(guests, rng.poisson(firm.touches.mails, guests.size))
    campaign = labelled(rng.integers(len(CAMPAIGNS), size=persons.size), CAMPAIGNS)
    sent = people.visitors.times[1, persons] + 60 * rng.random(persons.size)
    opened = np.where(rng.random(persons.size) < OPENED, sent + rng.exponential(0.3, persons.size), np.inf)
    clicked = np.where(rng.random(persons.size) < CLICKED, opened + MINUTE, np.inf)
    for name, days in (("Email Sent", sent), ("Email Opened", opened), ("Email Clicked", clicked)):
        batches.add(name, days, persons, campaign=campaign, channel="email")


def add_calls(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> None:
    """Add calls to those who requested a demo, known by their day only."""
    requesters = people.visitors.reaching(2)
    persons = np.repeat(requesters, rng.poisson(firm.touches.calls, requesters.size))
    called = people.visitors.times[2, persons] + rng.exponential(12.0, persons.size)
    batches.add("Call Logged", firm.period.starts_of_days(called), persons, channel="phone")


def add_outsiders(batches: Batches, rng: np.random.Generator, people: People, firm: Firm) -> None:
    """Add what robots and the firm's own people do, which no figure should count."""
    arrived = firm.period.length * rng.random(people.count)
    robots = np.repeat(people.robots, 1 + rng.poisson(12, people.robots.size))
    crawled = arrived[robots] + rng.random(robots.size) / 24
    batches.add(FUNNEL_STEPS[0], crawled, robots, source=RETURNING, channel="web")
    for step, name in enumerate(FUNNEL_STEPS[:3]):
        batches.add(name, arrived[people.staff] + step / 24, people.staff, channel="web")
