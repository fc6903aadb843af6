"""Whether a group does worse at a step than its peers, beyond how peers usually differ.

The unit of observation is one group (a value of a breakdown) at one step. Sources, markets and devices always
differ, and with enough data any difference is beyond chance. A leak is a group that differs from the rest by
more than the groups differ among themselves; a group that has always been a bit weaker is not one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tragt.stats.arrays import BoolArray, FloatArray
from tragt.stats.dispersion import DayCounts, DayNoise, day_noise, rates, spread

__all__ = ["Outlying", "against_peers", "mantel_haenszel", "odds_of_change"]

LEAST_PEERS = 3
"""The spread among peers needs at least this many degrees of freedom."""

LEAST_SEEN = 5.0
"""A group with fewer successes or failures, as few or fewer than its peers' rate would give, is not judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlying:
    """How each group of each step stands to its peers; arrays of the shape (k, g), NaN where not judged.

    Attributes:
        rate: The group's rate.
        reference: The rate of the rest.
        log_odds: Logarithm of the odds ratio to the rest of the same days.
        p_worse: Probability of standing so low or lower, were the group one of its peers.
        p_better: The same of standing so high or higher.
        precision: Standard errors per unit of `log_odds`.
        phi: By how much the variance of the group's count exceeds the binomial one.
        peers_spread: Standard deviation of the logit among the peers.
    """

    rate: FloatArray
    reference: FloatArray
    log_odds: FloatArray
    p_worse: FloatArray
    p_better: FloatArray
    precision: FloatArray
    phi: FloatArray
    peers_spread: FloatArray


def against_peers(steps: Sequence[DayCounts]) -> Outlying:
    """Compare each group with the rest of the same days, at every step.

    The spread of the logit among the peers is estimated without the group itself, at this step and from all
    groups at the other steps; it is part of what the group is measured by (a deleted residual).

    Args:
        steps: The counts of each step, all with the same groups.

    Returns:
        NaN where a group is too small, or where there are too few peers to know how they differ.

    References:
        Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine
        24, 1185-1202, section 3.4 (random effects).
        Viechtbauer, W. and Cheung, M. W.-L. (2010). Outlier and influence diagnostics for meta-analysis. Research
        Synthesis Methods 1, 112-125, equation 8 (studentized deleted residuals).
    """
    from scipy.special import stdtr  # noqa: PLC0415 - it takes long to load, and few processes need it

    found = [_step(counts) for counts in steps]
    log_odds, variance, logit, share, rate, reference, phi = (np.array(column) for column in zip(*found, strict=True))
    judged = ~np.isnan(log_odds)
    between, df = _between_others(logit, variance, judged)
    others = (share**2).sum(axis=1, keepdims=True) - share**2
    factor = 1 + np.divide(others, (1 - share) ** 2, out=np.zeros_like(share), where=share < 1)
    total = variance + factor * between
    effective = df * total**2 / np.maximum((factor * (between + variance)) ** 2, 1e-300)
    known = judged & (df >= LEAST_PEERS)
    z = np.where(known, log_odds / np.sqrt(np.where(known, total, 1.0)), np.nan)
    return Outlying(
        rate=rate,
        reference=reference,
        log_odds=log_odds,
        p_worse=stdtr(np.maximum(effective, 1), z),
        p_better=stdtr(np.maximum(effective, 1), -z),
        precision=np.where(known, 1 / np.sqrt(np.where(known, total, 1.0)), np.nan),
        phi=phi,
        peers_spread=np.where(known, np.sqrt(between), np.nan),
    )


def mantel_haenszel(counts: DayCounts) -> tuple[FloatArray, FloatArray]:
    """The odds of each group relative to those of the rest of the same days.

    What all groups share on a day cancels, however much it is.

    Args:
        counts: Of one step.

    Returns:
        Logarithm of the odds ratio and its binomial variance, shape (g,); NaN where a group or the rest has only
        successes or only failures.

    References:
        Mantel, N. and Haenszel, W. (1959). Statistical aspects of the analysis of data from retrospective studies
        of disease. Journal of the National Cancer Institute 22, 719-748.
        Robins, J., Breslow, N. and Greenland, S. (1986). Estimators of the Mantel-Haenszel variance consistent in
        both sparse data and large-strata limiting models. Biometrics 42, 311-323.
    """
    a, b = counts.passed, counts.entered - counts.passed
    c, d = a.sum(axis=0) - a, b.sum(axis=0) - b
    whole = np.maximum(counts.entered.sum(axis=0), 1.0)
    r, s = a * d / whole, b * c / whole
    p, q = (a + d) / whole, (b + c) / whole
    up, down = r.sum(axis=1), s.sum(axis=1)
    known = (up > 0) & (down > 0)
    up, down = np.where(known, up, np.nan), np.where(known, down, np.nan)
    variance = (
        (p * r).sum(axis=1) / (2 * up**2)
        + (p * s + q * r).sum(axis=1) / (2 * up * down)
        + (q * s).sum(axis=1) / (2 * down**2)
    )
    return np.log(up / down), variance


