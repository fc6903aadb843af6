"""Marks of axes along which lengths of time stand."""

from collections.abc import Sequence
from datetime import timedelta

from tragt.funnel.charts.look import Ticks
from tragt.funnel.words import Words

__all__ = ["linear", "logarithmic"]

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_ROUND = (
    *(0.001, 0.01, 0.1, 1, 10),
    *(_MINUTE, 10 * _MINUTE),
    *(_HOUR, 6 * _HOUR),
    *(_DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY, 3650 * _DAY),
)
_BETWEEN = (5.0, 30.0, 5 * _MINUTE, 30 * _MINUTE, 3 * _HOUR, 12 * _HOUR, 3 * _DAY, 14 * _DAY, 180 * _DAY)
_NICE = (1, 2, 5, 7, 10, 14, 20, 30, 60, 90, 180, 365, 730, 1825, 3650)
_MOST = 7


def logarithmic(low: float, high: float, said: Words) -> Ticks:
    """Round lengths between two, for a logarithmic axis.

    Args:
        low: The shortest, in seconds.
        high: The longest.
        said: The words.
    """
    within = [value for value in _ROUND if low <= value <= high]
    if len(within) < 3:
        within = sorted({*within, *(value for value in _BETWEEN if low <= value <= high)})
    if not within:
        return Ticks([low, high], [said.calendar.about(low), said.calendar.about(high)])
    return _written(within, said)


def linear(high: float, said: Words) -> Ticks:
    """Round lengths from 0 on.

    Args:
        high: The longest, in seconds.
        said: The words.
    """
    size = next((size for size in (_DAY, _HOUR, _MINUTE) if high >= 2 * size), 1.0)
    amount = high / size
    step = next((step for step in _NICE if amount / step <= _MOST), _NICE[-1])
    return _written([step * size * place for place in range(int(amount / step) + 1)], said)


def _written(values: Sequence[float], said: Words) -> Ticks:
    return Ticks(values, ["0" if value == 0 else said.calendar.exactly(timedelta(seconds=value)) for value in values])
