"""A home full of records: persons, companies, deals and all that hangs on them, and a log of a million events."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.run_tests import SERVER_OPTIONS, free_port, postgres_programs, run

__all__ = ["fill", "filled", "opened", "postgres_in"]

_FILLED = "filled"
_FITTING = {"shared_buffers": "2GB", "effective_cache_size": "8GB", "random_page_cost": "1.1", "work_mem": "16MB"}
"""What the manual of PostgreSQL advises for a machine of this size with its data on flash; 128 MB hold no million."""


@contextmanager
def postgres_in(folder: Path) -> Iterator[str]:
    """A PostgreSQL whose data lie in a folder and stay there, durable as by default; it ends with the block.

    Args:
        folder: Where the data are, or will be.

    Yields:
        The address of the database.
    """
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not on this machine (Debian: apt install postgresql).")
    user = "postgres" if os.geteuid() == 0 else os.environ.get("USER", "")
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    data, port = folder.absolute() / "data", free_port()
    if not data.exists():
        run(user, str(folder), programs / "initdb", "-A", "trust", "-E", "UTF8", "-D", str(data))
    durable = SERVER_OPTIONS | dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on") | _FITTING
    options = " ".join(f"-c {key}={value}" for key, value in durable.items())
    server = f"-p {port} -c unix_socket_directories={folder.absolute()} {options}"
    log = str(folder.absolute() / "log")
    run(user, str(folder), programs / "pg_ctl", "-D", str(data), "-w", "-l", log, "-o", server, "start")
    try:
        yield f"postgres://{user}@127.0.0.1:{port}/postgres"
    finally:
        run(user, str(folder), programs / "pg_ctl", "-D", str(data), "-w", "-m", "fast", "stop")


def opened(home: Path, database: str) -> None:
    """Let Django work on a home, with all its tables."""
    (home / "incoming").mkdir(parents=True, exist_ok=True)
    os.environ |= {"TRAGT_HOME": str(home), "TRAGT_SECRET_KEY": "benchmark", "TRAGT_LOG_LEVEL": "error"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "tragt.web.project.settings"
    if database:
        os.environ["TRAGT_DATABASE_URL"] = database
    import django  # noqa: PLC0415 - the settings must be known before

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)


def filled(home: Path) -> bool:
    """Whether a home was filled to the end."""
    return (home / _FILLED).exists()


def fill(home: Path, persons: int) -> None:
    """Fill an empty home with so many persons, and a fifth as many companies and deals."""
    from django.db import connection  # noqa: PLC0415

    from benchmarks.crm_parts import rows  # noqa: PLC0415
    from tragt.web.people.bulk import undisturbed  # noqa: PLC0415

    began = time.perf_counter()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-500000")
    with undisturbed():
        rows.write(persons)
    _log(min(50_000, persons))
    with connection.cursor() as cursor:
        # What PostgreSQL does by itself within minutes. SQLite is asked for nothing that Tragt does not ask it for.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    (home / _FILLED).touch()
    print(f"{persons:,} persons and all else made in {time.perf_counter() - began:.0f} s", flush=True)


def _log(visitors: int) -> None:
    """Twenty events of each of the first persons, and the indexes that pages read."""
    from django.db import transaction  # noqa: PLC0415

    from benchmarks.timeline import filled as log_filled  # noqa: PLC0415
    from tragt.lake.index import Kind  # noqa: PLC0415
    from tragt.web.log.actions import touch  # noqa: PLC0415
    from tragt.web.log.queries import index_folder, lake  # noqa: PLC0415
    from tragt.web.people.actions import build_index  # noqa: PLC0415

    log_filled(lake(), 1, visitors)
    with transaction.atomic():
        touch()
    index_folder().mkdir(exist_ok=True)
    build_index(Kind.COMPANY)
