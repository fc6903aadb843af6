"""Expected rates of funnels that are not over yet, against simulated funnels whose truth is known.

Every scenario draws whole lives of attempts and then hides what lies after `as_of`. The estimate is compared
with the truth, and so are two rates that look plausible: passed of all entered, and passed of those closed.

TRAGT_BENCH_SMALL=1 draws 200 replicates of each cell instead of 2,000, and allows the worst cell 3 standard
errors of that smaller number.
"""

import math
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from tragt.stats import Progress, Rate, progress
from tragt.stats.arrays import FloatArray, IntArray

SMALL = os.environ.get("TRAGT_BENCH_SMALL") == "1"
REPLICATES = 200 if SMALL else 2000
BLOCK = 100
SIZES = (1000, 3000)
TRUTH_ATTEMPTS = 4_000_000
DAY = 86_400_000
HORIZON = 30

Draw = Callable[[np.random.Generator, int], FloatArray]


def exponential(mean: float) -> Draw:
    return lambda dice, number: dice.exponential(mean, number)


def lognormal(median: float, sigma: float) -> Draw:
    return lambda dice, number: median * dice.lognormal(0, sigma, number)


def on_days(days: list[float], shares: list[float]) -> Draw:
    return lambda dice, number: dice.choice(days, number, p=shares)


@dataclass(frozen=True)
class Scenario:
    """A funnel and its cohort. Times in days.

    `passing`: chance to pass each step after the first, were there no loss and no window. `losing`: share of
    those at a step that a competing loss threatens, and its mean time. `mature`: share watched to the
    window's end. `alike`: how much the attempts of one unit (`per_unit` of them) have in common: the
    standard deviation of the logit. `pace`: sigma of a speed that one attempt keeps through all steps.
    """

    name: str
    passing: tuple[float, ...]
    time: Draw
    losing: tuple[float, float] = (0.0, 1.0)
    mature: float = 0.5
    growing: bool = False
    per_unit: int = 1
    alike: float = 0.0
    pace: float = 0.0


SCENARIOS = [
    Scenario("sign-up", (0.6, 0.5), exponential(5), mature=0.5),
    Scenario("purchase", (0.35, 0.4, 0.6), lognormal(4, 1.2), mature=0.25, growing=True),
    Scenario("deal", (0.85, 0.75, 0.65, 0.6), lognormal(3, 0.8), (0.6, 15), 0.25, growing=True, pace=0.5),
    Scenario("mail course", (0.7, 0.5, 0.4), on_days([1, 3, 7], [0.5, 0.3, 0.2]), (0.2, 4), mature=0.8),
    Scenario("nearly all", (0.98, 0.97), exponential(3), (0.1, 40), mature=0.25, growing=True),
    Scenario("hardly any", (0.16, 0.5), exponential(8), (0.3, 20), mature=0.25),
    Scenario("half known", (0.5, 0.6, 0.7, 0.8), exponential(4), (0.4, 10), mature=0.5, growing=True),
    Scenario("repeaters", (0.5, 0.4), lognormal(4, 1.0), mature=0.5, per_unit=4, alike=1.5),
]


@dataclass(frozen=True)
class Lives:
    """Whole lives: age in days at each step and at the loss, infinite where it never comes."""

    ages: FloatArray
    lost: FloatArray
    units: IntArray


def live(scenario: Scenario, dice: np.random.Generator, number: int) -> Lives:
    units = np.arange(number) // scenario.per_unit
    pace = dice.lognormal(0, scenario.pace, number) if scenario.pace else np.ones(number)
    liking = dice.normal(0, scenario.alike, units[-1] + 1)[units] if scenario.alike else np.zeros(number)
    share, mean = scenario.losing
    ages = np.full((number, len(scenario.passing) + 1), np.inf)
    ages[:, 0] = 0
    lost = np.full(number, np.inf)
    for step, chance in enumerate(scenario.passing, start=1):
        here = ages[:, step - 1]
        likely = 1 / (1 + np.exp(-(math.log(chance / (1 - chance)) + liking)))
        passing = np.where(dice.random(number) < likely, scenario.time(dice, number) * pace, np.inf)
        loss = np.where(dice.random(number) < share, dice.exponential(mean, number), np.inf)
        ages[:, step] = np.where(passing <= loss, here + passing, np.inf)
        lost = np.where((loss < passing) & np.isfinite(here), here + loss, lost)
    return Lives(ages, lost, units)


def watch(scenario: Scenario, dice: np.random.Generator, number: int) -> FloatArray:
    """Days each attempt was watched, so that `mature` of them were watched to the window's end."""
    if scenario.growing:
        return HORIZON / (1 - math.sqrt(scenario.mature)) * (1 - np.sqrt(dice.random(number)))
    return HORIZON / (1 - scenario.mature) * dice.random(number)


def seen(ages: FloatArray, until: FloatArray) -> IntArray:
    """Ages in milliseconds as far as the log shows them, else -1."""
    visible = ages <= until
    return np.where(visible, np.ceil(np.where(visible, ages, 0) * DAY), -1).astype(np.int64)


