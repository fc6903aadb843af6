"""What the app keeps that may be personal.

A job that has not ended is left as it is, for without its arguments it could not be done: it is erased once it has
ended and the person is asked for again, at the latest with the pruning of old jobs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext_noop

from tragt.web.jobs.models import UNFINISHED, Job
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_TEXTS = ("title", "text", "error", "error_fields", "arguments")
# u:1 is not named by u:12, nor a@x.dk by ana@x.dk; but u:1 is by the file u:1.csv.
_BEFORE, _AFTER = r"(?<![\w.%+@-])", r"(?![\w@])"


def _mentioning(subject: Subject) -> Iterator[Job]:
    # Every row is looked at: there are some thousands at most, and the two databases search in JSON differently.
    wanted = sorted({word for word in (*subject.actors, *subject.emails, *subject.phones) if word})
    if not wanted:
        return
    named = re.compile(f"{_BEFORE}(?:{'|'.join(map(re.escape, wanted))}){_AFTER}", re.IGNORECASE)
    for job in Job.objects.only("pk", "created", "state", *_TEXTS).iterator():
        if any(named.search(text) for name in _TEXTS for text in _texts(getattr(job, name))):
            yield job


def _texts(held: object) -> Iterator[str]:
    """Every text in a value of JSON."""
    if isinstance(held, Mapping):
        yield from map(str, held)
        held = list(held.values())
    if isinstance(held, list):
        for one in held:
            yield from _texts(one)
    else:
        yield str(held)


def _export(subject: Subject) -> Iterable[dict[str, object]]:
    for job in _mentioning(subject):
        yield {"job": job.pk, "created": job.created, **{name: getattr(job, name) for name in _TEXTS}}


def _erase(subject: Subject) -> int:
    found = [job.pk for job in _mentioning(subject)]
    return Job.objects.filter(pk__in=found).exclude(state__in=UNFINISHED).delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        name="tragt_jobs.Job",
        personal={
            "title": gettext_noop("what the job is about; the name of a file may hold a person's"),
            "text": gettext_noop("what the job was doing"),
            "error": gettext_noop("why it did not succeed; may quote a value"),
            "error_fields": gettext_noop("what that sentence was made from"),
            "arguments": gettext_noop("keys of rows; may name an actor"),
            "asked_by": gettext_noop("the user who asked"),
        },
        other=frozenset(
            {
                *("id", "name", "subject", "alone", "state", "priority", "run_after", "done", "total", "error_code"),
                *("attempts", "deaths", "worker", "created", "started", "finished", "heartbeat", "cancel_asked"),
                *("asked_as", "program"),
            }
        ),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store(name="tragt_jobs.Worker", other=frozenset({"id", "lasting", "started", "seen"})),
    Store(name="tragt_jobs.Due", other=frozenset({"name", "rhythm", "next"})),
)
