"""The tables of the inbox: deliveries as they came, settled batches, and what was turned away.

Moments are microseconds since 1970 in UTC, as those write them who do not wait for Django's own types.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Mark", "Raw", "Recent", "Rejected"]


class Mark(StrEnum):
    """What was seen of a request when it came, for which its address and its headers are needed; most have none."""

    OWN = "own"
    TEST = "test"
    PREFETCH = "prefetch"
    MACHINE = "machine"


class Raw(models.Model):
    """The calls of one request that were taken: acknowledged once this row is on disk, gone once they are settled."""

    source = models.CharField(max_length=100)
    trusted = models.BooleanField()
    received = models.BigIntegerField()
    sent = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    mark = models.CharField(max_length=8, blank=True)
    number = models.PositiveIntegerField()
    calls = models.BinaryField()

    class Meta:
        verbose_name = _("Deliveries on their way into the log")

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Recent(models.Model):
    """A settled batch of events, as Arrow writes them, until the lake holds them. Readers follow it by its key."""

    number = models.PositiveIntegerField()
    settled = models.BigIntegerField()
    rows = models.BinaryField()

    class Meta:
        verbose_name = _("Events of the last minutes")

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Rejected(models.Model):
    """A call that was turned away, with the reason, until somebody mended it or its time is over."""

    source = models.CharField(_("Source"), max_length=100)
    trusted = models.BooleanField()
    received = models.BigIntegerField(db_index=True)
    sent = models.BigIntegerField(null=True)
    mark = models.CharField(max_length=8, blank=True)
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=300)
    call = models.BinaryField()

    class Meta:
        verbose_name = _("Calls that were turned away")

    def __str__(self) -> str:
        return f"rejected call {self.pk}"
