"""What the processes under test are told to suffer: each order is a file in a folder that all of them read."""

import os
import signal
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import time_machine

__all__ = ["FOLDER", "Orders", "Point"]

FOLDER = "COLLECT_FAULTS"
"""Variable that names the folder."""


class Point(StrEnum):
    """Where a process can be made to end: between two of its writes, or within one."""

    INSERTED = "inserted, before the commit"
    KEPT = "kept, before the answer"
    LEARNED = "learned, before it is settled"
    SETTLING = "settled, before the commit"
    SETTLED = "settled, before it is remembered"
    WRITTEN = "in the lake, before the append returns"
    APPENDED = "in the lake, before it is dropped"
    DROPPING = "dropped, before the commit"
    DROPPED = "dropped"
    COMMITTING = "written to files, before the lake knows"
    OWN_SETTLED = "own events settled, before they leave the outbox"
    OWN_REMOVING = "own events removed, before the commit"
    OWN_REMOVED = "own events removed"
    TELLING = "told, before the commit"
    TOLD = "told, before anybody knows"


class Orders:
    """Given by the test, followed by its processes.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ahead = 0.0
        self._journey: time_machine.travel | None = None

    @classmethod
    def given(cls) -> "Orders":
        """Those that this process is to follow."""
        return cls(Path(os.environ[FOLDER]))

    def give(self, name: str, text: str) -> None:
        """Give an order: ``die`` at a point, ``disk`` (``full`` or ``broken``), ``clock`` (hours ahead), ``tell``.

        Some go the other way: ``worker``, the number of the process that answers; ``start`` and a number, the process
        that was started so; ``ended`` and a process, its exit code.
        """
        aside = self._folder / f"{name}.new"
        aside.write_text(text)
        aside.replace(self._folder / name)

    def take_back(self, name: str) -> None:
        """Let an order stand no more."""
        (self._folder / name).unlink(missing_ok=True)

    def read(self, name: str) -> str:
        """An order; empty where there is none."""
        try:
            return (self._folder / name).read_text()
        except FileNotFoundError:
            return ""

    def path(self, name: str) -> Path:
        """Where something is kept beside the orders."""
        return self._folder / name

    def told(self, point: Point) -> bool:
        """Whether a process is to end at a point."""
        return self.read("die") == point

    def passing(self, point: Point | None) -> None:
        """End this process here, if it is told so, as the kernel does when it has no memory left."""
        if point is not None and self.told(point):
            self.take_back("die")
            os.kill(os.getpid(), signal.SIGKILL)

    def set_clock(self) -> None:
        """Let the clock of this process jump where it is told to."""
        ahead = float(self.read("clock") or 0)
        if ahead == self._ahead:
            return
        if self._journey:
            self._journey.stop()
        self._ahead, self._journey = ahead, None
        if ahead:
            now = datetime.now(UTC)
            self._journey = time_machine.travel(now + timedelta(hours=ahead), tick=True)
            self._journey.start()
