"""One counts, and the others wait for what comes of it. The unit of observation is the question."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["one_at_a_time"]

_lock = threading.Lock()
_turns: dict[str, tuple[threading.Lock, int]] = {}


@contextmanager
def one_at_a_time(key: str) -> Iterator[None]:
    """Have one thread of this process at work on a question; whoever comes after looks again at what is there.

    Args:
        key: The question.
    """
    with _lock:
        turn, waiting = _turns.get(key, (threading.Lock(), 0))
        _turns[key] = turn, waiting + 1
    try:
        with turn:
            yield
    finally:
        with _lock:
            turn, waiting = _turns[key]
            if waiting == 1:
                del _turns[key]
            else:
                _turns[key] = turn, waiting - 1
