"""What the API remembers: the answers to requests that may be sent again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

__all__ = ["Answer"]


class Answer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered, so that it is done once however often it is sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        """What must hold in the table."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="tragt_api_answer_key")]

    def __str__(self) -> str:
        return self.key
