"""``tragt doctor``: whether this machine has what Tragt needs, and what to do where it has not."""

import importlib.metadata
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console

from tragt.cli.application import Home, configured
from tragt.errors import NotFound, TragtError
from tragt.events import EventLog, read
from tragt.funnel import Funnel, run

__all__ = ["doctor"]

console = Console()

OLDEST_PYTHON = (3, 11)
LEAST_FREE = 1_000_000_000
NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found and, where it is wrong, what to do."""

    subject: str
    found: str
    remedy: str = ""


def doctor(home: Home = None) -> None:
    """Check this machine and, where there is one, its home: settings, database, event log, workers, mail."""
    sick = 0
    for check in CHECKS:
        for finding in check(home):
            sick += bool(finding.remedy)
            mark = "[red]![/]" if finding.remedy else "[green]ok[/]"
            console.print(f"{mark:>2} {finding.subject}: {finding.found}", highlight=False, soft_wrap=True)
            if finding.remedy:
                console.print(f"   {finding.remedy}", highlight=False, soft_wrap=True)
    if sick:
        raise typer.Exit(1)


def _python(_: Path | None) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    old = sys.version_info < OLDEST_PYTHON
    yield Finding(
        "Python", version, "Tragt needs Python 3.11 or newer; install one and make a new environment." if old else ""
    )


def _packages(_: Path | None) -> Iterator[Finding]:
    for name in ("tragt", "polars", "numpy", "scipy", "numba"):
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "not installed", f"Install it again: pip install --force-reinstall {name}")
    png = importlib.util.find_spec("vl_convert") is not None
    yield Finding("pictures as PNG", "yes" if png else "no (optional: pip install 'tragt\\[app]')")


def _disk(_: Path | None) -> Iterator[Finding]:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    remedy = "Free some space, or point TMPDIR to a disk that has it." if free < LEAST_FREE else ""
    yield Finding("disk", f"{free / 1e9:.1f} GB free in {folder}", remedy)
    if not os.access(folder, os.W_OK):
        yield Finding("temporary folder", f"{folder} cannot be written", "Point TMPDIR to a folder that can.")


def _zones(_: Path | None) -> Iterator[Finding]:
    try:
        ZoneInfo("Europe/Copenhagen")
    except ZoneInfoNotFoundError:
        yield Finding("time zones", "not found", "Install them: pip install tzdata")
    else:
        yield Finding("time zones", "found")


def _terminal(_: Path | None) -> Iterator[Finding]:
    encoding = sys.stdout.encoding or "unknown"
    narrow = console.width < NARROWEST
    yield Finding(
        "terminal",
        f"{console.width} columns, {encoding}",
        f"Make it at least {NARROWEST} columns wide to see the drawing." if narrow and console.is_terminal else "",
    )


def _funnel(_: Path | None) -> Iterator[Finding]:
    """A funnel from end to end, compiled kernels and all."""
    rows = {
        "person": ["a", "a", "b"],
        "event": ["Visited", "Paid", "Visited"],
        "time": ["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z"],
    }
    log: EventLog = read(rows)
    passed = run(Funnel.of("Visited", "Paid"), log).steps[0].passed
    yield Finding(
        "a small funnel", f"{passed} of 2 passed", "" if passed == 1 else "This is a fault in Tragt; please report it."
    )


def _home(home: Path | None) -> Iterator[Finding]:
    """The application and its home; a home that does not exist yet is not made."""
    try:
        configuration = configured(home)
    except NotFound:
        yield Finding("application", "no (optional: pip install 'tragt\\[app]')")
        return
    except TragtError as problem:
        yield Finding("settings", "wrong", str(problem))
        return
    yield Finding("settings", "fine")
    if not configuration.home.is_dir():
        yield Finding("home", f"{configuration.home} does not exist yet; tragt up makes it")
        return
    from tragt.web.project.checkup import look_at

    for seen in look_at(configuration):
        yield Finding(seen.subject, seen.found, seen.remedy)


CHECKS: tuple[Callable[[Path | None], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _disk,
    _zones,
    _terminal,
    _funnel,
    _home,
)
