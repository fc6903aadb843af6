"""Calls of the tracking API that tell who somebody is, and the edges they ask for. The unit of observation is the call.

What the traits of a call tell is another module's; whether an edge that is asked for comes to be, the actions say.
"""

import polars as pl

from tragt.events.tracking import TOUCHES
from tragt.web.people.ledger import CLAIMS, MERGES
from tragt.web.people.models import ACTOR_LENGTH

__all__ = ["aliases", "claims", "merges", "news", "readable"]

_NAMES = ("anonymous", "user", "previous", "group")
_LONGEST = {"anonymous": ACTOR_LENGTH, "user": ACTOR_LENGTH, "previous": ACTOR_LENGTH - 2, "group": 300}


def readable(touches: pl.DataFrame) -> pl.DataFrame:
    """The calls in the order of time, with identifiers as a database can hold them.

    Args:
        touches: With the columns of `tragt.events.tracking.TOUCHES`.

    Returns:
        The same columns. The sign NUL, which no database holds, is left out of identifiers; one that is empty or
        longer than its field is missing.
    """
    bare = [pl.col(name).cast(pl.String).str.replace_all("\0", "", literal=True) for name in _NAMES]
    short = [
        pl.when(pl.col(name).str.len_chars().is_between(1, longest)).then(name) for name, longest in _LONGEST.items()
    ]
    whole = touches.select(pl.col(name).cast(kind) for name, kind in TOUCHES.items())
    return whole.with_columns(bare).with_columns(short).sort("at", maintain_order=True)


def aliases(calls: pl.DataFrame) -> pl.DataFrame:
    """What aliases say: ``previous`` (an id without its kind), ``user``, ``at`` and ``trusted``."""
    said = calls.filter(kind="alias").select("previous", "user", "at", "trusted").drop_nulls()
    return said.filter(pl.col("user") != "u:" + pl.col("previous"))


def claims(calls: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """The claims that calls ask for: of those with both ids, and of aliases whose former id is no known user.

    Args:
        calls: As from `readable`.
        known: Users (``u:…``) who are known.

    Returns:
        ``actor``, ``user`` and ``at``, in no order.
    """
    both = calls.select(pl.col("anonymous").alias("actor"), "user", "at").drop_nulls()
    visitors = aliases(calls).filter(~("u:" + pl.col("previous")).is_in(known.implode()))
    return pl.concat([both, visitors.select(("a:" + pl.col("previous")).alias("actor"), "user", "at")])


def merges(calls: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """The merges that aliases of known users ask for, each once.

    Args:
        calls: As from `readable`.
        known: Users (``u:…``) who are known.

    Returns:
        ``actor`` and ``user`` in their order, ``at`` (the first time it was asked for) and ``trusted`` (whether anybody
        who is trusted asked for it).
    """
    said = aliases(calls).with_columns(former="u:" + pl.col("previous"))
    pairs = said.filter(pl.col("former").is_in(known.implode())).select(
        pl.min_horizontal("former", "user").alias("actor"),
        pl.max_horizontal("former", "user").alias("user"),
        "at",
        "trusted",
    )
    return pairs.group_by(*MERGES, maintain_order=True).agg(pl.col("at").min(), pl.col("trusted").any())


def news(asked: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """Those claims that say something which the ledger does not.

    A claim says nothing where the latest one of its actor at its time has its user already. Of claims of one moment
    only the smaller user's counts, as in the ledger.

    Args:
        asked: ``actor``, ``user`` and ``at``.
        standing: The claims of the same actors that stand, likewise.

    Returns:
        ``actor``, ``user`` and ``at``, sorted by actor and time.
    """
    both = pl.concat(
        [standing.select(*CLAIMS, pl.lit(value=False).alias("new")), asked.select(*CLAIMS, new=pl.lit(value=True))]
    )
    contested = both.with_columns(contested=pl.col("new").not_().any().over("actor", "at"))
    counting = contested.sort("actor", "at", "user", "new").unique(["actor", "at"], keep="first", maintain_order=True)
    again = (pl.col("user") == pl.col("user").shift().over("actor")).fill_null(value=False)
    return counting.filter(pl.col("new") & (pl.col("contested") | ~again)).select(*CLAIMS)
