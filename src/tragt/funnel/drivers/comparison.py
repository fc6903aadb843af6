"""Attempts side by side: passed or not, on which day, with which values; as the models of the search see them.

The unit of observation is the attempt; those alike in every value are one line of the design. What matters among the
values is not answered here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tragt.funnel.drivers.factors import FEWEST, Factor
from tragt.funnel.drivers.noise import Clusters, View, clusters_of, variances
from tragt.stats.arrays import BoolArray, FloatArray, IntArray
from tragt.stats.logistic import Guard, LogisticFit, TermTest, fit_logistic, symmetric_inverse

__all__ = ["PERIOD", "Comparison", "Fitted", "Table", "Term", "reference"]

PERIOD = 1
"""Place of the period's column in the design, where there are two periods."""


@dataclass(frozen=True, slots=True)
class Table:
    """Attempts that reached the step before, one a row.

    Attributes:
        passed: Which reached the step, shape (n,).
        day: Number of the day each entered, shape (n,).
        unit: Number of each attempt's unit, shape (n,).
        now: Which belong to the later period, shape (n,); None where there is one period only.
    """

    passed: BoolArray
    day: IntArray
    unit: IntArray
    now: BoolArray | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model and the lines it was fitted to.

    Attributes:
        fit: The fit.
        design: The lines, shape (patterns, p).
        blocks: For each term in the model, by its place, those of its columns.
    """

    fit: LogisticFit
    design: FloatArray
    blocks: dict[int, slice]

    @property
    def view(self) -> View:
        """What it says of its lines."""
        return View(self.fit.probabilities, self.design, self.fit.covariance)


@dataclass(frozen=True, slots=True)
class Term:
    """What may be added to a model.

    Attributes:
        factor: Place of the factor.
        value: Place of the value that is told from all others; None tells all values from each other.
    """

    factor: int
    value: int | None = None


class Comparison:
    """What may separate those who passed from those who did not.

    Without periods a term is a factor; with two periods it is that one value of a factor changed otherwise than the
    others, and the main effects of all factors and the period are in every model.

    Args:
        table: The attempts.
        factors: The factors that may matter, aligned with the table.
        beside: Factors that are in every model, aligned with the table.
    """

    def __init__(self, table: Table, factors: Sequence[Factor], beside: Sequence[Factor] = ()) -> None:
        self.table = table
        self._models: dict[tuple[int, ...], Fitted] = {}
        self.factors = tuple(factors)
        self.terms = tuple(_terms(table, self.factors))
        known = [*factors, *beside]
        now = np.zeros(len(table.passed), dtype=np.int64) if table.now is None else table.now.astype(np.int64)
        self.pattern, first = _patterns([now, *(factor.codes for factor in known)])
        self.trials = np.bincount(self.pattern).astype(np.float64)
        self.successes = np.bincount(self.pattern, weights=table.passed)
        self.now = now[first]
        self.later = np.ones(len(now), dtype=np.bool_) if table.now is None else table.now
        self.trials_later = np.bincount(self.pattern, weights=self.later).astype(np.float64)
        self._codes = [factor.codes[first] for factor in factors]
        self._always = [_columns(factor, first) for factor in (known if table.now is not None else beside)]
        self._main = [_columns(factor, first) for factor in factors]

    @cached_property
    def base(self) -> FloatArray:
        """The lines of the model without any term."""
        level = np.ones((len(self.trials), 1))
        period = [] if self.table.now is None else [self.now[:, None].astype(np.float64)]
        return np.asarray(np.hstack([level, *period, *self._always]))

    def block(self, place: int) -> FloatArray:
        """The columns of a term: of a factor one for each value but the most frequent one."""
        term = self.terms[place]
        if term.value is None:
            return self._main[term.factor]
        having = (self._codes[term.factor] == term.value) & (self.now == 1)
        return np.asarray(having[:, None], dtype=np.float64)

    def having(self, factor: int, value: int) -> BoolArray:
        """Which lines have a value, and any attempts in the later period where there are two."""
        return np.asarray((self._codes[factor] == value) & (self.trials_later > 0))

    def model(self, chosen: Sequence[int]) -> Fitted:
        """The model with some terms in it."""
        key = tuple(sorted(chosen))
        if key not in self._models:
            self._models[key] = self._fitted(key)
        return self._models[key]

    def _fitted(self, chosen: tuple[int, ...]) -> Fitted:
        parts, blocks, width = [self.base], {}, self.base.shape[1]
        for place in chosen:
            part = self.block(place)
            blocks[place] = slice(width, width + part.shape[1])
            parts.append(part)
            width += part.shape[1]
        design = np.hstack(parts)
        return Fitted(fit_logistic(design, self.successes, self.trials, guard=Guard.FIRTH), design, blocks)

    @cached_property
    def clusters(self) -> list[list[Clusters]]:
        """For each factor what attempts may share: the day, the day within a value, the unit."""
        passed = self.table.passed
        _, day = np.unique(self.table.day, return_inverse=True)
        shared = [clusters_of(day, self.pattern, passed)]
        if len(np.unique(self.table.unit)) < len(passed):
            shared.append(clusters_of(self.table.unit, self.pattern, passed))
        cells = [day * len(factor.values) + factor.codes for factor in self.factors]
        return [[clusters_of(cell, self.pattern, passed), *shared] for cell in cells]

    @cached_property
    def noise(self) -> list[FloatArray]:
        """For each factor the variances between its clusters, beside everything that may matter."""
        usual = [reference(factor) for factor in self.factors]
        told = [place for place, term in enumerate(self.terms) if term.value != usual[term.factor]]
        view = self.model(told).view
        return [variances(view, self.pattern, kinds) for kinds in self.clusters]

    def degrees(self, place: int) -> int:
        """Degrees of freedom with which the noise of a term is known: days within values, less what is fitted."""
        factor = self.terms[place].factor
        cell, day, *_ = self.clusters[factor]
        periods = 1 if self.table.now is None else 2
        fitted = periods * (len(self.factors[factor].values) - 1)
        return max(1, len(cell.passed) - len(day.passed) - fitted)

    def test(self, place: int, given: Fitted) -> TermTest:
        """Rao's test of a term that a model has not, its variance widened by the noise.

        With two periods it is one-sided, against the side on which the value lies: what got worse and what got better
        are two lists.

        References:
            Boos, D. D. (1992). On generalized score tests. The American Statistician 46, 327-333.
        """
        term, view, factor = self.block(place), given.view, self.terms[place].factor
        weights = self.trials * given.fit.probabilities * (1 - given.fit.probabilities)
        weighted = term * weights[:, None]
        efficient = term - given.design @ (given.fit.covariance @ (given.design.T @ weighted))
        score = efficient.T @ (self.successes - self.trials * given.fit.probabilities)
        alone = np.sum(weighted * term, axis=0)
        spread = weighted.T @ efficient
        _, rank, _ = symmetric_inverse(spread, alone)
        for variance, kind in zip(self.noise[factor], self.clusters[factor], strict=True):
            sums = kind.sums(view, efficient)
            spread = spread + variance * (sums.T @ sums)
        inverse, _, _ = symmetric_inverse(spread, alone)
        test = TermTest.of(float(score @ inverse @ score), rank, self.degrees(place))
        return test if self.terms[place].value is None else test.one_sided(bool(score[0] > 0))

    def covariance(self, place: int, fitted: Fitted) -> FloatArray:
        """Covariance of a model's coefficients as far as a term's effects go, widened by its noise."""
        view, narrow, factor = fitted.view, fitted.fit.covariance, self.terms[place].factor
        wide = narrow
        for variance, kind in zip(self.noise[factor], self.clusters[factor], strict=True):
            sums = kind.sums(view, fitted.design) @ narrow
            wide = wide + variance * (sums.T @ sums)
        return wide


def _terms(table: Table, factors: Sequence[Factor]) -> Iterator[Term]:
    """Each factor; with two periods each value that is frequent enough in both."""
    for place, factor in enumerate(factors):
        if table.now is None:
            yield Term(place)
            continue
        counts = [np.bincount(factor.codes[which], minlength=len(factor.values)) for which in (~table.now, table.now)]
        yield from (Term(place, int(value)) for value in np.flatnonzero(np.minimum(*counts) >= FEWEST))


def _patterns(codes: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The line of each row, rows alike in all codes having one, and a row of each line."""
    pattern = np.zeros(len(codes[0]), dtype=np.int64)
    first = np.zeros(1, dtype=np.int64)
    for code in codes:
        _, first, pattern = np.unique(pattern * (int(code.max()) + 1) + code, return_index=True, return_inverse=True)
    return pattern, first


def _columns(factor: Factor, rows: IntArray) -> FloatArray:
    """One column for each value but the most frequent one."""
    most = reference(factor)
    others = [code for code in range(len(factor.values)) if code != most]
    return np.asarray(factor.codes[rows][:, None] == np.array(others), dtype=np.float64)


def reference(factor: Factor) -> int:
    """The value the others are measured from: the most frequent one."""
    return int(np.argmax(np.bincount(factor.codes, minlength=len(factor.values))))
