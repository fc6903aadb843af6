"""One transaction for many requests: a thread writes what came while it wrote the last time."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import close_old_connections, connections

from tragt.web.inbox.actions import Row, keep

__all__ = ["Full", "Kept", "Writer"]

_MOST_BYTES = 96 * 2**20
_A_TURN = 16 * 2**20
_PACE_SECONDS = 0.005
_LONGEST_SECONDS = 0.025
"""From one transaction to the next: so much for each request of the one before, and no more than that. A transaction
costs as much for one request as for several, so under load they wait for each other, and one alone hardly does."""


class Full(Exception):
    """More waits to be written than memory may hold."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one request brings into the inbox.

    Attributes:
        raw: The delivery, as the inbox takes it; None where nothing was taken.
        rejected: The calls that were turned away.
        size: Bytes of it all.
    """

    raw: Row | None
    rejected: Sequence[Row]
    size: int


@dataclass(frozen=True, slots=True)
class _Asked:
    kept: Kept
    done: "asyncio.Future[None]"


class Writer:
    """Writes what requests bring, and lets them answer once it is on disk."""

    def __init__(self, write: Callable[[Sequence[Row], Sequence[Row]], None] = keep) -> None:
        self._write = write
        self._waiting: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._held = 0
        self._next = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    async def keep(self, kept: Kept) -> None:
        """Return once it is on disk.

        Raises:
            Full: Too much waits already.
            Exception: Whatever the database raised.
        """
        asked = _Asked(kept, asyncio.get_running_loop().create_future())
        with self._lock:
            if self._held + kept.size > _MOST_BYTES:
                raise Full
            self._held += kept.size
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)
                self._thread.start()
        self._waiting.put(asked)
        await asked.done

    def close(self) -> None:
        """End the thread and its connection, once what waits is written; `keep` begins another."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._waiting.put(None)
            thread.join()

    def _work(self) -> None:
        while turn := self._turn():
            problem: BaseException | None = None
            try:
                raw = [one.kept.raw for one in turn if one.kept.raw is not None]
                self._write(raw, [row for one in turn for row in one.kept.rejected])
            except Exception as error:  # noqa: BLE001 - every request of the turn answers with it
                problem = error
                connections.close_all()
            with self._lock:
                self._held -= sum(one.kept.size for one in turn)
            for loop in {one.done.get_loop() for one in turn}:
                with suppress(RuntimeError):  # it is closed: nobody waits there any more
                    loop.call_soon_threadsafe(_answer, [one for one in turn if one.done.get_loop() is loop], problem)
        connections.close_all()

    def _turn(self) -> list[_Asked]:
        """What waits, as much as one transaction should hold; nothing where the thread is to end."""
        turn: list[_Asked] = []
        size = 0
        while size < _A_TURN and not (turn and self._waiting.empty()):
            asked = self._waiting.get()
            if asked is None:
                if turn:
                    self._waiting.put(None)
                break
            if not turn:
                time.sleep(max(self._next - time.monotonic(), 0.0))
            turn.append(asked)
            size += asked.kept.size
        self._next = time.monotonic() + min(_PACE_SECONDS * len(turn), _LONGEST_SECONDS)
        close_old_connections()
        return turn


def _answer(turn: Sequence[_Asked], problem: BaseException | None) -> None:
    for one in turn:
        if one.done.done():
            continue
        if problem is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(problem)
