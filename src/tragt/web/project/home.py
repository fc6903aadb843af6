"""The home folder and the database made ready, or a sentence that says why they are not."""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from tragt.errors import InvalidSetting, NotAllowed, TragtError
from tragt.web.project.configuration import INCOMING, SECRET, Configuration
from tragt.web.project.troubles import DATABASE_ERRORS, REMEDIES, code_of

__all__ = ["UP_LOCK", "database_trouble", "furnish", "hold", "prepare", "set_up_django"]

LEAST_FREE = 200 * 10**6
ADVISORY_LOCK = 0x7261677
UP_LOCK = "up.lock"
PATIENCE_SECONDS = 3.0


def set_up_django() -> None:
    """Load the settings and the apps, once a process.

    Raises:
        InvalidSetting: A setting is wrong.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tragt.web.project.settings")
    django.setup()


def furnish(configuration: Configuration) -> None:
    """Make the home folder and its secret: what the application needs to be loaded.

    Args:
        configuration: What the installation was told.

    Raises:
        NotAllowed: The folder cannot be written, or the disk is nearly full.
    """
    make_folder(configuration.home)
    if not configuration.secret_key:
        with _alone(configuration.home):
            _make_secret(configuration.home / SECRET)


def prepare(configuration: Configuration) -> None:
    """Make the home folder, its secret and the tables; nothing is done twice, however many processes start at once.

    Args:
        configuration: What the installation was told.

    Raises:
        NotAllowed: The folder cannot be written, or the disk is nearly full.
        InvalidSetting: The database cannot be used as the settings say.
        TragtError: The home was used by a newer Tragt.
    """
    furnish(configuration)
    with _alone(configuration.home):
        set_up_django()
        try:
            with _alone_in_database():
                _make_tables()
        except DATABASE_ERRORS as problem:
            raise database_trouble(problem, configuration) from problem


def hold(configuration: Configuration, *, alone: bool = False) -> None:
    """Be the only pages on a home whose database is a file, until this process ends; others say that they are not.

    Of a home whose database a server keeps, several may have pages; none of them while one is exchanged for another.

    Args:
        configuration: What the installation was told.
        alone: Whether nobody else may be on it, whatever its database.

    Raises:
        NotAllowed: Tragt runs on this home, or the folder cannot be written.
    """
    alone = alone or configuration.database.startswith("sqlite")
    make_folder(configuration.home)
    # It stays open, and with it locked, as long as this process lives: its children, which end later, let go of it.
    lock = (configuration.home / UP_LOCK).open("a+")
    end = time.monotonic() + PATIENCE_SECONDS
    while not _locked(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
        if time.monotonic() > end:
            lock.seek(0)
            raise NotAllowed(
                "home.in_use",
                f"Tragt already runs on this home (process {lock.read().strip() or 'unknown'}). Open its page, or end "
                "that process and start again; TRAGT_HOME or --home names another home.",
            )
        time.sleep(0.1)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    os.register_at_fork(after_in_child=lock.close)
    _held.append(lock)


_held: list[IO[str]] = []


def _locked(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_folder(home: Path) -> None:
    """Make the home folder, or say why that cannot be."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"tragt")
        probe.unlink()
        (home / INCOMING).mkdir(exist_ok=True)
        free = shutil.disk_usage(home).free
    except OSError as problem:
        raise NotAllowed(
            "home.unwritable",
            f"The home folder {home} cannot be written ({problem.strerror}). Give this user the right to write it, "
            "make room on its disk, or set TRAGT_HOME to another folder.",
        ) from problem
    if free < LEAST_FREE:
        raise NotAllowed(
            "home.full",
            f"The disk of {home} has {free // 10**6} MB free; Tragt needs {LEAST_FREE // 10**6} MB to start. "
            "Make room, or set TRAGT_HOME to a folder on another disk. Nothing is lost.",
        )


def database_trouble(problem: Exception, configuration: Configuration) -> TragtError:
    """What an error of the database means and what to do.

    Args:
        problem: The error as Django raised it.
        configuration: What the installation was told; its address is shown without user and password.
    """
    place = configuration.database.rsplit("@", 1)[-1].removeprefix("sqlite:///")
    said = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    code = code_of(problem)
    if code:
        return InvalidSetting(code, f"The database {place} cannot be used ({said}). {REMEDIES[code]}")
    kind = "database.unreachable" if isinstance(problem, OperationalError) else "database.trouble"
    return InvalidSetting(kind, f"The database {place} cannot be used ({said}). Check TRAGT_DATABASE_URL.")


def _make_secret(file: Path) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_urlsafe(64))


def _make_tables() -> None:
    for alias in settings.DATABASES:
        executor = MigrationExecutor(connections[alias])
        unknown = sorted(
            f"{app}.{name}"
            for app, name in executor.loader.applied_migrations
            if app.startswith("tragt_") and (app, name) not in executor.loader.disk_migrations
        )
        if unknown:
            raise TragtError(
                "database.newer",
                f"The database was used by a newer Tragt (it knows {unknown[-1]}, which this one does not). "
                "Install that version again, or go back to a copy of the home made before; nothing was changed.",
            )
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", database=alias, interactive=False, verbosity=0)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _alone_in_database() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
