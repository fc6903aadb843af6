"""Taking events out of the log: an import undone, a person erased or made nameless."""

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

__all__ = ["anonymising", "erasing", "removing"]

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


def erasing(actors: pl.Series, storage: Storage) -> Change:
    """Remove all events of some actors.

    Args:
        actors: The actors.
        storage: The lake.
    """
    struck = _asked(actors)
    return Change("erase", _holding(struck, storage), lambda events: events.join(struck, on="actor", how="anti"))


def anonymising(actors: pl.Series, storage: Storage, secret: bytes) -> Change:
    """Make the events of some actors nameless.

    Args:
        actors: The actors.
        storage: The lake.
        secret: Key of the replacements: the same actor and key give the same replacement.
    """
    struck = _asked(actors)
    hashed = _hashed(secret)
    names = struck.with_columns(
        stand_in=struck["actor"].map_elements(lambda actor: _kind(actor) + hashed(actor), pl.String)
    )

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

    return Change("anonymise", _holding(struck, storage), events)


def _asked(actors: pl.Series) -> pl.DataFrame:
    return actors.cast(pl.String).drop_nulls().unique().alias("actor").to_frame()


def _holding(struck: pl.DataFrame, storage: Storage) -> Callable[[Snapshot], pl.DataFrame]:
    """Which files hold events of actors, found by a join: no condition names them."""

    def files(base: Snapshot) -> pl.DataFrame:
        paths = base.files["path"].to_list()
        theirs = scan(storage, paths, path="path").select("path", "actor").join(struck.lazy(), on="actor", how="semi")
        counts = theirs.group_by("path").agg(hit=pl.len()).collect(engine="streaming")
        return base.files.join(counts, on="path")

    return files


def _kind(actor: str) -> str:
    """The prefix that says whether an actor is a user or an anonymous id."""
    return next((kind for kind in _KINDS if actor.startswith(kind)), "") + _NAMELESS


def _hashed(secret: bytes) -> Callable[[str], str]:
    return lambda text: blake2b(text.encode(), key=blake2b(secret).digest(), digest_size=16).hexdigest()
