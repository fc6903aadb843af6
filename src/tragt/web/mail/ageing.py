"""What mail keeps that grows old: what became of each mail that was written."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from tragt.web.mail.models import OutgoingMail
from tragt.web.shell.retention import Kind, removing

__all__ = ["KINDS"]

MAIL = "mail.outgoing"


def _written(before: datetime) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(created__lt=before)


def _count(before: datetime) -> int:
    return _written(before).count()


KINDS: tuple[Kind, ...] = (
    Kind(
        MAIL,
        gettext_noop("Outgoing mail"),
        gettext_noop("To whom Tragt wrote and whether it left, from the day it was written. Texts go as they leave."),
        count=_count,
        remove=removing(MAIL, _written),
        default=90,
        least=7,
        longest=366,
        order=60,
    ),
)
