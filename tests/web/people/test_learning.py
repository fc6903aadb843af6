"""Learning of persons from a source, and taking it back."""

from collections.abc import Mapping

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tragt.errors import InvalidEvent, NotAllowed
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.log.queries import revision
from tragt.web.people.actions import (
    Kept,
    Learned,
    edit_person,
    learn_claims,
    learn_people,
    undo_learning,
)
from tragt.web.people.actions.folding import refold
from tragt.web.people.bulk import select
from tragt.web.people.models import Company, Edge, Identifier, Person, Statement
from tragt.web.shell.acting import SYSTEM, Who

pytestmark = pytest.mark.django_db

State = dict[str, list[object]]


def state() -> State:
    """Every person as it is known, without keys and times."""
    fields = ("actor", "person__name", "person__email", "person__phone", "person__traits", "person__company__key")
    return {actor: list(rest) for actor, *rest in Identifier.objects.values_list(*fields)}


def learn(*rows: Mapping[str, object], cause: str = "import:1") -> Learned:
    return learn_people(pl.DataFrame(rows, infer_schema_length=None), cause=cause, who=SYSTEM)


def undo(cause: str) -> tuple[Kept, ...]:
    return undo_learning(cause=cause, who=SYSTEM).kept


ANNA = {"actor": "u:1", "name": "Anna Holm", "email": "Anna@Nordlys.dk", "phone": "33 12 34 56", "plan": "pro"}


def test_learning_a_person_is_normalised_and_has_the_company_of_its_address(organisation: Organisation) -> None:  # noqa: ARG001
    assert learn(ANNA) == Learned(created=1, changed=0, companies_created=1)
    assert state() == {"u:1": ["Anna Holm", "anna@nordlys.dk", "+4533123456", {"plan": "pro"}, "nordlys.dk"]}


def test_learning_explicit_company_counts_before_the_address_and_free_mail_tells_of_none() -> None:
    learn(
        {"actor": "u:1", "email": "a@nordlys.dk", "company": "Nordlys  ApS"},
        {"actor": "u:2", "email": "b@gmail.com", "company": None},
        {"actor": "u:3", "email": None, "company": "nordlys aps"},
        {"actor": None, "email": None, "company": "Alone A/S"},
    )
    companies = {actor: person[4] for actor, person in state().items()}
    assert companies == {"u:1": "nordlys aps", "u:2": None, "u:3": "nordlys aps"}
    assert set(Company.objects.values_list("name", flat=True)) == {"Nordlys ApS", "Alone A/S"}


def test_learning_what_is_no_address_or_number_is_kept_as_a_trait() -> None:
    learn({"actor": "u:1", "email": "not known", "phone": "12"})
    assert state() == {"u:1": ["", "", "", {"email as given": "not known", "phone as given": "12"}, None]}


def test_learning_again_adds_nothing_and_a_missing_value_empties_nothing() -> None:
    learn(ANNA)
    before = state()
    assert learn(ANNA, {"actor": "u:1", "name": None}, cause="import:2") == Learned(0, 0, 0)
    assert state() == before


def test_learning_bad_actor_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(InvalidEvent, match="'17'"):
        learn(ANNA, {"actor": "17", "name": "Nobody"})
    assert not Person.objects.exists()


def test_learning_needs_the_permission_to_import(make_user: object) -> None:
    assert callable(make_user)
    with pytest.raises(NotAllowed):
        learn_people(pl.DataFrame([ANNA]), cause="import:1", who=Who.of(make_user(Role.VIEWER)))


def test_undo_removes_persons_companies_and_claims_that_nobody_else_told_of() -> None:
    learn({"actor": "u:9", "name": "Other", "company": "Other A/S"}, cause="import:1")
    before = (state(), set(Company.objects.values_list("key", flat=True)))
    learn(ANNA, cause="import:2")
    claims = pl.DataFrame({"actor": ["a:1"], "user": ["u:1"], "at": ["2026-01-01T00:00:00Z"]})
    learn_claims(claims.with_columns(pl.col("at").str.to_datetime(time_zone="UTC")), cause="import:2", who=SYSTEM)
    undone = undo_learning(cause="import:2", who=SYSTEM)
    assert (undone.removed, undone.restored, undone.companies_removed, undone.kept) == (1, 0, 1, ())
    assert (state(), set(Company.objects.values_list("key", flat=True))) == before
    assert not Edge.objects.exists()


