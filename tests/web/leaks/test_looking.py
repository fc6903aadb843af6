"""Going through funnels: what is found, merged into one row a place, kept, and closed."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from tests.web.leaks.conftest import FUNNEL, Bring, firm
from tragt.errors import InvalidDefinition, NotEnoughData, TragtError
from tragt.funnel.leaks import Against, Kind, Leak, Rules, leaks
from tragt.funnel.value import Value
from tragt.web.accounts.models import User
from tragt.web.funnels import queries
from tragt.web.funnels.actions import Judging, choose_judging, delete, save, undelete
from tragt.web.funnels.counting import grouping
from tragt.web.funnels.counting.sources import log_properties
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks import actions, choosing, searching, tasks
from tragt.web.leaks.models import Found, Judged, Rank, WhyClosed
from tragt.web.leaks.queries import dearest, open_leaks
from tragt.web.leaks.searching import search, state_of
from tragt.web.leaks.steps import names_of_steps, targets_by
from tragt.web.log.actions import hide_batch
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[[], None]


def figures(leak: Leak) -> tuple[float, ...]:
    assert leak.cost is not None
    cost = (leak.cost.per_month, leak.cost.low, leak.cost.high, leak.cost.chance, leak.cost.value or 0)
    return (leak.entered, leak.kept, leak.rate, leak.reference, leak.q_value, leak.units_lost, *cost)


def test_leak_is_found_with_the_figures_of_the_library(leak: Found, owner: User) -> None:
    value = Value("amount", currency="currency", into="DKK")
    found = leaks(FUNNEL, firm(), by=["source"], rules=Rules(value=value, targets={"Paid": 0.4}))
    of_ads = [one for one in found.worse if one.value == "ads" and one.step == "Asked"]
    kept = [leak.leak, *leak.others]
    assert (leak.step, leak.before, leak.by, leak.value) == ("Asked", "Visited", "source", "ads")
    assert len(kept) == len(of_ads) > 0
    assert sorted(map(figures, kept)) == [pytest.approx(one) for one in sorted(map(figures, of_ads))]
    assert leak.rank == Rank.MONEY
    assert leak.currency == "DKK"
    assert leak.least == pytest.approx(max(one.cost.low for one in of_ads if one.cost))
    assert dearest(owner) == leak
    judged = Judged.objects.get()
    assert (judged.cells, judged.value, judged.breakdowns) == (found.judged, "amount", ["source"])


def test_place_that_several_comparisons_find_is_one_row(saved: SavedFunnel, look_again: Look) -> None:
    choose_judging(COMMAND_LINE, saved, Judging(targets={"Asked": 0.45}))
    look_again()
    rows = open_leaks().filter(step="Asked", value="ads")
    row = rows.get()
    found = {(one.kind, one.against) for one in (row.leak, *row.others)}
    assert {(Kind.DRIFTED, Against.TARGET), (Kind.DRIFTED, Against.OTHERS)} <= found
    costs = [one.cost.low for one in (row.leak, *row.others) if one.cost]
    assert costs == sorted(costs, reverse=True)


def test_leak_that_is_gone_is_closed_and_opens_anew_when_it_comes_back(
    leak: Found, saved: SavedFunnel, look_again: Look
) -> None:
    opened = leak.opened
    look_again()
    assert Found.objects.get(pk=leak.pk).opened == opened
    choose_judging(COMMAND_LINE, saved, Judging(breakdowns=["none of these"]))
    look_again()
    row = Found.objects.get(pk=leak.pk)
    assert row.closed is not None
    assert row.why_closed == WhyClosed.GONE
    choose_judging(COMMAND_LINE, saved, Judging())
    look_again()
    again = open_leaks().get(step="Asked", value="ads")
    assert again.pk != leak.pk
    assert again.opened > opened


def test_leak_of_a_step_that_is_changed_is_closed_for_that(leak: Found, saved: SavedFunnel, look_again: Look) -> None:
    save(COMMAND_LINE, FUNNEL.of("Visited", "Paid", window="2d"), "Shop", saved=saved)
    look_again()
    assert Found.objects.get(pk=leak.pk).why_closed == WhyClosed.CHANGED


def test_funnel_that_cannot_be_gone_through_stops_no_other(
    saved: SavedFunnel, look_again: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = save(COMMAND_LINE, FUNNEL, "Broken")
    of_newer = save(COMMAND_LINE, FUNNEL, "Newer")
    SavedFunnel.objects.filter(pk=of_newer.pk).update(definition='{"version": 99}')
    looked = searching.search

    def search(one: SavedFunnel) -> object:
        if one.pk == broken.pk:
            raise RuntimeError
        return looked(one)

    monkeypatch.setattr(tasks, "search", search)
    look_again()
    mistakes = {row.funnel_id: row.mistake for row in Judged.objects.all()}
    assert mistakes[broken.pk] == "leaks.unexpected"
    assert mistakes[of_newer.pk]
    assert mistakes[saved.pk] == ""
    assert open_leaks().filter(funnel=saved).exists()


def test_funnel_is_gone_through_again_only_where_the_answer_could_be_another(
    leak: Found,  # noqa: ARG001
    look_again: Look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "search", lambda _: pytest.fail("nothing has changed"))
    look_again()


def test_few_attempts_are_not_judged(organisation: object, bring: Bring, look_again: Look) -> None:  # noqa: ARG001
    log = firm(1)
    bring(replace(log, frame=log.frame.head(30)))
    save(COMMAND_LINE, FUNNEL, "Shop")
    look_again()
    assert Judged.objects.get().mistake == "leaks.few"


def test_without_money_leaks_are_told_in_conversions(organisation: object, bring: Bring, look_again: Look) -> None:  # noqa: ARG001
    bring(firm(valued=False))
    save(COMMAND_LINE, FUNNEL, "Shop")
    look_again()
    row = open_leaks()[0]
    assert row.rank == Rank.CONVERSIONS
    assert row.leak.cost is not None
    assert row.leak.cost.value is None
    assert Judged.objects.get().without_money == "none"


def test_amounts_in_one_other_currency_without_rates_are_told_in_that_currency(
    organisation: object, bring: Bring, look_again: Look
) -> None:
    organisation.currency = "EUR"  # type: ignore[attr-defined]
    organisation.save()  # type: ignore[attr-defined]
    bring(firm())
    save(COMMAND_LINE, FUNNEL, "Shop")
    look_again()
    row = open_leaks()[0]
    assert (row.rank, row.currency) == (Rank.OTHER_MONEY, "DKK")


def test_leaks_of_a_deleted_funnel_are_listed_no_more_until_it_is_back(leak: Found, saved: SavedFunnel) -> None:
    delete(COMMAND_LINE, saved)
    assert not open_leaks().exists()
    undelete(COMMAND_LINE, saved.pk)
    assert leak in open_leaks()


def test_names_of_steps_tell_two_of_one_title_apart() -> None:
    assert names_of_steps(FUNNEL.of("Visited", "Asked", "Visited", "Visited")) == (
        "Visited",
        "Asked",
        "Visited #2",
        "Visited #3",
    )


def test_target_of_all_or_none_keeps_no_funnel_from_being_judged(saved: SavedFunnel, look_again: Look) -> None:
    choose_judging(COMMAND_LINE, saved, Judging(targets={"Asked": 1.0, "Paid": 0.0}))
    look_again()
    assert Judged.objects.get().mistake == ""
    assert open_leaks().exists()
    assert targets_by(("a", "b", "c"), FUNNEL, {"Asked": 1.0, "Paid": 0.4}) == {"c": 0.4}


def test_funnel_that_too_few_enter_by_now_has_no_open_leak(leak: Found, saved: SavedFunnel) -> None:
    actions.keep_mistake(saved, "state", NotEnoughData("leaks.few", "Few."))
    row = Found.objects.get(pk=leak.pk)
    assert (row.closed is None, row.why_closed) == (False, WhyClosed.GONE)
    assert not Found.objects.filter(closed=None).exists()


def test_funnel_that_cannot_be_counted_keeps_open_the_leaks_of_its_steps_alone(leak: Found, saved: SavedFunnel) -> None:
    Found.objects.exclude(pk=leak.pk).delete()
    actions.keep_mistake(saved, "state", InvalidDefinition("leaks.some", "Wrong."))
    assert open_leaks().get() == leak
    Found.objects.filter(pk=leak.pk).update(step="Called")
    SavedFunnel.objects.filter(pk=saved.pk).update(definition='{"version": 99}')
    actions.keep_mistake(saved, "state", InvalidDefinition("leaks.some", "Wrong."))
    assert open_leaks().get() == leak
    SavedFunnel.objects.filter(pk=saved.pk).update(definition=saved.definition)
    actions.keep_mistake(saved, "state", InvalidDefinition("leaks.some", "Wrong."))
    assert Found.objects.get(pk=leak.pk).why_closed == WhyClosed.CHANGED


def test_mistake_that_passes_is_tried_again_and_one_that_lasts_is_not(saved: SavedFunnel) -> None:
    actions.keep_mistake(saved, "state", TragtError("funnels.no_index", "Wait."))
    assert Judged.objects.get().state == ""
    actions.keep_mistake(saved, "state", NotEnoughData("leaks.few", "Few."))
    assert Judged.objects.get().state == "state"


def test_state_changes_with_the_units_that_are_counted(saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state_of(saved)
    asked = queries.ask
    monkeypatch.setattr(queries, "ask", lambda *given: replace(asked(*given), units="others"))
    assert state_of(saved) != before


def test_what_was_found_before_the_funnel_or_its_log_was_another_is_not_kept(saved: SavedFunnel) -> None:
    state, searched = state_of(saved), search(saved)
    hide_batch("none such")
    actions.keep(saved, state, searched)
    assert not Found.objects.exists()
    searched = search(saved)
    choose_judging(COMMAND_LINE, saved, Judging(value="amount"))
    actions.keep(saved, state, searched)
    saved.refresh_from_db()
    searched = search(saved)
    delete(COMMAND_LINE, saved)
    actions.keep(saved, state, searched)
    assert not Found.objects.exists()
    undelete(COMMAND_LINE, saved.pk)
    actions.keep(saved, state, searched)
    assert Found.objects.exists()


def test_funnel_is_read_when_its_turn_comes(
    saved: SavedFunnel, look_again: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = save(COMMAND_LINE, FUNNEL, "Other")
    seen: list[str] = []

    def look_at(one: SavedFunnel) -> None:
        seen.append(one.name)
        SavedFunnel.objects.filter(pk=other.pk).update(name="Renamed")

    monkeypatch.setattr(tasks, "_look_at", look_at)
    look_again()
    assert seen == [saved.name, "Renamed"]


def test_value_that_is_empty_is_never_mixed_with_no_value(saved: SavedFunnel) -> None:
    searched = search(saved)
    one = next(leak for leak in searched.leaks.worse if leak.value == "ads")
    worse = tuple(replace(one, value=value) for value in ("", None))
    mixed = replace(searched, leaks=replace(searched.leaks, worse=worse))
    actions.keep(saved, "", mixed)
    assert Found.objects.get(better=False, step=one.step, value="").also == []


def test_names_that_the_ledger_has_no_room_for_are_not_offered(
    saved: SavedFunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = log_properties

    def longer(names: object) -> object:
        return [*(replace(one, name="x" * 201) for one in real(names)), *real(names)]  # type: ignore[arg-type]

    for module in (choosing, grouping):
        monkeypatch.setattr(module, "log_properties", longer)
    monkeypatch.setattr(grouping, "_tells", lambda _values: True)
    assert choosing.money_offered(saved.funnel) == ["amount"]
    assert "source" in choosing.telling(saved.funnel)
    assert all(len(one.name) <= 200 for one in choosing.telling_offered(saved.funnel))


def test_currency_that_the_ledger_has_no_room_for_is_one_without_a_rate(organisation: object, bring: Bring) -> None:  # noqa: ARG001
    log, long = firm(), "Danish kroner of the year"
    given = pl.col("properties.currency")
    bring(
        replace(
            log,
            frame=log.frame.with_columns(
                pl.when(given.is_null()).then(given).otherwise(pl.lit(long)).alias(given.meta.output_name())
            ),
        )
    )
    money = choosing.money_of(FUNNEL)
    assert money.value is not None
    assert (money.value.into, money.lacking) == ("DKK", (long,))
