"""What is on its way in: an import or an upload that could bring back someone who is being erased."""

import mmap
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from tragt.web.jobs.models import Job, State
from tragt.web.jobs.queries import worker_alive
from tragt.web.log.models import HiddenBatch
from tragt.web.shell.personal import Subject

__all__ = ["arriving_files", "import_under_way", "naming", "upload_under_way"]

UNATTENDED = timedelta(hours=1)
UPLOAD_SECONDS = 600


def import_under_way() -> bool:
    """Whether an import is being written into the log or taken out of it.

    Its batch is hidden, but so is that of one that failed: what its latest job does decides, and where there never
    was a job (a command does it itself), how long ago it began.
    """
    hidden = dict(HiddenBatch.objects.values_list("batch", "since"))
    if not hidden:
        return False
    states = dict(Job.objects.filter(subject__in=hidden).order_by("pk").values_list("subject", "state"))
    waits = State.WAITING in states.values() and worker_alive()
    recent = timezone.now() - UNATTENDED
    return any(
        states[batch] == State.RUNNING or (states[batch] == State.WAITING and waits)
        if batch in states
        else since > recent
        for batch, since in hidden.items()
    )


def arriving_files() -> list[Path]:
    """The files that lie in the folders of files on their way in."""
    folders = [folder for folder in settings.TRAGT.arriving if folder.is_dir()]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def upload_under_way() -> bool:
    """Whether a file on its way in was written to a moment ago."""
    before = time.time() - UPLOAD_SECONDS  # noqa: TID251 - compared with the clock of the disk
    return any(_written(path) > before for path in arriving_files())


def naming(subject: Subject) -> Iterator[Path]:
    """The files on their way in that name a person, as far as their bytes can be read as text."""
    bare = {actor.partition(":")[2] for actor in subject.actors}
    needles = [word.encode() for word in (*bare, *subject.emails, *subject.phones) if word]
    return (path for path in arriving_files() if _holds(path, needles))


def _holds(path: Path, needles: list[bytes]) -> bool:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            return any(held.find(needle) >= 0 for needle in needles)
    except (OSError, ValueError):
        return False  # It is gone by now, or empty.


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
