"""What the ledger holds of persons: values by which funnels are divided, which may be what people wrote."""

from collections.abc import Iterator

from django.utils.translation import gettext_noop

from tragt.web.leaks.models import Found, Judged
from tragt.web.shell.personal import Store, Subject, leading_to

__all__ = ["STORES"]


def _found(subject: Subject) -> Iterator[Found]:
    """The rows whose value leads to a person."""
    leads = leading_to(subject)
    bare = {actor.partition(":")[2] for actor in subject.actors}
    whole = {text.casefold() for text in (*bare, *subject.emails, *subject.phones) if text}
    for row in Found.objects.exclude(value="").order_by("pk"):
        if row.value.strip().casefold() in whole or leads(row.value):
            yield row


def _export(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _found(subject):
        yield {"leak": row.pk, "funnel": row.funnel_id, "by": row.by, "value": row.value}


def _erase(subject: Subject) -> int:
    """Remove the rows; their funnels are gone through again, for the person is counted in other rows too."""
    found = list(_found(subject))
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
        name="tragt_leaks.Judged",
        other=frozenset(
            {
                *("id", "funnel", "state", "mistake", "value", "without_money", "breakdowns", "cells", "false_share"),
                *("days", "previous", "not_judged", "as_of", "took_ms", "computed"),
            }
        ),
    ),
)
