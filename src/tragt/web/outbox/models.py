"""The table of the outbox: events that Tragt itself tells, in the database of the changes they tell of."""

from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["LONGEST_ACTOR", "LONGEST_KEY", "Pending"]

LONGEST_ACTOR = 400
LONGEST_KEY = 400


class Pending(models.Model):
    """An event that happened together with a change of records, until the settler has brought it on its way."""

    uuid = models.UUIDField(default=uuid4)
    name = models.CharField(max_length=200)
    actor = models.CharField(max_length=LONGEST_ACTOR, blank=True)
    company = models.CharField(max_length=LONGEST_KEY, blank=True)
    deal = models.CharField(max_length=LONGEST_KEY, blank=True)
    time = models.DateTimeField()
    properties = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    made = models.DateTimeField()

    class Meta:
        verbose_name = _("Own events on their way into the log")

    def __str__(self) -> str:
        return f"own event {self.pk}"

    @property
    def event_id(self) -> str:
        """What the log calls it."""
        return f"own:{self.uuid}"
