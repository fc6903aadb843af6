"""Plain proportions among persons who entered a window before the end or earlier.

They are never censored, so their proportions are unbiased without a survival estimate. Used by the
tests and by the benchmark of the demonstration firm's truth.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from tragt.demo import FUNNEL_STEPS, FUNNEL_WINDOW, Simulation
from tragt.demo.truth import StepTruth

NORMAL_975 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """How many passed, of how many, and the probability with which they should have."""

    passed: int
    entered: int
    truth: float

    @property
    def deviation(self) -> float:
        """Distance from the truth in standard errors."""
        spread = math.sqrt(self.entered * self.truth * (1 - self.truth))
        return (self.passed - self.entered * self.truth) / spread

    @property
    def covered(self) -> bool:
        """Whether Wilson's 95 % interval holds the truth: it is what the score test does not reject."""
        return abs(self.deviation) <= NORMAL_975


def mature(simulation: Simulation) -> pl.DataFrame:
    """One row a mature person: source, arm, and the first time of each step."""
    real = simulation.frame.filter(pl.col("human") >= 0.5, pl.col("traffic") == "outside")
    times = (
        real.filter(pl.col("name").is_in(FUNNEL_STEPS))
        .group_by("person", pl.col("name").cast(pl.String))
        .agg(pl.col("time").min())
        .pivot("name", index="person", values="time")
        .filter(pl.col(FUNNEL_STEPS[0]) <= simulation.as_of - FUNNEL_WINDOW)
    )
    first = real.filter(pl.col("name") == FUNNEL_STEPS[0]).unique("person", keep="first", maintain_order=True)
    about = first.select("person", source="properties.source", arm="properties.arm")
    return times.join(about, on="person").select("source", "arm", *FUNNEL_STEPS)


def shares(persons: pl.DataFrame, steps: tuple[StepTruth, ...]) -> Iterator[Share]:
    """The share of each step, from the first and, where this is another figure, from the previous."""
    within = [pl.col(step) - pl.col(FUNNEL_STEPS[0]) <= FUNNEL_WINDOW for step in FUNNEL_STEPS]
    counts = persons.select(reached.sum().alias(str(i)) for i, reached in enumerate(within)).row(0)
    for number, step in enumerate(steps[1:], start=1):
        yield Share(counts[number], counts[0], step.from_first)
        if number > 1 and step.from_previous is not None:
            yield Share(counts[number], counts[number - 1], step.from_previous)
