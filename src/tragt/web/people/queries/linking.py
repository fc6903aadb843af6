"""The events that tell of companies and deals, and count now. The unit of observation is the event.

Files of the log never change, so that each is looked through once: what it tells is kept in memory, unless it tells
much, and forgotten with the file. Robots and the firm's own traffic tell of nobody.
"""

import io
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import polars as pl

from tragt.funnel.postings import LEAST_HUMAN
from tragt.lake.scanning import scan
from tragt.lake.schema import EVENTS
from tragt.lake.table import Snapshot
from tragt.web.log.queries import hidden_batches, lake, struck

__all__ = ["LINKING", "Linking", "linking", "within"]

LINKING = pl.Schema({name: EVENTS[name] for name in ("id", "time", "name", "actor", "company", "deal", "batch")})

_LARGEST = 4_000_000
_OUTSIDE = (pl.col("human").fill_null(1.0) >= LEAST_HUMAN) & (pl.col("traffic").fill_null("outside") == "outside")
_TELLING = pl.col("company").is_not_null() | pl.col("deal").is_not_null()


@dataclass(frozen=True, slots=True)
class Linking:
    """What some files tell of companies and deals.

    Attributes:
        files: Those that tell anything, as the table names them.
    """

    files: tuple[str, ...]

    def made(self, make: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
        """What a function makes of the events of each file: they may not fit into memory together.

        Args:
            make: Is called with the events of each file that count, with the columns of `LINKING`, and once with none.

        Returns:
            The frames that it made, one below the other.
        """
        hidden, gone = pl.Series(hidden_batches(), dtype=pl.String), struck()

        def counting(events: pl.DataFrame) -> pl.DataFrame:
            shown = events.filter(~pl.col("batch").is_in(hidden.implode())) if len(hidden) else events
            return shown.join(within(shown, gone), on="id", how="anti") if gone.height else shown

        return pl.concat([make(LINKING.to_frame()), *(make(counting(_memory.of(path))) for path in self.files)])


def linking(snapshot: Snapshot, files: Sequence[str] | None = None) -> Linking:
    """What files tell of companies and deals; what is known of files that are gone is forgotten.

    Args:
        snapshot: A version of the lake.
        files: Files of it; None means all.
    """
    there = snapshot.files["path"].to_list()
    _memory.forget_all_but(there)
    return Linking(tuple(path for path in (there if files is None else files) if _memory.tells(path)))


def within(events: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The events that lie in a span of their actor, each once.

    Args:
        events: ``id``, ``actor`` and ``time``, and others.
        spans: ``actor``, ``start`` and ``end``.
    """
    begun = pl.col("start").is_null() | (pl.col("start") <= pl.col("time"))
    ended = pl.col("end").is_not_null() & (pl.col("end") <= pl.col("time"))
    inside = events.select("id", "actor", "time").join(spans, on="actor").filter(begun & ~ended)
    return events.join(inside, on="id", how="semi")


class _Memory:
    """What files tell, compressed: nothing of those that tell nothing, and that they tell of those that tell much."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, bytes | None] = {}

    def forget_all_but(self, paths: Collection[str]) -> None:
        """Forget what is known of other files."""
        with self._lock:
            for path in self._known.keys() - set(paths):
                del self._known[path]

    def tells(self, path: str) -> bool:
        """Whether a file tells anything."""
        if path not in self._known:
            self._keep(path, _read(path))
        return self._known.get(path) != b""

    def of(self, path: str) -> pl.DataFrame:
        """What a file tells."""
        kept = self._known.get(path)
        return pl.read_ipc(io.BytesIO(kept)) if kept else _read(path)

    def _keep(self, path: str, events: pl.DataFrame) -> None:
        written = io.BytesIO()
        if events.height:
            events.write_ipc(written, compression="zstd")
        with self._lock:
            self._known[path] = written.getvalue() if written.tell() <= _LARGEST else None


_memory = _Memory()


def _read(path: str) -> pl.DataFrame:
    """The events of a file that name a company or a deal."""
    return scan(lake().storage, [path]).filter(_TELLING, _OUTSIDE).select(list(LINKING)).collect()
