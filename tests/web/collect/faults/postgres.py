"""A PostgreSQL server that is ended and started again while it is used."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.run_tests import SERVER_OPTIONS, free_port, postgres_programs, run

__all__ = ["Postgres", "postgres"]


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server on loopback. What it commits is with the kernel before it says so, and outlives its processes.

    Attributes:
        folder: Where its data lie.
        port: Where it listens.
        user: Whose it is, which is never root.
    """

    folder: Path
    port: int
    user: str

    @property
    def address(self) -> str:
        """The address of its database."""
        return f"postgres://{self.user}@127.0.0.1:{self.port}/postgres"

    def control(self, *what: str) -> None:
        """Start it, stop it, or restart it: ``restart -m immediate`` ends its processes in the midst of all."""
        options = {**SERVER_OPTIONS, "synchronous_commit": "on"}
        told = " ".join(f"-c {name}={value}" for name, value in options.items())
        server = f"-p {self.port} -c unix_socket_directories={self.folder} {told}"
        programs, data = _programs(), str(self.folder / "data")
        log = str(self.folder / "log")
        run(self.user, str(self.folder), programs / "pg_ctl", "-D", data, "-w", "-l", log, "-o", server, *what)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of its own, gone with its data at the end."""
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="tragt-postgres-") as name:
        if os.geteuid() == 0:
            shutil.chown(name, user)
        server = Postgres(Path(name), free_port(), user)
        run(user, name, _programs() / "initdb", "-A", "trust", "--no-sync", "-E", "UTF8", "-D", f"{name}/data")
        server.control("start")
        try:
            yield server
        finally:
            server.control("stop", "-m", "immediate")


def _programs() -> Path:
    programs = postgres_programs()
    assert programs is not None
    return programs
