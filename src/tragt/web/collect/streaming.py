"""What is settled while a page stands open, sent to it as it comes: server-sent events.

Each page is a stream that looks twice a second at the keys of the settled batches. A stream ends after some minutes;
the browser then asks anew from where it was, and shows who it is by then. Each open stream holds a thread, so that one
listener has a dozen in a process at most, and a process some hundreds. Whoever asks for more is answered with nothing,
which ends a browser's asking until the page asks again.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

__all__ = ["Came", "end_streams", "stream"]

PACE_SECONDS = 0.5
QUIET_SECONDS = 15.0
LASTS_SECONDS = 300.0
MOST_OF_ONE = 12
"""So many streams one listener has open in a process: pages in as many tabs."""

MOST = 300
"""So many streams are open in a process."""

_over = threading.Event()


class _Open:
    """The streams that stand open in this process, by who listens."""

    def __init__(self) -> None:
        self._of: Counter[int] = Counter()
        self._lock = threading.Lock()

    def room(self, listener: int) -> bool:
        """Whether there is room for one more stream of a listener."""
        with self._lock:
            return self._room(listener)

    def enter(self, listener: int) -> bool:
        """Count one more stream of a listener, where there is room."""
        with self._lock:
            found = self._room(listener)
            self._of[listener] += found
            return found

    def leave(self, listener: int) -> None:
        """Count one stream of a listener less."""
        with self._lock:
            self._of[listener] -= 1
            if not self._of[listener]:
                del self._of[listener]

    def _room(self, listener: int) -> bool:
        return self._of[listener] < MOST_OF_ONE and self._of.total() < MOST


_open = _Open()


@dataclass(frozen=True, slots=True)
class Came:
    """What came since the last look.

    Attributes:
        after: From where to look on.
        text: What the page is told of it; empty where nothing in it concerns the page.
    """

    after: int
    text: str


def stream(look: Callable[[int], Came | None], after: int, listener: int | None) -> HttpResponseBase:
    """An answer that goes on while its reader listens; an empty one where too many are open.

    Args:
        look: What came after a key; None where nothing did. It may ask the database, and speaks the reader's language.
        after: The key of what the page shows already.
        listener: Key of the user who listens.
    """
    listener = listener or 0
    if not _open.room(listener):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    pieces = _counted(_pieces(look, after, translation.get_language()), listener)
    response = StreamingHttpResponse(pieces, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy in front would else hold the pieces back
    return response


def end_streams() -> None:
    """End all streams of this process at their next look, for the process is to end."""
    _over.set()


async def _counted(pieces: AsyncGenerator[bytes], listener: int) -> AsyncGenerator[bytes]:
    """Pieces while there is room; counted from the first on, for an answer that nobody reads holds no thread."""
    if not _open.enter(listener):
        return
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
    finally:
        _open.leave(listener)


async def _pieces(look: Callable[[int], Came | None], after: int, language: str | None) -> AsyncGenerator[bytes]:
    @sync_to_async
    def looked() -> Came | None:
        close_old_connections()
        with translation.override(language):
            return look(after)

    end, heard = time.monotonic() + LASTS_SECONDS, time.monotonic()
    yield b": open\n\n"
    while True:
        came = await looked()
        now = time.monotonic()
        if came is not None:
            after = came.after
            yield _piece(came)
            heard = now
        elif now - heard > QUIET_SECONDS:
            yield b": quiet\n\n"  # whoever stands between closes what is silent for long
            heard = now
        if now >= end or _over.is_set():
            return
        await asyncio.sleep(PACE_SECONDS)


def _piece(came: Came) -> bytes:
    lines = "".join(f"data: {line}\n" for line in came.text.splitlines()) or "data:\n"
    return f"id: {came.after}\n{lines}\n".encode()
