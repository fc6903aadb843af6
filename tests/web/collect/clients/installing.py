"""The clients that npm brings: their pinned versions, installed once a machine into a folder of its own."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

__all__ = ["Unavailable", "node_modules"]

LOCK = "package-lock.json"
PINS = ("package.json", LOCK, ".npmrc")
HERE = Path(__file__).parent
PATIENCE_SECONDS = 240


class Unavailable(Exception):
    """The clients cannot be had on this machine; the message says why."""


def node_modules() -> Path:
    """The folder of the installed clients; the first to ask on this machine installs them, others wait for it.

    Raises:
        Unavailable: There is no node or no npm here, or npm could not install them.
    """
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        raise Unavailable(f"no {' and no '.join(missing)} on this machine (Debian: apt install nodejs npm)")
    folder = _cache() / _digest()
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _install(folder)
            done.touch()
    return folder / "node_modules"


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "tragt-test-clients"


def _digest() -> str:
    return hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in PINS)).hexdigest()[:16]


def _install(folder: Path) -> None:
    for name in PINS:
        shutil.copy(HERE / name, folder / name)
    try:
        ended = subprocess.run(
            ["npm", "install"], cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as slow:
        raise Unavailable(f"npm did not install the clients within {PATIENCE_SECONDS} seconds") from slow
    if ended.returncode:
        raise Unavailable(f"npm could not install the clients: {ended.stderr.strip()[:500]}")
    if (folder / LOCK).read_bytes() != (HERE / LOCK).read_bytes():
        raise Unavailable("npm installed other versions than those that are locked: renew package-lock.json")
