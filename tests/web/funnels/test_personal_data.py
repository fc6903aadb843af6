"""What a saved funnel tells of a person is found, given out and taken away, and nothing else is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Step
from tragt.funnel.condition import Condition, Value
from tragt.web.funnels.actions import delete, rename, save
from tragt.web.funnels.actions.targets import set_targets
from tragt.web.funnels.models import SavedFunnel, StepTarget
from tragt.web.funnels.personal_data import STORES
from tragt.web.funnels.trends.targets import today
from tragt.web.people.models import Identifier, Person
from tragt.web.shell.acting import COMMAND_LINE
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db

ANNA = Subject(1, frozenset({"u:Anna.H", "a:visitor-7", "u:4711", "u:5"}), frozenset({"anna@nordlys.dk"}))
STORE = STORES[0]
OTHERS: tuple[tuple[str, Value], ...] = (
    ("equals", 5),
    ("greater", 4711),
    ("equals", "hanna@nordlys.dk"),
    ("equals", True),
)


def built(*where: Condition, name: str = "") -> SavedFunnel:
    return save(COMMAND_LINE, Funnel.of("Visited", Step(("Paid",), AllOf(where) if where else None)), name)


@pytest.mark.parametrize("remove", [STORE.erase, STORE.anonymise])
def test_person_in_conditions_and_names_is_taken_out(remove: Callable[[Subject], int]) -> None:
    built(
        Compare("email", "equals", "Anna@nordlys.dk"),
        AnyOf((Compare("who", "in", ("bo", "anna.h")), Compare("customer", "equals", 4711))),
        name="Deals of anna@nordlys.dk.",
    )
    gone = save(COMMAND_LINE, Funnel.of("A", "B", "C", exclude=Exclude(("X",), 1, 2, Compare("who", "equals", "5"))))
    delete(COMMAND_LINE, gone)
    exported = [row["funnel"] for row in STORE.export(ANNA)]

    assert exported == [row.pk for row in SavedFunnel.objects.order_by("pk")]
    assert remove(ANNA) == 2
    first, second = SavedFunnel.objects.order_by("pk")
    assert first.name == "Visited → Paid"
    assert first.funnel.steps[1].where == AllOf(
        (
            Compare("email", "equals", "…"),
            AnyOf((Compare("who", "in", ("bo", "…")), Compare("customer", "equals", "…"))),
        )
    )
    assert second.funnel.exclude[0].where == Compare("who", "equals", "…")
    assert (list(STORE.export(ANNA)), remove(ANNA)) == ([], 0)


def test_funnel_without_the_person_stays_as_it_is() -> None:
    for operator, value in OTHERS:
        built(Compare("p", operator, value), name="Top 5 of hanna@nordlys.dk")
    before = list(SavedFunnel.objects.values())

    assert (list(STORE.export(ANNA)), STORE.erase(ANNA)) == ([], 0)
    assert list(SavedFunnel.objects.values()) == before


def test_definition_that_this_version_cannot_read_is_gone_through_too() -> None:
    saved = built(Compare("who", "equals", "anna.h"), name="visitor-7")
    SavedFunnel.objects.update(definition=saved.definition.replace('"version":1', '"version":2'))

    assert STORE.erase(ANNA) == 1
    saved.refresh_from_db()
    assert saved.name == "…"
    assert "anna" not in saved.definition
    SavedFunnel.objects.update(definition="nonsense")
    assert STORE.erase(ANNA) == 0


BERG = "Ann Berg"


@pytest.fixture
def ann() -> Subject:
    """A person whose name nobody else has."""
    row = Person.objects.create(name=BERG)
    Identifier.objects.create(actor="u:ann-4711", person=row)
    return Subject(row.pk, frozenset({"u:ann-4711"}), frozenset({"ann@example.org"}))


def test_full_name_is_told_and_taken_out_of_names_and_conditions_and_their_versions(ann: Subject) -> None:
    saved = built(Compare("name", "equals", BERG), Compare("email", "contains", "ann@example"), name="Way of Ann Bergs")
    rename(COMMAND_LINE, saved, "Shop")
    versions = next(one for one in STORES if one.name == "tragt_funnels.SavedFunnelVersion")

    assert [row["funnel"] for row in STORE.export(ann)] == [saved.pk]
    assert [row["name"] for row in versions.export(ann)] == ["Way of Ann Bergs", "Shop"]
    assert (STORE.erase(ann), versions.erase(ann)) == (1, 2)
    saved.refresh_from_db()
    assert saved.funnel.steps[1].where == AllOf(
        (Compare("name", "equals", "…"), Compare("email", "contains", "ann@example"))
    )
    assert {one.name for one in saved.versions.all()} == {"Shop", "Visited → Paid"}
    assert (list(STORE.export(ann)), list(versions.export(ann))) == ([], [])


def test_step_called_after_a_person_is_called_by_its_events_and_keeps_its_targets(ann: Subject) -> None:
    steps = ("Visited", Step(("Asked",), label="Asked Ann Berg"), "Paid", Step(("Paid",), label="Paid, says ann-4711"))
    saved = save(COMMAND_LINE, Funnel.of(*steps), "Shop")
    shares: dict[str, float | None] = {"Asked Ann Berg": 0.5, "Paid, says ann-4711": 0.4}
    set_targets(COMMAND_LINE, saved, shares)
    set_targets(COMMAND_LINE, saved, {"Asked Ann Berg": 0.6}, today() + timedelta(days=9))
    StepTarget.objects.create(funnel=saved, step="Once Ann Berg", share=0.3)
    stores = [one for one in STORES if one.personal]

    assert {row["step"] for store in stores for row in store.export(ann) if "step" in row} == {*shares, "Once Ann Berg"}
    for store in stores:
        store.erase(ann)
    saved.refresh_from_db()
    assert [step.title for step in saved.funnel.steps] == ["Visited", "Asked", "Paid", "Paid (4)"]
    assert saved.step_targets == [None, 0.5, None, 0.4]
    assert saved.versions.order_by("-number")[0].asked["targets"] == saved.targets
    assert list(saved.dated_targets.values_list("step", "share")) == [
        ("Asked", 0.5),
        ("Paid (4)", 0.4),
        ("Asked", 0.6),
        ("…", 0.3),
    ]
    assert [row for store in stores for row in store.export(ann)] == []
