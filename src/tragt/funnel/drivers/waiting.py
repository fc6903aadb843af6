"""Whether those with a value who pass do so faster or slower than the others who pass.

The unit of observation is the attempt that passed within the equal time in which all were followed. How many pass is
not answered here, nor whether those who did not would have been slow.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from tragt.funnel.drivers.factors import Factor, Kind
from tragt.funnel.drivers.landing import Landing
from tragt.funnel.drivers.results import Driver, Times, ValueEffect
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["times", "with_times"]

FEWEST_TIMES = 5


def with_times(
    drivers: Sequence[Driver],
    landing: Landing,
    properties: Sequence[Factor],
    there: Landing,
    events: Sequence[Factor],
) -> tuple[Driver, ...]:
    """The drivers, each value with its times.

    Args:
        drivers: The drivers.
        landing: The attempts the properties are of.
        properties: The properties.
        there: The attempts the events are of.
        events: The events.
    """
    known = [(factor, landing) for factor in properties] + [(factor, there) for factor in events]
    of: dict[tuple[Kind, str], tuple[Factor, Landing]] = {(one.kind, one.name): (one, where) for one, where in known}
    found = []
    for driver in drivers:
        factor, where = of[driver.label.kind, driver.label.name]
        found.append(replace(driver, values=tuple(_timed(value, factor, where) for value in driver.values)))
    return tuple(found)


def _timed(effect: ValueEffect, factor: Factor, landing: Landing) -> ValueEffect:
    having = factor.codes[landing.passed] == factor.values.index(effect.value)
    return replace(effect, times=times(landing.waited, having))


def times(waited: IntArray, having: BoolArray) -> Times | None:
    """Compare the times of some with those of the others.

    Args:
        waited: Time in ms of each that passed, shape (n,).
        having: Which of them have the value, shape (n,).

    Returns:
        The comparison; None where fewer than 5 are on a side.

    References:
        Mann, H. B. and Whitney, D. R. (1947). On a test of whether one of two random variables is stochastically larger
        than the other. Annals of Mathematical Statistics 18, 50-60.
    """
    from scipy.stats import mannwhitneyu  # noqa: PLC0415 - it takes long to load, and few processes need it

    here, others = waited[having], waited[~having]
    if min(len(here), len(others)) < FEWEST_TIMES:
        return None
    found = mannwhitneyu(here, others, method="asymptotic")
    slower = float(found.statistic) / (len(here) * len(others))
    return Times(_median(here), _median(others), slower, float(found.pvalue))


def _median(waited: IntArray) -> timedelta:
    return timedelta(milliseconds=int(np.quantile(waited, 0.5, method="lower")))
