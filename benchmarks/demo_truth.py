"""The demonstration firm: how often intervals hold its truth, and how fast it is made."""

import multiprocessing
import resource
import statistics
import time

import numpy as np

from tests.demo.mature_cohort import mature, shares
from tragt.demo import FUNNEL_STEPS, DemoFirm

SEEDS = 200
PERSONS = 2_000
LARGE = 1_000_000


def coverage() -> None:
    steps = DemoFirm().truth().whole.steps
    simulations = (DemoFirm(persons=PERSONS, seed=seed).simulate() for seed in range(SEEDS))
    covered = np.array([[share.covered for share in shares(mature(one), steps)] for one in simulations])
    names = [FUNNEL_STEPS[1] + " from first"]
    names += [f"{step} from {where}" for step in FUNNEL_STEPS[2:] for where in ("first", "previous")]
    print(f"95 % Wilson intervals that hold the truth, {SEEDS} seeds of {PERSONS:,} persons, mature cohort")
    for name, share in zip(names, covered.mean(axis=0), strict=True):
        print(f"  {name:<30}{share:7.1%}")
    print(f"  {'all':<30}{covered.mean():7.1%}")


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
    coverage()
    for persons, rounds in ((20_000, 5), (LARGE, 1)):
        process = multiprocessing.get_context("spawn").Process(target=speed, args=(persons, rounds))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
