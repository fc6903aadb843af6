"""A watch that goes on: its alarms stand though the false alarms are shared otherwise, or somebody acts meanwhile."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.utils import timezone

from tests.web.leaks.conftest import Bring
from tests.web.leaks.test_alarms import DAYS, FUNNEL, _log
from tragt.funnel import Funnel
from tragt.web.accounts.models import User
from tragt.web.funnels.actions import save
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks import alarms, alerting, choosing
from tragt.web.leaks.continuing import watched_before
from tragt.web.leaks.models import Alarm, Attention, Watched, WhyOver
from tragt.web.leaks.watching import watch
from tragt.web.log.actions import hide_batch
from tragt.web.shell.acting import COMMAND_LINE, Who

pytestmark = pytest.mark.django_db(transaction=True)

FALLEN = 52
LOOSE, STRICT = 0.1, 1e-12
Look = Callable[[float], Sequence[Alarm]]


@pytest.fixture
def shop(organisation: object) -> SavedFunnel:  # noqa: ARG001
    return save(COMMAND_LINE, FUNNEL, "Shop")


@pytest.fixture
def look(shop: SavedFunnel) -> Look:
    """Watches the funnel for a night, at a share of false alarms; gives what was raised."""

    def looked(share: float) -> Sequence[Alarm]:
        row = SavedFunnel.objects.get(pk=shop.pk)
        return alerting.keep_watched(row, watch(row, watched_before(row), Attention(false_alarm=share), 1))

    return looked


def _leaking() -> Alarm:
    return Alarm.objects.get(value="ads", fate="drifted", step="Asked")


def test_leak_that_a_larger_share_shows_is_raised_though_its_days_are_known(look: Look, bring: Bring) -> None:
    bring(_log(range(FALLEN), fallen=FALLEN))
    assert not look(STRICT)
    bring(_log(range(FALLEN, DAYS), fallen=FALLEN))
    assert not look(STRICT)
    raised = look(LOOSE)
    assert _leaking() in raised
    assert not look(LOOSE)


def test_alarm_stands_by_the_share_it_was_raised_by_on_every_night(look: Look, bring: Bring) -> None:
    bring(_log(range(FALLEN), fallen=FALLEN))
    look(LOOSE)
    bring(_log(range(FALLEN, DAYS), fallen=FALLEN))
    raised = {one.pk for one in look(LOOSE)}
    for _night in range(2):
        assert not look(STRICT)
        assert set(Alarm.objects.filter(closed=None).values_list("pk", flat=True)) == raised
    assert Watched.objects.get().share != _leaking().share


def test_days_that_were_learnt_from_raise_nothing_by_another_share(look: Look, bring: Bring) -> None:
    bring(_log(range(DAYS), fallen=44))
    assert not look(LOOSE / 2)
    assert not look(LOOSE)
    assert not look(LOOSE / 2)


def test_alarm_that_somebody_acts_on_while_its_funnel_is_watched_stays_as_they_left_it(
    look: Look, bring: Bring, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(_log(range(FALLEN), fallen=FALLEN))
    look(LOOSE)
    bring(_log(range(FALLEN, DAYS), fallen=FALLEN))
    look(LOOSE)
    key = _leaking().pk
    alone = alarms.attention

    def meanwhile() -> Attention:
        if Alarm.objects.filter(pk=key, closed=None).exists():
            alerting.act_on(Who.of(owner), key)
        return alone()

    monkeypatch.setattr(alerting, "attention", meanwhile)
    look(LOOSE)
    row = Alarm.objects.get(pk=key)
    assert (row.why_closed, row.acted, row.by_whom, row.version) == (WhyOver.ACTED, timezone.now().date(), owner, 2)


def test_alarm_that_somebody_acts_on_while_the_watch_closes_it_is_theirs(
    look: Look, bring: Bring, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(_log(range(FALLEN), fallen=FALLEN))
    look(LOOSE)
    bring(_log(range(FALLEN, DAYS), fallen=FALLEN))
    look(LOOSE)
    key, why = _leaking().pk, alerting._why_over

    def meanwhile(alarm: Alarm, *rest: Any, **told: Any) -> WhyOver:
        if alarm.pk == key:
            alerting.act_on(Who.of(owner), key)
        return why(alarm, *rest, **told)

    monkeypatch.setattr(alerting, "_why_over", meanwhile)
    hide_batch("import:2")
    look(LOOSE)
    row = Alarm.objects.get(pk=key)
    assert (row.why_closed, row.by_whom, row.version) == (WhyOver.ACTED, owner, 2)


def test_alarm_by_a_property_that_is_guessed_no_more_stands(
    look: Look, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(_log(range(FALLEN), fallen=FALLEN))
    look(LOOSE)
    bring(_log(range(FALLEN, DAYS), fallen=FALLEN))
    look(LOOSE)
    monkeypatch.setattr(choosing, "MOST", 0)
    look(LOOSE)
    assert _leaking().closed is None


def test_property_that_is_watched_for_the_first_time_raises_nothing(
    look: Look, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(_log(range(DAYS), fallen=44))
    with monkeypatch.context() as patched:
        patched.setattr(choosing, "MOST", 0)
        look(LOOSE)
    assert not look(LOOSE / 2)
    assert any("source" in what for what in Watched.objects.get().known)


def test_time_that_things_usually_take_is_held_while_the_funnel_is_the_same(
    shop: SavedFunnel, look: Look, bring: Bring
) -> None:
    save(COMMAND_LINE, Funnel.of("Visited", "Asked", "Paid"), "Shop", saved=shop)
    bring(_log(range(FALLEN), fallen=DAYS))
    look(LOOSE)
    Watched.objects.update(age=3 * 3_600_000, stays={"Visited": 5 * 3_600_000})
    look(LOOSE)
    row = Watched.objects.get()
    assert (row.age, row.stays) == (3 * 3_600_000, {"Visited": 5 * 3_600_000, "Asked": 3_600_000})
    save(COMMAND_LINE, Funnel.of("Visited", "Asked", "Paid", window="9d"), "Shop", saved=shop)
    look(LOOSE)
    row = Watched.objects.get()
    assert (row.age, row.stays) == (None, {"Visited": 3_600_000, "Asked": 3_600_000})
