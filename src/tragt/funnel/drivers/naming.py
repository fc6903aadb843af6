"""Which candidates are named as drivers, so that of those named few are false.

The unit of observation is the candidate. Candidates often say the same (a country and its market, a device and its
browser), so they are added one by one, each given those before it, the one that explains most first; in the end each
is tested given all the others that were found. How large an effect is, is not answered here.
"""

from dataclasses import dataclass

from tragt.funnel.drivers.comparison import Comparison, Fitted
from tragt.stats.logistic import TermTest

__all__ = ["FALSE_SHARE", "Found", "find"]

FALSE_SHARE = 0.1
"""Share of false drivers among those named, in the mean."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the search says of each candidate.

    Attributes:
        chosen: The candidates found, in the order they were found.
        model: The model with those in it.
        tests: For each candidate its test given those found; of one that was found, given the others.
        same_as: For each candidate, those found that say all that it could say.
    """

    chosen: tuple[int, ...]
    model: Fitted
    tests: tuple[TermTest, ...]
    same_as: tuple[tuple[int, ...], ...]


def find(comparison: Comparison, number: int, share: float = FALSE_SHARE) -> Found:
    """Add candidates while they separate.

    Args:
        comparison: The attempts and the candidates.
        number: How many candidates are looked at in all, here and elsewhere.
        share: Which share of those found may be false; of what got worse and what got better each.

    References:
        Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical
        Society B 57, 289-300 (the limits, applied to each test given the candidates found before).
    """
    places = range(len(comparison.terms))
    chosen: list[int] = []
    sides: list[bool | None] = []
    while True:
        model = comparison.model(chosen)
        tests = {place: comparison.test(place, model) for place in places if place not in chosen}
        limits = {place: share * (sides.count(test.upwards) + 1) / number for place, test in tests.items()}
        passing = [place for place, test in tests.items() if test.degrees and test.p_value <= limits[place]]
        if not passing:
            break
        chosen.append(max(passing, key=lambda place: _gain(tests[place])))
        sides.append(tests[chosen[-1]].upwards)
    for place in chosen:
        others = [other for other in chosen if other != place]
        tests[place] = comparison.test(place, comparison.model(others))
    same_as = [_same_as(comparison, place, chosen) if not tests[place].degrees else () for place in places]
    return Found(tuple(chosen), model, tuple(tests[place] for place in places), tuple(same_as))


def _gain(test: TermTest) -> tuple[float, bool]:
    """How much a candidate explains; of two that are each other's reverse the one that got worse comes first."""
    return round(test.statistic - 2 * test.degrees, 6), test.upwards is False


def _same_as(comparison: Comparison, place: int, chosen: list[int]) -> tuple[int, ...]:
    """Which of those found say, each alone, all that a candidate could say; else all of them together."""
    others = [other for other in chosen if other != place]
    alone = [other for other in others if not comparison.test(place, comparison.model([other])).degrees]
    return tuple(alone or others)
