"""What the API keeps that grows old: answers to requests that may be sent again."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from tragt.web.api.models import Answer
from tragt.web.shell.retention import Kind, removing

__all__ = ["KINDS"]

ANSWERS = "api.answers"


def _given(before: datetime) -> QuerySet[Answer]:
    return Answer.objects.filter(at__lt=before)


def _count(before: datetime) -> int:
    return _given(before).count()


KINDS: tuple[Kind, ...] = (
    Kind(
        ANSWERS,
        gettext_noop("Answers of the API"),
        gettext_noop("What programs were answered to requests that they may send again, from the day of the request."),
        count=_count,
        remove=removing(ANSWERS, _given),
        default=1,
        least=1,
        longest=30,
        order=90,
    ),
)
