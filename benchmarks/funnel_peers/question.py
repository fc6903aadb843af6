"""What every engine is asked, and the form of its answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from benchmarks.funnel_peers.data import SOURCES, STEPS, Events

__all__ = ["WINDOW", "Answer", "Asked", "Engine", "Given", "Question", "entered"]

WINDOW = 7 * 86_400_000
"""In ms; its end still counts."""

Answer = dict[str, list[int]]
"""For each value of the breakdown, or for "" alone, a number for each step."""


class Asked(StrEnum):
    """Three questions to a funnel; each looks at the deepest attempt of each person, the earliest of these."""

    COUNTS = "persons at each step"
    BY_SOURCE = "the same by the entry's source"
    TIMES = "median time from step to step"


@dataclass(frozen=True, slots=True)
class Question:
    """A funnel of distinct steps in their order, seven days from the entry, and what is asked of it.

    Attributes:
        asked: With `TIMES` the answer is for each step but the first the median, in ms, of those who reached it: the
            smallest time that at least half of them needed no more than.
        steps: Names of the events.
        values: Into how many values of the source the breakdown goes. Peers know all 100 only.
        dirty: Share of the persons whose events have changed since the index was made. Peers have no such thing.
    """

    asked: Asked = Asked.COUNTS
    steps: tuple[str, ...] = STEPS[:4]
    values: int = len(SOURCES)
    dirty: float = 0.0


@dataclass(frozen=True, slots=True)
class Given:
    """What an engine is made of.

    Attributes:
        events: The events, drawn already; in their folder it may keep its tables.
        threads: With how many threads it may work.
    """

    events: Events
    threads: int


class Engine(Protocol):
    """An engine with the events at hand, in a process of its own."""

    def ways(self, question: Question, /) -> list[str]:
        """The ways it can answer; the fastest is the one that counts."""

    def answer(self, question: Question, way: str, /) -> Answer:
        """The answer."""


def entered(deepest: list[int], steps: int) -> list[int]:
    """How many reached each step.

    Args:
        deepest: How many have each number of steps, from 0 on.
        steps: Number of steps.
    """
    return [sum(deepest[step:]) for step in range(1, steps + 1)]
