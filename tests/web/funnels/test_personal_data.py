"""What a saved funnel tells of a person is found, given out and taken away, and nothing else is."""

from collections.abc import Callable

import pytest

from tragt import AllOf, AnyOf, Compare, Exclude, Funnel, Step
from tragt.funnel.condition import Condition, Value
from tragt.web.funnels.actions import delete, save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.personal_data import STORES
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
