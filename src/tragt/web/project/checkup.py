"""Whether a home is well: database, event log, workers, mail. Nothing is changed."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tragt.errors import TragtError
from tragt.web.project.configuration import Configuration
from tragt.web.project.home import LEAST_FREE, database_trouble, set_up_django
from tragt.web.project.troubles import DATABASE_ERRORS

__all__ = ["Seen", "look_at"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was looked at.

    Attributes:
        subject: What it is.
        found: How it is.
        remedy: What to do; empty when it is well.
    """

    subject: str
    found: str
    remedy: str = ""


def look_at(configuration: Configuration) -> Iterator[Seen]:
    """Look at a home that exists.

    Args:
        configuration: What the installation was told.
    """
    home = configuration.home
    may = os.access(home, os.W_OK)
    yield Seen("home", str(home), "" if may else "Give this user the right to write it, or set TRAGT_HOME.")
    free = shutil.disk_usage(home).free
    full = free < LEAST_FREE
    yield Seen("disk of the home", f"{free / 1e9:.1f} GB free", "Make room; Tragt needs 0.2 GB." if full else "")
    try:
        set_up_django()
        yield from _database(configuration)
        yield from _log()
        yield from _work(configuration)
    except DATABASE_ERRORS as problem:
        yield Seen("database", "not usable", str(database_trouble(problem, configuration)))
    except TragtError as problem:
        yield Seen(problem.code, "not well", str(problem))


def _database(configuration: Configuration) -> Iterator[Seen]:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    place = configuration.database.rsplit("@", 1)[-1]
    state = f"{missing} steps behind; tragt up brings it up to date" if missing else "up to date"
    yield Seen("database", f"{place}, {state}")


def _log() -> Iterator[Seen]:
    from tragt.web.log.queries import lake  # noqa: PLC0415 - only once Django is set up

    log = lake()
    events = int(log.names()["count"].sum()) if log.version >= 0 else 0
    yield Seen("event log", f"{events:,} events, version {log.version}" if log.version >= 0 else "empty")


def _work(configuration: Configuration) -> Iterator[Seen]:
    from tragt.web.jobs.queries import worker_alive  # noqa: PLC0415 - only once Django is set up
    from tragt.web.mail.address import delivery_of  # noqa: PLC0415

    yield Seen("worker", "at work" if worker_alive() else "none runs here now; tragt up starts one")
    yield Seen("mail", f"leaves by {delivery_of(configuration.mail_url).kind}, from {configuration.mail_from}")
