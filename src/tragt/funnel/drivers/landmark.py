"""What attempts did between two steps, looked at from one landmark.

The unit of observation is the attempt that reached the step before, and at the landmark has not yet passed, nor
ended. An event counts where it came between the step before and the landmark; what came of the attempt counts from
the landmark on.

Without a landmark the comparison would be false in two ways. Those who never pass are watched to the end of the
window, so they have the most time to do anything at all; those who pass fast have hardly any. And what belongs to
passing itself (the form that is sent with the order, the page of thanks) comes to all who pass and to nobody else.
Up to the landmark all have had the same time, and nobody has passed, so neither can arise.

What is not answered: what those do who pass before the landmark, and whether an event later than it matters.

References:
    Anderson, J. R., Cain, K. C. and Gelber, R. D. (1983). Analysis of survival by tumor response.
    Journal of Clinical Oncology 1, 710-719. Van Houwelingen, H. C. (2007). Dynamic prediction by landmarking in event
    history analysis. Scandinavian Journal of Statistics 34, 70-85.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from tragt.funnel.attempts import MISSING
from tragt.funnel.definition import Funnel
from tragt.funnel.drivers.factors import FEWEST, Factor, Kind, Value
from tragt.funnel.drivers.landing import Landing, meant
from tragt.stats.arrays import BoolArray, IntArray

__all__ = ["at_risk", "events_by", "landmark_of"]

_DAY = timedelta(days=1) // timedelta(milliseconds=1)

EARLY = 0.25
"""The landmark is where this share of those who pass have passed: a time to do something, and most are still there."""


def landmark_of(landing: Landing) -> int | None:
    """Time in ms after the step before at which a quarter of those who pass have passed; None where nobody does."""
    waited = landing.waited
    return int(np.quantile(waited, EARLY, method="lower")) if len(waited) else None


def at_risk(landing: Landing, landmark: int) -> BoolArray:
    """Which attempts have at the landmark neither passed nor ended, and are followed beyond it."""
    moment = landing.before + landmark
    passed = (landing.after != MISSING) & (landing.after <= moment)
    ended = (landing.ended != MISSING) & (landing.ended <= moment)
    return np.asarray(~passed & ~ended & (landing.until > moment))


def events_by(
    landing: Landing, frame: pl.DataFrame, funnel: Funnel, landmark: int, names: Sequence[str] | None
) -> Iterator[Factor]:
    """For each event, which attempts it came to before the landmark.

    Events of the funnel itself (its required steps, losses, exclusions) are no candidates. An event known only by its
    day counts where its whole day lies before the landmark, for it stands at the day's start though it may have come
    at its end.

    Args:
        landing: Attempts at risk at the landmark.
        frame: Events with their ``unit``.
        funnel: The definition.
        landmark: Time in ms after the step before.
        names: The events to look at; None is all.

    Yields:
        A factor an event that at least `FEWEST` attempts had and as many had not; the most frequent first.
    """
    came = _came(landing, _candidates(frame, funnel, names), landmark)
    for name, rows in came:
        if FEWEST <= len(rows) <= len(landing) - FEWEST:
            codes = np.zeros(len(landing), dtype=np.int64)
            codes[rows] = 1
            yield Factor(Kind.EVENT, name, (Value(value=False), Value(value=True)), codes)


def _candidates(frame: pl.DataFrame, funnel: Funnel, names: Sequence[str] | None) -> pl.LazyFrame:
    own = [funnel.steps[place].match for place in funnel.required]
    own += [*funnel.lost, *funnel.reopen, *(exclude.match for exclude in funnel.exclude)]
    name = pl.col("name").cast(pl.String)
    events = frame.lazy().filter(~pl.any_horizontal(meant(frame, match) for match in own))
    events = events if names is None else events.filter(name.is_in(list(names)))
    day = pl.col("precision").cast(pl.String) == "day" if "precision" in frame.columns else pl.lit(value=False)
    moment = pl.col("time").dt.epoch("ms")
    return events.select(
        pl.col("unit").cast(pl.String), name, moment=moment, over=moment + pl.when(day).then(_DAY).otherwise(0)
    )


def _came(landing: Landing, events: pl.LazyFrame, landmark: int) -> list[tuple[str, IntArray]]:
    """For each event name the rows of the attempts it came to."""
    attempts = pl.LazyFrame({"unit": landing.unit, "before": landing.before}).with_row_index("row")
    early = (pl.col("moment") > pl.col("before")) & (pl.col("over") <= pl.col("before") + landmark)
    pairs = attempts.join(events, on="unit").filter(early).select("name", "row").unique().collect()
    found = [(str(name), part["row"].to_numpy().astype(np.int64)) for (name,), part in pairs.group_by("name")]
    return sorted(found, key=lambda pair: (-len(pair[1]), pair[0]))
