"""Numbers and shares as a language writes them."""

import math
from dataclasses import dataclass

from tragt.stats.intervals import Rate

__all__ = ["NARROW_GAP", "Numbers"]

NARROW_GAP = "\N{NARROW NO-BREAK SPACE}"

_MOST_DECIMALS = 4
_WIDE = 0.05


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a language writes numbers.

    Args:
        thousands: What stands between groups of three digits.
        decimal: What stands before the decimals.
    """

    thousands: str
    decimal: str

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with its digits in groups of three.

        Example:
            >>> Numbers(".", ",").number(1234.5, decimals=1)
            '1.234,5'
        """
        written = f"{value:,.{decimals}f}".replace("-", "−")
        return written.translate({ord(","): self.thousands, ord("."): self.decimal})

    def percent(self, share: float) -> str:
        """A share as per cent: one decimal, and more where it would else look like none or all.

        Args:
            share: 0 to 1.

        Example:
            >>> Numbers(",", ".").percent(.00043).replace(NARROW_GAP, " ")
            '0.043 %'
        """
        decimals = _decimals(share)
        finest = 10.0**-decimals / 100
        if 0 < share < finest / 2:
            return f"<{self.number(100 * finest, decimals)}{NARROW_GAP}%"
        if 1 - finest / 2 < share < 1:
            return f">{self.number(100 - 100 * finest, decimals)}{NARROW_GAP}%"
        return f"{self.number(100 * share, decimals)}{NARROW_GAP}%"

    def round_percent(self, share: float) -> str:
        """A share that someone chose, as per cent with no more decimals than it has: ``20 %``, ``2.5 %``."""
        decimals = next(places for places in range(_MOST_DECIMALS + 1) if _is_round(100 * share, places))
        return f"{self.number(100 * share, decimals)}{NARROW_GAP}%"

    def interval(self, rate: Rate) -> str:
        """The interval of a rate in per cent, without the sign; whole where it is wide.

        Example:
            >>> Numbers(",", ".").interval(Rate(.356, .32, .4))
            '32–40'
        """
        low, high = 100 * rate.low, 100 * rate.high
        whole = rate.high - rate.low >= _WIDE and not (0 < low < 0.5 or 99.5 <= high < 100)
        decimals = 0 if whole else max(_decimals(rate.rate), 1)
        return f"{self.number(low, decimals)}–{self.number(high, decimals)}"

    def rate(self, rate: Rate) -> str:
        """A rate with its interval.

        Example:
            >>> Numbers(",", ".").rate(Rate(.356, .32, .4)).replace(NARROW_GAP, " ")
            '35.6 % (32–40)'
        """
        return f"{self.percent(rate.rate)} ({self.interval(rate)})"


def _is_round(value: float, places: int) -> bool:
    return places == _MOST_DECIMALS or math.isclose(value, round(value, places), abs_tol=1e-9)


def _decimals(share: float) -> int:
    edge = min(share, 1 - share)
    if edge <= 0:
        return 0
    return min(max(1, 1 - math.floor(math.log10(100 * edge))), _MOST_DECIMALS)
