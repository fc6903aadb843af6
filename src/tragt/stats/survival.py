"""Time to an event, and to the first of several competing events, with censoring and delayed entry.

The unit of observation is a spell: it came under watch at its entry age and left it at its duration, by an
event or censored. Spells are independent. Covariates and recurrent events are not dealt with here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tragt.errors import InvalidDefinition, NotEnoughData, NotFound
from tragt.stats.arrays import BoolArray, FloatArray, check_equal_lengths
from tragt.stats.intervals import Rate, bounded_rate

__all__ = ["CumulativeIncidence", "SurvivalCurve", "aalen_johansen", "kaplan_meier"]

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """The probability that the event has not happened yet, by age. Arrays have one entry per event time.

    Attributes:
        times: Ages at which events happened, ascending, in the unit of the durations, shape (m,).
        survival: Probability of no event up to and including each time, shape (m,).
        standard_error: Of `survival`, shape (m,); 0 where the survival is 0.
        at_risk: Spells (or their weight) under watch just before each time, shape (m,).
        events: Events (or their weight) at each time, shape (m,).
        spells: Number of spells, or their total weight.
        watched: Longest duration; the curve says nothing about later ages.
        level: Confidence level of the intervals.
    """

    times: FloatArray
    survival: FloatArray
    standard_error: FloatArray
    at_risk: FloatArray
    events: FloatArray
    spells: float
    watched: float
    level: float

    def at(self, time: float) -> Rate | None:
        """The probability of no event up to and including an age; None beyond the longest duration."""
        if time > self.watched:
            return None
        place = int(np.searchsorted(self.times, time, side="right"))
        survival = np.append(1.0, self.survival)[place]
        error = np.append(0.0, self.standard_error)[place]
        happened = bounded_rate(float(1 - survival), float(error), self.spells, self.level)
        return Rate(1 - happened.rate, 1 - happened.high, 1 - happened.low, self.level)

    def quantile(self, q: float) -> float | None:
        """The smallest age by which the event has a probability of at least `q`; None where never reached."""
        reached = np.flatnonzero(1 - self.survival >= q - ROUNDING)
        return float(self.times[reached[0]]) if len(reached) else None


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """The probability that each cause has ended the spell, by age.

    Attributes:
        times: Ages at which events of any cause happened, ascending, shape (m,).
        causes: The causes, ascending, length r.
        incidence: Probability of an end by each cause up to and including each time, shape (r, m).
        standard_error: Of `incidence`, shape (r, m).
        at_risk: Spells under watch just before each time, shape (m,).
        events: Events of each cause at each time, shape (r, m).
        spells: Number of spells.
        watched: Longest duration; the curves say nothing about later ages.
        level: Confidence level of the intervals.
    """

    times: FloatArray
    causes: tuple[int, ...]
    incidence: FloatArray
    standard_error: FloatArray
    at_risk: FloatArray
    events: FloatArray
    spells: int
    watched: float
    level: float

    def at(self, time: float, cause: int) -> Rate | None:
        """The probability of an end by a cause up to and including an age.

        None beyond the longest duration.

        Raises:
            NotFound: The cause did not occur.
        """
        row = self._row(cause)
        if time > self.watched:
            return None
        place = int(np.searchsorted(self.times, time, side="right"))
        incidence = np.append(0.0, self.incidence[row])[place]
        error = np.append(0.0, self.standard_error[row])[place]
        return bounded_rate(float(incidence), float(error), self.spells, self.level)

    def quantile(self, q: float, cause: int) -> float | None:
        """The smallest age by which an end by a cause has a probability of at least `q`.

        None where that is never reached.

        Raises:
            NotFound: The cause did not occur.
        """
        reached = np.flatnonzero(self.incidence[self._row(cause)] >= q - ROUNDING)
        return float(self.times[reached[0]]) if len(reached) else None

    def _row(self, cause: int) -> int:
        if cause not in self.causes:
            raise NotFound(
                "stats.cause_not_found",
                f"No spell ended by cause {cause}; the causes are {', '.join(map(str, self.causes))}.",
                cause=cause,
            )
        return self.causes.index(cause)


def kaplan_meier(
    durations: ArrayLike,
    observed: ArrayLike,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> SurvivalCurve:
    """The product-limit estimate of the survival curve, with Greenwood's standard error.

    Args:
        durations: Age at which each spell ended or was last seen, 0 or greater, shape (n,).
        observed: Whether it ended by the event (true) or was censored (false), shape (n,).
        entry: Age at which each spell came under watch, shape (n,), smaller than its duration; at an entry
            of 0 (as when left out) events at age 0 count too.
        weights: How many like spells each row stands for, greater than 0, shape (n,); 1 when left out.
        level: Confidence level of the intervals, which are symmetric on the scale log(-log(survival)).

    Raises:
        NotEnoughData: There are no spells.
        InvalidDefinition: The arrays contradict what is said above.

    References:
        Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal
        of the American Statistical Association 53, 457-481.
        Greenwood, M. (1926). The natural duration of cancer. Reports on Public Health and Medical
        Subjects 33, 1-26.

    Example:
        >>> curve = kaplan_meier([1, 2, 2, 3], [True, True, False, True])
        >>> curve.survival.round(3).tolist()
        [0.75, 0.5, 0.0]
    """
    spells = _Spells.of(durations, entry, weights)
    happened = np.asarray(observed, dtype=np.bool_)
    check_equal_lengths(durations=spells.durations, observed=happened)
    times = np.unique(spells.durations[happened])
    at_risk = spells.at_risk(times)
    events = spells.ending(times, happened)
    survival: FloatArray = np.cumprod(np.maximum(1 - events / at_risk, 0.0), dtype=np.float64)
    greenwood = np.cumsum(_ratio(events, at_risk * (at_risk - events)))
    return SurvivalCurve(
        times=times,
        survival=survival,
        standard_error=survival * np.sqrt(greenwood),
        at_risk=at_risk,
        events=events,
        spells=float(spells.weights.sum()),
        watched=float(spells.durations.max()),
        level=level,
    )


def aalen_johansen(
    durations: ArrayLike,
    causes: ArrayLike,
    entry: ArrayLike | None = None,
    level: float = 0.95,
) -> CumulativeIncidence:
    """The cumulative incidence of competing causes, with Greenwood-type standard errors.

    Args:
        durations: Age at which each spell ended or was last seen, 0 or greater, shape (n,).
        causes: What ended it, a number greater than 0, or 0 where it was censored, shape (n,).
        entry: Age at which each spell came under watch, as in `kaplan_meier`.
        level: Confidence level of the intervals.

    Raises:
        NotEnoughData: There are no spells.
        InvalidDefinition: The arrays contradict what is said above.

    References:
        Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous
        Markov chains based on censored observations. Scandinavian Journal of Statistics 5, 141-150.
        Marubini, E. and Valsecchi, M. G. (1995). Analysing survival data from clinical trials and
        observational studies, chapter 10 (variance by the delta method).

    Example:
        >>> incidence = aalen_johansen([1, 2, 3, 4], [1, 2, 0, 1])
        >>> incidence.incidence.tolist()
        [[0.25, 0.25, 0.75], [0.0, 0.25, 0.25]]
    """
    spells = _Spells.of(durations, entry, None)
    ended_by = np.asarray(causes, dtype=np.int64)
    check_equal_lengths(durations=spells.durations, causes=ended_by)
    names = tuple(int(cause) for cause in np.unique(ended_by[ended_by != 0]))
    times = np.unique(spells.durations[ended_by != 0])
    at_risk = spells.at_risk(times)
    events = np.zeros((len(names), len(times)))
    for row, cause in enumerate(names):
        events[row] = spells.ending(times, ended_by == cause)
    survival = np.cumprod(1 - events.sum(axis=0) / at_risk)
    before = np.concatenate([np.ones(min(1, len(times))), survival[:-1]])
    incidence = np.cumsum(before * events / at_risk, axis=1)
    return CumulativeIncidence(
        times=times,
        causes=names,
        incidence=incidence,
        standard_error=np.sqrt(_incidence_variance(incidence, before, events, at_risk)),
        at_risk=at_risk,
        events=events,
        spells=len(spells.durations),
        watched=float(spells.durations.max()),
        level=level,
    )


def _incidence_variance(
    incidence: FloatArray, before: FloatArray, events: FloatArray, at_risk: FloatArray
) -> FloatArray:
    """Variance of each cause's incidence at each time, shape (r, m).

    Sum over times u up to t of (F(t) - F(u))^2 a(u) + b(u) - 2 (F(t) - F(u)) c(u), where a is Greenwood's
    term, b the binomial variance of the cause's own increment and c their covariance; expanded in F(t).
    """
    ended = events.sum(axis=0)
    a = _ratio(ended, at_risk * (at_risk - ended))
    b = before**2 * events * (at_risk - events) / at_risk**3
    c = before * events / at_risk**2
    quadratic = np.cumsum(a)
    linear = np.cumsum(incidence * a + c, axis=1)
    constant = np.cumsum(incidence**2 * a + b + 2 * incidence * c, axis=1)
    return np.maximum(incidence**2 * quadratic - 2 * incidence * linear + constant, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Spells:
    """Checked spells, and who is under watch when."""

    durations: FloatArray
    entry: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, durations: ArrayLike, entry: ArrayLike | None, weights: ArrayLike | None) -> "_Spells":
        check_equal_lengths(durations=durations, entry=entry, weights=weights)
        ages = np.asarray(durations, dtype=np.float64)
        entered = np.zeros_like(ages) if entry is None else np.asarray(entry, dtype=np.float64)
        weight = np.ones_like(ages) if weights is None else np.asarray(weights, dtype=np.float64)
        if len(ages) == 0:
            raise NotEnoughData("stats.no_spells", "There are no spells to estimate a curve from.")
        entered = np.where(entered == 0, -np.inf, entered)
        if not (np.all(ages >= 0) and np.all(ages > entered) and np.all(weight > 0)):
            raise InvalidDefinition(
                "stats.impossible_spell",
                "Durations must be at least 0 and greater than the entry, and weights greater than 0.",
            )
        return cls(ages, entered, weight)

    def at_risk(self, times: FloatArray) -> FloatArray:
        """Weight of the spells that entered before each time and had not ended before it."""
        return self._weight_before(self.entry, times) - self._weight_before(self.durations, times)

    def ending(self, times: FloatArray, rows: BoolArray) -> FloatArray:
        """Weight of the given spells that end at each time; all of them end at one of the times."""
        place = np.searchsorted(times, self.durations[rows])
        return np.bincount(place, weights=self.weights[rows], minlength=len(times)).astype(np.float64)

    def _weight_before(self, ages: FloatArray, times: FloatArray) -> FloatArray:
        order = np.argsort(ages, kind="stable")
        total = np.concatenate([[0.0], np.cumsum(self.weights[order])])
        return np.asarray(total[np.searchsorted(ages[order], times)])


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """The quotient; 0 where the denominator is 0, as all that follows such a time is multiplied by 0."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