def truth_of(number: int) -> FloatArray:
    """Share of a very large cohort, watched to the end, that reaches each step."""
    dice = np.random.default_rng([7, number])
    blocks = 20
    lives = (live(SCENARIOS[number], dice, TRUTH_ATTEMPTS // blocks) for _ in range(blocks))
    return np.asarray(np.mean([(life.ages <= HORIZON).mean(axis=0) for life in lives], axis=0))


# ---------------------------------------------------------------- one replicate


@dataclass(frozen=True)
class Outcome:
    """What one replicate says of one rate: the estimate, whether its interval holds the truth, both naive rates."""

    estimate: float
    covered: bool
    of_all: float
    of_closed: float


Key = tuple[str, int, int, str]


def replicate(scenario: Scenario, size: int, truth: FloatArray, seed: list[int]) -> Iterator[tuple[Key, Outcome]]:
    dice = np.random.default_rng(seed)
    lives = live(scenario, dice, size)
    watched = watch(scenario, dice, size)
    until = np.minimum(watched, HORIZON)
    ages, ended = seen(lives.ages, until[:, None]), seen(lives.lost, until)
    result = progress(ages, ended, (watched * DAY).astype(np.int64) + 1, lives.units, HORIZON * DAY)
    reached = ages >= 0
    closed = reached[:, -1] | (ended >= 0) | (watched >= HORIZON)
    for step, kind, rate in rates_of(result):
        before = step - 1 if kind == "from previous" else 0
        true = truth[step] / truth[before]
        yield (
            (scenario.name, size, step + 1, kind),
            Outcome(
                rate.rate - true,
                rate.low <= true <= rate.high,
                reached[:, step].sum() / reached[:, before].sum() - true,
                (reached[:, step] & closed).sum() / max((reached[:, before] & closed).sum(), 1) - true,
            ),
        )


def rates_of(result: Progress) -> Iterator[tuple[int, str, Rate]]:
    """Each rate once: from previous is the same as from first at step 2."""
    for step, rate in enumerate(result.from_first[1:], start=1):
        yield step, "from first", rate
    for step, given in enumerate(result.from_previous[2:], start=2):
        if given is not None:
            yield step, "from previous", given


# ---------------------------------------------------------------- all of them


@dataclass
class Cell:
    """Sums over the replicates of one scenario, size, step and kind of rate."""

    truth: float
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def bias(self) -> float:
        return float(np.mean([outcome.estimate for outcome in self.outcomes]))

    @property
    def naive(self) -> tuple[float, float]:
        of_all = np.mean([outcome.of_all for outcome in self.outcomes])
        return float(of_all), float(np.mean([outcome.of_closed for outcome in self.outcomes]))

    @property
    def coverage(self) -> float:
        return float(np.mean([outcome.covered for outcome in self.outcomes]))

    @property
    def highest(self) -> float:
        return self.truth + max(outcome.estimate for outcome in self.outcomes)


def run_block(job: tuple[int, int, FloatArray, int]) -> list[tuple[Key, Outcome]]:
    number, size, truth, block = job
    return [
        outcome
        for row in range(block * BLOCK, (block + 1) * BLOCK)
        for outcome in replicate(SCENARIOS[number], size, truth, [number, size, row])
    ]


def simulate() -> dict[Key, Cell]:
    cells: dict[Key, Cell] = {}
    with ProcessPoolExecutor(max_workers=2) as pool:
        truths = list(pool.map(truth_of, range(len(SCENARIOS))))
        jobs = [
            (number, size, truths[number], block)
            for number in range(len(SCENARIOS))
            for size in SIZES
            for block in range(REPLICATES // BLOCK)
        ]
        for job, outcomes in zip(jobs, pool.map(run_block, jobs), strict=True):
            for key, outcome in outcomes:
                step, kind, truth = key[2] - 1, key[3], job[2]
                true = truth[step] / truth[step - 1 if kind == "from previous" else 0]
                cells.setdefault(key, Cell(float(true))).outcomes.append(outcome)
    return cells


def show(cells: dict[Key, Cell]) -> None:
    print(f"{REPLICATES} replicates of each cell, window {HORIZON} days; truth and coverage in %, bias in points")
    print(f"{'':27}{'rate':15}{'truth':>7}{'bias':>8}{'coverage':>10}{'naive, all':>12}{'naive, closed':>15}")
    for (name, size), rows in groupby(cells.items(), key=lambda item: item[0][:2]):
        print(f"{name}, {size} entries")
        for (_, _, step, kind), cell in rows:
            of_all, of_closed = cell.naive
            print(
                f"{'':20}step {step} {kind:15}{100 * cell.truth:7.1f}{100 * cell.bias:+8.2f}"
                f"{100 * cell.coverage:10.1f}{100 * of_all:+12.1f}{100 * of_closed:+15.1f}"
            )


def judge(cells: dict[Key, Cell]) -> bool:
    """Print each goal with the figure reached; whether all are met."""
    coverages = [cell.coverage for cell in cells.values()]
    bias = float(np.mean([abs(cell.bias) for cell in cells.values()]))
    naive = [float(np.mean([abs(cell.naive[which]) for cell in cells.values()])) for which in (0, 1)]
    mean, worst, highest = float(np.mean(coverages)), min(coverages), max(c.highest for c in cells.values())
    allowed = 3 * math.sqrt(0.93 * 0.07 / REPLICATES) if SMALL else 0.0
    goals = [
        (f"mean |bias| {100 * bias:.3f} points (goal: under 0.5)", bias < 0.005),
        (f"coverage over all cells {100 * mean:.2f} % (goal: 94 to 96)", 0.94 <= mean <= 0.96),
        (f"coverage of the worst cell {100 * worst:.2f} % (goal: at least 93)", worst >= 0.93 - allowed),
        (f"largest rate of any replicate {highest:.4f} (goal: at most 1)", highest <= 1 + 1e-12),
    ]
    print(f"\nmean |bias| of the naive rates: {100 * naive[0]:.1f} (of all), {100 * naive[1]:.1f} points (of closed)")
    for words, met in goals:
        print(f"{'PASS' if met else 'FAIL'}  {words}")
    return all(met for _, met in goals)


def main() -> int:
    cells = simulate()
    show(cells)
    return 0 if judge(cells) else 1


if __name__ == "__main__":
    sys.exit(main())
