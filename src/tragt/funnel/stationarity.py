"""Whether young cohorts behave as old ones did, which expected rates take for granted."""

import numpy as np

from tragt.funnel.attempts import Attempts
from tragt.funnel.lines import estimated

__all__ = ["ALARM", "behave_alike"]

ALARM = 0.01
"""Probability of an alarm, over all steps, when the cohorts do behave alike."""

_THIRDS = 3
_FEWEST = 30


def behave_alike(attempts: Attempts, horizon: int, *, alone: bool) -> bool | None:
    """Compare the thirds of the attempts by entry, at an age that all of them were watched to.

    Each step's rate from first is tested for equality over the thirds (chi-square on two degrees of
    freedom); the smallest p-value, times the number of steps, is held against 1 %.

    Args:
        attempts: The attempts the expected rates rest on.
        horizon: Age the rates stand at, in milliseconds.
        alone: Whether no unit has two of them.

    Returns:
        Whether no difference was found; None where a third is too small or too young to tell.
    """
    thirds = _thirds(attempts)
    if min(len(third) for third in thirds) < _FEWEST:
        return None
    ages = [int(np.partition(third.watched, -_FEWEST)[-_FEWEST]) for third in thirds]
    common = min(horizon, *ages)
    if common < 1:
        return None
    estimates = [estimated(third, common, alone=alone) for third in thirds]
    p_values = [
        p
        for step in range(1, attempts.ages.shape[1])
        if (p := _equality([(e.curve[step, -1], e.covariance[step, step]) for e in estimates])) is not None
    ]
    return min(p_values) * len(p_values) >= ALARM if p_values else None


def _thirds(attempts: Attempts) -> list[Attempts]:
    """The attempts by entry; those that entered at one moment stay together."""
    if len(attempts) == 0:
        return [attempts]
    ends = [len(attempts) * third // _THIRDS for third in range(1, _THIRDS)]
    bounds = np.partition(attempts.entry, ends)[ends]
    third = np.searchsorted(bounds, attempts.entry, side="right")
    return [attempts.rows(np.flatnonzero(third == number)) for number in range(_THIRDS)]


def _equality(estimates: list[tuple[float, float]]) -> float | None:
    """p-value of the hypothesis that estimates with these variances have one mean; None without variance."""
    from scipy.special import chdtrc  # noqa: PLC0415 - it takes long to load, and few processes need it

    rates, variances = np.array(estimates).T
    if np.any(variances <= 0):
        return None
    weights = 1 / variances
    mean = np.sum(weights * rates) / np.sum(weights)
    return float(chdtrc(len(rates) - 1, np.sum(weights * (rates - mean) ** 2)))
