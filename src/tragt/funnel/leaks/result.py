"""What was found: leaks ranked by what they cost, and what does better than it did.

The unit of observation is the cell: the step from one required step to the next, for one value of a breakdown or
for all. A figure that is undefined is None and `reason` says why; it is never 0.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tragt.funnel.question import Breakdown

__all__ = ["Against", "Cost", "Kind", "Leak", "Leaks", "NotJudged"]


class Kind(StrEnum):
    """What becomes of those who leak."""

    DRIFTED = "drifted"
    """They did not pass in the time they had: lost, excluded or expired."""
    STUCK = "stuck"
    """They still stand there, far longer than it usually takes."""


class Against(StrEnum):
    """What a cell is compared with."""

    TARGET = "target"
    PREVIOUS = "previous"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a leak costs a month: an upper estimate, as the rescued may convert worse than the others.

    Attributes:
        per_month: In money, of the currency that `Leaks` names, or in conversions; negative where a cell does better.
        low: Lower limit of its interval.
        high: Upper limit.
        level: Confidence level of the interval.
        in_money: Whether it is money; else it is in conversions.
        beyond_step: The part that exceeds the step's own leak; costs of values that overlap do not add, these do
            add to that of the step.
        chance: Share of those who get on who reach the last step, 0 to 1.
        value: What a conversion is worth on average, in money; None where the cost is in conversions. The attempts
            that the leak lost, by the days of a month for the days judged, times `chance`, times this, is `per_month`.
    """

    per_month: float
    low: float
    high: float
    level: float
    in_money: bool
    beyond_step: float
    chance: float
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Leak:
    """A cell that does worse than it should, beyond noise (in the other list: better).

    Attributes:
        kind: What becomes of those who leak.
        against: What it was compared with.
        step: Title of the step that fewer reach.
        previous_step: Title of the required step before, where they leak.
        by: The breakdown, or None: the step as a whole.
        value: The value of the breakdown; None is absent, or the step as a whole.
        entered: Attempts of the cell that were at the previous step, in the days judged.
        kept: Of these, how many passed (of those not yet through their time: how many are not stuck).
        rate: kept ÷ entered.
        reference: The rate it is compared with.
        p_value: Probability of so low a rate by chance, days that move together allowed for.
        q_value: The smallest share of false alarms among those listed at which this one would be listed.
        units_lost: Attempts lost in the days judged, shrunk; negative where the cell does better.
        cost: What they cost a month, or None.
        reason: Why the cost is absent, or None.
        days: First day judged and first day after.
    """

    kind: Kind
    against: Against
    step: str
    previous_step: str
    by: Breakdown | None
    value: object
    entered: int
    kept: int
    rate: float
    reference: float
    p_value: float
    q_value: float
    units_lost: float
    cost: Cost | None = None
    reason: str | None = None
    days: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A comparison that could not be made.

    Attributes:
        kind: What was to be compared.
        against: With what.
        reason: Why it could not be, in words.
        step: Title of the step; None is all of them.
    """

    kind: Kind
    against: Against
    reason: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Leaks:
    """The leaks of a funnel.

    Attributes:
        worse: The leaks, dearest first.
        better: What does better than it did, or than others do, largest first.
        judged: How many cells were compared, over all comparisons.
        false_share: At most this share of each list is expected to be false alarms.
        as_of: The moment up to which the log was read, in the organisation's zone.
        days: First day judged and first day after, by comparison with the previous period; None where there was none.
        previous: The same of the days compared with.
        not_judged: What could not be compared, and why.
        currency: What money is in; None where no cost is in money, or where its currency is not known.
    """

    worse: tuple[Leak, ...]
    better: tuple[Leak, ...]
    judged: int
    false_share: float
    as_of: datetime
    days: tuple[date, date] | None = None
    previous: tuple[date, date] | None = None
    not_judged: tuple[NotJudged, ...] = ()
    currency: str | None = None
