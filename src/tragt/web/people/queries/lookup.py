"""Few rows of a large frame by the values of a column, found by their hashes. The unit of observation is the row."""

import numpy as np
import polars as pl

__all__ = ["Lookup"]


class Lookup:
    """A frame that is asked for few of its rows, and often.

    Args:
        frame: The frame.
        column: The column, a String without missing values, by which rows are asked for.
    """

    def __init__(self, frame: pl.DataFrame, column: str) -> None:
        hashes = frame[column].hash().to_numpy()
        self._frame = frame
        self._column = column
        self._order = np.argsort(hashes, kind="stable").astype(np.uint32)
        self._hashes = hashes[self._order]

    def of(self, values: pl.Series) -> pl.DataFrame:
        """The rows with some values, in their order.

        Args:
            values: The values; missing ones have no rows.
        """
        asked = np.unique(values.drop_nulls().hash().to_numpy())
        low, high = (np.searchsorted(self._hashes, asked, side=side) for side in ("left", "right"))
        count = high - low
        places = np.repeat(low - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
        rows = np.sort(self._order[places])
        return self._frame[rows].filter(pl.col(self._column).is_in(values.implode()))
