"""Learning who is who from the calls of the tracking API, a settled batch at a time."""

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tragt.web.log.actions import touch
from tragt.web.people import calls
from tragt.web.people.actions.folding import IN_ORDER, companies_by_name, drop_companies, refold, refold_companies
from tragt.web.people.actions.learning import country, persons_by_actor
from tragt.web.people.bulk import chunks, insert, reserve, select, undisturbed
from tragt.web.people.heard import Heard, heard
from tragt.web.people.ledger import CLAIMS
from tragt.web.people.models import Duplicate, Edge, EdgeKind, Identifier, Mention, Person, Reason, Statement
from tragt.web.people.told import joined, unsaid

__all__ = ["learn_touches"]

_EDGE = ("kind", "actor", "user", "at", "cause", "created")
_STATED = ("cause", "trusted", "at", "told")


class _Row(NamedTuple):
    """A row of what was told: of which person or company, by which cause, and whether with a secret key."""

    of: int
    cause: str
    trusted: bool
    at: datetime
    told: dict[str, object]


def learn_touches(touches: pl.DataFrame, *, cause: str) -> None:
    """Learn from calls who is who, and what they tell of persons and companies: all of it or nothing.

    A part of settling, which is nobody's act. Doing it again with the same cause does nothing; `undo_learning` takes it
    back by the cause. What a batch only repeats of an earlier one stands under the earlier one alone.

    A call with both ids claims the anonymous visitor for the user. An alias of a known user asks for a merge, which a
    public key cannot have: people are asked. Edges that somebody took back by hand do not come again. What a public key
    tells of a person or a company counts for less than all else.

    Args:
        touches: One row a call that can tell of somebody, with the columns of `tragt.events.tracking.TOUCHES`:
            ``kind`` (``identify``, ``group``, ``alias``, or ``touch`` for any other with both ids), ``anonymous``
            (``a:…``), ``user`` (``u:…``), ``previous`` (former id of an alias, without its kind), ``group`` (id),
            ``traits`` (JSON object), each null where there is none, ``at`` (UTC) and ``trusted`` (whether a secret
            key sent it).
        cause: What the batch is, for example ``settled:12``; the word before the colon is the source.
    """
    if touches.is_empty():
        return
    with undisturbed():
        said = calls.readable(touches)
        persons, companies = heard(said, country())
        with transaction.atomic():
            if not _is_learned(cause):
                _learn(said, persons, companies, cause)


def _learn(said: pl.DataFrame, persons: Sequence[Heard], companies: Sequence[Heard], cause: str) -> None:
    known = _known_users(said)
    changes = (
        _learn_claims(said, known, cause),
        _learn_merges(said, known, cause),
        _learn_companies(companies, cause),
        _learn_persons(persons, cause),
    )
    if any(changes):
        touch(by_calls=True)


def _is_learned(cause: str) -> bool:
    return any(kind.objects.filter(cause=cause).exists() for kind in (Edge, Statement, Mention, Duplicate))


def _known_users(said: pl.DataFrame) -> pl.Series:
    """Those of the users whom aliases call former that are known: by a row, an edge, or another call of the batch."""
    former = ("u:" + calls.aliases(said)["previous"]).unique().to_list()
    known = set(former) & set(said["user"].drop_nulls())
    for part in chunks(former):
        known |= set(Identifier.objects.filter(actor__in=part).values_list("actor", flat=True))
        known |= set(Edge.objects.filter(user__in=part).values_list("user", flat=True))
        known |= set(Edge.objects.filter(actor__in=part).values_list("actor", flat=True))
    return pl.Series(sorted(known), dtype=pl.String)


def _learn_claims(said: pl.DataFrame, known: pl.Series, cause: str) -> bool:
    asked = calls.claims(said, known)
    actors = asked["actor"].unique().to_list()
    rows = [row for part in chunks(actors) for row in _claims_of(part)]
    before = pl.DataFrame(rows, schema={**CLAIMS, "stands": pl.Boolean}, orient="row")
    taken_back = before.filter(~pl.col("stands"))
    asked = asked.join(taken_back, on=["actor", "user"], how="anti")
    new = calls.news(asked, before.filter("stands").drop("stands"))
    now = timezone.now()
    insert(Edge, _EDGE, [(EdgeKind.CLAIM, *claim, cause, now) for claim in new.iter_rows()])
    return not new.is_empty()


def _claims_of(actors: Sequence[str]) -> list[tuple[str, str, datetime, bool]]:
    """The claims of actors, and whether each stands."""
    claims = Edge.objects.filter(kind=EdgeKind.CLAIM, actor__in=actors).values_list("actor", "user", "at", "undone")
    return [(actor, user, at, undone is None) for actor, user, at, undone in claims]


