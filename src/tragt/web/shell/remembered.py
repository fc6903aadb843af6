"""What a process works out and keeps in its memory until what it rests on changes. None of it is written anywhere."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Remembered"]

_Found = TypeVar("_Found")


class Remembered(Generic[_Found]):
    """The newest of what was worked out; what rests on an older state is forgotten.

    Args:
        most: So many states are remembered; those that were worked out last.
    """

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[Hashable, _Found] = {}

    def of(self, state: Hashable, work_out: Callable[[], _Found]) -> _Found:
        """What was worked out on a state, else what is now. Two threads may work it out at once.

        Args:
            state: Says what it rests on, such as the version of the log.
            work_out: Works it out.
        """
        with self._lock:
            if state in self._known:
                return self._known[state]
        found = work_out()
        with self._lock:
            self._known[state] = found
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return found

    def known(self, state: Hashable) -> _Found | None:
        """What was worked out on a state; None where it was not, or is forgotten."""
        with self._lock:
            return self._known.get(state)

    def forget(self) -> None:
        """Work it out again when next asked."""
        with self._lock:
            self._known = {}
