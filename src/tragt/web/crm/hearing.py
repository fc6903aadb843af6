"""What the lifecycle hears: events that lead persons to a stage, and changes of persons after which a rule may hold."""

from collections.abc import Mapping, Sequence

import polars as pl

from tragt.funnel.postings import LEAST_HUMAN
from tragt.web.crm.actions.lifecycle import Arrival, apply_rules, arrive
from tragt.web.crm.models import How, Stage
from tragt.web.crm.queries.standings import heard_events, places_of, rules
from tragt.web.jobs.actions.asking import enqueue
from tragt.web.jobs.registry import find
from tragt.web.people.ledger import resolve
from tragt.web.people.queries.identity import identity_of
from tragt.web.shell.acting import SYSTEM

__all__ = ["after_change", "hear_changes", "hear_events"]

_MANY = 1000
"""Changes of more persons than these are looked at by a job, so that an import does not wait for it."""


def hear_events(rows: pl.DataFrame, cause: str) -> None:
    """Lead the persons to whom something happened to its stage; hearing it again changes nothing.

    Robots and the firm's own people pass no stages, nor does a visitor whom nobody knows.

    Args:
        rows: Settled events with ``name``, ``time``, ``actor``, and where they are known ``human`` and ``traffic``.
        cause: What the batch is.
    """
    leading = heard_events()
    if not leading:
        return
    told = rows.filter(_counts(rows), pl.col("name").is_in(list(leading)), pl.col("actor").is_not_null())
    if told.is_empty():
        return
    ahead = _ahead(told, leading)
    if ahead:
        arrive(ahead, how=How.EVENT, cause=cause)


def hear_changes(persons: Sequence[int]) -> None:
    """Apply the rules to persons of whom something is known now that was not before.

    Args:
        persons: Their keys.
    """
    if not rules():
        return
    if len(persons) > _MANY:
        enqueue(find("crm.apply_rules"), SYSTEM, subject="lifecycle")
    else:
        apply_rules(persons)


def after_change(persons: Sequence[int], **_sent: object) -> None:
    """Receive that other things are known of persons than before."""
    hear_changes(persons)


def _counts(rows: pl.DataFrame) -> pl.Expr:
    human = pl.col("human").fill_null(1.0) >= LEAST_HUMAN if "human" in rows.columns else pl.lit(value=True)
    outside = pl.col("traffic").fill_null("outside") == "outside" if "traffic" in rows.columns else pl.lit(value=True)
    return human & outside


def _ahead(told: pl.DataFrame, leading: Mapping[str, Stage]) -> list[Arrival]:
    """Who comes to which stage, at the first of the events that lead there; without those who are as far already."""
    known = identity_of(told["actor"].unique().to_list())
    whose = resolve(told["actor"], told["time"], known.spans).cast(pl.String)
    first = told.select("name", "time", one=whose).group_by("one", "name").agg(pl.col("time").min())
    ones = first["one"].unique()
    merged = known.persons.filter(pl.col("person").is_in(ones.implode()))
    lifecycle = next(iter(leading.values())).pipeline_id
    places = places_of([*ones.to_list(), *merged["actor"].to_list()], lifecycle)
    # A person of several rows is the one of its own name, else the first.
    of_others = {
        one: places[actor] for actor, one in merged.sort("actor", descending=True).iter_rows() if actor in places
    }
    places = {**of_others, **{one: places[one] for one in ones.to_list() if one in places}}
    return [
        Arrival(places[one].person, leading[name], time)
        for one, name, time in first.iter_rows()
        if one in places and places[one].position < leading[name].position
    ]
