"""What sellers did and have to do: notes, calls, meetings, mails, tasks."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.models.deals import Deal

__all__ = ["Activity", "ActivityKind", "Repeat"]


class ActivityKind(models.TextChoices):
    """What kind of thing was done, or is to be."""

    NOTE = "note", _("Note")
    CALL = "call", _("Call")
    MEETING = "meeting", _("Meeting")
    EMAIL = "email", _("E-mail")
    TASK = "task", _("Task")


class Repeat(models.TextChoices):
    """How often a task comes again once it is done."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")
    YEARLY = "yearly", _("Every year")


class Activity(models.Model):
    """Something done about a person, a company or a deal, or to be done.

    ``at`` is when it happened; null for what is still to be done. ``due`` is when it is to be done, ``whole_day`` where
    only the day counts. ``told`` are the names of the events by which the log knows of it.
    """

    kind = models.CharField(max_length=16, choices=ActivityKind)
    title = models.CharField(_("Title"), max_length=300, blank=True)
    text = models.TextField(_("Text"), blank=True)
    at = models.DateTimeField(_("Time"), null=True, blank=True)
    due = models.DateTimeField(_("Due"), null=True, blank=True)
    whole_day = models.BooleanField(default=True)
    minutes = models.PositiveIntegerField(_("Minutes"), null=True, blank=True)
    outcome = models.CharField(_("Outcome"), max_length=32, blank=True)
    incoming = models.BooleanField(_("Incoming"), default=False)
    repeat = models.CharField(_("Repeats"), max_length=16, choices=Repeat, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("Assigned to"),
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    person = models.ForeignKey("tragt_people.Person", models.CASCADE, null=True, blank=True, related_name="activities")
    company = models.ForeignKey(
        "tragt_people.Company", models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    deal = models.ForeignKey(Deal, models.CASCADE, null=True, blank=True, related_name="activities")
    cause = models.CharField(max_length=64, blank=True, db_index=True)
    created = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    told = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("Activity")
        verbose_name_plural = _("Activities")
        indexes = [
            models.Index(fields=["owner", "due"], condition=models.Q(at=None), name="tragt_activity_open"),
            models.Index(fields=["deal", "due"], condition=models.Q(at=None), name="tragt_activity_next"),
            models.Index(fields=["deal", "at"], name="tragt_activity_deal"),
            models.Index(fields=["person", "at"], name="tragt_activity_person"),
            models.Index(fields=["company", "at"], name="tragt_activity_company"),
        ]

    def __str__(self) -> str:
        return self.title or f"activity {self.pk}"
