"""Leaks: how often a list of them is wrong, how many it finds, and how soon, where the truth is known.

Six passages and twelve values of a breakdown with sizes after Zipf are 72 cells; 3,000 enter a day. One week is
compared with the four before. The page that set the goals does not tell the rates of its passages; those used here
were chosen so that its own two baselines (each cell at p < .05, and Benjamini-Hochberg on binomial tests) come out
as it says, and both run beside. Day noise is the standard deviation of the logit of each cell's day; shared shocks
move all values of a passage on one day; with weekday cycles half as many come at the weekend and rates swing. The
goals were set for values that are alike when nothing leaks, which helps to see one that fell; a last line has values
that always differ (standard deviation of the logit), where only the upper limit of the false share has a goal.

TRAGT_BENCH_SMALL=1 draws a tenth of the worlds and allows three standard errors of that smaller number.
"""

import math
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from tragt.demo import FUNNEL_STEPS, DemoFirm, Passage
from tragt.funnel import Funnel
from tragt.funnel.leaks import Rules, leaks
from tragt.funnel.leaks.judging import DROPS_WORTH_FINDING, LEAKING_SHARE
from tragt.funnel.leaks.monitoring import begin, observe
from tragt.stats.arrays import BoolArray, FloatArray
from tragt.stats.dispersion import DayCounts
from tragt.stats.multiplicity import benjamini_hochberg, power_weights
from tragt.stats.peers import odds_of_change
from tragt.stats.shortfall import against_before

SMALL = os.environ.get("TRAGT_BENCH_SMALL") == "1"
WORLDS = 180 if SMALL else 1800
WATCHED = 36 if SMALL else 144
SEEDS = 2 if SMALL else 20
SHARE, UPPER = 0.1, 0.115
WEEK, WEEKS = 7, 5
LEARNT, MONTHS = 28, 90
AFTER = 30
RATES = np.array([0.50, 0.75, 0.65, 0.45, 0.55, 0.50])
SIZES = (1 / np.arange(1, 13)) / (1 / np.arange(1, 13)).sum()
LARGEST = 6
ENTRANTS = 3000
CYCLE = np.array([0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3])
BUSY = np.array([1.2, 1.2, 1.15, 1.1, 1.05, 0.7, 0.6])


@dataclass(frozen=True)
class Scenario:
    """What moves the rates: own day noise, shocks that a passage's values share, the cycle of the week, the value."""

    name: str
    noise: float = 0.0
    shock: float = 0.0
    week: bool = False
    unlike: float = 0.0


SCENARIOS = [
    Scenario("no day noise"),
    Scenario("day noise .1", 0.1),
    Scenario("day noise .2", 0.2),
    Scenario("shared shocks .15", 0.0, 0.15),
    Scenario("noise .1, shocks .15, weekday cycle", 0.1, 0.15, True),
    Scenario("noise .2, shocks .2, weekday cycle", 0.2, 0.2, True),
    Scenario("noise .1, values unlike .3", 0.1, unlike=0.3),
]
PLAIN = SCENARIOS[:3]
GOALS = {("no day noise", 0.2): 0.70, ("day noise .1", 0.2): 0.65, ("day noise .2", 0.2): 0.60}
GOALS |= {("no day noise", 0.1): 0.35, ("day noise .1", 0.1): 0.28, ("day noise .2", 0.1): 0.16}


@dataclass(frozen=True)
class Drop:
    """A leak: which cells fall, by how much, from which day on."""

    cells: BoolArray
    size: float
    since: int


