"""The demonstration firm: how often intervals hold its truth, and how fast it is made."""

import multiprocessing
import resource
import statistics
import sys
import time

import numpy as np

from tragt import Funnel, Period, run
from tragt.demo import FUNNEL_STEPS, FUNNEL_WINDOW, DemoFirm

SEEDS = 200
PERSONS = 2_000
LARGE = 1_000_000
LOWEST, HIGHEST = 0.93, 0.97


def held(seed: int) -> list[list[bool]]:
    """For the expected and for the observed rates, whether each interval holds the truth."""
    firm = DemoFirm(persons=PERSONS, seed=seed)
    simulation = firm.simulate()
    funnel = Funnel.of(*FUNNEL_STEPS, window=FUNNEL_WINDOW)
    report = run(funnel, simulation.log, period=Period(as_of=simulation.as_of))
    pairs = list(zip(report.steps, firm.truth().whole.steps, strict=True))[1:]
    expected = [(step.expected_from_first, true.from_first) for step, true in pairs]
    expected += [(step.expected_from_previous, true.from_previous or 0.0) for step, true in pairs[1:]]
    observed = [(step.from_first, true.from_first) for step, true in pairs]
    observed += [(step.from_previous, true.from_previous or 0.0) for step, true in pairs[1:]]
    return [
        [rate is not None and rate.low <= true <= rate.high for rate, true in kind] for kind in (expected, observed)
    ]


def coverage() -> bool:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        covered = np.array(pool.map(held, range(SEEDS), chunksize=10)).mean(axis=0)
    names = [f"{step} from first" for step in FUNNEL_STEPS[1:]] + [f"{step} from previous" for step in FUNNEL_STEPS[2:]]
    print(f"95 % intervals that hold the truth, {SEEDS} seeds of {PERSONS:,} persons")
    print(f"  {'':<30}{'expected':>10}{'observed':>10}")
    for name, expected, observed in zip(names, *covered, strict=True):
        print(f"  {name:<30}{expected:10.1%}{observed:10.1%}")
    pooled = covered.mean(axis=1)
    good = bool(np.all((pooled >= LOWEST) & (pooled <= HIGHEST)))
    print(f"  {'all':<30}{pooled[0]:10.1%}{pooled[1]:10.1%}   93-97 %: {'PASS' if good else 'FAIL'}")
    return good


def speed(persons: int, rounds: int) -> None:
    seconds = []
    for seed in range(rounds):
        start = time.perf_counter()
        events = DemoFirm(persons=persons, seed=seed).simulate().frame.height
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    median = statistics.median(seconds)
    print(f"{persons:,} persons, {events:,} events: {median:.2f} s (median of {rounds}), peak memory {peak:.2f} GiB")


def main() -> None:
    good = coverage()
    for persons, rounds in ((20_000, 5), (LARGE, 1)):
        process = multiprocessing.get_context("spawn").Process(target=speed, args=(persons, rounds))
        process.start()
        process.join()
    sys.exit(not good)


if __name__ == "__main__":
    main()
