"""Every check but the tests: each runs, whatever the others say, and shows its words only when it fails."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
FOLDERS = ("src", "tests", "benchmarks", "tools")

CHECKS: dict[str, tuple[str, ...]] = {
    "style": ("ruff", "check", "--quiet"),
    "format": ("ruff", "format", "--check", "--quiet"),
    "types": ("mypy", "--no-error-summary"),
    "layers": ("lint-imports", "--no-logo"),
    "dependencies": ("deptry", "src"),
    "spelling": ("codespell",),
    "migrations": ("django-admin", "makemigrations", "--check", "--dry-run", "--verbosity", "1"),
    "repository": ("pytest", "--quiet", "tests/repo"),
}


def main() -> int:
    """Run all checks and return the exit code: 0 when all are well."""
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return min(len(failed), 1)


def passes(name: str, command: tuple[str, ...]) -> bool:
    """Run one check and report it.

    Args:
        name: What the check is called on the screen.
        command: A program of the environment and its arguments.
    """
    print(f"{name:<14}", end="", flush=True)
    start = time.perf_counter()
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(f"{'failed' if done.returncode else 'ok':<8}{time.perf_counter() - start:6.1f} s", flush=True)
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
