"""Which cells do worse, or better, than they should: the comparisons, and all of them judged together.

The unit of observation is the cell in one comparison. All cells of all breakdowns, steps and comparisons are one
family, so that the share of false alarms holds for the list as it is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tragt.funnel.leaks.result import Against, Kind
from tragt.funnel.leaks.trials import Grouping, Trials, by_day
from tragt.stats.arrays import BoolArray, FloatArray
from tragt.stats.multiplicity import benjamini_hochberg, power_weights
from tragt.stats.peers import against_peers, odds_of_change
from tragt.stats.shortfall import against_before, against_target
from tragt.stats.shrinkage import prior_strength, shrunk_rates

__all__ = ["Arena", "Cells", "Days", "Verdict", "judge", "others", "previous", "target"]

DROPS_WORTH_FINDING = (0.1, 0.2)
CHANGES_WORTH_FINDING = (*(-drop for drop in DROPS_WORTH_FINDING), *DROPS_WORTH_FINDING)
LEAKING_SHARE = 0.04
"""One cell in 25 is expected to leak: this only says where the budget of false alarms is best spent."""

Days = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Arena:
    """The trials that a comparison is made on.

    Attributes:
        kind: What the trials are about.
        trials: The trials, of all days that the comparison looks at.
        grouping: Their groups.
        now: First day judged and first day after, for each passage.
        before: The same of the reference, for each passage; None where there is none.
    """

    kind: Kind
    trials: Trials
    grouping: Grouping
    now: tuple[Days, ...]
    before: tuple[Days, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One comparison of all cells of a breakdown; arrays of the shape (k - 1, g), NaN where not judged.

    Attributes:
        arena: What it was made on.
        against: What the cells were compared with.
        entered: Trials.
        kept: Successes.
        reference: The rate they are compared with.
        shrunk: The rate drawn towards its centre.
        p_worse: Probability of so low a rate by chance.
        p_better: Probability of so high a rate by chance.
        sensitivity: Standard errors by which a drop of everything (1) would move it.
        phi: By how much the variance of the count exceeds the binomial one.
        odds_worse: How much likelier each drop worth finding makes where the cell stands among the other groups; 1
            where that says nothing. It is independent of the p-values and only steers the budget of false alarms.
            Shape (k - 1, g, drops).
        odds_better: The same of rises as large.
    """

    arena: Arena
    against: Against
    entered: FloatArray
    kept: FloatArray
    reference: FloatArray
    shrunk: FloatArray
    p_worse: FloatArray
    p_better: FloatArray
    sensitivity: FloatArray
    phi: FloatArray
    odds_worse: FloatArray
    odds_better: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """A cell that was found.

    Attributes:
        cells: The comparison it stands in.
        step: Number of the passage.
        group: Number of the group.
        p_value: Probability of so extreme a rate by chance.
        q_value: The adjusted p-value.
    """

    cells: Cells
    step: int
    group: int
    p_value: float
    q_value: float


def previous(arena: Arena) -> Cells:
    """Compare each cell with itself before; the arena must have days before."""
    found, odds = [], []
    for step, (now, before) in enumerate(zip(arena.now, arena.before or (), strict=True)):
        counts = by_day(arena.trials, arena.grouping, step, (before[0], now[1]))
        keep = (counts.day < before[1]) | (counts.day >= now[0])
        counts = counts.on(keep)
        judged_days = counts.day >= now[0]
        result = against_before(counts, judged_days)
        n, x = counts.entered[:, judged_days].sum(axis=1), counts.passed[:, judged_days].sum(axis=1)
        relative = result.precision * result.reference
        found.append((n, x, result.reference, result.p_worse, result.p_better, relative, result.phi))
        odds.append(odds_of_change(counts, judged_days, result.noise.own, CHANGES_WORTH_FINDING))
    return _cells(arena, Against.PREVIOUS, found, np.array(odds))


def target(arena: Arena, targets: Mapping[int, float]) -> Cells:
    """Compare each cell with what is asked of its passage.

    Args:
        arena: The trials.
        targets: The rate asked for, by number of the passage.
    """
    found = []
    for step, now in enumerate(arena.now):
        counts = by_day(arena.trials, arena.grouping, step, now)
        n, x = counts.entered.sum(axis=1), counts.passed.sum(axis=1)
        if step in targets:
            result = against_target(counts, targets[step])
            relative = result.precision * result.reference
            found.append((n, x, result.reference, result.p_worse, result.p_better, relative, result.phi))
        else:
            nothing = np.full(len(n), np.nan)
            found.append((n, x, nothing, nothing, nothing, nothing, nothing))
    return _cells(arena, Against.TARGET, found)


