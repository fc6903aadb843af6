"""What a leak costs a month, with the interval that resampling the units gives.

The unit of observation is the unit (person, company, deal): all its attempts are drawn together. It is an upper
estimate: it takes those who leak to be as good as those who stayed. In which currency money is, whoever read the
values decided.
"""

from dataclasses import dataclass

import numpy as np

from tragt.funnel.leaks.judging import Cells, Days, Verdict
from tragt.funnel.leaks.result import Against, Cost, Kind
from tragt.funnel.leaks.trials import Grouping, Trials
from tragt.stats.arrays import BoolArray, FloatArray
from tragt.stats.dispersion import rates
from tragt.stats.shrinkage import between_variance, prior_strength, shrunk_means, shrunk_rates

__all__ = ["Costing", "Worth", "beyond", "cost_of", "worth_of"]

DAYS_OF_MONTH = 365.25 / 12
LARGEST_DRAW = 20_000_000
NO_CONVERSIONS = "nobody who got on reached the last step, so what a loss here costs is not known"
NO_VALUES = "no conversion has a value, so what one is worth is not known"


@dataclass(frozen=True, slots=True)
class Costing:
    """How costs are computed.

    Attributes:
        in_money: Whether conversions have a value; else each counts as one.
        level: Confidence level of the intervals.
        rounds: How often the units are drawn.
        seed: Of the draws; equal seeds give equal intervals.
    """

    in_money: bool
    level: float
    rounds: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What one who gets on is worth, by passage and group, shrunk to the whole.

    Attributes:
        strength: What the whole's conversion counts for, in attempts, for each passage, shape (k - 1,).
        between: Variance of the mean value among groups.
        errors: Variance of the mean value of each group, shape (g,).
    """

    strength: FloatArray
    between: float
    errors: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What the cost is computed from, one row a draw, columns as named by `ENTERED` and the rest."""

    columns: FloatArray

    def ratio(self, part: int, whole: int) -> FloatArray:
        over, under = self.columns[:, part], self.columns[:, whole]
        return rates(over, under)


ENTERED, KEPT, ENTERED_BEFORE, KEPT_BEFORE, ON, WON, ALL_ON, ALL_WON, VALUE, VALUES, ALL_VALUE, ALL_VALUES = range(12)


def worth_of(trials: Trials, grouping: Grouping, kind: Kind) -> Worth:
    """How far the groups' own conversion and value are to be believed.

    Args:
        trials: The trials judged, their values winsorised.
        grouping: Their groups.
        kind: What they are about.
    """
    groups, rows, codes = len(grouping.values), grouping.rows, grouping.codes
    strengths = []
    for step in range(trials.entered.shape[1]):
        on = _got_on(trials, step, kind)
        number = np.bincount(codes, weights=on[rows], minlength=groups)
        won = np.bincount(codes, weights=(on & trials.converted)[rows], minlength=groups)
        whole = won.sum() / number.sum() if number.sum() else 0.0
        strengths.append(prior_strength(won, number, whole))
    valued = ~np.isnan(trials.value[rows])
    number = np.bincount(codes[valued], minlength=groups)
    some = np.maximum(number, 1)
    mean = np.bincount(codes[valued], weights=trials.value[rows][valued], minlength=groups) / some
    squares = np.bincount(codes[valued], weights=trials.value[rows][valued] ** 2, minlength=groups) / some
    deviation = np.maximum(squares - mean**2, 0.0)
    within = (deviation * number).sum() / max(number.sum() - np.sum(number > 0), 1)
    errors = np.where(number > 0, within / some, np.inf)
    return Worth(np.array(strengths), between_variance(np.where(number > 1, mean, np.nan), errors), errors)


def cost_of(verdict: Verdict, worth: Worth, costing: Costing) -> tuple[Cost | None, str | None]:
    """The cost of a leak, or why there is none."""
    cells, days = verdict.cells, verdict.cells.arena.now[verdict.step]
    table, units = _table(cells, verdict.step, verdict.group, in_money=costing.in_money)
    whole = _Sums(table.sum(axis=0, keepdims=True))
    if whole.columns[0, ALL_WON] == 0:
        return None, NO_CONVERSIONS
    if costing.in_money and whole.columns[0, ALL_VALUES] == 0:
        return None, NO_VALUES
    scale = DAYS_OF_MONTH / (days[1] - days[0])
    lost, (chance, value) = _lost(verdict, whole, whole), _each(verdict, whole, worth, costing)
    drawn = _Sums(_drawn(table, units, costing))
    chances, values = _each(verdict, drawn, worth, costing)
    draws = _lost(verdict, drawn, whole) * chances * values * scale
    low, high = np.nanquantile(draws, [(1 - costing.level) / 2, (1 + costing.level) / 2])
    middle = float(lost[0] * chance[0] * value[0] * scale)
    around = min(float(low), middle), max(float(high), middle)
    each = float(value[0]) if costing.in_money else None
    return Cost(middle, *around, costing.level, costing.in_money, middle, float(chance[0]), each), None


