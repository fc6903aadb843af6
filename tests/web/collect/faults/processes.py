"""The processes under test, called as ``python -m tests.web.collect.faults.processes web PORT`` or ``… settler``.

``web`` is `tragt web` with places where it can be made to suffer. ``settler`` loads the application, says a write key
where it is the first of a home, and settles as `tragt settle` does once a line of its input says ``start`` (or
``start alone``: it then believes to be alone, whatever others do). It is loaded before it is needed, for that takes
longer than a round.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.web.collect.faults.orders import Orders, Point


def web(port: int) -> None:
    """Serve the pages and the tracking API."""
    from tragt.cli import up  # noqa: PLC0415 - the other process does not need it
    from tragt.web.project import server  # noqa: PLC0415

    server.TARGET = "tests.web.collect.faults.application:application"
    up.web(Path(os.environ["TRAGT_HOME"]), None, port)


def settle() -> None:
    """Settle from a line of the input on, until told to stop."""
    from tragt.cli.application import enter  # noqa: PLC0415 - the other process does not need it

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    enter()
    from tragt.web.accounts.actions.keys import create_write_key  # noqa: PLC0415 - the apps are loaded only now
    from tragt.web.accounts.models import WriteKey  # noqa: PLC0415
    from tragt.web.collect import settler  # noqa: PLC0415
    from tragt.web.project.parentage import when_orphaned  # noqa: PLC0415
    from tragt.web.shell.acting import COMMAND_LINE  # noqa: PLC0415

    when_orphaned(os.getppid(), lambda: os._exit(1))
    suffer(Orders.given())
    if not WriteKey.objects.exists():
        made = create_write_key(COMMAND_LINE, "Shop", "secret")
        print(made.key, made.row.pk, flush=True)
    if "alone" in sys.stdin.readline():
        settler._alone = believing
    settler.run(stop)


@contextmanager
def believing() -> Iterator[Callable[[], bool]]:
    """The lock of a settler that has it whatever others do."""
    yield lambda: True


def suffer(orders: Orders) -> None:
    """Put the points between the writes of the settler, and let it commit often."""
    from django.conf import settings  # noqa: PLC0415 - the apps are loaded only now
    from django.db import transaction  # noqa: PLC0415

    from tragt.lake import Lake  # noqa: PLC0415
    from tragt.lake.table import Table  # noqa: PLC0415
    from tragt.web.collect import settler, settling  # noqa: PLC0415
    from tragt.web.inbox import actions, queries  # noqa: PLC0415

    def ending(place: object, name: str, after: Point, within: Point | None = None) -> None:
        act = getattr(place, name)

        def acting(*given: Any, **named: Any) -> Any:
            inside = within is not None and orders.told(within)
            with transaction.atomic(using=settings.INBOX) if inside else nullcontext():
                result = act(*given, **named)
                if within is not None:
                    orders.passing(within)
            orders.passing(after)
            return result

        setattr(place, name, acting)

    ending(settling, "learn_touches", Point.LEARNED)
    ending(actions, "settle", Point.SETTLED, Point.SETTLING)
    ending(Table, "commit", Point.WRITTEN)
    ending(Lake, "append", Point.APPENDED)
    ending(actions, "drop", Point.DROPPED, Point.DROPPING)
    waiting = queries.waiting

    def asking(most: int) -> Any:
        orders.set_clock()
        return waiting(most)

    vars(settling)["waiting"] = asking
    settling.OLDEST = timedelta(seconds=0.3)
    settler.PACE_SECONDS, settler.AGAIN_SECONDS = 0.05, 0.1


if __name__ == "__main__":
    if sys.argv[1] == "web":
        web(int(sys.argv[2]))
    else:
        settle()
