"""Kinds of jobs for the tests."""

import os
import time
from datetime import timedelta
from pathlib import Path

from tragt.errors import NotEnoughData
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.jobs.schedule import every


@job("test.note")
def note(progress: Progress, *, file: str, text: str = "ran") -> None:
    progress.report(1, 1)
    with Path(file).open("a") as lines:
        lines.write(f"{text}\n")


@job("test.slow")
def slow(progress: Progress, *, file: str, seconds: float) -> None:
    """Resumes where its file says it was."""
    marks = Path(file)
    steps = int(seconds / 0.05)
    for step in range(marks.stat().st_size if marks.exists() else 0, steps):
        progress.report(step, steps, "Counting")
        with marks.open("a") as out:
            out.write(".")
        time.sleep(0.05)


@job("test.fails", retries=2)
def fails(progress: Progress, *, times: int = 99) -> None:
    if progress.job.attempts <= times:
        raise ValueError("secret of Anna")


@job("test.refuses", retries=5)
def refuses(progress: Progress) -> None:
    raise NotEnoughData("test.few", f"There are {progress.job.pk and 3} rows; 10 are needed.", rows=3)


@job("test.later")
def later(progress: Progress) -> None:
    if progress.job.attempts < 2:
        raise TryAgain("test.busy", "The other side is busy.", after=timedelta(minutes=7))


@job("test.urgent", priority=10)
def urgent(progress: Progress, *, file: str) -> None:
    note(progress, file=file, text="urgent")


@every(minutes=60)
@job("test.tick")
def tick(progress: Progress) -> None:
    progress.report(1)
    if "TICKS" in os.environ:
        note(progress, file=os.environ["TICKS"], text="tick")
