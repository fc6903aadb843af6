"""What collecting keeps that grows old: the calls that were turned away."""

from datetime import datetime

from django.utils.translation import gettext_noop

from tragt.web.collect.queries import KEPT, before
from tragt.web.shell.retention import Kind, removing

__all__ = ["KINDS"]

TURNED_AWAY = "collect.turned_away"


def _count(at: datetime) -> int:
    return before(at).count()


KINDS: tuple[Kind, ...] = (
    Kind(
        TURNED_AWAY,
        gettext_noop("Calls that were turned away"),
        gettext_noop("What websites, apps and servers sent and Tragt could not take, from the day it came."),
        count=_count,
        remove=removing(TURNED_AWAY, before),
        default=KEPT.days,
        least=1,
        longest=KEPT.days,
        order=40,
    ),
)
