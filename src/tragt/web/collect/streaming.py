"""What is settled while a page stands open, sent to it as it comes: server-sent events.

Each page is a stream that looks twice a second at the keys of the settled batches. A stream ends after some minutes;
the browser then asks anew from where it was, and shows who it is by then.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.utils import translation

__all__ = ["Came", "end_streams", "stream"]

PACE_SECONDS = 0.5
QUIET_SECONDS = 15.0
LASTS_SECONDS = 300.0

_over = threading.Event()


@dataclass(frozen=True, slots=True)
class Came:
    """What came since the last look.

    Attributes:
        after: From where to look on.
        text: What the page is told of it; empty where nothing in it concerns the page.
    """

    after: int
    text: str


def stream(look: Callable[[int], Came | None], after: int) -> StreamingHttpResponse:
    """An answer that goes on while its reader listens.

    Args:
        look: What came after a key; None where nothing did. It may ask the database, and speaks the reader's language.
        after: The key of what the page shows already.
    """
    response = StreamingHttpResponse(_pieces(look, after, translation.get_language()), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy in front would else hold the pieces back
    return response


def end_streams() -> None:
    """End all streams of this process at their next look, for the process is to end."""
    _over.set()


async def _pieces(look: Callable[[int], Came | None], after: int, language: str | None) -> AsyncIterator[bytes]:
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
