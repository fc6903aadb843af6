"""One engine in a process of its own, answering as many times as it is told; a line of JSON each way.

A process each keeps their threads, their memory and their compiled code apart.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.funnel_peers.data import Events
from benchmarks.funnel_peers.question import Answer, Asked, Engine, Given, Question

__all__ = ["ENGINES", "Runs", "Worker"]

ENGINES = {
    "Tragt": "ours.Ours",
    "ClickHouse": "clickhouse.ClickHouse",
    "DuckDB": "duck.Duck",
    "Polars": "frames.Frames",
}
THREADS = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Runs:
    """What came of some runs.

    Attributes:
        answer: The answer of the last.
        seconds: How long each took.
        busy: Seconds of processor each took, all threads together.
        peak: The most memory that was taken beside what the engine held before, bytes.
    """

    answer: Answer
    seconds: list[float]
    busy: list[float]
    peak: int


class Worker:
    """The process of an engine, as its parent sees it."""

    def __init__(self, engine: str, events: Events, threads: int) -> None:
        self.engine = engine
        command = [sys.executable, "-m", __name__, engine, str(events.number), str(events.folder.parent), str(threads)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **dict.fromkeys(THREADS, str(threads))},
        )
        self._line()

    def ways(self, question: Question) -> list[str]:
        return list(self._told({"do": "ways", **asdict(question)}))

    def runs(self, question: Question, way: str, times: int) -> Runs:
        return Runs(**self._told({"do": "runs", "way": way, "times": times, **asdict(question)}))

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _told(self, what: dict[str, object]) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The process of {self.engine} ended with code {self._process.wait()}.")
        return json.loads(line)


def main(engine: str, number: str, folder: str, threads: str) -> None:
    module, name = ENGINES[engine].split(".")
    given = Given(Events(Path(folder) / f"events-{number}", int(number)), int(threads))
    made: Engine = getattr(importlib.import_module(f"benchmarks.funnel_peers.{module}"), name)(given)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        question = Question(Asked(told["asked"]), tuple(told["steps"]), told["values"], told["dirty"])
        found = made.ways(question) if told["do"] == "ways" else _runs(made, question, told["way"], told["times"])
        print(json.dumps(found), flush=True)


def _runs(engine: Engine, question: Question, way: str, times: int) -> dict[str, object]:
    answer, seconds, busy = {}, [], []
    held = _forget_peak()
    for _ in range(times):
        start, worked = perf_counter(), _worked()
        answer = engine.answer(question, way)
        seconds.append(perf_counter() - start)
        busy.append(_worked() - worked)
    return {"answer": answer, "seconds": seconds, "busy": busy, "peak": max(_memory("VmHWM") - held, 0)}


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _forget_peak() -> int:
    """Let the kernel count the peak anew, where it can; what is held now, bytes."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(field: str) -> int:
    about = Path("/proc/self/status")
    lines = about.read_text().splitlines() if about.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
