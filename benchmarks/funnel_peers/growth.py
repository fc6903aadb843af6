"""How the cost of a question grows: with events, steps, values of a breakdown, and what changed since the index."""

from dataclasses import dataclass, replace
from pathlib import Path

import altair as alt
import polars as pl

from benchmarks.funnel_peers.comparing import HOPELESS
from benchmarks.funnel_peers.data import STEPS, Events
from benchmarks.funnel_peers.ours import ENGINE
from benchmarks.funnel_peers.question import Asked, Question
from benchmarks.funnel_peers.worker import Worker

__all__ = ["Point", "grown", "plot", "told"]

ROUNDS = 5
STEPS_TRIED = (2, 3, 4, 6, 8, 10)
VALUES_TRIED = (1, 10, 100)
DIRTY_TRIED = (0.0, 0.005, 0.01, 0.02)


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement.

    Attributes:
        growing: What grows.
        size: How large it is.
        engine: Whose time it is.
        milliseconds: Of the fastest round of the fastest way.
    """

    growing: str
    size: float
    engine: str
    milliseconds: float


def grown(every: list[Events], threads: int, engines: list[str]) -> list[Point]:
    """The growth of all four, the last three on the largest of these events that ten steps are bearable on.

    Args:
        every: Events of different sizes, ascending.
        threads: With how many threads each engine may work.
        engines: Names of engines.
    """
    found = []
    for events in every:
        workers = [Worker(name, events, threads) for name in engines]
        found += [_point("events", events.number, worker, Question()) for worker in workers]
        if events is every[min(1, len(every) - 1)]:
            found += [
                _point("steps", number, worker, Question(steps=STEPS[:number]))
                for number in STEPS_TRIED
                for worker in workers
            ]
            for worker in workers:
                found += _own(worker) if worker.engine == "Tragt" else []
        for worker in workers:
            worker.close()
    return found


def _own(worker: Worker) -> list[Point]:
    broken_down, changed = Question(Asked.BY_SOURCE), [replace(Question(), dirty=dirty) for dirty in DIRTY_TRIED]
    answers = [worker.runs(question, ENGINE, 1).answer for question in changed]
    if any(answer != answers[0] for answer in answers):
        raise SystemExit(f"What was read anew changes the answer, though it is the same: {answers}.")
    return [
        *(_point("values", values, worker, replace(broken_down, values=values)) for values in VALUES_TRIED),
        *(_point("changed, %", question.dirty * 100, worker, question) for question in changed),
    ]


def _point(growing: str, size: float, worker: Worker, question: Question) -> Point:
    ways = [ENGINE] if worker.engine == "Tragt" else worker.ways(question)
    tried = {way: min(worker.runs(question, way, 2).seconds) for way in ways}
    kept = [way for way in ways if tried[way] <= HOPELESS * min(tried.values())]
    best = min(min(worker.runs(question, way, ROUNDS).seconds) for way in kept)
    return Point(growing, size, worker.engine, best * 1000)


def told(points: list[Point]) -> None:
    """Print the growth, a row a measurement."""
    for growing in dict.fromkeys(point.growing for point in points):
        of_this = [point for point in points if point.growing == growing]
        sizes = list(dict.fromkeys(point.size for point in of_this))
        print(f"\n{growing:<14}" + "".join(f"{size:>14,g}" for size in sizes))
        for engine in dict.fromkeys(point.engine for point in of_this):
            row = {point.size: point.milliseconds for point in of_this if point.engine == engine}
            print(f"  {engine:<12}" + "".join(f"{row[size]:11.2f} ms" for size in sizes))


def plot(points: list[Point], folder: Path) -> Path:
    """Draw the growth as SVG; where it lies.

    Args:
        points: The measurements.
        folder: Where to put it; it is made where it is missing.
    """
    panels = [
        _panel([p for p in points if p.growing == growing]) for growing in dict.fromkeys(p.growing for p in points)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "funnel-growth.svg"
    alt.concat(*panels, columns=2).save(file)
    return file


def _panel(points: list[Point]) -> alt.Chart:
    growing, sizes = points[0].growing, sorted({point.size for point in points})
    scale = alt.Scale(type="log" if growing in {"events", "values"} else "linear")
    drawn: alt.Chart = (
        alt.Chart(pl.DataFrame(points), width=260, height=180)
        .mark_line(point=True)
        .encode(
            alt.X("size:Q", title=growing, scale=scale, axis=alt.Axis(values=sizes, format="~s")),
            alt.Y("milliseconds:Q", title="ms", scale=alt.Scale(type="log")),
            alt.Color("engine:N", title=None),
        )
    )
    return drawn
