"""What the app keeps that may be personal."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_noop

from tragt.web.jobs.models import Job
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]

_TEXTS = ("title", "text", "error", "error_fields", "arguments")


def _mentioning(subject: Subject) -> Iterable[Job]:
    # Every row is looked at: there are some thousands at most, and the two databases search in JSON differently.
    wanted = [word.casefold() for word in (*subject.actors, *subject.emails, *subject.phones)]
    for job in Job.objects.only("pk", "created", "state", *_TEXTS).iterator():
        held = " ".join(str(getattr(job, name)) for name in _TEXTS).casefold()
        if any(word in held for word in wanted):
            yield job


def _export(subject: Subject) -> Iterable[dict[str, object]]:
    for job in _mentioning(subject):
        yield {"job": job.pk, "created": job.created, **{name: getattr(job, name) for name in _TEXTS}}


def _erase(subject: Subject) -> int:
    with transaction.atomic():
        found = [job.pk for job in _mentioning(subject)]
        Job.objects.filter(pk__in=found).delete()
    return len(found)


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
                "asked_as",
            }
        ),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store(name="tragt_jobs.Worker", other=frozenset({"id", "lasting", "started", "seen"})),
    Store(name="tragt_jobs.Due", other=frozenset({"name", "rhythm", "next"})),
)
