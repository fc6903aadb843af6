"""What the API remembers: the answers to requests that may be sent again."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tragt.web.accounts.models import ApiKey

__all__ = ["Answer"]


class Answer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered, so that it is done once however often it is sent.

    It is kept for the program, not for its user: a program of a lesser role must not read what a greater one was told.
    """

    program = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        """What must hold in the table."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["program", "key"], name="tragt_api_answer_key")]

    def __str__(self) -> str:
        return self.key
