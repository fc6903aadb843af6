"""Sessions: the given id, or what an actor does without one; cut where more than 30 minutes pass.

An event without a session id and without a person has no session. A session is a fact of the whole log: it is cut
before anybody asks which events count. Pauses are compared in whole milliseconds, as all times are.
"""

from datetime import timedelta

import polars as pl

__all__ = ["SESSION_GAP", "with_sessions"]

SESSION_GAP = timedelta(minutes=30)
_MOMENT = timedelta(milliseconds=1)


def with_sessions(frame: pl.DataFrame, gap: timedelta = SESSION_GAP) -> pl.DataFrame:
    """Give each event its session.

    Args:
        frame: All events of the log, robots' too, with ``time`` and any of ``session`` and ``person``.
        gap: A session ends where longer than this passes without an event of it.

    Returns:
        The same rows in the same order; ``session`` is text, null where there is none.
    """
    given = pl.col("session").cast(pl.String) if "session" in frame.columns else pl.lit(None, pl.String)
    actor = pl.format("{} (no id)", pl.col("person").cast(pl.String)) if "person" in frame.columns else given
    whole = pl.coalesce(given, actor)
    pause = pl.col("time").dt.epoch("ms").diff().over("session", order_by="time") > gap // _MOMENT
    piece = pause.fill_null(value=False).cast(pl.UInt32).cum_sum().over("session", order_by="time")
    return frame.with_columns(session=whole).with_columns(
        session=pl.when(piece > 0).then(pl.format("{} #{}", "session", piece + 1)).otherwise("session")
    )
