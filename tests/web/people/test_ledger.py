"""The ledger against its definition in plain Python."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tragt.web.people.ledger import CLAIMS, MERGES, Ledger, resolve

START = datetime(2026, 1, 1, tzinfo=UTC)
USERS = [f"u:{number}" for number in range(6)]
VISITORS = [f"a:{number}" for number in range(4)]

Claim = tuple[str, str, int]
Merge = tuple[str, str]

claims = st.lists(st.tuples(st.sampled_from(VISITORS), st.sampled_from(USERS), st.integers(0, 8)), max_size=12)
merges = st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(USERS)), max_size=5)


def moment(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def ledger(claimed: Iterable[Claim], merged: Iterable[Merge] = ()) -> Ledger:
    rows = [(actor, user, moment(hours)) for actor, user, hours in claimed]
    return Ledger(pl.DataFrame(rows, CLAIMS, orient="row"), pl.DataFrame(list(merged), MERGES, orient="row"))


def resolved(of: Ledger, events: list[tuple[str | None, int]]) -> list[str | None]:
    actor = pl.Series([actor for actor, _ in events], dtype=pl.String)
    time = pl.Series([moment(hours) for _, hours in events], dtype=pl.Datetime("us", "UTC"))
    return resolve(actor, time, of.spans()).cast(pl.String).to_list()


def definition(claimed: list[Claim], merged: list[Merge], actor: str | None, hours: int) -> str | None:
    """Whom an actor is at a time, word by word as the design has it."""
    if actor is None:
        return None
    user = actor
    own = [(at, to) for visitor, to, at in claimed if visitor == actor]
    if own:
        before = [at for at, _ in own if at <= hours]
        moment = max(before) if before else min(at for at, _ in own)
        user = min(to for at, to in own if at == moment)
    component = {user}
    for _ in merged:
        for one, other in merged:
            if component & {one, other}:
                component |= {one, other}
    return min(component)


everything = [(actor, hours) for actor in (*USERS, *VISITORS, None) for hours in range(-1, 10)]


@given(claims, merges)
def test_resolution_of_every_actor_at_every_time_follows_the_definition(
    claimed: list[Claim], merged: list[Merge]
) -> None:
    assert resolved(ledger(claimed, merged), everything) == [
        definition(claimed, merged, actor, hours) for actor, hours in everything
    ]


@given(claims, merges, st.randoms())
def test_resolution_order_in_which_edges_arrived_does_not_matter(
    claimed: list[Claim], merged: list[Merge], chance: random.Random
) -> None:
    turned = [(other, one) for one, other in chance.sample(merged, len(merged))]
    again = ledger(chance.sample(claimed, len(claimed)), turned)
    assert again.spans().equals(ledger(claimed, merged).spans())


@given(claims, merges)
def test_spans_of_an_actor_meet_without_gap_and_differ_from_their_neighbours(
    claimed: list[Claim], merged: list[Merge]
) -> None:
    for _, spans in ledger(claimed, merged).spans().group_by("actor", maintain_order=True):
        assert spans["start"][0] is None
        assert spans["end"][-1] is None
        assert spans["end"][:-1].to_list() == spans["start"][1:].to_list()
        assert all(one != other for one, other in zip(spans["person"], spans["person"][1:], strict=False))


@given(claims, st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(USERS)), min_size=1, max_size=5))
def test_merges_reach_known_users_only(claimed: list[Claim], merged: list[Merge]) -> None:
    assert all(actor.startswith("u:") for actor in ledger(claimed, merged).persons()["actor"])


def test_resolution_visitor_of_two_users_belongs_to_each_in_turn() -> None:
    """A shared machine: before its first claim the first user's, then each one's from their claim on."""
    shared = ledger([("a:0", "u:1", 2), ("a:0", "u:2", 5)])
    assert resolved(shared, [("a:0", 0), ("a:0", 2), ("a:0", 4), ("a:0", 5), ("a:1", 5)]) == [
        "u:1",
        "u:1",
        "u:1",
        "u:2",
        "a:1",
    ]
