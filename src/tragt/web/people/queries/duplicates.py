"""Persons who may be one: found among all, and as they wait for somebody to decide. The unit is the pair of persons."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

import polars as pl
from django.db.models import Count, Max, Min, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from tragt.web.people.models import Duplicate, Identifier, Person, Reason
from tragt.web.people.queries.identity import Identity, identity
from tragt.web.people.queries.persons import Named, persons_of
from tragt.web.people.similar import similar

__all__ = ["Found", "Pair", "Standing", "found_duplicates", "pairs", "pairs_at"]

MOST_SHARING = 10
"""An address or a number that more persons share than this is a mailbox or a switchboard, and tells of nobody."""

Found = tuple[str, str, Reason]
"""The two actors in their order, and why."""


class Standing(TextChoices):
    """What became of a pair."""

    OPEN = "open", _("To decide")
    MERGED = "merged", _("Merged")
    DISMISSED = "dismissed", _("Not the same")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two persons who may be one.

    Attributes:
        key: Key of one of its rows, by which the actions know it.
        first: One of them.
        second: The other.
        reasons: Why, in words.
    """

    key: int
    first: Named
    second: Named
    reasons: tuple[str, ...]


def pairs(standing: str) -> QuerySet[Duplicate, Any]:
    """The pairs of a standing, those with most reasons first, then the newest; `pairs_at` reads a page of them."""
    merged = Q(merged__isnull=False, merged__undone=None)
    chosen = {
        Standing.OPEN: ~merged & Q(dismissed=None),
        Standing.MERGED: merged,
        Standing.DISMISSED: Q(dismissed__isnull=False) & ~merged,
    }[Standing(standing)]
    rows = Duplicate.objects.filter(chosen).values("first", "second")
    counted = rows.annotate(key=Min("pk"), reasons=Count("pk"), newest=Max("found"))
    return counted.order_by("-reasons", "-newest", "first", "second")


def pairs_at(page: Iterable[dict[str, Any]], standing: str) -> list[Pair]:
    """The pairs of a page of `pairs`, in its order. The number of queries does not grow with it.

    Open pairs that have become one person in another way are left out, as are those of whom one is being erased.
    """
    rows = [(row["key"], row["first"], row["second"]) for row in page]
    actors = [actor for _, *two in rows for actor in two]
    of = dict(zip(actors, persons_of(actors), strict=True))
    reasons: dict[tuple[str, str], list[str]] = {}
    told = Duplicate.objects.filter(first__in=actors, second__in=actors).order_by("pk")
    for first, second, reason in told.values_list("first", "second", "reason"):
        reasons.setdefault((first, second), []).append(str(Reason(reason).label))
    one_already = _same(identity()) if standing == Standing.OPEN else None
    return [
        Pair(key, of[first], of[second], tuple(reasons[first, second]))
        for key, first, second in rows
        if not (one_already and one_already(first, second))
    ]


def found_duplicates() -> set[Found]:
    """All pairs of persons who may be one, by what is known of them now.

    Those who are one person already are left out, and pairs of anonymous visitors, whom nothing can join.
    """
    same = _same(identity())
    found = [*_sharing("email", Reason.EMAIL), *_sharing("phone", Reason.PHONE), *_named_alike()]
    return {one for one in found if one[1].startswith("u:") and not same(*one[:2])}


def _same(known: Identity) -> Callable[[str, str], bool]:
    """Tells whether two actors are one person by the ledger, at any time."""
    canonical = dict(known.persons.select("actor", "person").iter_rows())
    claimed = known.spans.filter(pl.col("actor").str.starts_with("a:")).group_by("actor").agg("person")
    persons = dict(claimed.iter_rows())

    def are(actor: str) -> set[str]:
        return set(persons.get(actor, (canonical.get(actor, actor),)))

    return lambda one, other: not are(one).isdisjoint(are(other))


def _described() -> QuerySet[Person]:
    return Person.objects.filter(struck=None, anonymised=None)


def _sharing(field: str, reason: Reason) -> Iterator[Found]:
    """Pairs of persons with the same value of a field."""
    shared = _described().exclude(**{field: ""}).values(field).annotate(persons=Count("pk"))
    values = list(shared.filter(persons__range=(2, MOST_SHARING)).values_list(field, flat=True))
    column = f"person__{field}"
    rows = Identifier.objects.filter(person__struck=None, **{f"{column}__in": values})
    for _value, group in groupby(rows.order_by(column).values_list(column, "actor"), key=lambda row: row[0]):
        yield from _paired([actor for _, actor in group], reason)


def _named_alike() -> Iterator[Found]:
    """Pairs of persons of one company whose names are close."""
    several = _described().exclude(name="").values("company").annotate(persons=Count("pk")).filter(persons__gt=1)
    rows = Identifier.objects.filter(
        person__in=_described().exclude(name=""), person__company__in=several.values("company")
    )
    listed = rows.order_by("person__company", "actor").values_list("person__company", "actor", "person__name")
    for _company, group in groupby(listed.iterator(), key=lambda row: row[0]):
        actors, names = zip(*((actor, name) for _, actor, name in group), strict=True)
        for one, other in similar(names):
            yield from _paired([actors[one], actors[other]], Reason.NAME)


def _paired(actors: Sequence[str], reason: Reason) -> Iterator[Found]:
    return ((first, second, reason) for first, second in combinations(sorted(actors), 2))
