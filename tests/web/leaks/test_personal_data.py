"""A value by which a funnel is divided may be what somebody wrote of a person: it is told and erased."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from tests.web.leaks.rows import alarm_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Alarm, Found, Judged, Watched
from tragt.web.leaks.personal_data import STORES
from tragt.web.people.models import Person
from tragt.web.shell.personal import Subject

pytestmark = pytest.mark.django_db(transaction=True)

ANN = Subject(None, frozenset({"u:ann-4711"}), frozenset({"ann@example.org"}))


@pytest.mark.parametrize("value", ["ann-4711", "ANN@example.org", "asked by ann@example.org"])
def test_row_whose_value_leads_to_a_person_is_told_and_erased(leak: Found, value: str) -> None:
    store = next(one for one in STORES if one.name == "tragt_leaks.Found")
    kept = set(Found.objects.exclude(pk=leak.pk).values_list("pk", flat=True))
    assert list(store.export(ANN)) == []
    Found.objects.filter(pk=leak.pk).update(value=value)
    assert [row["value"] for row in store.export(ANN)] == [value]
    assert store.erase(ANN) == 1
    assert set(Found.objects.values_list("pk", flat=True)) == kept


def test_erasure_has_the_funnel_gone_through_again(
    leak: Found, saved: SavedFunnel, look_again: Callable[[], None]
) -> None:
    Found.objects.filter(pk=leak.pk).update(value="ann-4711")
    next(one for one in STORES if one.name == "tragt_leaks.Found").erase(ANN)
    assert Judged.objects.get(funnel=saved).state == ""
    look_again()
    assert Found.objects.filter(closed=None, value="ads", step="Asked").exists()


@pytest.mark.parametrize("field", ["step", "before"])
def test_step_that_is_called_after_a_person_is_told_and_erased_wherever_it_is_named(
    leak: Found, saved: SavedFunnel, field: str
) -> None:
    stores = {one.name.partition(".")[2]: one for one in STORES}
    called = "Paid, says Ann@example.org"
    Found.objects.filter(pk=leak.pk).update(**{field: called})
    alarm = alarm_of(saved)
    Alarm.objects.filter(pk=alarm.pk).update(**{field: called})
    Judged.objects.filter(funnel=saved).update(not_judged=[{"kind": "stuck", "step": called}])
    Watched.objects.create(funnel=saved, makeup="x", known={f"stuck||{called}": "2026-01-01"}, computed=timezone.now())
    Watched.objects.update(stays={called: 1})
    names = ("Found", "Alarm", "Judged", "Watched")
    assert [len(list(stores[name].export(ANN))) for name in names] == [1, 1, 1, 1]
    assert [stores[name].erase(ANN) for name in names] == [1, 1, 1, 1]
    assert [list(stores[name].export(ANN)) for name in names] == [[], [], [], []]
    assert Judged.objects.get(funnel=saved).state == Watched.objects.get().makeup == ""


def test_value_that_is_a_full_name_is_told(leak: Found) -> None:
    row = Person.objects.create(name="Ann Berg")
    Found.objects.filter(pk=leak.pk).update(value="Ann Berg")
    store = next(one for one in STORES if one.name == "tragt_leaks.Found")
    assert len(list(store.export(Subject(row.pk, frozenset())))) == 1
