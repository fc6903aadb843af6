"""Who is no human: robots, link scanners and scripts, by what their programs call themselves."""

from functools import cache
from typing import Any

import polars as pl

__all__ = ["human"]

_ROBOT = 0.0


def human(agents: pl.Series) -> pl.Series:
    """The probability that a human acted.

    Args:
        agents: What the programs call themselves; missing where that is not known.

    Returns:
        0 for a robot; missing, which means 1, for everything else.
    """
    distinct = agents.drop_nulls().unique()
    robots = [agent for agent in distinct.to_list() if _detector().isCrawler(agent)]
    found = agents.is_in(pl.Series(robots, dtype=pl.String).implode()).fill_null(value=False)
    return pl.select(pl.when(found).then(pl.lit(_ROBOT))).to_series().alias("human")


@cache
def _detector() -> Any:
    from crawlerdetect import CrawlerDetect  # noqa: PLC0415 - compiling what it knows takes long

    return CrawlerDetect()
