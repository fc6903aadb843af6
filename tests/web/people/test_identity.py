"""Who is who, read on from what was read before and of a few actors alone, is what reading everything gives."""

from typing import Any

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.conftest import ROUNDS
from tests.web.people.touching import call, learn
from tragt.web.people.actions import learn_people, merge, unclaim, unmerge
from tragt.web.people.models import Edge, EdgeKind
from tragt.web.people.queries import Identity, identity
from tragt.web.people.queries import rows as memory
from tragt.web.people.queries.identity import _read, identity_of, joined
from tragt.web.shell.acting import SYSTEM

pytestmark = pytest.mark.django_db

USERS, VISITORS = ["u:1", "u:2", "u:3", "u:4"], ["a:1", "a:2", "a:3"]
user, visitor = st.sampled_from(USERS), st.sampled_from(VISITORS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("touch"), visitor, user),
        st.tuples(st.just("touch"), visitor, user),
        st.tuples(st.just("mail"), user, st.sampled_from(["x@nord.dk", "x@vest.dk", "x@nord.dk", ""])),
        st.tuples(st.just("merge"), user, user),
        st.tuples(st.just("undo"), st.integers(0, 9), st.none()),
        st.tuples(st.just("import"), user, st.sampled_from(["Nord", "Syd"])),
    ),
    max_size=9,
)


def take(number: int, kind: str, one: Any, other: Any) -> None:
    """A step: a call, an address that a call tells, a merge by hand, taking an edge back, or an import."""
    match kind:
        case "touch":
            learn(call("touch", number % 4, anonymous=one, user=other), cause=f"settled:{number}")
        case "mail":
            learn(call("identify", user=one, traits={"email": other}, trusted=True), cause=f"settled:{number}")
        case "merge" if one != other:
            merge(one, other, who=SYSTEM)
        case "import":
            people = pl.DataFrame({"actor": [one], "company": [other]})
            learn_people(people, cause=f"import:{number}", who=SYSTEM)
        case "undo":
            edge = Edge.objects.filter(undone=None).order_by("pk")[one : one + 1].first()
            if edge:
                (unclaim if edge.kind == EdgeKind.CLAIM else unmerge)(edge.pk, who=SYSTEM)


def same(found: Identity, whole: Identity) -> None:
    for name in ("spans", "persons", "companies"):
        assert_frame_equal(getattr(found, name), getattr(whole, name), check_row_order=name == "spans")


def narrowed(known: Identity, actors: set[str]) -> Identity:
    """What is said of some actors, of who is one with them, and of the visitors whom those claimed."""
    persons = [*actors, *known.persons.filter(pl.col("actor").is_in(actors))["person"]]
    theirs = pl.col("person").is_in(persons)
    return Identity(
        known.spans.filter(theirs | pl.col("actor").is_in(actors)),
        known.persons.filter(theirs),
        known.companies.filter(theirs),
    )


@settings(
    max_examples=max(ROUNDS // 12, 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS, st.sets(st.sampled_from([*USERS, *VISITORS]), max_size=2))
def test_identity_read_on_and_of_a_few_is_that_read_at_once(steps: list[Any], actors: set[str]) -> None:
    with transaction.atomic():
        for number, step in enumerate(steps):
            take(number, *step)
            identity()
        read_on = identity()
        same(read_on, from_scratch())
        same(narrowed(identity_of(actors), actors), narrowed(from_scratch(), actors))
        users = [actor for actor in actors if actor.startswith("u:")]
        assert set(joined(users)["actor"]) >= set(from_scratch().persons.filter(pl.col("actor").is_in(users))["actor"])
        transaction.set_rollback(True)


def from_scratch() -> Identity:
    memory._known = "", memory._NONE
    return _read("")


def test_identity_after_a_call_reads_the_new_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    learn(call("touch", anonymous="a:1", user="u:1"), call("identify", user="u:1", traits={"email": "x@nord.dk"}))
    before = identity()
    monkeypatch.setattr(memory, "_companies", _forbid_all(memory._companies))
    learn(call("touch", 1, anonymous="a:2", user="u:1"), cause="settled:2")
    learn(call("identify", user="u:2", traits={"email": "y@vest.dk"}), cause="settled:3")
    now = identity()
    assert now.spans["actor"].to_list() == ["a:1", "a:2"]
    assert dict(now.companies.iter_rows()) == {"u:1": "nord.dk", "u:2": "vest.dk"}
    assert before.companies.height == 1


def _forbid_all(read: Any) -> Any:
    def asked(identifiers: Any) -> Any:
        assert identifiers.query.where, "all rows were read again"
        return read(identifiers)

    return asked
