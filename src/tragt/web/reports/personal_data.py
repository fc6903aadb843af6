"""What reports hold of persons: the addresses of readers outside, and which day they chose."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from tragt.web.reports.models import Subscription
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]


def _theirs(subject: Subject) -> QuerySet[Subscription]:
    wanted = Q(pk__in=[])
    for address in subject.emails:
        wanted |= Q(address__iexact=address)
    return Subscription.objects.filter(wanted)


def _export(subject: Subject) -> Iterable[dict[str, object]]:
    fields = ("address", "funnel__name", "language", "weekday", "state", "created", "agreed", "stopped")
    return [dict(zip(fields, row, strict=True)) for row in _theirs(subject).values_list(*fields)]


def _erase(subject: Subject) -> int:
    """Remove what they get: nothing is sent any more, and the log of what was goes with it."""
    return _theirs(subject).delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        "tragt_reports.Subscription",
        personal={"address": gettext_noop("the address of a reader of reports who has no account")},
        other=frozenset(
            {
                *("id", "key", "funnel", "user", "language", "weekday", "state", "trouble", "by", "mail", "version"),
                *("created", "agreed", "begins", "stopped", "removed"),
            }
        ),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store("tragt_reports.Sent", other=frozenset({"id", "subscription", "week", "end", "at", "mail"})),
    Store(
        "tragt_reports.Counted",
        other=frozenset({"id", "funnel", "state", "starts", "steps", "mistake", "computed"}),
    ),
)