def world(scenario: Scenario, dice: np.random.Generator, days: int, drop: Drop) -> tuple[FloatArray, FloatArray]:
    """Trials and successes of each passage, value and day."""
    weekday = np.arange(days) % WEEK
    busy = BUSY[weekday] if scenario.week else np.ones(days)
    here = dice.poisson(ENTRANTS * SIZES[:, None] * busy)
    entered, passed = [], []
    for step, rate in enumerate(RATES):
        logit = np.log(rate / (1 - rate)) + scenario.noise * dice.standard_normal((len(SIZES), days))
        logit += scenario.shock * dice.standard_normal(days) + scenario.week * CYCLE[weekday]
        if scenario.unlike:
            logit += scenario.unlike * dice.standard_normal((len(SIZES), 1))
        chance = 1 / (1 + np.exp(-logit))
        chance[drop.cells[step], drop.since :] *= 1 - drop.size
        there = dice.binomial(here, chance)
        entered.append(here)
        passed.append(there)
        here = there
    return np.array(entered, dtype=np.float64), np.array(passed, dtype=np.float64)


def planted(dice: np.random.Generator, number: int) -> BoolArray:
    cells = np.zeros(len(RATES) * len(SIZES), dtype=np.bool_)
    cells[dice.choice(len(cells), number, replace=False)] = True
    return cells.reshape(len(RATES), len(SIZES))


# ---------------------------------------------------------------- one week against four

Method = Callable[[FloatArray, FloatArray, BoolArray], BoolArray]


def binomial(entered: FloatArray, passed: FloatArray, now: BoolArray) -> FloatArray:
    """The p-values of the pooled test of two proportions, days taken as one."""
    from scipy.special import ndtr  # noqa: PLC0415 - it takes long to load

    n1, n0 = entered[..., now].sum(axis=-1), entered[..., ~now].sum(axis=-1)
    x1, x0 = passed[..., now].sum(axis=-1), passed[..., ~now].sum(axis=-1)
    rate = (x1 + x0) / (n1 + n0)
    return np.asarray(ndtr((x1 / n1 - x0 / n0) / np.sqrt(rate * (1 - rate) * (1 / n1 + 1 / n0))))


def each_cell(entered: FloatArray, passed: FloatArray, now: BoolArray) -> BoolArray:
    return np.asarray(binomial(entered, passed, now) < 0.05)


def adjusted(entered: FloatArray, passed: FloatArray, now: BoolArray) -> BoolArray:
    return np.asarray(benjamini_hochberg(binomial(entered, passed, now)) <= SHARE)


def ours(entered: FloatArray, passed: FloatArray, now: BoolArray) -> BoolArray:
    steps = [DayCounts(n, x, np.arange(entered.shape[2])) for n, x in zip(entered, passed, strict=True)]
    found = [against_before(counts, now) for counts in steps]
    drops = [-drop for drop in DROPS_WORTH_FINDING]
    odds = [odds_of_change(counts, now, one.noise.own, drops) for counts, one in zip(steps, found, strict=True)]
    sensitivity = np.array([one.precision * one.reference for one in found])
    weights = power_weights(sensitivity, DROPS_WORTH_FINDING, SHARE * LEAKING_SHARE, odds)
    return np.asarray(benjamini_hochberg(np.array([one.p_worse for one in found]), weights) <= SHARE)


METHODS: dict[str, Method] = {"p < .05 per cell": each_cell, "BH .10, binomial": adjusted, "tragt": ours}


@dataclass(frozen=True)
class Score:
    """What one method made of one world: share of false alarms, of leaks found, number of false alarms."""

    false_share: float
    power: float
    false_alarms: int


def week_against_four(job: tuple[int, float, int]) -> dict[str, Score]:
    place, drop, number = job
    dice = np.random.default_rng([61, place, round(100 * drop), number])
    cells = planted(dice, 3 if drop else 0)
    days = WEEK * WEEKS
    now = np.arange(days) >= days - WEEK
    entered, passed = world(SCENARIOS[place], dice, days, Drop(cells, drop, days - WEEK))
    scores = {}
    for name, method in METHODS.items():
        found = method(entered, passed, now)
        wrong = int((found & ~cells).sum())
        power = float(found[cells].mean()) if drop else float("nan")
        scores[name] = Score(wrong / max(int(found.sum()), 1), power, wrong)
    return scores


def upper(values: Sequence[float]) -> float:
    """Upper limit of the 95 % interval of a mean."""
    return float(np.mean(values) + 1.96 * np.std(values, ddof=1) / math.sqrt(len(values)))


