"""Taking events out of the log: an import undone, a deal removed, a person erased or made nameless."""

import secrets
from collections.abc import Callable
from hashlib import blake2b

import polars as pl

from tragt.lake.catalogue import Catalogue
from tragt.lake.rewriting import Change
from tragt.lake.scanning import scan
from tragt.lake.schema import EVENTS
from tragt.lake.storage import Storage
from tragt.lake.table import Snapshot

__all__ = ["anonymising", "erasing", "removing", "retracting", "stand_in"]

_KINDS = ("u:", "a:")
_NAMELESS = "x:"


def removing(batch: str, catalogue: Catalogue) -> Change:
    """Remove all events of a batch.

    Args:
        batch: The batch.
        catalogue: Tells which files hold it.
    """

    def files(base: Snapshot) -> pl.DataFrame:
        counts = catalogue.counts(base).filter(pl.col("batch") == batch)
        return base.files.join(counts.group_by("path").agg(hit=pl.col("count").sum()), on="path")

    return Change("remove", files, lambda events: events.filter(pl.col("batch") != batch))


def erasing(actors: pl.Series | pl.DataFrame, storage: Storage) -> Change:
    """Remove all events of some actors.

    Args:
        actors: The actors, or ``actor``, ``start`` (inclusive) and ``end`` (exclusive; null means without bound),
            where an actor was several persons one after another.
        storage: The lake.
    """
    struck = _spans(actors)

    def events(found: pl.DataFrame) -> pl.DataFrame:
        return found.join(_theirs(found.lazy(), struck).collect(), on="id", how="anti", maintain_order="left")

    return Change("erase", _holding(struck, storage), events)


def retracting(deals: pl.Series, storage: Storage) -> Change:
    """Remove all events of some deals.

    Args:
        deals: What the log calls them.
        storage: The lake.
    """
    asked = deals.cast(pl.String).drop_nulls().unique().alias("deal").to_frame()

    def files(base: Snapshot) -> pl.DataFrame:
        held = scan(storage, base.files["path"].to_list(), path="path").select("path", "deal")
        counts = held.join(asked.lazy(), on="deal").group_by("path").agg(hit=pl.len())
        return base.files.join(counts.collect(engine="streaming"), on="path")

    def events(found: pl.DataFrame) -> pl.DataFrame:
        return found.join(asked, on="deal", how="anti", maintain_order="left")

    return Change("erase", files, events)


def anonymising(actors: pl.Series, storage: Storage, secret: bytes) -> Change:
    """Make the events of some actors nameless.

    Args:
        actors: The actors.
        storage: The lake.
        secret: Key of the replacements: the same actor and key give the same replacement.
    """
    struck = _asked(actors)
    hashed = _hashed(secret)
    names = struck.with_columns(stand_in=struck["actor"].map_elements(lambda actor: stand_in(actor, secret), pl.String))

    def events(found: pl.DataFrame) -> pl.DataFrame:
        theirs = found.join(names, on="actor", how="inner")
        ids = [_NAMELESS + secrets.token_hex(16) for _ in range(theirs.height)]
        nameless = theirs.with_columns(
            pl.Series("id", ids, dtype=pl.String),
            pl.col("session").map_elements(lambda session: _NAMELESS + hashed(session), pl.String),
            actor=pl.col("stand_in"),
            properties=pl.lit("{}"),
            context=pl.lit("{}"),
        )
        return pl.concat([found.join(struck, on="actor", how="anti"), nameless.select(list(EVENTS))])

    return Change("anonymise", _holding(_spans(actors), storage), events)


def _spans(actors: pl.Series | pl.DataFrame) -> pl.DataFrame:
    if isinstance(actors, pl.DataFrame):
        return actors.select("actor", "start", "end").unique()
    return _asked(actors).with_columns(pl.lit(None, EVENTS["time"]).alias(name) for name in ("start", "end"))


def _theirs(events: pl.LazyFrame, spans: pl.DataFrame) -> pl.LazyFrame:
    """The events of actors at the times that are meant."""
    begun = pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))
    ended = pl.col("end").is_not_null() & (pl.col("end") <= pl.col("time"))
    return events.join(spans.lazy(), on="actor").filter(begun & ~ended).drop("start", "end")


def _asked(actors: pl.Series) -> pl.DataFrame:
    return actors.cast(pl.String).drop_nulls().unique().alias("actor").to_frame()


def _holding(spans: pl.DataFrame, storage: Storage) -> Callable[[Snapshot], pl.DataFrame]:
    """Which files hold events of actors, found by a join: no condition names them."""

    def files(base: Snapshot) -> pl.DataFrame:
        paths = base.files["path"].to_list()
        theirs = _theirs(scan(storage, paths, path="path").select("path", "actor", "time"), spans)
        counts = theirs.group_by("path").agg(hit=pl.len()).collect(engine="streaming")
        return base.files.join(counts, on="path")

    return files


def _kind(actor: str) -> str:
    """The prefix that says whether an actor is a user or an anonymous id."""
    return next((kind for kind in _KINDS if actor.startswith(kind)), "") + _NAMELESS


def _hashed(secret: bytes) -> Callable[[str], str]:
    return lambda text: blake2b(text.encode(), key=blake2b(secret).digest(), digest_size=16).hexdigest()


def stand_in(actor: str, secret: bytes) -> str:
    """What an actor is called once it is nameless.

    Args:
        actor: The actor.
        secret: Key of the replacements.
    """
    return _kind(actor) + _hashed(secret)(actor)
