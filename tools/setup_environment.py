"""Make `.venv` ready: the locked packages and the project itself; at once when that is done already.

Written so that an old Python can read it, and be told that it is too old. Standard library only.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = sys.version.split()[0]
OLDEST = (3, 11)
NEWEST_TO_LOOK_FOR = 20
SPACE_NEEDED_MB = 2600
TEMPORARY_SPACE_NEEDED_MB = 300
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ready"
LOG = VENV / "setup.log"
LOCK = ROOT / "requirements" / "dev.txt"
PROJECT = ROOT / "pyproject.toml"
BUILD_HOOK = ROOT / "hatch_build.py"
CATALOGUES = ROOT / "src" / "tragt" / "web" / "locale"

SYMPTOMS = (
    (
        r"No space left on device|Disk quota exceeded",
        f"The disk is full. Make room (about {SPACE_NEEDED_MB} MB for the project, {TEMPORARY_SPACE_NEEDED_MB} MB "
        "for temporary files), then run the same command again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that requirements/dev.txt names. Clear pip's cache (pip cache purge) "
        "or ask who runs your package index, then run the same command again.",
    ),
    (
        r"connection broken|Connection refused|Failed to establish|NameResolutionError|ConnectTimeout|ReadTimeout"
        r"|timed out|ProxyError|SSLError|\(from versions: none\)|Network is unreachable",
        "The package index cannot be reached. Check the network, the proxy or pip's index setting "
        "(pip config list), then run the same command again.",
    ),
    (
        r"No matching distribution found|requires a different Python",
        f"A locked package has no build for Python {VERSION} on this machine. Use another Python, for example: "
        "make clean, then make PYTHON=python3.12 <target>.",
    ),
    (
        r"ensurepip is not available|No module named '?(ensurepip|venv)",
        "This Python cannot make virtual environments. Install its venv module "
        "(Debian and Ubuntu: apt install python3-venv), then run the same command again.",
    ),
    (
        r"Permission denied|Read-only file system",
        "No right to write in the project's folder or in the folder for temporary files. "
        "Use a copy of the project that is yours.",
    ),
)


class SetupFailed(Exception):
    """What is wrong and what to do, in one line."""


def main() -> int:
    """Make the environment ready; return the exit code."""
    if sys.version_info < OLDEST:
        return hand_over_to_newer()
    try:
        with LOCK.open() as lock:
            take_turn(lock.fileno())
            if not is_ready():
                make_ready()
    except SetupFailed as problem:
        return fail(str(problem))
    except OSError as problem:
        return fail(diagnose(str(problem)))
    except KeyboardInterrupt:
        return fail("Stopped. The next run goes on from here.")
    return 0


def fail(message: str) -> int:
    """Say in one line what is wrong."""
    print(f"tragt: {message}", file=sys.stderr)
    return 1


def hand_over_to_newer() -> int:
    """Go on with a newer Python of the machine, if it has one."""
    for minor in range(NEWEST_TO_LOOK_FOR, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(newer, [newer, str(Path(__file__).resolve())])
    return fail(
        f"Python {VERSION} is too old; Tragt needs {OLDEST[0]}.{OLDEST[1]} or newer. Install one, "
        "or name the one you have: make PYTHON=/path/to/python3 <target>."
    )


def take_turn(lock: int) -> None:
    """Wait until no other set-up of this folder is at work."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another set-up of this folder to end ...", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def fingerprint() -> str:
    """Everything that the environment was made from, as one short text."""
    digest = hashlib.sha256()
    for file in (LOCK, PROJECT, BUILD_HOOK, Path(__file__), *sorted(CATALOGUES.glob("*/*/*.po"))):
        digest.update(file.read_bytes())
    return f"{digest.hexdigest()} {VENV}"


def is_ready() -> bool:
    """Whether the environment stands and was made from what the folder holds now."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def make_ready() -> None:
    """Make the environment where it is missing or broken, then install into it."""
    if works(PYTHON) and not moved():
        print("Bringing .venv up to date ...", flush=True)
    else:
        check_space()
        print(f"Making .venv with Python {VERSION} and the locked packages (about a minute) ...", flush=True)
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    pip_install("--require-hashes", "--requirement", str(LOCK))
    pip_install("--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
    STAMP.write_text(fingerprint())


def pip_install(*arguments: str) -> None:
    """Install into the environment; modules are compiled when they are first used."""
    quietly = ("--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-compile")
    run([str(PYTHON), "-m", "pip", *quietly, *arguments])


def works(python: Path) -> bool:
    """Whether the environment's Python is new enough and has pip."""
    question = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.call([str(python), "-c", question], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def moved() -> bool:
    """Whether the environment was made for another folder, to which its commands would still point."""
    return STAMP.exists() and not STAMP.read_text().endswith(f" {VENV}")


def check_space() -> None:
    """Refuse to begin what the disks cannot hold."""
    for folder, needed in ((str(ROOT), SPACE_NEEDED_MB), (tempfile.gettempdir(), TEMPORARY_SPACE_NEEDED_MB)):
        free = shutil.disk_usage(folder).free // 10**6
        if free < needed:
            raise SetupFailed(
                f"The disk of {folder} has {free} MB free; the set-up needs about {needed} MB there. Make room, "
                "then run the same command again."
            )


def run(command: "list[str]") -> None:
    """Run a command without a word; on failure keep its words in the log and say what they mean."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    message = diagnose(done.stdout)
    if VENV.is_dir():
        LOG.write_text(done.stdout)
    raise SetupFailed(message)


def diagnose(output: str) -> str:
    """Say what the words of a failed command mean and what to do.

    Args:
        output: Everything the command wrote.
    """
    for pattern, meaning in SYMPTOMS:
        if re.search(pattern, output):
            return meaning
    lines = [line for line in output.splitlines() if line.strip()] or ["no reason given"]
    errors = [line for line in lines if "error" in line.lower()] or lines
    return f"The set-up failed: {errors[-1].strip()} (all of it: {LOG.relative_to(ROOT)})."


if __name__ == "__main__":
    sys.exit(main())
