"""What the ledger holds of persons: values by which funnels are divided and names of steps, as people wrote them."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.utils.translation import gettext_noop

from tragt.web.leaks.models import Alarm, Found, Judged, Watched
from tragt.web.people.queries import telling_of
from tragt.web.shell.personal import Store, Subject

__all__ = ["STORES"]


_Row = TypeVar("_Row", Found, Alarm)

_PERSONAL = {
    "value": gettext_noop("a value of a property by which a funnel is divided, which may name a person"),
    "step": gettext_noop("what the step of a funnel is called, which may name a person"),
    "before": gettext_noop("what the step before is called, which may name a person"),
}


def _found(rows: type[_Row], subject: Subject) -> Iterator[_Row]:
    """The rows whose value, or a step of which, leads to a person."""
    tells = telling_of(subject)
    bare: set[str] = {actor.partition(":")[2] for actor in subject.actors}
    whole = {text.casefold() for text in (*bare, *subject.emails, *subject.phones) if text}
    for row in rows._default_manager.order_by("pk").iterator():  # noqa: SLF001 - Django's public name
        if row.value.strip().casefold() in whole or any(map(tells, (row.value, row.step, row.before))):
            yield row


def _told(row: Found | Alarm) -> dict[str, object]:
    return {"funnel": row.funnel_id, "step": row.step, "before": row.before, "by": row.by, "value": row.value}


def _export(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _found(Found, subject):
        yield {"leak": row.pk, **_told(row)}


def _export_alarms(subject: Subject) -> Iterator[dict[str, object]]:
    for row in _found(Alarm, subject):
        yield {"alarm": row.pk, **_told(row)}


def _erase_alarms(subject: Subject) -> int:
    return Alarm.objects.filter(pk__in=[row.pk for row in _found(Alarm, subject)]).delete()[0]


def _erase(subject: Subject) -> int:
    """Remove the rows; their funnels are gone through again, for the person is counted in other rows too."""
    found = list(_found(Found, subject))
    Judged.objects.filter(funnel__in={row.funnel_id for row in found}).update(state="")
    return Found.objects.filter(pk__in=[row.pk for row in found]).delete()[0]


def _judged(subject: Subject) -> Iterator[tuple[Judged, list[str]]]:
    """How funnels were gone through, each with the steps that were not judged and lead to a person."""
    tells = telling_of(subject)
    for row in Judged.objects.exclude(not_judged=[]).order_by("pk"):
        if steps := _telling(tells, (one.get("step") for one in row.not_judged)):
            yield row, steps


def _watched(subject: Subject) -> Iterator[tuple[Watched, list[str]]]:
    """How funnels were watched, each with the names of what was watched that lead to a person."""
    tells = telling_of(subject)
    for row in Watched.objects.order_by("pk"):
        if named := _telling(tells, (*row.known, *row.stays)):
            yield row, named


def _telling(tells: Callable[[str], bool], texts: Any) -> list[str]:
    return sorted({text for text in texts if text and tells(text)})


def _export_judged(subject: Subject) -> Iterator[dict[str, object]]:
    for row, steps in _judged(subject):
        yield {"funnel": row.funnel_id, "steps": steps}


def _erase_judged(subject: Subject) -> int:
    rows = [row.pk for row, _steps in _judged(subject)]
    return Judged.objects.filter(pk__in=rows).update(not_judged=[], state="")


def _export_watched(subject: Subject) -> Iterator[dict[str, object]]:
    for row, named in _watched(subject):
        yield {"funnel": row.funnel_id, "watched": named}


def _erase_watched(subject: Subject) -> int:
    """Forget what was watched: with its steps called otherwise the days of the funnel are learnt anew."""
    rows = [row.pk for row, _named in _watched(subject)]
    return Watched.objects.filter(pk__in=rows).update(makeup="", known={}, stays={})


STORES: tuple[Store, ...] = (
    Store(
        name="tragt_leaks.Found",
        personal=_PERSONAL,
        other=frozenset(
            {
                *("id", "funnel", "by", "better", "fate", "against", "rank", "least", "currency"),
                *("figures", "also", "opened", "computed", "closed", "why_closed"),
            }
        ),
        export=_export,
        erase=_erase,
        anonymise=_erase,
    ),
    Store(
        name="tragt_leaks.Alarm",
        personal=_PERSONAL,
        other=frozenset(
            {
                *("id", "funnel", "by", "fate", "began", "share", "figures", "currency", "minor", "opened", "computed"),
                *("closed", "why_closed", "snoozed", "acted", "by_whom", "version"),
            }
        ),
        export=_export_alarms,
        erase=_erase_alarms,
        anonymise=_erase_alarms,
    ),
    Store(
        name="tragt_leaks.Watched",
        personal={
            "known": gettext_noop("the steps of a funnel that are watched, whose names may name a person"),
            "stays": gettext_noop("how long it usually takes at a step, whose name may name a person"),
        },
        other=frozenset({"id", "funnel", "makeup", "share", "age", "cells", "days", "mistake", "as_of", "computed"}),
        export=_export_watched,
        erase=_erase_watched,
        anonymise=_erase_watched,
    ),
    Store(name="tragt_leaks.Attention", other=frozenset({"id", "false_alarm", "least", "version"})),
    Store(name="tragt_leaks.Seen", other=frozenset({"id", "user", "at"})),
    Store(name="tragt_leaks.Choice", other=frozenset({"id", "user", "mails", "told", "day"})),
    Store(
        name="tragt_leaks.Judged",
        personal={"not_judged": gettext_noop("the steps of a funnel that were not judged, which may name a person")},
        other=frozenset(
            {
                *("id", "funnel", "state", "mistake", "value", "without_money", "breakdowns", "cells", "false_share"),
                *("days", "previous", "as_of", "took_ms", "computed"),
            }
        ),
        export=_export_judged,
        erase=_erase_judged,
        anonymise=_erase_judged,
    ),
)
