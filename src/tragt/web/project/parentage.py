"""Processes that belong to another one and end with it, also where it was killed."""

import os
import signal
import threading
import time
from collections.abc import Callable

__all__ = ["END_STREAMS", "PARENT", "when_orphaned"]

PARENT = "_TRAGT_PARENT"
"""Variable that names the process with which a child of it ends."""

END_STREAMS = signal.SIGUSR1
"""What a process that serves pages is told before it shall end: answers that go on end now."""

PAUSE_SECONDS = 1.0


def when_orphaned(parent: int, act: Callable[[], object]) -> None:
    """Act once this process has lost its parent.

    Args:
        parent: Its number.
        act: What is done then, in a thread.
    """
    threading.Thread(target=_watch, args=(parent, act), daemon=True).start()


def _watch(parent: int, act: Callable[[], object]) -> None:
    while os.getppid() == parent:
        time.sleep(PAUSE_SECONDS)
    act()