def _learn_merges(said: pl.DataFrame, known: pl.Series, cause: str) -> bool:
    """Merge users whom somebody trusted called one, and propose the others; whether any were merged."""
    asked = calls.merges(said, known)
    if asked.is_empty():
        return False
    users = sorted({*asked["actor"], *asked["user"]})
    settled = set(Edge.objects.filter(kind=EdgeKind.MERGE, actor__in=users).values_list("actor", "user"))
    pairs = Duplicate.objects.filter(Q(dismissed__isnull=False) | Q(reason=Reason.ALIAS), first__in=users)
    decided = set(pairs.values_list("first", "second"))
    going = set(Identifier.objects.filter(actor__in=users).exclude(person__struck=None).values_list("actor", flat=True))
    now = timezone.now()
    new = [row for row in asked.iter_rows() if row[:2] not in settled and not going & set(row[:2])]
    edges = [(EdgeKind.MERGE, one, other, at, cause, now) for one, other, at, trusted in new if trusted]
    insert(Edge, _EDGE, edges)
    proposed = [(*row[:2], Reason.ALIAS, cause, now) for row in new if not row[3] and row[:2] not in decided]
    insert(Duplicate, ("first", "second", "reason", "cause", "found"), proposed)
    return bool(edges)


def _learn_persons(persons: Sequence[Heard], cause: str) -> bool:
    actors = list(dict.fromkeys(one.of for one in persons))
    known = persons_by_actor(actors)
    noted = set(known.values())
    earlier = Statement.objects.filter(person__in=noted).order_by("person", *IN_ORDER)
    before = _by_key(earlier.values_list("person", *_STATED))
    known |= _create([actor for actor in actors if actor not in known])
    rows = _rows([(known[one.of], one) for one in persons], before, noted, cause)
    insert(Statement, ("person", *_STATED), rows)
    told = sorted({row.of for row in rows if row.told})
    left = {company for (company,) in select(Person, ("company",), "id", told) if company}
    if refold(told) and left:
        drop_companies(left)
    return bool(rows)


def _create(actors: Sequence[str]) -> dict[str, int]:
    """Rows for persons of whom nothing is known yet."""
    now, keys = timezone.now(), reserve(Person, len(actors))
    fields = ("id", "name", "email", "phone", "traits", "created", "updated")
    insert(Person, fields, [(key, "", "", "", {}, now, now) for key in keys])
    created = dict(zip(actors, keys, strict=True))
    insert(Identifier, ("actor", "person"), sorted(created.items()))
    return created


def _learn_companies(companies: Sequence[Heard], cause: str) -> bool:
    keys = companies_by_name(one.of for one in companies)
    named: dict[tuple[int, bool], Heard] = {}
    for one in sorted(companies, key=lambda one: one.at):
        if key := keys.get(one.of):
            spelled_otherwise = named.get((key, one.trusted))
            told = joined(spelled_otherwise.told, one.told) if spelled_otherwise else one.told
            named[key, one.trusted] = replace(one, told=told)
    earlier = Mention.objects.filter(company__in={key for key, _ in named}).order_by("company", *IN_ORDER)
    before = _by_key(earlier.values_list("company", *_STATED))
    source = _source(cause)
    noted = {key for key, rows in before.items() if any(_source(row.cause) == source for row in rows)}
    rows = _rows([(key, one) for (key, _), one in named.items()], before, noted, cause)
    insert(Mention, ("company", *_STATED), rows)
    refold_companies(sorted({row.of for row in rows if row.told}), waits=False)
    return bool(rows)


def _by_key(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[_Row]]:
    return {key: list(group) for key, group in itertools.groupby(itertools.starmap(_Row, rows), key=lambda row: row.of)}


def _rows(
    given: Sequence[tuple[int, Heard]], before: Mapping[int, Sequence[_Row]], noted: Container[int], cause: str
) -> list[_Row]:
    """What is told anew of persons or companies, as rows of statements; an empty one of those nobody told of before.

    Args:
        given: What is told now, each with the key of whom it is told.
        before: The statements so far, by that key, in their order.
        noted: The keys of those who need no empty row.
        cause: Who tells.
    """
    source = _source(cause)
    rows: list[_Row] = []
    for key, one in given:
        earlier = [(_source(row.cause), row.told) for row in before.get(key, ()) if row.trusted == one.trusted]
        if told := unsaid(one.told, earlier, source):
            rows.append(_Row(key, cause, one.trusted, one.at, told))
    told_of = {row.of for row in rows}
    silent = {key: one for key, one in given if key not in noted and key not in told_of}
    return rows + [_Row(key, cause, one.trusted, one.at, {}) for key, one in silent.items()]


def _source(cause: str) -> str:
    return cause.partition(":")[0]
