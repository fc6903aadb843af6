"""The rows that say who is who and of which company, kept in memory and read on. The unit of observation is the row.

Between two acts of people or imports rows only come, by what clients tell: then the new ones alone are read. After an
act everything is read again, for it may have changed or removed any row.
"""

import threading
from dataclasses import dataclass, replace

import polars as pl
from django.db.models import Model, QuerySet

from tragt.web.log.queries import acts_of
from tragt.web.people.bulk import chunks, frame
from tragt.web.people.ledger import CLAIMS, MERGES
from tragt.web.people.models import Edge, EdgeKind, Identifier, Statement

__all__ = ["DESCRIBED", "Rows", "described", "rows"]

DESCRIBED: dict[str, pl.DataType | type[pl.DataType]] = {"key": pl.Int64, "actor": pl.String, "company": pl.String}

_Stamp = tuple[object, ...]
_STAMPS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Edge, ("pk", "actor", "user", "at", "cause")),
    (Identifier, ("pk", "actor")),
    (Statement, ("pk", "person", "cause", "at")),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database says.

    Attributes:
        claims: The claims that stand, with the columns of `CLAIMS`.
        merges: The merges that stand, with the columns of `MERGES`.
        described: ``key`` (of the row), ``actor`` and ``company`` (key), of actors whose row says a company.
        newest: The last edge, identifier and statement that were read, each with what tells it from others.
    """

    claims: pl.DataFrame
    merges: pl.DataFrame
    described: pl.DataFrame
    newest: tuple[_Stamp, ...]


_NONE = Rows(
    pl.DataFrame(schema=CLAIMS), pl.DataFrame(schema=MERGES), pl.DataFrame(schema=DESCRIBED), ((0,), (0,), (0,))
)
_lock = threading.Lock()
_known: tuple[str, Rows] = "", _NONE


def rows(revision: str) -> Rows:
    """What the rows say now.

    Args:
        revision: The revision of the log, as it was before they are read; empty where nothing ever changed.
    """
    global _known  # noqa: PLW0603 - one memory for a process
    acts = acts_of(revision)
    with _lock:
        before, known = _known
        found = _later(known if acts and before == acts and _stand(known.newest) else _NONE)
        _known = acts, found
    return found


def described(actors: list[str] | None = None) -> pl.DataFrame:
    """Of which companies actors are, by their rows.

    Args:
        actors: Actors; None means all.

    Returns:
        The columns of `DESCRIBED`, by key.
    """
    every = _companies(Identifier.objects.all())
    if actors is None:
        return _framed([every])
    return _framed([every.filter(actor__in=part) for part in chunks(actors)])


def _stand(newest: tuple[_Stamp, ...]) -> bool:
    """Whether the last rows that were read are there: a transaction that was taken back leaves none."""
    each = zip(_STAMPS, newest, strict=True)
    return all(
        stamp == (0,) or _all(model).filter(pk=stamp[0]).values_list(*of).first() == stamp
        for (model, of), stamp in each
    )


def _later(known: Rows) -> Rows:
    """What is known and what came since."""
    edge, identifier, statement = (stamp[0] for stamp in known.newest)
    newest = tuple(_all(model).order_by("-pk").values_list(*of).first() or (0,) for model, of in _STAMPS)
    edges = Edge.objects.filter(pk__gt=edge, undone=None)
    claims = frame(edges.filter(kind=EdgeKind.CLAIM).values_list("actor", "user", "at"), CLAIMS)
    merges = frame(edges.filter(kind=EdgeKind.MERGE).values_list("actor", "user"), MERGES)
    every = Rows(pl.concat([known.claims, claims]), pl.concat([known.merges, merges]), known.described, newest)
    if known is _NONE:
        return replace(every, described=described())
    told = Identifier.objects.filter(person__in=Statement.objects.filter(pk__gt=statement).values("person"))
    keys = frame(told.values_list("pk"), {"key": pl.Int64})
    come = _framed([_companies(told), _companies(Identifier.objects.filter(pk__gt=identifier))]).unique("key")
    gone = pl.concat([keys, come.select("key")])
    return replace(every, described=pl.concat([known.described.join(gone, on="key", how="anti"), come]))


def _all(model: type[Model]) -> "QuerySet[Model]":
    return model._default_manager.all()  # noqa: SLF001


def _companies(identifiers: QuerySet[Identifier]) -> "QuerySet[Identifier, tuple[int, str, str]]":
    return identifiers.exclude(person__company=None).values_list("pk", "actor", "person__company__key")


def _framed(parts: "list[QuerySet[Identifier, tuple[int, str, str]]]") -> pl.DataFrame:
    return pl.concat([_NONE.described, *(frame(part, DESCRIBED) for part in parts)]).sort("key")
