"""What the installation keeps beside the lake: which batches and whose events count, and when that changed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["REVISION_LENGTH", "HiddenBatch", "LogState", "Tombstone"]


REVISION_LENGTH = 32


class HiddenBatch(models.Model):
    """A batch of the lake that no figure may show: an import under way, or one being undone."""

    batch = models.CharField(max_length=100, unique=True)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.batch


class Tombstone(models.Model):
    """An actor whose events are struck from every figure, until their bytes are gone from the lake.

    The actor stands here as it came, for the events are left out by a join with it; the row goes with the last of
    its events. An actor that was several persons one after another is struck for the time it was one of them.
    """

    actor = models.CharField(max_length=400, db_index=True)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Events that were struck")

    def __str__(self) -> str:
        return f"tombstone {self.pk}"


class LogState(models.Model):
    """The state of what figures rest on beside the lake: a single row with the key 1.

    The revision is drawn anew at each change, not counted: a number that a transaction took and gave back would name
    two states, and whoever keeps figures by it would keep wrong ones.
    """

    revision = models.CharField(max_length=REVISION_LENGTH)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="tragt_one_log_state")]

    def __str__(self) -> str:
        return f"revision {self.revision}"
