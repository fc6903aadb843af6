"""How long the server takes to answer, what that costs in processor time, and how many questions it asks the database.

Sections are asked in rounds, one after another, so that what else the machine does falls on all of them. A figure is
the median of what the rounds showed.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from django.db import connection
from django.test.utils import CaptureQueriesContext

__all__ = ["Taken", "bound", "head", "line", "measured"]

bound = 100.0
"""Milliseconds within which 95 of 100 questions are to be answered."""

_LOOKED_INTO = 5
_TICK = 1000 / os.sysconf("SC_CLK_TCK")

Ask = Callable[[], object]


@dataclass
class Taken:
    """What the questions of a section took, in milliseconds.

    Attributes:
        walls: Of each round, from each question to its answer.
        works: Processor time of this process, likewise.
        database: Processor time of the database's process, a mean for each round; none where it is this one.
        queries: How many were asked, of some questions.
        slowest: The longest, and what was asked.
    """

    walls: list[list[float]] = field(default_factory=list)
    works: list[list[float]] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    queries: set[int] = field(default_factory=set)
    slowest: tuple[float, str] = (0.0, "")

    @property
    def late(self) -> float:
        """The time within which 95 of 100 were answered: the median of the rounds."""
        return _median(self.walls, 95)


def measured(sections: Mapping[str, Iterator[tuple[str, Ask]]], rounds: int, questions: int) -> dict[str, Taken]:
    """Ask all sections, in rounds.

    Args:
        sections: For each what is asked in words, and what asks it.
        rounds: How many.
        questions: How many of each section in a round.
    """
    found = {name: Taken() for name in sections}
    for number in range(rounds):
        for name, asked in sections.items():
            _round(found[name], asked, questions, warm=number == 0)
    return found


def _round(taken: Taken, asked: Iterator[tuple[str, Ask]], questions: int, *, warm: bool) -> None:
    walls, works = [], []
    for _ in range(3 if warm else 0):
        next(asked)[1]()
    spent = _database_time()
    for _ in range(questions):
        words, ask = next(asked)
        began, worked = time.perf_counter(), time.process_time()
        ask()
        walls.append(1e3 * (time.perf_counter() - began))
        works.append(1e3 * (time.process_time() - worked))
        taken.slowest = max(taken.slowest, (walls[-1], words))
    if spent is not None:
        taken.database.append(((_database_time() or 0.0) - spent) / questions)
    taken.walls.append(walls)
    taken.works.append(works)
    for _ in range(min(questions, _LOOKED_INTO)):
        with CaptureQueriesContext(connection) as captured:
            next(asked)[1]()
        taken.queries.add(len(captured))


def _database_time() -> float | None:
    """The processor time of the process that serves this connection, in milliseconds; None where there is none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return _TICK * sum(map(int, fields[11:13]))


def _median(rounds: list[list[float]], share: int) -> float:
    return median(float(np.percentile(one, share)) for one in rounds)


def head() -> str:
    """The head of the table."""
    columns = f"{'p50':>8}{'p95':>8}{'worst':>8}   {'CPU p50':>8}{'p95':>8}{'database':>10}"
    return f"{'milliseconds':32}{columns}   queries"


def line(name: str, taken: Taken) -> str:
    """A section as a line of the table."""
    walls = f"{_median(taken.walls, 50):8.1f}{taken.late:8.1f}{taken.slowest[0]:8.0f}"
    works = f"{_median(taken.works, 50):8.1f}{_median(taken.works, 95):8.1f}"
    database = f"{median(taken.database):10.1f}" if taken.database else f"{'':10}"
    few, many = (min(taken.queries), max(taken.queries)) if taken.queries else (0, 0)
    queries = f"{few}" if few == many else f"{few}–{many}"
    over = "   over" if taken.late > bound else ""
    return f"{name:32}{walls}   {works}{database}   {queries}{over}"
