"""Marking settled events: whether a human acted, and whether it was one of the firm's own or a test.

The unit of observation is the event. What came before somebody said who is one's own stays as it was.
"""

from collections.abc import Collection

import polars as pl

from tragt.web.collect.clicks import Clicks
from tragt.web.collect.insiders import Insiders
from tragt.web.collect.robots import human
from tragt.web.inbox.models import Mark

__all__ = ["Marking"]

_TRAFFIC = (Mark.OWN.value, Mark.TEST.value)


class Marking:
    """Marks one batch after the other; remembers who the firm's own people are, and what was clicked in e-mails."""

    def __init__(self) -> None:
        self._insiders = Insiders()
        self._clicks = Clicks()

    def marked(self, rows: pl.DataFrame, touches: pl.DataFrame, trusted: Collection[str] = ()) -> pl.DataFrame:
        """Events with ``human`` and ``traffic``, without what these were told by.

        Args:
            rows: Events as they were read.
            touches: What their calls tell of who is who.
            trusted: The sources that send with a secret key.
        """
        own = self._insiders.own(rows, touches)
        said = pl.when(pl.col("mark").is_in(_TRAFFIC)).then(pl.col("mark"))
        traffic = pl.coalesce(said, pl.when(own).then(pl.lit(Mark.OWN.value))).alias("traffic")
        human_acted = human(rows, trusted, self._clicks.scanned(rows))
        return rows.with_columns(human_acted, traffic).drop("agent", "mark")
