"""Jobs, the workers that hold them, and when recurring jobs are next due."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["UNFINISHED", "Due", "Job", "State", "Worker"]


class State(models.TextChoices):
    """What became of a job."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


UNFINISHED = (State.WAITING, State.RUNNING)


class Job(models.Model):
    """Long work that somebody asked for: both the queue and what people see of it.

    ``program`` is the key of the API key that asked for it, where a program did. The worker that holds a job writes to
    it only while ``worker`` and ``attempts`` are still those of its claim, so that one declared dead, which lives after
    all, changes nothing any more.
    """

    name = models.CharField(max_length=64)
    title = models.CharField(_("Title"), max_length=200, blank=True)
    subject = models.CharField(max_length=100, blank=True)
    alone = models.BooleanField(default=False)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("State"), max_length=16, choices=State, default=State.WAITING)
    priority = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField(default=timezone.now)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    text = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error = models.TextField(blank=True)
    error_fields = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)
    deaths = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    created = models.DateTimeField(_("Asked for"), default=timezone.now)
    started = models.DateTimeField(_("Started"), null=True)
    finished = models.DateTimeField(_("Finished"), null=True)
    heartbeat = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("Asked by")
    )
    asked_as = models.CharField(max_length=16, default="system")
    program = models.BigIntegerField(null=True)

    class Meta:
        """How the queue is read, and what the database itself refuses."""

        indexes = [
            models.Index(fields=["-priority", "run_after", "id"], condition=Q(state="waiting"), name="tragt_job_queue"),
            models.Index(fields=["subject", "id"], name="tragt_job_subject"),
            models.Index(fields=["state", "id"], name="tragt_job_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "subject"],
                condition=Q(alone=True, state__in=["waiting", "running"]),
                name="tragt_job_alone",
            ),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="running") & ~Q(subject=""), name="tragt_job_one_a_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in UNFINISHED

    @property
    def duration(self) -> timedelta | None:
        """How long it ran or has been running, since its last start; None when it never started."""
        if self.started is None or self.state == State.WAITING:
            return None
        return (self.finished or timezone.now()) - self.started

    @property
    def again(self) -> bool:
        """Whether it waits because an attempt did not succeed."""
        return self.state == State.WAITING and self.error_code != ""


class Worker(models.Model):
    """A process that runs jobs, and when it last said that it lives."""

    id = models.CharField(primary_key=True, max_length=100)
    lasting = models.BooleanField(default=True)
    started = models.DateTimeField(default=timezone.now)
    seen = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.id


class Due(models.Model):
    """When a recurring job is next due. One row a job, whatever the number of workers."""

    name = models.CharField(primary_key=True, max_length=64)
    rhythm = models.CharField(max_length=32)
    next = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
