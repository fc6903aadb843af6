"""Learning who is who from the calls of the tracking API."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.web.people.touching import START, Call, State, call, frame, learn, state
from tragt.web.accounts.models import AuditRow, Organisation, User
from tragt.web.log.queries import revision
from tragt.web.people import calls, traits
from tragt.web.people.actions import edit_person, learn_people, learn_touches, undo_learning, unmerge
from tragt.web.people.ledger import CLAIMS, Ledger
from tragt.web.people.models import Company, Duplicate, Edge, Mention, Person, Reason, Statement
from tragt.web.people.queries import identity
from tragt.web.shell.acting import SYSTEM, Who

pytestmark = pytest.mark.django_db

BOTH: dict[str, Any] = {"anonymous": "a:1", "user": "u:1"}


def edges(kind: str = "claim") -> list[tuple[str, str, float]]:
    """The edges that stand: actor, user, hours since the start."""
    rows = Edge.objects.filter(kind=kind, undone=None).order_by("actor", "at").values_list("actor", "user", "at")
    return [(actor, user, (at - START) / timedelta(hours=1)) for actor, user, at in rows]


def test_claims_of_a_shared_machine_are_one_edge_at_each_change_of_user() -> None:
    visits = [("u:1", 0), ("u:1", 1), ("u:2", 2), ("u:2", 3), ("u:1", 4)]
    learn(*(call("touch", hours, anonymous="a:1", user=user) for user, hours in visits))
    assert edges() == [("a:1", "u:1", 0), ("a:1", "u:2", 2), ("a:1", "u:1", 4)]
    learn(call("touch", 5, anonymous="a:1", user="u:1"), cause="settled:2")
    assert len(edges()) == 3, "it was that user already"
    learn(call("touch", 3.5, anonymous="a:1", user="u:3"), cause="settled:3")
    assert ("a:1", "u:3", 3.5) in edges(), "what comes late takes its true place"


def test_claim_that_somebody_took_back_does_not_come_again() -> None:
    learn(call("touch", **BOTH))
    Edge.objects.update(undone=START)
    learn(call("touch", 1, **BOTH), call("touch", 2, anonymous="a:1", user="u:2"), cause="settled:2")
    assert edges() == [("a:1", "u:2", 2)]


def test_alias_of_an_unknown_id_is_a_claim_of_the_visitor() -> None:
    learn(call("alias", user="u:1", previous="visitor"), call("alias", user="u:1", previous="1"))
    assert (edges(), edges("merge")) == ([("a:visitor", "u:1", 0)], [])


@pytest.mark.parametrize("known_by", ["a row", "an edge", "the same batch"])
def test_alias_of_a_known_user_is_a_merge_where_it_is_trusted_and_a_proposal_where_not(known_by: str) -> None:
    first = call("identify" if known_by == "a row" else "touch", user="u:old", anonymous="a:9")
    apart = () if known_by == "the same batch" else (first,)
    learn(*apart, cause="settled:0")
    together = (first,) if known_by == "the same batch" else ()
    learn(*together, call("alias", 1, user="u:new", previous="old"))
    assert edges("merge") == []
    assert list(Duplicate.objects.values_list("first", "second", "reason")) == [("u:new", "u:old", Reason.ALIAS)]
    learn(call("alias", 2, user="u:new", previous="old"), cause="settled:2")
    assert Duplicate.objects.count() == 1
    learn(call("alias", 3, user="u:new", previous="old", trusted=True), cause="settled:3")
    learn(call("alias", 4, user="u:old", previous="new", trusted=True), cause="settled:4")
    assert edges("merge") == [("u:new", "u:old", 3)]
    unmerge(Edge.objects.get(kind="merge").pk, who=SYSTEM)
    learn(call("alias", 5, user="u:new", previous="old", trusted=True), cause="settled:5")
    assert edges("merge") == [], "people said no"


def test_alias_of_someone_being_erased_merges_nobody() -> None:
    learn(call("identify", user="u:1"), call("identify", user="u:2"))
    Person.objects.filter(identifiers__actor="u:1").update(struck=START)
    learn(call("alias", 1, user="u:2", previous="1", trusted=True), cause="settled:2")
    assert edges("merge") == []


def test_traits_make_a_person_normalised_and_with_the_company_of_its_address(organisation: Organisation) -> None:  # noqa: ARG001
    given = {"firstName": "Anna", "lastName": "Holm", "email": "Anna@Nordlys.dk", "phone": 33123456, "plan": "pro"}
    learn(call("identify", user="u:1", traits=given))
    rest = {"firstName": "Anna", "lastName": "Holm", "plan": "pro"}
    assert state() == {"u:1": ["Anna Holm", "anna@nordlys.dk", "+4533123456", rest, "nordlys.dk"]}


def test_persons_are_those_with_an_identifier_or_a_trait() -> None:
    learn(
        call("identify", user="u:1"),
        call("identify", anonymous="a:1", traits={"plan": "pro"}),
        call("identify", anonymous="a:2"),
        call("group", anonymous="a:3", group="g"),
        call("touch", anonymous="a:4", user="u:4"),
        call("identify", anonymous="a:5", traits=["no object"]),
    )
    assert list(state()) == ["a:1", "u:1"]


def test_traits_of_a_public_key_overwrite_nothing_that_others_told_before_or_after(owner: User) -> None:
    public = {"name": "Public", "email": "public@x.dk", "plan": "free", "only": "public", "phone": "+4511111111"}
    learn_people(pl.DataFrame([{"actor": "u:1", "name": "Import"}]), cause="import:1", who=SYSTEM)
    learn(call("identify", 1, user="u:1", traits=public), cause="settled:1")
    learn(call("identify", 0, user="u:1", traits={"plan": "pro"}, trusted=True), cause="settled:2")
    edit_person(Person.objects.get().pk, {"phone": None}, who=Who.of(owner))
    learn(call("identify", 9, user="u:1", traits=public), cause="settled:3")
    known = state()["u:1"]
    assert known == ["Import", "public@x.dk", "", {"plan": "pro", "only": "public"}, "x.dk"]


def test_trait_of_null_empties_what_the_same_kind_of_key_told() -> None:
    learn(call("identify", user="u:1", traits={"name": "Anna", "plan": "pro", "email": "a@x.dk"}, trusted=True))
    learn(call("identify", 1, user="u:1", traits={"name": None, "plan": None, "email": None}), cause="settled:2")
    assert state()["u:1"][:2] == ["Anna", "a@x.dk"]
    learn(call("identify", 2, user="u:1", traits={"name": None, "plan": None}, trusted=True), cause="settled:3")
    assert state()["u:1"] == ["", "a@x.dk", "", {}, "x.dk"]


def test_late_traits_do_not_overwrite_later_ones() -> None:
    learn(call("identify", 5, user="u:1", traits={"plan": "pro"}))
    learn(call("identify", 1, user="u:1", traits={"plan": "free", "age": 7}), cause="settled:2")
    assert state()["u:1"][3] == {"plan": "pro", "age": 7}


def test_group_is_the_company_of_the_person_before_its_address_and_has_its_traits() -> None:
    learn(
        call("identify", user="u:1", traits={"email": "anna@nordlys.dk"}),
        call("group", 1, user="u:1", group="G-17", traits={"name": "Nordlys  ApS", "plan": "gold"}, trusted=True),
        call("group", 2, user="u:2", group="g-17 ", traits={"name": "Wrong", "size": 4}),
    )
    assert {actor: person[4] for actor, person in state().items()} == {"u:1": "g-17", "u:2": "g-17"}
    company = Company.objects.get(key="g-17")
    assert (company.name, company.traits) == ("Nordlys ApS", {"plan": "gold", "size": 4})
    assert set(Company.objects.values_list("key", flat=True)) == {"g-17"}


def test_undoing_a_group_gives_the_company_the_name_and_traits_it_had() -> None:
    learn(call("group", user="u:1", group="g", traits={"name": "Nordlys", "plan": "gold"}))
    learn(
        call("group", 1, user="u:1", group="g", traits={"name": "Sydlys", "plan": "free", "size": 4}), cause="settled:2"
    )
    assert Company.objects.values_list("name", "traits").get() == ("Sydlys", {"plan": "free", "size": 4})
    undo_learning(cause="settled:2", who=SYSTEM)
    assert Company.objects.values_list("name", "traits").get() == ("Nordlys", {"plan": "gold"})


def test_company_that_only_an_address_told_of_goes_when_its_last_person_moves() -> None:
    learn(*(call("identify", user=f"u:{number}", traits={"email": f"{number}@x.dk"}) for number in (1, 2)))
    learn(call("group", 1, user="u:1", group="g"), cause="settled:2")
    assert set(Company.objects.values_list("key", flat=True)) == {"x.dk", "g"}
    learn(call("group", 2, user="u:2", group="g"), cause="settled:3")
    assert set(Company.objects.values_list("key", flat=True)) == {"g"}


def test_company_in_the_traits_of_a_person_is_known_by_its_id_else_by_its_name() -> None:
    learn(
        call("identify", user="u:1", traits={"company": {"id": "g1", "name": "Nordlys", "industry": "care"}}),
        call("identify", user="u:2", traits={"company": "Fjord A/S"}),
        call("identify", user="u:3", traits={"company": {"name": "Fjord A/S"}}),
        call("identify", user="u:4", traits={"company": {"industry": "none"}, "email": "a@x.dk"}),
        call("identify", user="u:5", traits={"company": {"id": " ", "name": "x" * 400}}),
    )
    assert [person[4] for person in state().values()] == ["g1", "fjord a/s", "fjord a/s", "x.dk", "x" * 300]
    assert Company.objects.get(key="g1").name == "Nordlys"
    assert Company.objects.get(key="g1").traits == {"industry": "care"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "A B", "firstName": "C"}, {"name": "A B", "traits": {"firstName": "C"}}),
        ({"first_name": "A", "last_name": "B"}, {"name": "A B", "traits": {"first_name": "A", "last_name": "B"}}),
        ({"lastName": "B"}, {"name": "B", "traits": {"lastName": "B"}}),
        ({"name": None}, {"name": None}),
        ({"email": ["a@x.dk"]}, {"traits": {"email as given": ["a@x.dk"]}}),
        ({"phone": 4533123456}, {"phone": "4533123456"}),
        ({"address": {"city": "Oslo"}, "age": 3}, {"traits": {"address": {"city": "Oslo"}, "age": 3}}),
        ({"company": "X"}, {}),
    ],
)
def test_traits_are_read_as_the_specification_of_segment_has_them(given: dict[str, Any], told: dict[str, Any]) -> None:
    assert traits.of_person(given) == told


@pytest.mark.parametrize("text", [None, "", "{", "[1]", '"x"', "null", "[" * 5000, '{"a": 1e999}', '{"a": "\\ud800"}'])
def test_traits_that_are_no_object_tell_nothing_and_stop_nobody(text: str | None) -> None:
    odd = {**call("identify", user="u:1"), "traits": text}
    learn(odd, call("identify", 1, user="u:2", traits={"plan": "pro"}))
    assert [person[3] for person in state().values()] == [{}, {"plan": "pro"}]


def test_what_no_database_holds_is_left_out() -> None:
    learn(
        call("identify", user="u:1\0", traits={"pl\0an": "x\0y", "list": ["\0", {"\0": 1}], "text": "\\u0000"}),
        call("touch", user="u:" + "x" * 400, anonymous="a:1"),
        call("group", user="u:1", group="\0"),
        call("alias", user="u:1", previous="x" * 399),
    )
    assert state() == {"u:1": ["", "", "", {"plan": "xy", "list": ["", {"": 1}], "text": "\\u0000"}, None]}
    assert edges() == []


def test_learning_again_with_the_same_cause_changes_nothing() -> None:
    batch = [call("identify", **BOTH, traits={"plan": "pro"}), call("group", user="u:1", group="g")]
    learn(*batch)
    learn(call("identify", 1, user="u:1", traits={"plan": "free"}), cause="settled:2")
    before = (state(), edges(), revision(), Statement.objects.count())
    learn(*batch)
    assert (state(), edges(), revision(), Statement.objects.count()) == before


def test_batch_that_tells_nothing_new_leaves_the_revision_and_writes_nothing() -> None:
    batch = [call("identify", **BOTH, traits={"plan": "pro"}), call("group", user="u:1", group="g", traits={"a": 1})]
    learn(*batch)
    kinds = (Edge, Statement, Mention, Person)
    before = (revision(), [kind.objects.count() for kind in kinds])
    learn(*batch, cause="settled:2")
    learn(cause="settled:3")
    assert (revision(), [kind.objects.count() for kind in kinds]) == before
    learn(call("touch", 1, anonymous="a:2", user="u:1"), cause="settled:4")
    assert revision() != before[0]


def test_what_an_import_told_is_told_again_so_that_undoing_the_import_leaves_it() -> None:
    learn_people(pl.DataFrame([{"actor": "u:1", "name": "Anna"}]), cause="import:1", who=SYSTEM)
    learn(call("identify", user="u:1", traits={"name": "Anna"}, trusted=True))
    undo_learning(cause="import:1", who=SYSTEM)
    assert state()["u:1"][0] == "Anna"


def test_learning_writes_no_row_of_the_audit() -> None:
    learn(call("identify", **BOTH, traits={"plan": "pro"}))
    assert not AuditRow.objects.exists()


value = st.sampled_from([None, "x", "y"])
told = st.fixed_dictionaries({}, optional={"name": value, "plan": value, "email": st.sampled_from(["a@x.dk", None])})
actors = st.fixed_dictionaries(
    {"user": st.sampled_from(["u:1", "u:2", None]), "anonymous": st.sampled_from(["a:1", "a:2", None])}
)
kinds = st.sampled_from(["identify", "group", "alias", "touch"])
former = st.sampled_from(["1", "2", "9", None])
single = st.tuples(kinds, actors, told, value, former, st.booleans())
several = st.lists(single, min_size=1, max_size=10)
rounds = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def made(singles: list[Any]) -> list[Call]:
    """Calls an hour apart."""
    return [
        call(kind, hours, **ids, traits=given_traits, group=group, previous=previous, trusted=trusted)
        for hours, (kind, ids, given_traits, group, previous, trusted) in enumerate(singles)
    ]


def whole() -> tuple[State, list[Any], list[Any], list[Any]]:
    spans = identity().spans.rows()
    return state(), list(Company.objects.order_by("key").values_list("key", "name", "traits")), spans, edges("merge")


@rounds
@given(several, st.sets(st.integers(1, 9)))
@example([("group", {"user": "u:1"}, {"name": name}, "y", None, False) for name in ("x", None)], {1})
def test_calls_in_their_order_tell_the_same_however_they_are_cut_into_batches_and_nothing_when_they_come_again(
    singles: list[Any], cuts: set[int]
) -> None:
    batches = [one for one in made(singles) if one["kind"] != "alias"]  # Whom an alias joins rests on who is known.

    def after(places: list[int]) -> object:
        with transaction.atomic():
            for start, end in zip([0, *places], [*places, len(batches)], strict=True):
                learn(*batches[start:end], cause=f"settled:{start}")
            found, rows = whole(), (Statement.objects.count(), Edge.objects.count(), Mention.objects.count())
            learn(*batches, cause="settled:again")
            assert (Statement.objects.count(), Edge.objects.count(), Mention.objects.count()) == rows
            transaction.set_rollback(True)
        return found

    assert after(sorted(cuts)) == after([])


@rounds
@given(several, several)
def test_undoing_the_last_batch_equals_never_having_learnt_it(first: list[Any], last: list[Any]) -> None:
    with transaction.atomic():
        learn(*made(first), cause="settled:1")
        before = (whole(), Statement.objects.count(), Duplicate.objects.count())
        learn(*made(last), cause="settled:2")
        undo_learning(cause="settled:2", who=SYSTEM)
        assert (whole(), Statement.objects.count(), Duplicate.objects.count()) == before
        transaction.set_rollback(True)


edge = st.tuples(st.sampled_from(["a:1", "a:2"]), st.sampled_from(["u:1", "u:2", "u:3"]), st.integers(0, 6))


@given(st.lists(edge, max_size=8), st.lists(edge, max_size=8))
@example([("a:1", "u:1", 0), ("a:1", "u:2", 1)], [("a:1", "u:1", 1)])
def test_claims_that_say_nothing_new_are_those_without_which_everybody_is_the_same(
    standing: list[tuple[str, str, int]], asked: list[tuple[str, str, int]]
) -> None:
    def claims(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
        moments = [(actor, user, START + timedelta(hours=hours)) for actor, user, hours in rows]
        return pl.DataFrame(moments, schema=CLAIMS, orient="row")

    before = claims(standing)
    new = calls.news(claims(asked), before)
    every = Ledger(pl.concat([before, claims(asked)])).spans()
    assert Ledger(pl.concat([before, new])).spans().equals(every)
    assert calls.news(claims(asked), pl.concat([before, new])).is_empty()


def test_learning_many_calls_takes_a_number_of_queries_that_does_not_grow_with_them(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    many = [
        call(
            "identify",
            number,
            anonymous=f"a:{number}",
            user=f"u:{number}",
            traits={"email": f"{number}@f{number % 9}.dk"},
        )
        for number in range(2000)
    ]
    learn_touches(frame(many[:1]), cause="settled:0")
    for batch, cause in ((many, "settled:1"), (many, "settled:2")):
        with django_assert_max_num_queries(40):
            learn_touches(frame(batch), cause=cause)
