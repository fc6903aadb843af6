"""Who is no human: robots, link scanners, prefetchers and scripts. The unit of observation is the event.

Told by what their programs call themselves, by what browsers say of pages that nobody asked for yet, by a pace that no
human has, by the networks that somebody listed as those of data centres and scanners, and by what is clicked in one
e-mail at once. The probabilities are judgements, not measured. Few pages at once tell of nobody: a browser that opens
the tabs of yesterday again does that too.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import Any

import polars as pl

from tragt.events.tracking import NAMES, Kind
from tragt.web.inbox.models import Mark

__all__ = ["ahead", "human"]

ROBOT = 0.0
"""A program that says what it is, or a page that a browser loads before anybody asked for it."""
HURRIED = 0.1
"""More than `MOST` pages within `WITHIN_SECONDS`."""
SCANNED = 0.1
"""A click in an e-mail that is one of a scan (`clicks`)."""
EVEN = 0.2
"""`STEADY` pages or more, one after the other in the same time."""
MACHINE = 0.3
"""From a network of data centres or scanners: a program's mostly, and now and then a human's behind a proxy there."""

MOST = 20
WITHIN_SECONDS = 2
STEADY = 10
_SAME_MILLISECONDS = 20
_LEAST_GAP_MILLISECONDS = 100
_PAGES = (NAMES[Kind.PAGE], NAMES[Kind.SCREEN])

_AHEAD = {"sec-purpose": "prefetch", "purpose": "prefetch", "x-purpose": "preview", "x-moz": "prefetch"}
_SCANNERS = r"barracuda|fireeye|google-safety|ironport|messagelabs|mimecast|proofpoint|safelinks|trend ?micro|urlscan"
_BROWSERS = r"cypress/|headless|htmlunit|jsdom/|phantomjs|playwright|puppeteer|selenium|slimerjs|webdriver"
_MORE = re.compile(f"{_SCANNERS}|{_BROWSERS}", re.IGNORECASE)


def ahead(headers: Mapping[str, str]) -> bool:
    """Whether a browser asked before anybody wanted the page: it fetches or prepares what may be looked at next.

    Args:
        headers: Of the request, by their names in small letters.
    """
    return any(word in headers.get(name, "").lower() for name, word in _AHEAD.items())


def human(rows: pl.DataFrame, trusted: Collection[str] = (), scanned: pl.Series | None = None) -> pl.Series:
    """The probability that a human acted: the least that anything says which speaks against it.

    Args:
        rows: Events as they were read, with ``name``, ``time``, ``actor``, ``source``, ``agent`` (missing where that
            is not known) and ``mark``.
        trusted: The sources that send with a secret key, whose pace is that of a server.
        scanned: Boolean: which events are clicks of a scanner, as `clicks.Clicks` tells; None means none.

    Returns:
        0 to 1; missing, which means 1, where nothing speaks against it.
    """
    agents = rows["agent"]
    robots = [agent for agent in agents.drop_nulls().unique().to_list() if _robot(agent)]
    known = agents.is_in(pl.Series(robots, dtype=pl.String).implode()).fill_null(value=False)
    told: list[pl.Expr] = [
        pl.when(known | (pl.col("mark") == Mark.PREFETCH).fill_null(value=False)).then(pl.lit(ROBOT)),
        pl.when(pl.col("mark") == Mark.MACHINE).then(pl.lit(MACHINE)),
    ]
    if scanned is not None:
        told.append(pl.when(scanned).then(pl.lit(SCANNED)))
    paced = _paced(rows, trusted)
    if paced.height:
        joined = rows.select("actor").join(paced, on="actor", how="left", maintain_order="left")
        told.append(pl.lit(joined["human"]))
    return rows.select(human=pl.min_horizontal(told))["human"]


def _paced(rows: pl.DataFrame, trusted: Collection[str]) -> pl.DataFrame:
    """Anonymous actors whose pages come at a pace that no human has, among the events at hand."""
    pages = rows.filter(pl.col("name").is_in(_PAGES))
    numbers = pages["actor"].value_counts().filter(pl.col("count") >= STEADY)
    many = numbers.filter(pl.col("actor").str.starts_with("a:")).select("actor")
    if many.is_empty():
        return many.with_columns(human=pl.lit(None, pl.Float64))
    times = pages.filter(~pl.col("source").is_in(list(trusted))).join(many, on="actor", how="semi")
    moment = pl.col("time").unique().sort()
    gap = moment.diff().dt.total_milliseconds()
    even = (gap.max() - gap.min() <= _SAME_MILLISECONDS) & (gap.min() >= _LEAST_GAP_MILLISECONDS)
    hurried = (moment.diff(MOST).dt.total_milliseconds().min() <= WITHIN_SECONDS * 1000).fill_null(value=False)
    found = pl.when(hurried).then(pl.lit(HURRIED)).when(even & (moment.len() >= STEADY)).then(pl.lit(EVEN))
    return times.group_by("actor").agg(found.alias("human")).drop_nulls("human")


@lru_cache(maxsize=20_000)
def _robot(agent: str) -> bool:
    return bool(_MORE.search(agent)) or bool(_detector().isCrawler(agent))


@cache
def _detector() -> Any:
    from crawlerdetect import CrawlerDetect  # noqa: PLC0415 - compiling what it knows takes long

    return CrawlerDetect()
