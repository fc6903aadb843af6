"""What a process works out and keeps in its memory until what it rests on changes. None of it is written anywhere."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Remembered"]

_Found = TypeVar("_Found")


class Remembered(Generic[_Found]):
    """The newest of what was worked out; what rests on an older state is forgotten."""

    def __init__(self) -> None:
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
            self._known = {state: found}
        return found

    def forget(self) -> None:
        """Work it out again when next asked."""
        with self._lock:
            self._known = {}
