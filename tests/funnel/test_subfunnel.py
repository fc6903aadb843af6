"""The proposed sub-funnel of a step: what those who pass usually do, in order, and that it can be run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tragt import Compare, Exclude, Funnel, Step, read, run
from tragt.errors import InvalidDefinition, NotEnoughData
from tragt.events.log import EventLog
from tragt.funnel.paths import subfunnel

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
SHOP = Funnel.of("Visit", "Cart", "Buy", window="14d", count="first")
BUYERS = ["Visit Cart Address Card Buy"] * 20
DROPPERS = ["Visit Cart Help"] * 20


def log_of(*paths: str, **properties: str) -> EventLog:
    """A log in which each path is one person's, an event a day; a last visitor comes when all windows are over."""
    rows = [
        (f"u{unit}", START + timedelta(days=day), name)
        for unit, path in enumerate(paths)
        for day, name in enumerate(path.split())
        if name != "."
    ]
    rows.append(("late", START + timedelta(days=90), "Visit"))
    frame = pl.DataFrame(
        {"person": [u for u, _, _ in rows], "time": [t for _, t, _ in rows], "event": [n for *_, n in rows]}
    )
    return read(frame.with_columns(pl.lit(value).alias(name) for name, value in properties.items()))


def titles(funnel: Funnel) -> list[str]:
    return [step.title for step in funnel.steps]


def test_subfunnel_holds_what_those_who_pass_do_in_their_order() -> None:
    assert titles(subfunnel(SHOP, log_of(*BUYERS, *DROPPERS), 1)) == ["Cart", "Address", "Card", "Buy"]


def test_subfunnel_leaves_out_what_the_others_do_as_often() -> None:
    log = log_of(*["Visit Cart Help Card Buy"] * 20, *DROPPERS)

    assert titles(subfunnel(SHOP, log, 1)) == ["Cart", "Card", "Buy"]


def test_subfunnel_leaves_out_what_few_of_those_who_pass_do() -> None:
    log = log_of(*["Visit Cart Card Buy"] * 20, *["Visit Cart Gift Card Buy"] * 8, *DROPPERS)

    assert titles(subfunnel(SHOP, log, 1)) == ["Cart", "Card", "Buy"]


def test_subfunnel_keeps_a_chain_that_a_third_of_those_who_pass_follow() -> None:
    one_way, other_way, short = "Visit Cart Card Address Buy", "Visit Cart Address Card Buy", "Visit Cart Card Buy"
    clear = log_of(*[one_way] * 9, *[other_way] * 5, *[short] * 6, *DROPPERS)
    mixed = log_of(*[one_way] * 6, *[other_way] * 5, *[short] * 9, *DROPPERS)

    assert titles(subfunnel(SHOP, clear, 1)) == ["Cart", "Card", "Address", "Buy"]
    assert titles(subfunnel(SHOP, mixed, 1)) == ["Cart", "Card", "Buy"]


def test_subfunnel_of_many_actions_has_five_steps_at_most() -> None:
    log = log_of(*["Visit Cart A B C D E Buy"] * 20, *["Visit Cart"] * 20)

    assert len(subfunnel(SHOP, log, 1).steps) == 5


def test_subfunnel_keeps_the_rules_of_the_whole() -> None:
    whole = Funnel.of(
        Step(("Visit",)),
        Step(("Cart",), where=Compare("market", "equals", "dk")),
        Step(("Buy",), within=timedelta(days=7)),
        window="14d",
        count="first",
        lost="Refused",
        exclude=[Exclude(("Help",), after=1), Exclude(("Away",), after=1, before=2)],
    )
    proposed = subfunnel(whole, log_of(*BUYERS, *["Visit Cart"] * 20, market="dk"), 1)

    assert (proposed.unit, proposed.count, proposed.window) == (whole.unit, whole.count, timedelta(days=7))
    assert (proposed.lost, proposed.exclude) == (whole.lost, (Exclude(("Help",)),))
    assert proposed.steps[0].where == whole.steps[1].where
    assert [step.within for step in proposed.steps] == [None] * 4
    assert proposed.name == "Cart → Buy"


def test_subfunnel_runs_and_shows_where_they_drop() -> None:
    log = log_of(*BUYERS, *["Visit Cart Address"] * 6, *DROPPERS)
    report = run(subfunnel(SHOP, log, 1), log)

    assert [line.entered for line in report.steps] == [46, 26, 20, 20]


def test_subfunnel_names_a_step_with_a_condition_by_its_label_and_finds_it_again() -> None:
    prices = Step(("Page",), where=Compare("market", "equals", "dk"), label="Prices", optional=True)
    whole = Funnel.of("Visit", prices, "Buy", window="14d")
    proposed = subfunnel(whole, log_of(*["Visit Page Buy"] * 9, *["Visit"] * 9, market="dk"), 0)

    assert titles(proposed) == ["Visit", "Prices", "Buy"]
    assert (proposed.steps[1].names, proposed.steps[1].where) == (("Page",), prices.where)


def test_subfunnel_is_not_misled_by_those_who_had_longer_to_meet_something() -> None:
    waiting = " ".join(["Mail"] * 10)
    log = log_of(*["Visit Cart Card Buy"] * 20, *[f"Visit Cart . . {waiting} Card"] * 20)

    assert titles(subfunnel(SHOP, log, 1)) == ["Cart", "Card", "Buy"]


def test_subfunnel_where_nothing_tells_them_apart_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="Nothing can be proposed between 'Visit' and 'Cart'"):
        subfunnel(SHOP, log_of(*BUYERS), 0)


def test_subfunnel_of_steps_without_an_order_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="order"):
        subfunnel(Funnel.of("Visit", "Cart", order="any", window="14d"), log_of(*BUYERS), 0)


def test_subfunnel_of_the_shop_leads_over_the_payment(shared_data: Path) -> None:
    log = read(shared_data / "shop_events" / "shop_events.csv")
    funnel = Funnel.of("catalog", "cart", "purchase", window="1d")
    proposed = subfunnel(funnel, log, 1)

    assert titles(proposed) == ["cart", "payment_details", "purchase"]
    assert [line.entered for line in run(proposed, log).steps][-1] > 0
