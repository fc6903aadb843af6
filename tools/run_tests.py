"""Run the tests: all of them on SQLite, or those that touch the database on a PostgreSQL server of their own."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

BIN = Path(sys.executable).parent
PARALLEL = ("--quiet", "--numprocesses", "auto", "--dist", "worksteal")
TOUCHING = ("-m", "django_db")
ROUNDS_ON_POSTGRES = "100"
DEBIAN = "/usr/lib/postgresql"
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


def main(arguments: list[str]) -> int:
    """Run the tests and return the exit code.

    Args:
        arguments: What pytest is told; ``--postgres`` before it takes PostgreSQL in place of SQLite.
    """
    if arguments[:1] == ["--postgres"]:
        return on_postgres(arguments[1:])
    print("On SQLite; make postgres runs what touches the database on PostgreSQL.", flush=True)
    return pytest(*arguments)


def on_postgres(arguments: list[str]) -> int:
    """Run the tests that touch the database on a server of their own.

    Args:
        arguments: What pytest is told besides.
    """
    programs = postgres_programs()
    if programs is None:
        print("PostgreSQL is not on this machine (Debian: apt install postgresql).", file=sys.stderr)
        return 1
    with postgres(programs) as address:
        print("What touches the database, on PostgreSQL.", flush=True)
        rounds = os.environ.get("TRAGT_SOAK_ROUNDS", ROUNDS_ON_POSTGRES)
        return pytest(*TOUCHING, *arguments, TRAGT_TEST_DATABASE_URL=address, TRAGT_SOAK_ROUNDS=rounds)


def pytest(*arguments: str, **environment: str) -> int:
    """Run pytest in parallel and return its exit code.

    Args:
        *arguments: What it is told.
        **environment: Variables it gets besides.
    """
    command = [str(BIN / "python"), "-m", "pytest", *PARALLEL, *arguments]
    return subprocess.call(command, env={**os.environ, **environment})


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest where there are several; None without."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    return max(Path(DEBIAN).glob("*/bin"), default=None, key=lambda folder: int(folder.parent.name))


@contextlib.contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """A server of its own on loopback, gone with its data at the end.

    Args:
        programs: The folder of initdb and pg_ctl.

    Yields:
        The address of an empty database.
    """
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="tragt-postgres-") as name:
        if os.geteuid() == 0:
            shutil.chown(name, user)
        port = free_port()
        data = f"{name}/data"
        options = " ".join(f"-c {key}={value}" for key, value in SERVER_OPTIONS.items())
        run(user, name, programs / "initdb", "-A", "trust", "--no-sync", "-E", "UTF8", "-D", data)
        server = f"-p {port} -c unix_socket_directories={name} {options}"
        run(user, name, programs / "pg_ctl", "-D", data, "-w", "-l", f"{name}/log", "-o", server, "start")
        try:
            yield f"postgres://{user}@127.0.0.1:{port}/postgres"
        finally:
            run(user, name, programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def run(user: str, folder: str, *command: str | Path) -> None:
    """Run a program as the user that PostgreSQL wants, which is never root."""
    asked = {"user": user, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **asked)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"tragt: PostgreSQL does not start for the tests: {done.stderr or done.stdout}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
