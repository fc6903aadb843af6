"""The application as the server under test calls it: it ends at a point, or finds no room, where it is told to."""

import os
from collections.abc import Sequence
from contextlib import nullcontext

import tragt.web.project.asgi  # noqa: F401 - the first of all: it loads the settings and the apps

# isort: split
from django.conf import settings
from django.db import OperationalError, connections, transaction

from tests.web.collect.faults.orders import Orders, Point
from tragt.web.collect import asgi
from tragt.web.collect.writing import Writer
from tragt.web.inbox.actions import Row, keep
from tragt.web.project.failing import Application

__all__ = ["application"]

orders = Orders.given()
asgi.SLOWEST_SECONDS = 1.0


def suffering(raw: Sequence[Row], rejected: Sequence[Row]) -> None:
    """Keep what came, as far as the orders let it."""
    orders.set_clock()
    disk = orders.read("disk")
    if disk == "full":
        _leave_no_room()
    inside = disk == "broken" or orders.told(Point.INSERTED)
    with transaction.atomic(using=settings.INBOX) if inside else nullcontext():
        keep(raw, rejected)
        orders.passing(Point.INSERTED)
        if disk == "broken":
            raise OperationalError("disk I/O error")
    orders.passing(Point.KEPT)


def _leave_no_room() -> None:
    """Let the file of the inbox grow no more, for as long as this connection stands."""
    with connections[settings.INBOX].cursor() as cursor:
        pages_now = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count={pages_now}")


application = asgi.Collector(Application(), Writer(suffering))
orders.give("worker", str(os.getpid()))
