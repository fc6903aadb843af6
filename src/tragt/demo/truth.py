"""What holds in the population that a simulated firm is drawn from.

The unit is one person, and for deals one deal. Every figure is a parameter, computed from the laws
of the firm without drawing; how far a sample lies from it is for an interval to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tragt.demo.parameters import Firm
from tragt.demo.passage import FUNNEL_STEPS, FUNNEL_WINDOW, REFERRAL
from tragt.demo.waits import WaitSums
from tragt.errors import InvalidDefinition

__all__ = [
    "DealTruth",
    "ExperimentTruth",
    "LeakTruth",
    "LoyaltyTruth",
    "PartTruth",
    "PeriodTruth",
    "StepTruth",
    "Truth",
    "truth_of",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StepTruth:
    """One step of the demonstration funnel, over first attempts.

    Args:
        name: Name of the step.
        from_first: Probability of reaching the step within the window of the first visit.
        from_previous: Its ratio to that of the step before; None at the first step.
        median_from_first: Median time since the first visit among those who reach the step within
            the window; None at the first step.
        median_from_previous: The same since the step before.
    """

    name: str
    from_first: float
    from_previous: float | None
    median_from_first: timedelta | None
    median_from_previous: timedelta | None


@dataclass(frozen=True, slots=True)
class PartTruth:
    """One source, or one arm of the experiment.

    Args:
        name: Name of the source or arm.
        share: Share of new persons.
        steps: The steps of the funnel for these persons.
    """

    name: str
    share: float
    steps: tuple[StepTruth, ...]


@dataclass(frozen=True, slots=True)
class ExperimentTruth:
    """Effect of the treatment on ``from_previous`` of the step that it acts on.

    Args:
        name: Name of the experiment.
        step: Name of the step.
        control: Rate of the control.
        treatment: Rate of the treatment.
    """

    name: str
    step: str
    control: float
    treatment: float

    @property
    def difference(self) -> float:
        """Treatment less control."""
        return self.treatment - self.control

    @property
    def ratio(self) -> float:
        """Treatment over control."""
        return self.treatment / self.control


@dataclass(frozen=True, slots=True)
class DealTruth:
    """Deals of the sales pipeline in the end, without a window; None where there are none.

    Args:
        won_of_created: Probability that a created deal is won.
        won_of_closed: Share of the won among those won or lost.
        won_of_proposals: Probability that a proposal is won.
        mean_value: Mean value of a deal.
        currency: Its currency.
    """

    won_of_created: float | None
    won_of_closed: float | None
    won_of_proposals: float | None
    mean_value: float
    currency: str


@dataclass(frozen=True, slots=True)
class PeriodTruth:
    """What holds for persons whose first visit lies in one stretch of days.

    Args:
        start: First day.
        end: First day after.
        steps: The steps for all of them, a mixture over sources and arms.
        sources: The steps by source.
        arms: The steps by arm; empty without an experiment.
        experiment: Effect of the treatment; None without an experiment.
        deals: What becomes of their deals.
    """

    start: date
    end: date
    steps: tuple[StepTruth, ...]
    sources: tuple[PartTruth, ...]
    arms: tuple[PartTruth, ...]
    experiment: ExperimentTruth | None
    deals: DealTruth


@dataclass(frozen=True, slots=True)
class LeakTruth:
    """The planted leak, for the persons of its source.

    Args:
        step: Name of the step that fewer reach.
        source: Name of the source.
        since: First day of entry concerned; None = all.
        leaking: ``from_previous`` of the step with the leak.
        sound: ``from_previous`` of the step without it.
        wins_lost: Probability of winning within the window, without the leak less with it.
    """

    step: str
    source: str
    since: date | None
    leaking: float
    sound: float
    wins_lost: float


@dataclass(frozen=True, slots=True)
class LoyaltyTruth:
    """What customers do.

    Args:
        renewal_rate: Share of decided renewals that are won.
        orders_a_year: Further orders a year while a person is a customer.
        referral_share: Share of new persons who come by referral.
    """

    renewal_rate: float
    orders_a_year: float
    referral_share: float


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is true of the firm.

    Args:
        window: Window of the funnel that the rates and times are for.
        periods: One stretch of days, or two where a leak begins within the period.
        leak: The planted leak; None without one.
        loyalty: What customers do.
    """

    window: timedelta
    periods: tuple[PeriodTruth, ...]
    leak: LeakTruth | None
    loyalty: LoyaltyTruth

    @property
    def whole(self) -> PeriodTruth:
        """What holds for the whole period, where that is one thing.

        Raises:
            InvalidDefinition: A leak begins within the period.
        """
        if len(self.periods) > 1:
            raise InvalidDefinition(
                "demo.truth_changes",
                f"The rates change on {self.periods[1].start} when the leak begins; "
                "ask for one of `periods`, or plant a leak without a date.",
            )
        return self.periods[0]


