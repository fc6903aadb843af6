"""What is known of units beside their events, for conditions on them: traits and columns of their records.

A trait or custom field is asked for by its code, a column by the name that lists call it by; where a record has both,
the trait counts. Stages, owners and companies are called by their names, money is in whole units as in the log.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from babel.numbers import get_currency_precision
from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTransform

from tragt.web.crm.models import Deal, SegmentKind
from tragt.web.people.models import Company, Identifier
from tragt.web.people.queries import identity

__all__ = ["COLUMNS", "facts_of"]

Facts = tuple[object, ...]

COLUMNS: Mapping[str, Mapping[str, str]] = {
    SegmentKind.PERSON: {
        "name": "person__name",
        "email": "person__email",
        "phone": "person__phone",
        "company": "person__company__name",
        "market": "person__company__market",
        "owner": "person__owner__name",
        "stage": "person__standing__stage__name",
        "mql": "person__standing__mql",
        "sql": "person__standing__sql",
        "created": "person__created",
    },
    SegmentKind.COMPANY: {
        "name": "name",
        "domain": "domain",
        "market": "market",
        "owner": "owner__name",
        "created": "created",
    },
    SegmentKind.DEAL: {
        "name": "name",
        "value": "value",
        "currency": "currency",
        "status": "status",
        "pipeline": "pipeline__name",
        "stage": "stage__name",
        "company": "company__name",
        "market": "company__market",
        "owner": "owner__name",
        "reason": "reason__name",
        "expected": "expected",
        "created": "created",
        "closed": "closed",
    },
}
"""By the kind of unit what can be asked of it besides traits, and where it stands."""

_TRAITS = {SegmentKind.PERSON: "person__traits", SegmentKind.COMPANY: "traits", SegmentKind.DEAL: "custom"}


def facts_of(kind: str, names: Sequence[str]) -> dict[str, Facts]:
    """What is known of each unit that has a record.

    Args:
        kind: ``person``, ``company`` or ``deal``.
        names: What is asked for.

    Returns:
        By unit, as the log calls it, the values in the order of the names; None where one is not known. Of a person
        with several records the first value counts, that of the canonical one before the others.
    """
    asked: dict[str, Any] = {}
    for place, name in enumerate(names):
        asked[f"trait_{place}"] = KeyTransform(name, _TRAITS[SegmentKind(kind)])
        asked[f"column_{place}"] = F(COLUMNS[kind].get(name, "pk"))
    pairs = [(2 * place, 2 * place + 1 if name in COLUMNS[kind] else None) for place, name in enumerate(names)]
    match kind:
        case SegmentKind.PERSON:
            rows = Identifier.objects.filter(person__struck=None).order_by("pk")
            return _of_persons(_told(rows, "actor", asked, pairs))
        case SegmentKind.COMPANY:
            return dict(_told(Company.objects.order_by(), "key", asked, pairs))
    amounts = [place for place, name in enumerate(names) if name == "value"]
    found = dict(_told(Deal.objects.order_by(), "key", {**asked, "money": F("currency")}, pairs, last=True))
    return {unit: _in_whole(facts, amounts) for unit, facts in found.items()}


def _told(
    rows: QuerySet[Any],
    unit: str,
    asked: Mapping[str, Any],
    pairs: Sequence[tuple[int, int | None]],
    *,
    last: bool = False,
) -> Iterator[tuple[str, Facts]]:
    """Each unit with its values; with ``last`` what was asked for last stands behind them."""
    for key, *values in rows.annotate(**asked).values_list(unit, *asked).iterator(chunk_size=10_000):
        facts = [_value(values[trait], None if column is None else values[column]) for trait, column in pairs]
        yield str(key), (*facts, values[-1]) if last else tuple(facts)


def _value(trait: object, column: object) -> object:
    found = column if trait is None else trait
    return None if found == "" else found


def _of_persons(told: Iterator[tuple[str, Facts]]) -> dict[str, Facts]:
    every = list(told)
    persons = dict(identity().persons.select(pl.col("actor", "person").cast(pl.String)).iter_rows())
    found: dict[str, Facts] = {}
    for actor, facts in sorted(every, key=lambda one: persons.get(one[0], one[0]) != one[0]) if persons else every:
        person = persons.get(actor, actor)
        before = found.get(person)
        found[person] = facts if before is None else _filled(before, facts)
    return found


def _filled(before: Facts, after: Facts) -> Facts:
    return tuple(old if old is not None else new for old, new in zip(before, after, strict=True))


def _in_whole(facts: Facts, amounts: Sequence[int]) -> Facts:
    """The values of a deal, money in whole units; its currency stands behind them."""
    *values, currency = facts
    for place in amounts:
        if isinstance(amount := values[place], int) and not isinstance(amount, bool):
            values[place] = amount / 10 ** get_currency_precision(str(currency))
    return tuple(values)
