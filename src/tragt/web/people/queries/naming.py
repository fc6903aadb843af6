"""Events with their person and their company in place of the identifiers they came with. The unit is the event."""

import polars as pl

from tragt.web.people.ledger import resolve
from tragt.web.people.normal import company_keys
from tragt.web.people.queries.identity import Identity

__all__ = ["named"]


def named(events: pl.DataFrame, known: Identity, deals: pl.DataFrame | None = None) -> pl.DataFrame:
    """Events with the person that the ledger gives, and their company.

    Args:
        events: ``actor``, ``time``, ``company`` and ``deal``, as the lake keeps them, and others.
        known: Who is who.
        deals: ``deal`` and ``company``, as `Links.deals` has them; None leaves the company of deals out.

    Returns:
        The events with ``person`` and ``company`` (Categorical): the key of the company that the event names, else of
        its deal's, else of its person's.
    """
    person = resolve(events["actor"], events["time"], known.spans)
    found = pl.DataFrame({"own": _spelled(events["company"]), "deal": events["deal"], "person": person})
    sources = ["own"]
    if deals is not None and not deals.is_empty() and events["deal"].null_count() < events.height:
        of_deals = deals.select(pl.col("deal").cast(pl.Categorical), of_deal=pl.col("company").cast(pl.Categorical))
        found = found.with_columns(pl.col("deal").cast(pl.Categorical))
        found = found.join(of_deals, on="deal", how="left", maintain_order="left")
        sources.append("of_deal")
    if not known.companies.is_empty():
        of_persons = known.companies.select(
            pl.col("person").cast(pl.Categorical), of_person=pl.col("company").cast(pl.Categorical)
        )
        found = found.join(of_persons, on="person", how="left", maintain_order="left")
        sources.append("of_person")
    return events.with_columns(person=person, company=found.select(pl.coalesce(sources)).to_series())


def _spelled(company: pl.Series) -> pl.Series:
    """The keys of companies by the names that events give."""
    own = company.cast(pl.Categorical)
    if own.null_count() == len(own):
        return own
    each = pl.DataFrame({"company": own.unique().drop_nulls()})
    spelled = each.with_columns(key=company_keys(each["company"]).cast(pl.Categorical))
    return own.to_frame("company").join(spelled, on="company", how="left", maintain_order="left")["key"]
