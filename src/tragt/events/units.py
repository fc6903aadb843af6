"""Which unit an event belongs to: person, company, deal or session.

The log keeps identifiers as they came; a unit is derived from them and from links between
units. Where no links are given they are taken from the log itself: rows that name two units
link them. One event may belong to several units.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import polars as pl

from tragt.errors import InvalidDefinition
from tragt.events.log import UNITS
from tragt.events.sessions import with_sessions

__all__ = ["CLOSING", "LOOKBACK", "Links", "with_units"]

LOOKBACK = timedelta(days=90)
CLOSING = ("Deal Won", "Deal Lost")

Contacts = Literal["primary", "all"]

Schema = dict[str, pl.DataType | type[pl.DataType]]

_TIME = pl.Datetime("us", "UTC")
_COMPANIES: Schema = {"person": pl.String, "company": pl.String, "since": _TIME}
_DEALS: Schema = {"deal": pl.String, "company": pl.String, "created": _TIME, "closed": _TIME}
_CONTACTS: Schema = {"deal": pl.String, "person": pl.String, "primary": pl.Boolean, "since": _TIME, "until": _TIME}


@dataclass(frozen=True, slots=True)
class Links:
    """How units hang together in time.

    Attributes:
        companies: ``person``, ``company``, ``since``: from then on the person is of the company;
            before the first such time, too.
        deals: ``deal``, ``company``, ``created``, ``closed`` (null while open).
        contacts: ``deal``, ``person``, ``primary``, ``since``, ``until`` (null without an end).
    """

    companies: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_COMPANIES))
    deals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_DEALS))
    contacts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_CONTACTS))

    @classmethod
    def of_log(cls, frame: pl.DataFrame) -> "Links":
        """The links that a log itself tells of.

        A person belongs to the company beside it in a row; a deal's contacts are the persons beside it, the
        earliest of them primary; a deal is created with its first event and closed by its last, where that
        is a won or a lost one.
        """
        text = frame.with_columns(pl.col(name).cast(pl.String) for name in (*_known(frame), "name")).sort("time", "id")
        missing = [pl.lit(None, pl.String).alias(name) for name in UNITS if name not in frame.columns]
        text = text.with_columns(missing)
        companies = text.filter(pl.col("person").is_not_null() & pl.col("company").is_not_null())
        of_deals = text.filter(pl.col("deal").is_not_null())
        last = pl.col("name").last()
        deals = of_deals.group_by("deal", maintain_order=True).agg(
            company=pl.col("company").drop_nulls().first(),
            created=pl.col("time").first(),
            closed=pl.when(last.is_in(CLOSING)).then(pl.col("time").last()),
        )
        contacts = (
            of_deals.filter(pl.col("person").is_not_null())
            .group_by("deal", "person", maintain_order=True)
            .agg(since=pl.lit(None, _TIME), until=pl.lit(None, _TIME))
            .with_columns(primary=pl.int_range(pl.len()).over("deal") == 0)
        )
        return cls(companies.select("person", "company", since="time"), deals, contacts.select(list(_CONTACTS)))


def with_units(
    frame: pl.DataFrame,
    unit: str,
    links: Links | None = None,
    contacts: Contacts = "primary",
    lookback: timedelta = LOOKBACK,
) -> pl.DataFrame:
    """The events with the unit they belong to.

    Args:
        frame: Events, as an `EventLog` holds them.
        unit: person, company, deal or session.
        links: How units hang together; None takes the links of the log itself.
        contacts: Whether a deal's event without a person belongs to its primary contact, or to all who had a
            role on the deal at that time.
        lookback: How long before a deal's creation the touches of its contacts belong to it.

    Returns:
        The rows of the frame with a column ``unit`` (String or Categorical, never null). Events without a unit are
        left out; an event of several units stands in several rows.

    Raises:
        InvalidDefinition: The log does not know such units.
    """
    if unit == "session":
        return with_sessions(frame).with_columns(unit="session").drop_nulls("unit")
    known = _known(frame)
    if unit in known and (known == [unit] or frame[unit].null_count() == 0) and unit != "deal":
        return frame.with_columns(unit=pl.col(unit)).drop_nulls("unit")
    if unit not in known and links is None:
        raise InvalidDefinition(
            "units.unknown",
            f"The log has no column for the unit '{unit}'; it knows {', '.join(known) or 'no unit'}. "
            f"Name the column that holds the {unit}, or count another unit.",
            unit=unit,
            known=known,
        )
    text = frame.with_columns(pl.col(name).cast(pl.String) for name in known)
    text = text.with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("person", "company", "deal") if name not in known
    )
    given = links or Links.of_log(frame)
    match unit:
        case "person":
            derived = _persons(text, given, contacts)
        case "company":
            derived = _companies(text, given)
        case _:
            derived = _deals(text, given, lookback)
    return derived.select(*frame.columns, "unit").drop_nulls("unit")


def _known(frame: pl.DataFrame) -> list[str]:
    return [unit for unit in UNITS if unit in frame.columns]


def _persons(text: pl.DataFrame, links: Links, contacts: Contacts) -> pl.DataFrame:
    own = text.filter(pl.col("person").is_not_null() | pl.col("deal").is_null()).with_columns(unit="person")
    of_deal = text.filter(pl.col("person").is_null() & pl.col("deal").is_not_null())
    people = links.contacts if contacts == "all" else links.contacts.filter("primary")
    role = people.select("deal", "since", "until", unit="person")
    joined = of_deal.join(role, on="deal", how="inner")
    in_role = (pl.col("since").is_null() | (pl.col("since") <= pl.col("time"))) & (
        pl.col("until").is_null() | (pl.col("time") < pl.col("until"))
    )
    return pl.concat([own, joined.filter(in_role).drop("since", "until")], how="diagonal")


def _companies(text: pl.DataFrame, links: Links) -> pl.DataFrame:
    of_deal = links.deals.select("deal", of_deal="company").unique("deal")
    edges = links.companies.drop_nulls().sort("since")
    at_time = edges.select("person", at_time="company", time="since")
    first = edges.group_by("person", maintain_order=True).agg(at_first=pl.col("company").first())
    return (
        text.join(of_deal, on="deal", how="left")
        .sort("time")
        .join_asof(at_time, on="time", by="person", strategy="backward", check_sortedness=False)
        .join(first, on="person", how="left")
        .with_columns(unit=pl.coalesce("company", "of_deal", "at_time", "at_first"))
    )


def _deals(text: pl.DataFrame, links: Links, lookback: timedelta) -> pl.DataFrame:
    own = text.filter(pl.col("deal").is_not_null()).with_columns(unit="deal")
    spans = (
        links.contacts.select("deal", "person")
        .unique()
        .join(links.deals, on="deal")
        .select("person", "created", "closed", unit="deal")
    )
    touches = text.filter(pl.col("deal").is_null() & pl.col("person").is_not_null()).join(
        spans, on="person", how="inner"
    )
    near = (pl.col("time") >= pl.col("created") - lookback) & (
        pl.col("closed").is_null() | (pl.col("time") <= pl.col("closed"))
    )
    return pl.concat([own, touches.filter(near).drop("created", "closed")], how="diagonal")
