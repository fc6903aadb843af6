"""A value by which a funnel is divided may be what somebody wrote of a person: it is told and erased."""

from collections.abc import Callable

import pytest

from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Found, Judged
from tragt.web.leaks.personal_data import STORES
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