def _got_on(trials: Trials, step: int, kind: Kind) -> BoolArray:
    """Who was there to convert from the passage's end; of those stuck nobody knows, so all who came are meant."""
    return trials.kept[:, step] if kind is Kind.DRIFTED else trials.entered[:, step]


def _during(trials: Trials, step: int, days: Days) -> BoolArray:
    return np.asarray((trials.day[:, step] >= days[0]) & (trials.day[:, step] < days[1]))


def _table(cells: Cells, step: int, group: int, *, in_money: bool) -> tuple[FloatArray, FloatArray]:
    """The twelve sums of each unit, equal rows once, and how many units have each row."""
    arena = cells.arena
    trials = arena.trials
    member = np.zeros(len(trials.unit), dtype=np.bool_)
    member[arena.grouping.rows[arena.grouping.codes == group]] = True
    now = _during(trials, step, arena.now[step])
    if cells.against is Against.PREVIOUS and arena.before is not None:
        compared = member & _during(trials, step, arena.before[step])
    elif cells.against is Against.OTHERS:
        compared = ~member & now
    else:
        compared = np.zeros(len(now), dtype=np.bool_)
    entered, kept = trials.entered[:, step], trials.kept[:, step]
    on = _got_on(trials, step, arena.kind)
    known = trials.converted & ~np.isnan(trials.value) if in_money else trials.converted
    value = np.where(known, trials.value if in_money else 1.0, 0.0)
    rows = [entered & member & now, kept & member & now, entered & compared, kept & compared]
    rows += [on & member, on & trials.converted & member, on, on & trials.converted]
    rows += [value * member, known & member, value, known]
    return _by_unit(np.column_stack(rows).astype(np.float64), trials)


def _by_unit(rows: FloatArray, trials: Trials) -> tuple[FloatArray, FloatArray]:
    some = rows.any(axis=1)
    _, unit = np.unique(trials.unit[some], return_inverse=True)
    sums = np.column_stack([np.bincount(unit, weights=column) for column in rows[some].T])
    found, number = np.unique(sums, axis=0, return_counts=True)
    counts = number.astype(np.float64)
    return np.asarray(found * counts[:, None]), counts


def _drawn(table: FloatArray, units: FloatArray, costing: Costing) -> FloatArray:
    """The sums of many draws of as many units as there are, shape (rounds, 12)."""
    dice = np.random.default_rng(costing.seed)
    number = int(units.sum())
    each = table / units[:, None]
    block = max(int(LARGEST_DRAW / len(units)), 1)
    sizes = [min(block, costing.rounds - begun) for begun in range(0, costing.rounds, block)]
    return np.concatenate([dice.multinomial(number, units / number, size) @ each for size in sizes])


def _lost(verdict: Verdict, sums: _Sums, whole: _Sums) -> FloatArray:
    """Attempts lost, shrunk, one a draw; draws spread by the root of phi, as days that move together do."""
    cells, step, group = verdict.cells, verdict.step, verdict.group
    raw, rate = whole.ratio(KEPT, ENTERED)[0], sums.ratio(KEPT, ENTERED)
    if cells.against is Against.TARGET:
        shift = np.zeros(len(rate))
        reference = cells.reference[step, group]
    else:
        reference = whole.ratio(KEPT_BEFORE, ENTERED_BEFORE)[0]
        shift = sums.ratio(KEPT_BEFORE, ENTERED_BEFORE) - reference
    moved = np.sqrt(cells.phi[step, group]) * (shift - (rate - raw))
    kept_share = _kept_share(cells, step, group, raw, reference)
    return np.asarray(cells.entered[step, group] * kept_share * (reference - raw + moved))


def _kept_share(cells: Cells, step: int, group: int, rate: float, reference: float) -> float:
    """How much of the difference to the reference is left after shrinking."""
    if rate == reference:
        return 0.0
    return float((cells.reference[step, group] - cells.shrunk[step, group]) / (reference - rate))


def _each(verdict: Verdict, sums: _Sums, worth: Worth, costing: Costing) -> tuple[FloatArray, FloatArray]:
    """The conversion of those who got on and the mean value of one, one a draw, both shrunk to the whole."""
    columns = sums.columns
    whole = sums.ratio(ALL_WON, ALL_ON)
    chance = shrunk_rates(columns[:, WON], columns[:, ON], whole, float(worth.strength[verdict.step]))
    if not costing.in_money:
        return chance, np.ones(len(chance))
    mean, centre = sums.ratio(VALUE, VALUES), sums.ratio(ALL_VALUE, ALL_VALUES)
    error = np.broadcast_to(worth.errors[verdict.group], mean.shape)
    return chance, np.asarray(centre + shrunk_means(mean - centre, error, 0.0, worth.between))


def beyond(own: float, step: float | None) -> float:
    """What of a cost exceeds the step's own, of the same sign."""
    if step is None or own * step <= 0:
        return own
    return max(own - step, 0.0) if own > 0 else min(own - step, 0.0)