def comparisons(pool: ProcessPoolExecutor) -> list[tuple[str, bool]]:
    print(f"One week against four: {WORLDS} worlds a line, 3 leaks of 72 cells, list at {SHARE:.0%} false alarms")
    print(f"{'':38}{'method':20}{'no leak: any':>13}{'a week':>8}{'FDR 20 %':>10}{'upper':>7}{'power':>7}", end="")
    print(f"{'FDR 10 %':>10}{'upper':>7}{'power':>7}")
    goals = []
    for place, scenario in enumerate(SCENARIOS):
        scores = {
            drop: list(pool.map(week_against_four, [(place, drop, w) for w in range(WORLDS)], chunksize=20))
            for drop in (0.0, 0.2, 0.1)
        }
        for name in METHODS:
            alarms = [one[name].false_alarms for one in scores[0.0]]
            line = f"{scenario.name:38}{name:20}{np.mean(np.array(alarms) > 0):13.3f}{np.mean(alarms):8.2f}"
            for drop in (0.2, 0.1):
                false = [one[name].false_share for one in scores[drop]]
                power = float(np.mean([one[name].power for one in scores[drop]]))
                line += f"{np.mean(false):10.3f}{upper(false):7.3f}{power:7.3f}"
                if name == "tragt":
                    goals += judged(scenario, drop, false, power)
            print(line, flush=True)
    return goals


def judged(scenario: Scenario, drop: float, false: Sequence[float], power: float) -> list[tuple[str, bool]]:
    mean, limit = float(np.mean(false)), upper(false)
    slack = 3 * math.sqrt(0.06 / WORLDS) if SMALL else 0.0
    most = UPPER if scenario.unlike else SHARE
    name = f"{scenario.name}, {drop:.0%} drop"
    words = f"{name}: false share {mean:.3f}, upper limit {limit:.3f} (goal: {most:.3g}, {UPPER:.3g})"
    goals = [(words, mean <= most + slack and limit <= UPPER + 2 * slack)]
    if (scenario.name, drop) in GOALS:
        goal = GOALS[scenario.name, drop]
        enough = power >= goal - (3 * 0.3 / math.sqrt(WORLDS) if SMALL else 0.0)
        goals.append((f"{name}: power {power:.3f} (goal: {goal:.2f})", enough))
    return goals


# ---------------------------------------------------------------- every day


def any_alarm(job: tuple[int, int]) -> tuple[bool, bool, bool]:
    """Whether anything was raised in 90 days without a leak: by us, by each cell at .05, by BH on each day's p."""
    place, number = job
    dice = np.random.default_rng([62, place, number])
    nothing = Drop(planted(dice, 0), 0.0, 0)
    entered, passed = world(SCENARIOS[place], dice, LEARNT + MONTHS, nothing)
    watch = begin(entered[..., :LEARNT], passed[..., :LEARNT])
    raised = [False, False, False]
    for day in range(LEARNT, LEARNT + MONTHS):
        watch = observe(watch, entered[..., day], passed[..., day])
        seen = slice(day - LEARNT - WEEK + 1 if day >= LEARNT + WEEK else 0, day + 1)
        now = np.arange(entered[..., seen].shape[-1]) >= entered[..., seen].shape[-1] - WEEK
        p = binomial(entered[..., seen], passed[..., seen], now)
        raised[0] |= bool(watch.open.any())
        raised[1] |= bool((p < 0.05).any())
        raised[2] |= bool((benjamini_hochberg(p) <= SHARE).any())
    return raised[0], raised[1], raised[2]


def days_until_found(job: tuple[int, int, int, int]) -> float:
    """Days from the beginning of a 20 % leak until it is open; infinite if not within 30."""
    place, step, group, number = job
    dice = np.random.default_rng([63, place, step, group, number])
    since = LEARNT + int(dice.integers(MONTHS - AFTER))
    cells = planted(dice, 0)
    cells[step, group] = True
    entered, passed = world(SCENARIOS[place], dice, since + AFTER, Drop(cells, 0.2, since))
    watch = begin(entered[..., :LEARNT], passed[..., :LEARNT])
    for day in range(LEARNT, since + AFTER):
        watch = observe(watch, entered[..., day], passed[..., day])
        if day >= since and watch.open[step, group]:
            return day - since + 1.0
    return math.inf


