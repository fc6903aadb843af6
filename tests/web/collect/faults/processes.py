"""The processes under test, called as ``python -m tests.web.collect.faults.processes web PORT`` or ``… nursery``.

``web`` is `tragt web` with places where it can be made to suffer. ``nursery`` loads the application, says a write key,
and forks a process for each line of its input: a ``settler``, which settles as `tragt settle` does; one that is
``alone`` and believes to be, whatever others do; or a ``teller``, which tells of own events as pages do. Loading takes
longer than a round.
"""

import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.web.collect.faults.orders import Orders, Point

Points = tuple[Point | None, Point | None, Point | None]
"""Where a process can end around a write: before it, within its transaction, after it."""

TOLD_AT_ONCE, TELLS_EVERY_SECONDS = 5, 0.05


def web(port: int) -> None:
    """Serve the pages and the tracking API."""
    from tragt.cli import up  # noqa: PLC0415 - the other process does not need it
    from tragt.web.project import server  # noqa: PLC0415

    server.TARGET = "tests.web.collect.faults.application:application"
    up.web(Path(os.environ["TRAGT_HOME"]), None, port)


# ---------------------------------------------------------------- the nursery


def nursery() -> None:
    """Fork what the input asks for, until it ends."""
    from tragt.cli.application import enter  # noqa: PLC0415 - the other process does not need it

    enter()
    from django.db import connections  # noqa: PLC0415 - the apps are loaded only now

    from tragt.web.collect import settler  # noqa: F401, PLC0415 - loaded once for all that are forked

    connections.close_all()  # a connection is not to be shared
    if first := forked(_say_key):
        os.waitpid(first, 0)
    orders, children = Orders.given(), set[int]()
    while line := _line(orders, children):
        what, number = line.split()
        child = forked({"settler": settle, "alone": settle_alone, "teller": tell}[what])
        children.add(child)
        orders.give(f"start {number}", str(child))
    for child in children:
        os.kill(child, signal.SIGKILL)


def _line(orders: Orders, children: set[int]) -> str:
    """The next line of the input; meanwhile it is told who ended."""
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        ended, status = os.waitpid(-1, os.WNOHANG) if children else (0, 0)
        if ended:
            children.discard(ended)
            orders.give(f"ended {ended}", str(os.waitstatus_to_exitcode(status)))
    return sys.stdin.readline()


def forked(act: Callable[[], None]) -> int:
    """The number of a child that does something and ends; it ends too where its parent has ended."""
    from tragt.web.project.parentage import when_orphaned  # noqa: PLC0415 - the apps are loaded only now

    sys.stdout.flush()
    parent, child = os.getpid(), os.fork()
    if child:
        return child
    code = 1
    try:
        when_orphaned(parent, lambda: os._exit(1))
        act()
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stdout.flush()
        os._exit(code)


def _say_key() -> None:
    from tragt.web.accounts.actions.keys import create_write_key  # noqa: PLC0415 - the apps are loaded only now
    from tragt.web.shell.acting import COMMAND_LINE  # noqa: PLC0415

    made = create_write_key(COMMAND_LINE, "Shop", "secret")
    print(made.key, made.row.pk)


def _stopped() -> threading.Event:
    """Set when this child is told to end."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return stop


# ---------------------------------------------------------------- its children


def settle() -> None:
    """Settle until told to stop."""
    from tragt.web.collect import settler  # noqa: PLC0415 - the apps are loaded only now

    stop = _stopped()
    suffer(Orders.given())
    settler.run(stop)


def settle_alone() -> None:
    """Settle, whoever else does."""
    from tragt.web.collect import settler  # noqa: PLC0415 - the apps are loaded only now

    settler._alone = believing
    settle()


def tell() -> None:
    """Tell of own events while it is asked for, and note what was told, as one who saw the page that came back."""
    from django.db import DatabaseError, InterfaceError, connections, transaction  # noqa: PLC0415

    from tragt.web.outbox import actions as outbox  # noqa: PLC0415

    stop, orders = _stopped(), Orders.given()
    noted = os.open(orders.path("told"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    events = [outbox.OwnEvent("Deal Stage Entered", deal=str(number)) for number in range(TOLD_AT_ONCE)]
    while not stop.is_set():
        orders.set_clock()
        if orders.read("tell"):
            try:
                with transaction.atomic():
                    ids = [f"own:{one}" for one in outbox.tell(*events)]
                    _note(noted, "tried", ids)
                    orders.passing(Point.TELLING)
            except (DatabaseError, InterfaceError):
                connections.close_all()
            else:
                orders.passing(Point.TOLD)
                _note(noted, "acknowledged", ids)
        time.sleep(TELLS_EVERY_SECONDS)


def _note(noted: int, what: str, ids: list[str]) -> None:
    os.write(noted, f"{json.dumps([what, ids])}\n".encode())


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
    from tragt.web.outbox import actions as outbox  # noqa: PLC0415

    def ending(place: object, name: str, points: Callable[[Any], Points], using: str = settings.INBOX) -> None:
        act = getattr(place, name)

        def acting(*given: Any, **named: Any) -> Any:
            before, within, after = points(given)
            orders.passing(before)
            inside = within is not None and orders.told(within)
            with transaction.atomic(using=using) if inside else nullcontext():
                result = act(*given, **named)
                orders.passing(within)
            orders.passing(after)
            return result

        setattr(place, name, acting)

    def of_settling(given: tuple[Any, ...]) -> Points:
        return (None, Point.SETTLING, Point.SETTLED) if given[0] else (None, None, Point.OWN_SETTLED)

    def of_removing(given: tuple[Any, ...]) -> Points:
        return (None, Point.OWN_REMOVING, Point.OWN_REMOVED) if given[0] else (None, None, None)

    ending(settling, "learn_touches", lambda _: (None, None, Point.LEARNED))
    ending(actions, "settle", of_settling)
    ending(outbox, "remove", of_removing, using="default")
    ending(Table, "commit", lambda _: (Point.COMMITTING, None, Point.WRITTEN))
    ending(Lake, "append", lambda _: (None, None, Point.APPENDED))
    ending(actions, "drop", lambda _: (None, Point.DROPPING, Point.DROPPED))
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
        nursery()
