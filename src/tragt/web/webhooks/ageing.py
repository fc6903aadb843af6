"""What webhooks keep that grows old: messages, those that still wait as well."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from tragt.web.shell.retention import Kind, removing
from tragt.web.webhooks.models import Delivery

__all__ = ["KINDS"]

MESSAGES = "webhooks.messages"


def _noted(before: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(created__lt=before)


def _count(before: datetime) -> int:
    return _noted(before).count()


KINDS: tuple[Kind, ...] = (
    Kind(
        MESSAGES,
        gettext_noop("Messages of webhooks"),
        gettext_noop("What webhooks were told and what they answered, from the day it happened."),
        count=_count,
        remove=removing(MESSAGES, _noted),
        default=30,
        least=4,
        longest=366,
        order=85,
    ),
)
