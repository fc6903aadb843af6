"""The demonstration firm: sells shift planning to care homes and clinics, and does not exist.

From its parameters come the events of a year and, computed apart from them, the truth they are drawn
from. The unit of observation is one event.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from tragt.demo.batches import Batches
from tragt.demo.deals import add_deals
from tragt.demo.layout import as_received, lay_out
from tragt.demo.loyalty import add_loyalty
from tragt.demo.names import named
from tragt.demo.parameters import SALES_STAGES, Firm
from tragt.demo.passage import FUNNEL_WINDOW
from tragt.demo.persons import draw_people
from tragt.demo.touches import add_calls, add_mails, add_outsiders, add_steps, add_visits
from tragt.demo.truth import Truth, truth_of
from tragt.events.log import EventLog

__all__ = ["DemoFirm", "Simulation", "simulate"]


@dataclass(frozen=True, slots=True)
class Simulation:
    """One year of a firm, as drawn.

    Args:
        firm: Its parameters.
        frame: The settled log, one row an event in the order of time, with robots and own traffic marked.
        stages: The stages of the sales pipeline, in order.
    """

    firm: Firm
    frame: pl.DataFrame
    stages: tuple[str, ...] = SALES_STAGES

    @property
    def received_frame(self) -> pl.DataFrame:
        """The log as collected: in the order of receipt, some events twice under one id."""
        return as_received(self.frame, _streams(self.firm.seed)[-1], self.firm)

    @property
    def named_frame(self) -> pl.DataFrame:
        """The settled log with names of persons, companies and deals, as an export of a firm's systems has them."""
        return named(self.frame, self.firm.seed)

    @property
    def as_of(self) -> datetime:
        """The moment (UTC) at which the simulation stops watching."""
        return self.firm.period.midnight(self.firm.period.end)

    @property
    def truth(self) -> Truth:
        """What the events were drawn from."""
        return truth_of(self.firm)

    @property
    def log(self) -> EventLog:
        """The settled log, ready for a funnel; it does not keep when events were received."""
        zone = ZoneInfo(self.firm.period.zone)
        return EventLog(self.frame.drop("received"), zone=zone, stages=self.stages)

    def write_csv(self, path: Path) -> None:
        """Write the settled log as CSV, times in UTC."""
        self.frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")

    def write_parquet(self, path: Path) -> None:
        """Write the settled log as Parquet."""
        self.frame.write_parquet(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFirm(Firm):
    """A firm that can be simulated and that knows its truth; see `Firm` for its parameters.

    Example:
        >>> firm = DemoFirm(persons=1_000)
        >>> firm.log().frame["person"].n_unique()
        1052
        >>> [round(step.from_first, 3) for step in firm.truth().whole.steps]
        [1.0, 0.278, 0.096, 0.06, 0.024]
    """

    def simulate(self) -> Simulation:
        """Draw its events."""
        return simulate(self)

    def log(self) -> EventLog:
        """Draw its events, as a log."""
        return simulate(self).log

    def truth(self, window: timedelta = FUNNEL_WINDOW) -> Truth:
        """What its events are drawn from, for a funnel over ``FUNNEL_STEPS`` with this window."""
        return truth_of(self, window)


def simulate(firm: Firm) -> Simulation:
    """Draw the events of a firm.

    Args:
        firm: Its parameters; equal ones give equal events.

    Returns:
        The settled log and what goes with it.
    """
    persons, web, mail, calls, sales, loyalty, outsiders, receipt, _ = _streams(firm.seed)
    people = draw_people(persons, firm)
    batches = Batches(firm.period.length)
    add_visits(batches, web, people, firm)
    add_steps(batches, people)
    add_mails(batches, mail, people, firm)
    add_calls(batches, calls, people, firm)
    add_deals(batches, sales, people, firm)
    add_loyalty(batches, loyalty, people, firm)
    add_outsiders(batches, outsiders, people, firm)
    return Simulation(firm, lay_out(batches, receipt, people, firm))


def _streams(seed: int) -> tuple[np.random.Generator, ...]:
    """One stream of random numbers for each part, so that a change to one leaves the others as they are."""
    return tuple(np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(9))