def truth_of(firm: Firm, window: timedelta = FUNNEL_WINDOW) -> Truth:
    """What holds in the population of a firm.

    Args:
        firm: The firm.
        window: Window of the funnel over ``FUNNEL_STEPS``, > 0.

    Returns:
        Rates and medians for persons outside robots and own traffic.
    """
    sums = WaitSums(firm.passage.waits, window / timedelta(days=1))
    leak = firm.passage.leak
    starts, ends = firm.period.start, firm.period.end
    since = leak.since if leak else None
    if since is None or not starts < since < ends:
        leaking = leak is not None and (since is None or since <= starts)
        spans = [(starts, ends, leaking)]
    else:
        spans = [(starts, since, False), (since, ends, True)]
    periods = tuple(_period(firm, sums, *span) for span in spans)
    referred = sum(source.share for source in firm.passage.sources if source.name == REFERRAL)
    loyalty = LoyaltyTruth(firm.loyalty.renewed, firm.loyalty.orders, referred)
    return Truth(window, periods, _leak(firm, sums), loyalty)


def _period(firm: Firm, sums: WaitSums, start: date, end: date, leaking: bool) -> PeriodTruth:
    passage = firm.passage
    passed = _passed(firm, leaking=leaking)
    by_source = np.einsum("sak,a->sk", passed, passage.arm_shares)
    by_arm = np.einsum("sak,s->ak", passed, passage.source_shares)
    arms = _parts(passage.arms, passage.arm_shares, by_arm, sums) if passage.experiment else ()
    return PeriodTruth(
        start=start,
        end=end,
        steps=_steps(passage.source_shares @ by_source, sums),
        sources=_parts([source.name for source in passage.sources], passage.source_shares, by_source, sums),
        arms=arms,
        experiment=_experiment(firm, arms),
        deals=_deals(firm, passage.source_shares @ by_source),
    )


def _passed(firm: Firm, *, leaking: bool) -> Floats:
    """Probability of ever reaching each step, shape (sources, arms, steps)."""
    rates = firm.passage.rates(leaking=leaking)
    return np.cumprod(np.concatenate((np.ones((*rates.shape[:2], 1)), rates), axis=2), axis=2)


def _parts(names: Sequence[str], shares: Floats, passed: Floats, sums: WaitSums) -> tuple[PartTruth, ...]:
    rows = zip(names, shares, passed, strict=True)
    return tuple(PartTruth(name, float(share), _steps(row, sums)) for name, share, row in rows)


def _steps(passed: Floats, sums: WaitSums) -> tuple[StepTruth, ...]:
    within = [float(probability) * sums.within(step) for step, probability in enumerate(passed)]
    steps = [StepTruth(FUNNEL_STEPS[0], 1.0, None, None, None)]
    for step, name in enumerate(FUNNEL_STEPS[1:], start=1):
        steps.append(
            StepTruth(
                name,
                within[step],
                _ratio(within[step], within[step - 1]),
                timedelta(days=sums.median_of_sum(step)),
                timedelta(days=sums.median_of_wait(step)),
            )
        )
    return tuple(steps)


def _experiment(firm: Firm, arms: tuple[PartTruth, ...]) -> ExperimentTruth | None:
    experiment = firm.passage.experiment
    if experiment is None:
        return None
    control, treatment = (_rate(arm.steps, experiment.step) for arm in arms)
    return ExperimentTruth(experiment.name, experiment.step, control, treatment)


def _deals(firm: Firm, passed: Floats) -> DealTruth:
    sales = firm.sales
    requested, proposed, won = passed[2:]
    refused = (requested - proposed) * sales.opened
    lost = refused * sales.lost_before_offer + (proposed - won) * sales.lost_after_offer
    return DealTruth(
        won_of_created=_ratio(won, proposed + refused),
        won_of_closed=_ratio(won, won + lost),
        won_of_proposals=_ratio(won, proposed),
        mean_value=sales.mean_value,
        currency=sales.currency,
    )


def _leak(firm: Firm, sums: WaitSums) -> LeakTruth | None:
    leak = firm.passage.leak
    if leak is None:
        return None
    place = [source.name for source in firm.passage.sources].index(leak.source)
    leaking, sound = (
        _steps(firm.passage.arm_shares @ _passed(firm, leaking=leaks)[place], sums) for leaks in (True, False)
    )
    return LeakTruth(
        step=leak.step,
        source=leak.source,
        since=leak.since,
        leaking=_rate(leaking, leak.step),
        sound=_rate(sound, leak.step),
        wins_lost=sound[-1].from_first - leaking[-1].from_first,
    )


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _rate(steps: tuple[StepTruth, ...], name: str) -> float:
    return next(step.from_previous or 0.0 for step in steps if step.name == name)
