"""What a job and its error are called in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.web.jobs import registry
from tragt.web.jobs.models import Job

__all__ = ["add_words", "doing", "label", "why"]

_words: dict[str, str | Promise] = {
    "jobs.unexpected": _(
        "Something went wrong that should not have. The log of the worker tells more under the reference %(reference)s."
    ),
    "jobs.died": _("The worker stopped in the middle of this %(times)s times, so it is not tried again."),
    "jobs.unknown": _("This version of Tragt does not know this kind of job. A newer version asked for it."),
}


def add_words(words: dict[str, str | Promise]) -> None:
    """Say in the reader's language what errors of these codes mean; ``%(name)s`` are fields of the error."""
    _words.update(words)


def label(job: Job) -> str:
    """What a job of this kind is called."""
    task = registry.known().get(job.name)
    return str(task.label) if task is not None and task.label else job.name


def doing(job: Job) -> str:
    """What a job says it is doing."""
    return gettext(job.text) if job.text else ""


def why(job: Job) -> str:
    """Why the last attempt did not succeed; empty when it did."""
    words = _words.get(job.error_code)
    if words is None:
        return job.error
    fields: dict[str, str] = job.error_fields
    try:
        return str(words) % fields
    except KeyError:
        return job.error