def test_undo_what_people_changed_since_stays_and_is_listed(owner: User) -> None:
    learn(ANNA)
    learn({"actor": "u:1", "name": "Anna Wrong", "plan": "free", "email": "anna@other.dk"}, cause="import:2")
    anna = Person.objects.get()
    edit_person(anna.pk, {"name": "Anna Right", "traits": {"plan": "gold"}}, who=Who.of(owner))
    assert undo("import:2") == (Kept(anna.pk, "name"), Kept(anna.pk, "traits.plan"))
    assert state()["u:1"][:3] == ["Anna Right", "anna@nordlys.dk", "+4533123456"]
    assert Person.objects.get().traits == {"plan": "gold"}


def test_undo_person_whom_people_edited_stays_with_what_they_wrote(owner: User) -> None:
    learn(ANNA)
    anna = Person.objects.get()
    edit_person(anna.pk, {"name": "Anna Right"}, who=Who.of(owner))
    assert undo("import:1") == (Kept(anna.pk, "name"),)
    assert state() == {"u:1": ["Anna Right", "", "", {}, None]}


def test_undo_company_that_others_belong_to_stays_until_they_are_gone_too() -> None:
    learn({"actor": "u:1", "company": "Nordlys"}, cause="import:1")
    learn({"actor": "u:2", "company": "Nordlys"}, cause="import:2")
    undo("import:1")
    assert state() == {"u:2": ["", "", "", {}, "nordlys"]}
    undo("import:2")
    assert not Company.objects.exists()


def test_every_change_of_persons_changes_the_revision() -> None:
    seen = [revision()]
    learn(ANNA)
    seen.append(revision())
    undo("import:1")
    seen.append(revision())
    assert len(set(seen)) == 3


value = st.sampled_from([None, "x", "y", "z"])
rows = st.fixed_dictionaries(
    {
        "actor": st.sampled_from(["u:1", "u:2", "u:3", None]),
        "name": value,
        "company": value,
        "email": st.sampled_from([None, "a@x.dk", "a@y.dk"]),
        "plan": value,
    }
)
imports = st.lists(st.lists(rows, min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(imports, st.data())
def test_undo_of_some_imports_in_any_order_equals_never_having_run_them(
    told: list[list[dict[str, object]]], data: st.DataObject
) -> None:
    causes = [f"import:{number}" for number in range(len(told))]
    taken_back = data.draw(st.permutations(data.draw(st.lists(st.sampled_from(causes), unique=True))))

    def after(run: list[str], undone: list[str]) -> tuple[State, list[str], int]:
        with transaction.atomic():
            for cause, given_rows in zip(causes, told, strict=True):
                if cause in run:
                    learn(*given_rows, cause=cause)
            for cause in undone:
                undo(cause)
            companies = sorted(Company.objects.values_list("key", flat=True))
            found = (dict(sorted(state().items())), companies, Statement.objects.count())
            transaction.set_rollback(True)
        return found

    kept = [cause for cause in causes if cause not in taken_back]
    assert after(causes, taken_back) == after(kept, [])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(imports)
def test_after_every_import_persons_are_what_their_statements_add_up_to(told: list[list[dict[str, object]]]) -> None:
    with transaction.atomic():
        for number, given_rows in enumerate(told):
            before = dict(Person.objects.values_list("pk", "updated"))
            changed = learn(*given_rows, cause=f"import:{number}").changed
            after = dict(Person.objects.filter(pk__in=before).values_list("pk", "updated"))
            assert changed == sum(after[key] != moment for key, moment in before.items())
            assert refold(list(Person.objects.values_list("pk", flat=True))) == 0
        transaction.set_rollback(True)


def test_select_finds_rows_by_any_number_of_texts_whatever_they_hold() -> None:
    odd = ['u:"', "u:\\", "u:'; --", "u:é\u2028", "u:%s", "u:1"]
    learn(*({"actor": actor, "plan": "pro"} for actor in odd))
    asked = [*odd, *(f"u:none{number}" for number in range(40_000))]
    assert {actor for (actor,) in select(Identifier, ("actor",), "actor", asked)} == set(odd)
    assert select(Person, ("id", "name"), "id", []) == []


def test_learning_many_persons_takes_a_number_of_queries_that_does_not_grow_with_them(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    many = [{"actor": f"u:{number}", "email": f"{number}@firm{number % 50}.dk"} for number in range(3000)]
    with django_assert_max_num_queries(25):
        learn(*many)
    with django_assert_max_num_queries(25):
        learn(*many, cause="import:2")
    assert set(state()) == {one["actor"] for one in many}