def watching(pool: ProcessPoolExecutor) -> list[tuple[str, bool]]:
    print(f"\nLooking every day for {MONTHS} days: {WATCHED} worlds a line; any false alarm, and days to find 20 %")
    print(f"{'':38}{'each at .05':>12}{'BH .10':>8}{'tragt':>8}{'median':>9}{'quartiles':>14}{'by 30 days':>12}")
    goals = []
    cells = list(product(range(len(RATES)), range(LARGEST)))
    rounds = max(WATCHED // len(cells), 1)
    for place, scenario in enumerate(SCENARIOS):
        if scenario not in (*PLAIN, SCENARIOS[4]):
            continue
        raised = np.array(list(pool.map(any_alarm, [(place, w) for w in range(WATCHED)], chunksize=5)))
        jobs = [(place, step, group, w) for step, group in cells for w in range(rounds)]
        delays = np.array(list(pool.map(days_until_found, jobs, chunksize=5)))
        ours_, per_cell, by_bh = raised.mean(axis=0)
        low, median, high = np.quantile(delays, [0.25, 0.5, 0.75], method="inverted_cdf")
        print(
            f"{scenario.name:38}{per_cell:12.3f}{by_bh:8.3f}{ours_:8.3f}{median:9.1f}{low:7.0f}-{high:<6.0f}"
            f"{np.isfinite(delays).mean():12.3f}",
            flush=True,
        )
        slack = 3 * math.sqrt(0.09 / WATCHED) if SMALL else 0.0
        goals.append((f"{scenario.name}: any alarm in {MONTHS} days {ours_:.3f} (goal: .10)", ours_ <= 0.10 + slack))
        if place == 0:
            goals.append((f"{scenario.name}: median {median:.0f} days to find 20 % (goal: 6)", median <= 6 + 3 * SMALL))
    return goals


# ---------------------------------------------------------------- the demonstration firm


def firm(job: tuple[int, bool]) -> tuple[bool, bool]:
    """Whether the planted leak is on top, and whether nothing is listed."""
    seed, leaking = job
    passage = Passage() if leaking else replace(Passage(), leak=None)
    funnel = Funnel.of(*FUNNEL_STEPS, window="90d")
    found = leaks(funnel, DemoFirm(seed=seed, passage=passage).log(), by=["source"], rules=Rules(value="value"))
    top = bool(found.worse) and (found.worse[0].step, found.worse[0].value) == ("Demo Requested", "Paid Social")
    return top, not found.worse


def firms(pool: ProcessPoolExecutor) -> list[tuple[str, bool]]:
    top = sum(on_top for on_top, _ in pool.map(firm, [(seed, True) for seed in range(1, SEEDS + 1)]))
    quiet = sum(silent for _, silent in pool.map(firm, [(seed, False) for seed in range(1, SEEDS + 1)]))
    least = math.floor(0.9 * SEEDS)
    print(f"\nThe demonstration firm, 20,000 persons, {SEEDS} seeds")
    return [
        (f"the planted leak on top in {top} of {SEEDS} (goal: {least})", top >= least),
        (f"without it nothing listed in {quiet} of {SEEDS} (goal: {least})", quiet >= least),
    ]


def main() -> int:
    only = sys.argv[1:] or ["weeks", "days", "firms"]
    goals = []
    with ProcessPoolExecutor(max_workers=2) as pool:
        for name, part in (("weeks", comparisons), ("days", watching), ("firms", firms)):
            if name in only:
                goals += part(pool)
    print()
    for words, met in goals:
        print(f"{'PASS' if met else 'FAIL'}  {words}")
    return 0 if all(met for _, met in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
