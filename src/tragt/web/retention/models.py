"""What was chosen for each kind of data, and what its last run removed."""

from django.db import models
from django.utils import timezone

__all__ = ["Rule", "Run"]

CODE_LENGTH = 64


class Rule(models.Model):
    """For how long a kind of data is kept, where somebody chose; null days are for ever."""

    kind = models.CharField(primary_key=True, max_length=CODE_LENGTH)
    days = models.PositiveIntegerField(null=True)
    way = models.CharField(max_length=16, blank=True)
    chosen = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.kind


class Run(models.Model):
    """The last time that a kind of data was gone through: what was older than `before`, and how much of it went.

    A run that was cut short goes on as the same one the next time.
    """

    kind = models.CharField(primary_key=True, max_length=CODE_LENGTH)
    before = models.DateTimeField()
    started = models.DateTimeField(default=timezone.now)
    finished = models.DateTimeField(null=True)
    removed = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.kind
