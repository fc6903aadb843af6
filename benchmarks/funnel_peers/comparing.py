"""Engines against each other on the same events: in turns, in blocks, every answer the same."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.funnel_peers.data import Events
from benchmarks.funnel_peers.ours import SUM, touched
from benchmarks.funnel_peers.question import Answer, Asked, Question
from benchmarks.funnel_peers.worker import Runs, Worker

__all__ = ["Pace", "Standing", "compared", "shown"]

HOPELESS = 1.2
"""A way this many times as slow as its engine's fastest, warm, is not asked again."""

COLD = 3.0
"""Nor is one that takes this many times as long at its first run."""

OURS, BAR = "Tragt", "ClickHouse"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often each engine is asked.

    Attributes:
        blocks: In each of so many blocks every engine has its turn.
        runs: Runs in a turn.
        slow: Runs in a turn of DuckDB and Polars.
    """

    blocks: int = 5
    runs: int = 5
    slow: int = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found of one engine for one question.

    Attributes:
        engine: Which.
        way: How it answered.
        seconds: Of each run.
        busy: Seconds of processor of each run.
        peak: The most memory that a run took beside what was held before, bytes.
    """

    engine: str
    way: str
    seconds: list[float]
    busy: list[float]
    peak: int

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def processor(self) -> float:
        return median(self.busy)


class Differs(SystemExit):
    """Two engines gave different answers."""


def compared(
    events: Events, threads: int, asked: list[Question], engines: list[str], pace: Pace
) -> Iterator[list[Standing]]:
    """The standings of each question, as they come.

    Args:
        events: The events, drawn already.
        threads: With how many threads each engine may work.
        asked: The questions, one after the other.
        engines: Names of engines.
        pace: How often.
    """
    workers = [Worker(name, events, threads) for name in engines]
    try:
        for question in asked:
            yield _standings(workers, question, pace)
    finally:
        for worker in workers:
            worker.close()


def _standings(workers: list[Worker], question: Question, pace: Pace) -> list[Standing]:
    first = {(worker.engine, way): worker.runs(question, way, 1) for worker in workers for way in worker.ways(question)}
    _same(first, question)
    of = {worker.engine: worker for worker in workers}
    cold = {name: runs.seconds[0] for name, runs in first.items()}
    warm = {
        (engine, way): min(of[engine].runs(question, way, 2).seconds)
        for engine, way in first
        if cold[engine, way] <= COLD * _fastest(cold, (engine, way))
    }
    kept = [name for name in warm if warm[name] <= HOPELESS * _fastest(warm, name)]
    found: dict[tuple[str, str], list[Runs]] = {name: [] for name in kept}
    for _ in range(pace.blocks):
        for engine, way in kept:
            times = pace.slow if engine in {"DuckDB", "Polars"} else pace.runs
            found[engine, way].append(of[engine].runs(question, way, times))
    return [
        Standing(
            *name,
            [second for block in blocks for second in block.seconds],
            [second for block in blocks for second in block.busy],
            max(block.peak for block in [*blocks, first[name]]),
        )
        for name, blocks in found.items()
    ]


def _fastest(tried: dict[tuple[str, str], float], name: tuple[str, str]) -> float:
    """The least time of the ways of its engine; adding up is no way."""
    return min(tried[other] for other in tried if other[0] == name[0] and (other[1] == SUM) == (name[1] == SUM))


def _same(first: dict[tuple[str, str], Runs], question: Question) -> None:
    """Stop where answers differ."""
    answers = {name: runs.answer for name, runs in first.items() if name[1] != SUM}
    expected: Answer = next(iter(answers.values()), {})
    for name, answer in answers.items():
        if answer != expected:
            differing = [value for value in {**expected, **answer} if expected.get(value) != answer.get(value)]
            value = differing[0]
            raise Differs(
                f"{name} and {next(iter(answers))} differ on {question}: "
                f"{answer.get(value)} and {expected.get(value)} at {value!r}."
            )


def shown(events: Events, threads: int, question: Question, standings: list[Standing]) -> None:
    """Print the standings of one question, each beside ClickHouse's better way, and ours beside the sum."""
    engines = [one for one in standings if one.way != SUM]
    bar = [one for one in engines if one.engine == BAR]
    print(f"\n{question.asked}, {len(question.steps)} steps, {events.number:,} events, threads: {threads}")
    print(f"  {'':<36}{'median ms':>10}{'x ' + BAR:>14}{'processor ms':>14}{'x ' + BAR:>14}{'MB more':>9}")
    for one in sorted(engines, key=lambda one: one.median):
        slower = one.median / min(each.median for each in bar) if bar else float("nan")
        busier = one.processor / min(each.processor for each in bar) if bar else float("nan")
        print(
            f"  {one.engine:<11}{one.way:<25}{one.median * 1000:10.2f}{slower:14.3f}"
            f"{one.processor * 1000:14.2f}{busier:14.3f}{one.peak / 1e6:9.0f}"
        )
    ours = [one for one in standings if one.engine == OURS]
    if len(ours) == 2:
        engine, summing = sorted(ours, key=lambda one: one.way == SUM)
        size = touched(events, question)
        print(
            f"  Tragt must read {size / 1e6:.1f} MB, which take {summing.median * 1000:.2f} ms to add up "
            f"({size / summing.median / 1e9:.1f} GB/s): {engine.median / summing.median:.1f} x that, "
            f"{engine.processor / summing.processor:.1f} x its processor time.",
            flush=True,
        )


def asked_of(question: Question, names: Collection[str] = ()) -> list[Question]:
    """The questions over its steps.

    Args:
        question: Which steps.
        names: Which questions, by their names in lower case; none is all three.
    """
    return [Question(asked, question.steps) for asked in Asked if not names or asked.name.lower() in names]
