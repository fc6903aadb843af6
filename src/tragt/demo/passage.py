"""The law by which persons pass the steps of the demonstration funnel, with the planted leak and A/B test.

The unit is one person. What a simulation drew, and figures within a window, are not answered here.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tragt.demo.waits import Spell, Wait
from tragt.errors import InvalidDefinition

__all__ = [
    "FUNNEL_STEPS",
    "FUNNEL_WINDOW",
    "REFERRAL",
    "Experiment",
    "Leak",
    "Passage",
    "Source",
]

FUNNEL_STEPS = ("Visited", "Webinar Joined", "Demo Requested", "Proposal Sent", "Deal Won")
FUNNEL_WINDOW = timedelta(days=90)
REFERRAL = "Referral"

SOURCES = (
    ("Organic Search", 0.28, (0.22, 0.36, 0.62, 0.42)),
    ("Paid Search", 0.20, (0.20, 0.34, 0.58, 0.38)),
    ("Paid Social", 0.18, (0.25, 0.34, 0.55, 0.36)),
    ("Newsletter", 0.12, (0.38, 0.40, 0.64, 0.44)),
    ("Partner", 0.07, (0.30, 0.46, 0.70, 0.50)),
    (REFERRAL, 0.06, (0.34, 0.52, 0.74, 0.56)),
    ("Direct", 0.09, (0.16, 0.38, 0.60, 0.42)),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where persons come from.

    Args:
        name: Value of ``properties.source`` on the first visit.
        share: Share of all new persons, > 0.
        rates: Probability of passing each step after the first, if time were unlimited, in [0, 1].
    """

    name: str
    share: float
    rates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """One step that one source passes worse than it would.

    Args:
        step: Name of the step that fewer reach.
        source: Name of the source.
        factor: What the source's rate of that step is multiplied by, in [0, 1].
        since: First day of entry of the persons concerned; None = all of them.
    """

    step: str = "Demo Requested"
    source: str = "Paid Social"
    factor: float = 0.4
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An A/B test of the way to one step; persons are assigned at their first visit.

    Args:
        name: Value of ``properties.experiment``.
        step: Name of the step it acts on.
        arms: Names of the control and of the treatment.
        treated: Share of persons in the treatment, in (0, 1).
        factor: What the treatment multiplies the rate of the step by.
    """

    name: str = "short-signup-form"
    step: str = "Webinar Joined"
    arms: tuple[str, str] = ("control", "short form")
    treated: float = 0.5
    factor: float = 1.25

    def __post_init__(self) -> None:
        if not 0 < self.treated < 1:
            raise InvalidDefinition(
                "demo.treated_out_of_range",
                f"The experiment treats a share of {self.treated:g}; give a number between 0 and 1.",
                treated=self.treated,
            )

    @property
    def shares(self) -> tuple[float, float]:
        """Shares of control and treatment."""
        return 1 - self.treated, self.treated


@dataclass(frozen=True, slots=True)
class Passage:
    """How persons pass the steps of the demonstration funnel.

    Args:
        sources: Where they come from; shares add to 1.
        waits: Time from each step to the next, the same for all sources and arms.
        leak: The planted leak, or None.
        experiment: The planted A/B difference, or None.
    """

    sources: tuple[Source, ...] = tuple(Source(*row) for row in SOURCES)
    waits: tuple[Wait, ...] = (
        Wait((Spell(0.6, 3.0, 0.9), Spell(0.4, 16.0, 0.7))),
        Wait((Spell(1.0, 6.0, 1.0),)),
        Wait((Spell(1.0, 8.0, 0.7),)),
        Wait((Spell(0.7, 16.0, 0.6), Spell(0.3, 40.0, 0.5))),
    )
    leak: Leak | None = Leak()
    experiment: Experiment | None = Experiment()

    def __post_init__(self) -> None:
        _check_shares(self)
        _check_planted(self)
        for leaking in (False, True):
            if not ((self.rates(leaking=leaking) >= 0) & (self.rates(leaking=leaking) <= 1)).all():
                raise InvalidDefinition(
                    "demo.rate_out_of_range",
                    "A rate of a source, times the factors of leak and experiment, lies outside 0 to 1; "
                    "choose smaller rates or factors.",
                )

    @property
    def source_shares(self) -> NDArray[np.float64]:
        """Share of each source."""
        return np.array([source.share for source in self.sources])

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms; without an experiment there is one without a name."""
        return self.experiment.arms if self.experiment else ("",)

    @property
    def arm_shares(self) -> NDArray[np.float64]:
        """Share of each arm."""
        return np.array(self.experiment.shares if self.experiment else (1.0,))

    def rates(self, *, leaking: bool) -> NDArray[np.float64]:
        """Probability of passing each step after the first, if time were unlimited.

        Args:
            leaking: Whether the leak acts.

        Returns:
            Array of shape (sources, arms, steps - 1).
        """
        rates = np.repeat(np.array([s.rates for s in self.sources])[:, None, :], len(self.arms), axis=1)
        if self.leak and leaking:
            leaky = [source.name for source in self.sources].index(self.leak.source)
            rates[leaky, :, FUNNEL_STEPS.index(self.leak.step) - 1] *= self.leak.factor
        if self.experiment:
            rates[:, 1, FUNNEL_STEPS.index(self.experiment.step) - 1] *= self.experiment.factor
        return rates


def _check_shares(passage: Passage) -> None:
    total = passage.source_shares.sum()
    if not np.isclose(total, 1.0, atol=1e-9) or (passage.source_shares <= 0).any():
        raise InvalidDefinition(
            "demo.shares_not_one",
            f"The shares of the sources add to {total:g}; each must be greater than 0 and they must add to 1.",
            total=float(total),
        )
    expected = len(FUNNEL_STEPS) - 1
    numbers = {len(passage.waits), *(len(source.rates) for source in passage.sources)}
    if numbers != {expected}:
        raise InvalidDefinition(
            "demo.wrong_number_of_steps",
            f"The demonstration funnel has {expected} steps after the first; "
            f"give {expected} waits, and {expected} rates for every source.",
        )


def _check_planted(passage: Passage) -> None:
    steps = [planted.step for planted in (passage.leak, passage.experiment) if planted]
    if unknown := [step for step in steps if step not in FUNNEL_STEPS[1:]]:
        raise InvalidDefinition(
            "demo.unknown_step",
            f"{unknown[0]!r} is not a step that can be made better or worse; "
            f"choose one of {', '.join(FUNNEL_STEPS[1:])}.",
        )
    names = [source.name for source in passage.sources]
    if passage.leak and passage.leak.source not in names:
        raise InvalidDefinition(
            "demo.unknown_source",
            f"The leak is planted at the source {passage.leak.source!r}; choose one of {', '.join(names)}.",
        )
