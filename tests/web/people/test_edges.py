"""Taking edges of the ledger back, and the list of those that touch a person."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.people.test_ledger import definition
from tests.web.people.touching import START, call, learn
from tragt.errors import NotAllowed, NotFound
from tragt.web.accounts.models import Role, User
from tragt.web.log.queries import revision
from tragt.web.people.actions import learn_claims, merge, unclaim, unmerge
from tragt.web.people.ledger import CLAIMS, resolve
from tragt.web.people.models import Edge
from tragt.web.people.queries import edges_of, identity
from tragt.web.shell.acting import SYSTEM, Who

pytestmark = pytest.mark.django_db

USERS, VISITORS = ["u:1", "u:2", "u:3"], ["a:1", "a:2"]


def test_unclaim_gives_the_visits_back_and_stays_in_the_ledger(owner: User) -> None:
    learn(call("touch", 1, anonymous="a:1", user="u:1"), call("touch", 3, anonymous="a:1", user="u:2"))
    before = revision()
    unclaim(Edge.objects.get(user="u:1").pk, who=Who.of(owner))
    assert identity().spans.select("actor", "person").rows() == [("a:1", "u:2")]
    assert revision() != before
    assert [(one.user, one.undone is None) for one in edges_of("u:1")] == [("u:1", False)]
    with pytest.raises(NotFound):
        unclaim(Edge.objects.get(user="u:1").pk, who=SYSTEM)


def test_unclaim_takes_no_merge_back_and_unmerge_no_claim() -> None:
    learn(call("touch", anonymous="a:1", user="u:1"))
    with pytest.raises(NotFound):
        unmerge(Edge.objects.get().pk, who=SYSTEM)
    with pytest.raises(NotFound):
        unclaim(merge("u:1", "u:2", who=SYSTEM).pk, who=SYSTEM)
    assert not Edge.objects.exclude(undone=None).exists()


def test_unclaim_needs_the_permission_to_edit_people(make_user: Any) -> None:
    learn(call("touch", anonymous="a:1", user="u:1"))
    with pytest.raises(NotAllowed):
        unclaim(Edge.objects.get().pk, who=Who.of(make_user(Role.VIEWER)))


def test_edges_of_a_person_are_those_of_all_its_users_with_their_causes(owner: User) -> None:
    learn(call("touch", 1, anonymous="a:1", user="u:2"), call("touch", 2, anonymous="a:1", user="u:3"))
    learn(call("touch", 0, anonymous="a:2", user="u:1"), cause="settled:2")
    merge("u:2", "u:1", who=Who.of(owner))
    found = [(one.kind, one.actor, one.user, one.cause, one.by_hand) for one in edges_of("u:1")]
    assert found == [
        ("claim", "a:2", "u:1", "settled:2", False),
        ("claim", "a:1", "u:2", "settled:1", False),
        ("merge", "u:1", "u:2", f"user:{owner.pk}", True),
    ]
    assert [one.user for one in edges_of("a:1")] == ["u:2", "u:3"]
    assert edges_of("u:9") == []


claim = st.tuples(st.just("claim"), st.sampled_from(VISITORS), st.sampled_from(USERS), st.integers(0, 6))
touch = st.tuples(st.just("touch"), st.sampled_from(VISITORS), st.sampled_from(USERS), st.integers(0, 6))
joins = st.tuples(st.just("merge"), st.sampled_from(USERS), st.sampled_from(USERS), st.just(0))
undo = st.tuples(st.just("undo"), st.integers(0, 20), st.just(""), st.just(0))
everything = [(actor, hours) for actor in (*USERS, *VISITORS) for hours in range(-1, 8)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.one_of(claim, touch, joins, undo), max_size=10))
def test_claims_merges_and_undoings_in_any_order_resolve_as_from_scratch(steps: list[Any]) -> None:
    with transaction.atomic():
        for number, step in enumerate(steps):
            _take(number, *step)
        standing = list(Edge.objects.filter(undone=None).values_list("kind", "actor", "user", "at"))
        claims = [
            (one, user, (at - START) // timedelta(hours=1)) for kind, one, user, at in standing if kind == "claim"
        ]
        merges = [(one, other) for kind, one, other, _ in standing if kind == "merge"]
        expected = [definition(claims, merges, actor, hours) for actor, hours in everything]
        actor = pl.Series([actor for actor, _ in everything])
        time = pl.Series([START + timedelta(hours=hours) for _, hours in everything], dtype=CLAIMS["at"])
        found = resolve(actor, time, identity().spans).cast(pl.String).to_list()
        transaction.set_rollback(True)
    assert found == expected


def _take(number: int, kind: str, one: Any, other: str, hours: int) -> None:
    """One step: a claim of an import, a call with both ids, a merge by hand, or taking one of the edges back."""
    if kind == "undo":
        edges = list(Edge.objects.filter(undone=None).order_by("pk"))
        if edges:
            edge = edges[one % len(edges)]
            (unclaim if edge.kind == "claim" else unmerge)(edge.pk, who=SYSTEM)
    elif kind == "merge" and one != other:
        merge(one, other, who=SYSTEM)
    elif kind == "touch":
        learn(call("touch", hours, anonymous=one, user=other), cause=f"settled:{number}")
    elif kind == "claim":
        row = [(one, other, START + timedelta(hours=hours))]
        learn_claims(pl.DataFrame(row, schema=CLAIMS, orient="row"), cause=f"import:{number}", who=SYSTEM)