def others(arena: Arena) -> Cells:
    """Compare each cell with the rest of the same days."""
    counts = [by_day(arena.trials, arena.grouping, step, now) for step, now in enumerate(arena.now)]
    result = against_peers(counts)
    n = np.array([one.entered.sum(axis=1) for one in counts])
    x = np.array([one.passed.sum(axis=1) for one in counts])
    relative = result.precision / np.maximum(1 - result.reference, 1e-9)
    columns = (n, x, result.reference, result.p_worse, result.p_better, relative, result.phi)
    return _cells(arena, Against.OTHERS, list(zip(*columns, strict=True)))


def judge(several: Sequence[Cells], false_share: float) -> tuple[list[Verdict], list[Verdict], int]:
    """Which cells to report, of all comparisons together.

    Args:
        several: The comparisons.
        false_share: The share of false alarms allowed in each list.

    Returns:
        Those worse, those better, and how many were judged.
    """
    if not several:
        return [], [], 0
    sensitivity = np.concatenate([cells.sensitivity.ravel() for cells in several])
    judged = ~np.isnan(sensitivity)
    places = list(_places(several))
    lists = []
    for side in ("worse", "better"):
        p = np.concatenate([getattr(cells, f"p_{side}").ravel() for cells in several])
        odds = np.concatenate(
            [getattr(cells, f"odds_{side}").reshape(-1, len(DROPS_WORTH_FINDING)) for cells in several]
        )
        weights = power_weights(sensitivity, DROPS_WORTH_FINDING, false_share * LEAKING_SHARE, odds)
        q = benjamini_hochberg(np.where(judged, p, np.nan), weights)
        hits = np.flatnonzero(q <= false_share)
        lists.append([Verdict(*places[hit], float(p[hit]), float(q[hit])) for hit in hits])
    return lists[0], lists[1], int(judged.sum())


def _places(several: Sequence[Cells]) -> Iterator[tuple[Cells, int, int]]:
    for cells in several:
        for step, group in np.ndindex(cells.entered.shape):
            yield cells, step, group


def _cells(
    arena: Arena, against: Against, found: Sequence[tuple[FloatArray, ...]], odds: FloatArray | None = None
) -> Cells:
    n, x, reference, worse, better, relative, phi = (np.array(column) for column in zip(*found, strict=True))
    judged = ~np.isnan(worse) & _alone(arena.grouping)
    worse, better, relative = (np.where(judged, column, np.nan) for column in (worse, better, relative))
    shrunk = _shrunk(n, x, reference, phi, judged, asked=against is Against.TARGET)
    drops = len(DROPS_WORTH_FINDING)
    known = np.ones((*n.shape, 2 * drops)) if odds is None else odds
    sides = known[..., :drops], known[..., drops:]
    return Cells(arena, against, n, x, reference, shrunk, worse, better, relative, phi, *sides)


def _alone(grouping: Grouping) -> BoolArray:
    """Which groups are one value each, shape (g,): the rest of them is nobody's leak."""
    alone = np.ones(len(grouping.values), dtype=np.bool_)
    alone[-1] = not grouping.other
    return alone


def _shrunk(
    n: FloatArray, x: FloatArray, reference: FloatArray, phi: FloatArray, judged: BoolArray, *, asked: bool
) -> FloatArray:
    """The rates drawn towards the reference, or, where that is only asked for, towards the rate of all groups.

    How far, the groups of a step say together. The step as a whole has no such company and stands as it is.
    """
    centre = np.where(n.sum(axis=1) > 0, x.sum(axis=1) / np.maximum(n.sum(axis=1), 1), np.nan)[:, None]
    towards = np.where(asked, np.broadcast_to(centre, n.shape), reference)
    trials = np.where(judged, n / phi, 0.0)
    successes = np.where(judged, x / phi, 0.0)
    towards = np.where(judged, np.clip(towards, 1e-9, 1 - 1e-9), 0.5)
    if n.shape[1] == 1:
        return np.where(judged, shrunk_rates(successes, trials, towards, 0.0), np.nan)
    rows = [shrunk_rates(*row, prior_strength(*row)) for row in zip(successes, trials, towards, strict=True)]
    return np.where(judged, np.array(rows), np.nan)