def odds_of_change(counts: DayCounts, now: BoolArray, own: float, changes: Sequence[float]) -> FloatArray:
    """How much likelier changes of the last days make it that a group stands among its peers as it does.

    Where groups are alike, one that stands below the others over all the days has probably fallen lately. Its mean over
    both stretches is independent of the difference between them, on which a comparison with itself before rests: so
    it may steer where such a comparison spends its budget of false alarms, and cannot make it wrong more often. Where
    groups have always differed it says little, and of a group far from all others nothing (Student's t).

    Args:
        counts: Of one step.
        now: Which days may have changed, shape (d,).
        own: Variance of the logit of one group on one day.
        changes: Relative changes of the rate, such as -0.2 for a drop by a fifth.

    Returns:
        Likelihood ratio of each change to none, shape (g, changes); 1 where nothing is known.

    References:
        Bourgon, R., Gentleman, R. and Huber, W. (2010). Independent filtering increases detection power for
        high-throughput experiments. Proceedings of the National Academy of Sciences 107, 9546-9551.
        DerSimonian, R. and Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7, 177-188.
    """
    level, variance, felt = _levels(counts, now, own)
    known = np.isfinite(level) & np.isfinite(variance)
    odds = np.ones((len(level), len(changes)))
    df = int(known.sum()) - 2
    if df < LEAST_PEERS:
        return odds
    mean, predicted = _prediction(level[known], variance[known])
    scale = np.sqrt(variance[known] + predicted)
    result = ((level[known] - mean) / scale)[:, None]
    moved = (felt[known] / scale)[:, None] * np.asarray(changes)
    odds[known] = ((1 + result**2 / df) / (1 + (result - moved) ** 2 / df)) ** ((df + 1) / 2)
    return odds


def _levels(counts: DayCounts, now: BoolArray, own: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean logit of both stretches weighed by precision, its variance, and its change per relative change now, (g,)."""
    entered, passed = counts.entered.sum(axis=1), counts.passed.sum(axis=1)
    mixed = (passed >= LEAST_SEEN) & (entered - passed >= LEAST_SEEN)
    rate = np.where(mixed, passed / np.maximum(entered, 1.0), np.nan)
    information = spread(counts.entered, rate[:, None])
    residual = counts.passed - counts.entered * rate[:, None]
    logits, precisions = [], []
    for days in (now, ~now):
        whole = information[:, days].sum(axis=1)
        seen = np.where(whole > 0, whole, np.nan)
        logits.append(residual[:, days].sum(axis=1) / seen)
        precisions.append(seen**2 / (information[:, days] * (1 + own * information[:, days])).sum(axis=1))
    both = precisions[0] + precisions[1]
    level = np.log(rate / (1 - rate)) + (precisions[0] * logits[0] + precisions[1] * logits[1]) / both
    return level, 1 / both, precisions[0] / both / (1 - rate)


def _prediction(level: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What the other groups lead one to expect of each, and the variance of its own mean about that, shape (g,)."""
    weight = 1 / variance
    others = [(weight * level**power).sum() - weight * level**power for power in range(3)]
    squares = (weight**2).sum() - weight**2
    excess = others[2] - others[1] ** 2 / others[0] - (len(level) - 2)
    between = np.maximum(excess / (others[0] - squares / others[0]), 0.0)
    weights = 1 / (variance + between[:, None])
    np.fill_diagonal(weights, 0.0)
    whole = weights.sum(axis=1)
    return weights @ level / whole, between + 1 / whole


def _step(counts: DayCounts) -> tuple[FloatArray, ...]:
    """Log odds ratio, its variance, logit, share, rate, reference and phi of each group, NaN where too small."""
    n, x = counts.entered.sum(axis=1), counts.passed.sum(axis=1)
    rest_n, rest_x = n.sum() - n, x.sum() - x
    rate, reference = rates(x, n), rates(rest_x, rest_n)
    noise = _own_noise(counts)
    phi = noise.phi(spread(counts.entered, np.nan_to_num(reference)[:, None]))
    expected = np.nan_to_num(np.minimum(reference, 1 - reference)) * n
    log_odds, variance = mantel_haenszel(counts)
    small = (expected < LEAST_SEEN) | np.isnan(log_odds)
    logit = np.log((x + 0.5) / (n - x + 0.5))
    share = n / max(n.sum(), 1.0)
    return np.where(small, np.nan, log_odds), variance * phi, logit, share, rate, reference, phi


def _own_noise(counts: DayCounts) -> DayNoise:
    """The noise of the days without what all groups share, which comparing within days takes out."""
    noise = day_noise(counts, np.zeros(len(counts.day), dtype=np.int64))
    return DayNoise(noise.own, 0.0, noise.cycle, noise.df, noise.moments)


def _between_others(logit: FloatArray, variance: FloatArray, judged: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Variance of the logit between groups without the cell itself, and its degrees of freedom, shape (k, g)."""
    squares, free = np.zeros(logit.shape), np.zeros(logit.shape)
    for group in range(logit.shape[1]):
        left = judged.copy()
        left[:, group] = False
        squares[:, group], free[:, group] = _excess(logit, variance, left)
    all_squares, all_free = _excess(logit, variance, judged)
    squares += (all_squares.sum() - all_squares)[:, None]
    free += (all_free.sum() - all_free)[:, None]
    return np.maximum(np.divide(squares, free, out=np.zeros_like(squares), where=free > 0), 0.0), free


def _excess(logit: FloatArray, variance: FloatArray, used: BoolArray) -> tuple[FloatArray, FloatArray]:
    """By how much the squares about the mean of a step exceed those by chance, and their number less 1, (k,)."""
    number = used.sum(axis=1)
    some = np.maximum(number, 1)[:, None]
    mean = np.where(used, logit, 0.0).sum(axis=1, keepdims=True) / some
    squares = np.where(used, (logit - mean) ** 2 - variance * (1 - 1 / some), 0.0).sum(axis=1)
    free = np.maximum(number - 1, 0).astype(np.float64)
    return np.where(free > 0, squares, 0.0), free
