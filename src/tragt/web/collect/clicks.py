"""Clicks in e-mails that no reader made but a scanner, which follows every link of a message to see where it leads.

The unit of observation is the click: an event `Email Link Clicked` of the tracking API's e-mail vocabulary, or our own
`Email Clicked`. Told by what belongs together in time: many links of one message at once, or a link as soon as the
message was delivered. What this does not answer: who clicked by a browser that a scanner drives minutes later, one link
at a time. What was settled before the pattern was whole stays as it was told.

References:
    Segment, *Spec: Email*: the events and their properties.
    Mautic, discussion 9798 (2021): a scanner takes about a second a link; clicks within ten seconds are one scan.
    Mautic, report 16263 (2026): clicks within two seconds of the sending count as a program's by default.
"""

from datetime import timedelta
from typing import Final

import polars as pl

from tragt.events.tracking.objects import decoded, text_of

__all__ = ["Clicks"]

MANY = 3
"""So many different links of one message..."""
WITHIN = timedelta(seconds=10)
"""...within this time are one scan."""
AT_ONCE = timedelta(milliseconds=999)
"""Two different links in less than a second are too."""
DELIVERED = timedelta(seconds=2)
"""A message is read later than this after its delivery; the two moments come from different clocks."""
REMEMBERED = timedelta(minutes=10)
"""For how long what came before is known, so that webhooks which come one by one are still seen together."""
MOST = 50_000
"""How many clicks and deliveries are known at most."""

CLICKED: Final = ("Email Link Clicked", "Email Clicked")
ARRIVED: Final = ("Email Delivered",)

_MESSAGE = ("email_id", "emailId", "message_id", "messageId", "campaign_id", "campaignId")
_LINK = ("link_id", "linkId", "link_url", "linkUrl", "url", "link")
_ONE = ["source", "actor", "message"]
"""What one message to one recipient has in common."""

_TIME = pl.Datetime("us", "UTC")
_SCHEMA: Final = pl.Schema(
    {
        "place": pl.UInt32(),
        "clicked": pl.Boolean(),
        "source": pl.String(),
        "actor": pl.String(),
        "message": pl.String(),
        "link": pl.String(),
        "time": _TIME,
        "received": _TIME,
    }
)


class Clicks:
    """Looks at one batch after the other; remembers the clicks and deliveries of the last minutes."""

    def __init__(self) -> None:
        self._earlier = _SCHEMA.to_frame()

    def scanned(self, rows: pl.DataFrame) -> pl.Series:
        """Which events are clicks of a scanner.

        Args:
            rows: Events as they were read, with ``name``, ``time``, ``received``, ``actor``, ``source`` and
                ``properties``.

        Returns:
            Boolean.
        """
        told = rows.with_row_index("place").filter(pl.col("name").is_in([*CLICKED, *ARRIVED]))
        if told.is_empty():
            return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
        known = pl.concat([self._earlier, _read(told)]).sort("time", maintain_order=True)
        recent = known.filter(pl.col("received") >= pl.col("received").max() - REMEMBERED)
        self._earlier = recent.sort("received").tail(MOST).with_columns(place=pl.lit(None, pl.UInt32))
        found = _scans(known)
        return pl.int_range(rows.height, dtype=pl.UInt32, eager=True).is_in(found.implode())


def _read(told: pl.DataFrame) -> pl.DataFrame:
    """The clicks and deliveries among the events, with the message and the link that each is about."""
    about = [_about(text) for text in told["properties"].fill_null("").to_list()]
    messages, links = ([_first(one, names) for one in about] for names in (_MESSAGE, _LINK))
    found = told.with_columns(
        clicked=pl.col("name").is_in(CLICKED),
        message=pl.Series(messages, dtype=pl.String),
        link=pl.Series(links, dtype=pl.String),
    )
    return found.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())


def _about(text: str) -> dict[str, object]:
    """What an event tells; nothing where that is nested deeper than can be read here: it must not stop what settles."""
    try:
        return decoded(text)
    except (ValueError, RecursionError):
        return {}


def _first(told: dict[str, object], names: tuple[str, ...]) -> str:
    return next(filter(None, (text_of(told.get(name)) for name in names)), "")


def _scans(known: pl.DataFrame) -> pl.Series:
    """The places of the clicks that belong to a scan."""
    clicks = known.filter(pl.col("clicked"))
    arrived = known.filter(~pl.col("clicked")).select(*_ONE, "time")
    soon = clicks.join_asof(
        arrived.with_columns(found=True),
        on="time",
        by=_ONE,
        strategy="nearest",
        tolerance=DELIVERED,
        check_sortedness=False,
    )
    found = [soon, _together(clicks, MANY, WITHIN), _together(clicks, 2, AT_ONCE)]
    return pl.concat(one.filter(pl.col("found"))["place"] for one in found).drop_nulls().unique()


def _together(clicks: pl.DataFrame, links: int, within: timedelta) -> pl.DataFrame:
    """The clicks, with ``found`` where so many different links of their message were clicked in a time around them."""
    named = clicks.filter(pl.col("link") != "")
    windows = named.rolling("time", period=within, closed="both", group_by=_ONE).agg(pl.col("link").n_unique())
    ends = windows.filter(pl.col("link") >= links).select(*_ONE, "time", found=True).sort("time")
    return named.join_asof(ends, on="time", by=_ONE, strategy="forward", tolerance=within, check_sortedness=False)
