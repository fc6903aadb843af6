"""What the accounts keep that grows old: the audit."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from tragt.web.accounts.models import AuditRow
from tragt.web.shell.retention import Kind, removing

__all__ = ["KINDS"]

AUDIT = "accounts.audit"


def _done(before: datetime) -> QuerySet[AuditRow]:
    return AuditRow.objects.filter(at__lt=before)


def _count(before: datetime) -> int:
    return _done(before).count()


KINDS: tuple[Kind, ...] = (
    Kind(
        AUDIT,
        gettext_noop("Audit"),
        gettext_noop("Who did what in Tragt, from the day it was done. It is kept for a year at least."),
        count=_count,
        remove=removing(AUDIT, _done),
        default=None,
        least=366,
        order=80,
    ),
)
