"""What the ledger holds of persons: values by which funnels are divided, which may be what people wrote."""

from collections.abc import Iterator
from typing import TypeVar

from django.utils.translation import gettext_noop

from tragt.web.leaks.models import Alarm, Found, Judged
from tragt.web.shell.personal import Store, Subject, leading_to

__all__ = ["STORES"]


_Row = TypeVar("_Row", Found, Alarm)


def _found(rows: type[_Row], subject: Subject) -> Iterator[_Row]:
    """The rows whose value leads to a person."""
    leads = leading_to(subject)
    bare: set[str] = {actor.partition(":")[2] for actor in subject.actors}
    whole = {text.casefold() for text in (*bare, *subject.emails, *subject.phones) if text}
    for row in rows._default_manager.exclude(value="").order_by("pk"):  # noqa: SLF001 - Django's public name
        if row.value.strip().casefold() in whole or leads(row.value):
            yield row


def _export(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _found(Found, subject):
        yield {"leak": row.pk, "funnel": row.funnel_id, "by": row.by, "value": row.value}


def _export_alarms(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _found(Alarm, subject):
        yield {"alarm": row.pk, "funnel": row.funnel_id, "by": row.by, "value": row.value}


def _erase_alarms(subject: Subject) -> int:
    return Alarm.objects.filter(pk__in=[row.pk for row in _found(Alarm, subject)]).delete()[0]


def _erase(subject: Subject) -> int:
    """Remove the rows; their funnels are gone through again, for the person is counted in other rows too."""
    found = list(_found(Found, subject))
    Judged.objects.filter(funnel__in={row.funnel_id for row in found}).update(state="")
    return Found.objects.filter(pk__in=[row.pk for row in found]).delete()[0]


STORES: tuple[Store, ...] = (
    Store(
        name="tragt_leaks.Found",
        personal={"value": gettext_noop("a value of a property by which a funnel is divided, which may name a person")},
        other=frozenset(
            {
                *("id", "funnel", "step", "before", "by", "better", "fate", "against", "rank", "least", "currency"),
                *("figures", "also", "opened", "computed", "closed", "why_closed"),
            }
        ),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store(
        name="tragt_leaks.Alarm",
        personal={"value": gettext_noop("a value of a property by which a funnel is divided, which may name a person")},
        other=frozenset(
            {
                *("id", "funnel", "step", "before", "by", "fate", "began", "figures", "currency", "minor", "opened"),
                *("computed", "closed", "why_closed", "snoozed", "acted", "by_whom", "version"),
            }
        ),
        export=_export_alarms,
        erase=_erase_alarms,
        anonymise=_erase_alarms,
    ),
    Store(
        name="tragt_leaks.Watched",
        other=frozenset({"id", "funnel", "makeup", "known", "cells", "days", "mistake", "as_of", "computed"}),
    ),
    Store(name="tragt_leaks.Attention", other=frozenset({"id", "false_alarm", "least", "version"})),
    Store(name="tragt_leaks.Seen", other=frozenset({"id", "user", "at"})),
    Store(name="tragt_leaks.Choice", other=frozenset({"id", "user", "mails", "told", "day"})),
    Store(
        name="tragt_leaks.Judged",
        other=frozenset(
            {
                *("id", "funnel", "state", "mistake", "value", "without_money", "breakdowns", "cells", "false_share"),
                *("days", "previous", "not_judged", "as_of", "took_ms", "computed"),
            }
        ),
    ),
)
