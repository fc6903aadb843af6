"""The attempts of a period with the values of their breakdowns and what their conversions were worth.

The unit of observation is the attempt. An index that was changed since it was made is read layer by layer; units of
different layers have different numbers here. Which periods are compared is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tragt.funnel.attempts import MISSING, Attempts, Chosen, Membership
from tragt.funnel.engine.settling import matches
from tragt.funnel.postings import Layered, Source
from tragt.funnel.question import Breakdown, Period, Question
from tragt.funnel.selection import Choose, chooser_of
from tragt.funnel.value import values_of
from tragt.stats.arrays import BoolArray, FloatArray, IntArray

__all__ = ["Choosing", "Picked", "Picks"]


@dataclass(frozen=True, slots=True)
class Picked:
    """Attempts, and what is known of each besides.

    Attributes:
        attempts: The attempts; their units are numbered layer by layer.
        unit: Number of the unit among those of all layers, shape (n,).
        value: What the conversion was worth, in the currency of the sums, shape (n,); NaN where that is not known.
        parts: For each breakdown the values they have.
    """

    attempts: Attempts
    unit: IntArray
    value: FloatArray
    parts: tuple[Membership, ...]

    @classmethod
    def joined(cls, several: "Sequence[Picked]") -> "Picked":
        """The attempts of several layers."""
        lengths = [len(one.attempts) for one in several]
        by_breakdown = zip(*(one.parts for one in several), strict=True)
        return cls(
            Attempts.joined([one.attempts for one in several]) if len(several) > 1 else several[0].attempts,
            np.concatenate([one.unit for one in several]),
            np.concatenate([one.value for one in several]),
            tuple(Membership.joined(parts, lengths) for parts in by_breakdown),
        )


@dataclass(frozen=True, slots=True)
class Picks:
    """The attempts of a period: those that are mature, and those of any age."""

    mature: Picked
    expected: Picked


@dataclass(frozen=True, slots=True)
class _Layer:
    source: Source
    choosers: tuple[Choose, ...]
    units_before: int


class Choosing:
    """Chooses attempts by period, each period once.

    Args:
        question: What is asked; its period and its breakdown play no part.
        log: The postings.
        breakdowns: The breakdowns.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.
        fast: Whether compiled code may be used.
    """

    def __init__(
        self,
        question: Question,
        log: Layered,
        breakdowns: Sequence[Breakdown],
        *,
        units: BoolArray | None = None,
        fast: bool = True,
    ) -> None:
        self._question, self._layers, self._known = question, list[_Layer](), dict[Period, Picks]()
        for source, counted in log.layers(units):
            choosers = tuple(
                chooser_of(replace(question, by=by, value=None), Layered(source), units=counted, fast=fast)
                for by in (None, *breakdowns)
            )
            self._layers.append(_Layer(source, choosers, sum(layer.source.units for layer in self._layers)))

    def of(self, period: Period) -> Picks:
        """The attempts of a period."""
        if period not in self._known:
            layers = [self._picks(layer, period) for layer in self._layers]
            several = [Picked.joined([getattr(one, which) for one in layers]) for which in Picks.__slots__]
            self._known[period] = Picks(*several)
        return self._known[period]

    def _picks(self, layer: _Layer, period: Period) -> Picks:
        selected = [choose(period) for choose in layer.choosers]
        kinds = [[one.mature for one in selected], [one.expected for one in selected]]
        return Picks(*(self._picked(layer, chosen) for chosen in kinds))

    def _picked(self, layer: _Layer, chosen: Sequence[Chosen]) -> Picked:
        attempts = chosen[0].attempts
        parts = tuple(one.parts for one in chosen[1:] if one.parts is not None)
        return Picked(attempts, attempts.unit + layer.units_before, self._values(layer.source, attempts), parts)

    def _values(self, source: Source, attempts: Attempts) -> FloatArray:
        found = np.full(len(attempts), np.nan)
        value, converted = self._question.value, np.flatnonzero(attempts.ages[:, -1] != MISSING)
        if value is not None:
            names = {name for match in matches(self._question.funnel) for name in match.names}
            found[converted] = values_of(value, source, names, _at_the_end(attempts.rows(converted)))[:, 0]
        return found


def _at_the_end(attempts: Attempts) -> Attempts:
    """The attempts as if the last step were the only one: amounts of other steps may be in other currencies."""
    columns = {name: getattr(attempts, name) for name in Attempts.__slots__}
    return Attempts(**columns | {name: columns[name][:, -1:] for name in ("ages", "event")})
