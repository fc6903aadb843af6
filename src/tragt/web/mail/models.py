"""Outgoing mail and what became of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.jobs.models import Job

__all__ = ["Leaving", "OutgoingMail"]


class Leaving(models.TextChoices):
    """What became of a mail."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    PRINTED = "printed", _("Printed in the terminal")
    STORED = "stored", _("Put into the folder")
    FAILED = "failed", _("Not sent")


class OutgoingMail(models.Model):
    """One mail to one address. Its text is kept, sealed, only until it has left or has failed for good."""

    template = models.CharField(max_length=100)
    language = models.CharField(max_length=8)
    to = models.CharField(_("To"), max_length=320)
    subject = models.CharField(_("Subject"), max_length=300)
    sealed = models.TextField(blank=True)
    state = models.CharField(_("State"), max_length=16, choices=Leaving, default=Leaving.WAITING)
    cause = models.CharField(max_length=32, blank=True)
    said = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    once = models.BooleanField(default=False)
    message = models.CharField(max_length=32, unique=True)
    created = models.DateTimeField(_("Written"), default=timezone.now)
    left = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")

    class Meta:
        """The latest are looked at, and the old are removed."""

        indexes = [models.Index(fields=["created"], name="tragt_mail_created")]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Whether it may still leave: it does not once its job was cancelled or failed."""
        return self.state == Leaving.WAITING and self.job is not None and not self.job.is_finished

    @property
    def is_dropped(self) -> bool:
        """Whether it does not leave because its job was cancelled or died."""
        return self.state == Leaving.WAITING and not self.is_waiting
