"""A leak in plain words, in each language: the step, the part, the shares, what it costs."""

from dataclasses import replace
from datetime import date

import pytest

from tragt.funnel import Breakdown
from tragt.funnel.leaks import Against, Cost, Kind, Leak
from tragt.funnel.leaks.cost import NO_CONVERSIONS as NOBODY_GOT_ON
from tragt.funnel.leaks.cost import NO_VALUES
from tragt.funnel.leaks.search import FEW_PASSED, NO_BREAKDOWN, NO_CONVERSIONS, NO_PEERS, NOTHING_BEFORE, NOTHING_NOW
from tragt.funnel.leaks.wording import cost_in_words, leak_in_words, note_of
from tragt.funnel.words import words

LANGUAGES = ("en", "da", "sv", "nb")
COST = Cost(1234.4, -56.0, 2345.0, 0.95, in_money=True, beyond_step=1234.4, chance=0.5, value=300.0)
LEAK = Leak(
    kind=Kind.DRIFTED,
    against=Against.OTHERS,
    step="Asked",
    previous_step="Visited",
    by=Breakdown("source"),
    value="ads",
    entered=100,
    kept=20,
    rate=0.2,
    reference=0.5,
    p_value=0.001,
    q_value=0.01,
    units_lost=29.0,
    cost=COST,
    days=(date(2026, 1, 1), date(2026, 2, 1)),
)


def kroner(amount: float) -> str:
    return f"{amount:.0f} kr."


def test_leak_says_step_part_and_both_shares() -> None:
    said = leak_in_words(LEAK).replace("\u202f", " ")
    assert said == "From “Visited” to “Asked”, for source “ads”, 20.0 % go on; of the others it is 50.0 %."
    whole = replace(LEAK, by=None, value=None, against=Against.TARGET, reference=0.25)
    said = leak_in_words(whole, steps=("Came", "Wrote")).replace("\u202f", " ")
    assert said == "From “Came” to “Wrote”, 20.0 % go on; the target is 25 %."


def test_stuck_leak_says_how_many_stand_still() -> None:
    stuck = replace(LEAK, kind=Kind.STUCK, against=Against.PREVIOUS)
    assert leak_in_words(stuck).replace("\u202f", " ") == (
        "At “Visited”, for source “ads”, 80.0 % stand still far too long; in the time before it was 50.0 %."
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("against", Against)
def test_every_comparison_has_its_own_words_in_each_language(language: str, kind: Kind, against: Against) -> None:
    said = leak_in_words(replace(LEAK, kind=kind, against=against), language)
    others = [leak_in_words(replace(LEAK, kind=kind, against=one), language) for one in Against if one is not against]
    assert "ads" in said
    assert "{" not in said
    assert said not in others or kind is Kind.STUCK
    assert said != leak_in_words(replace(LEAK, kind=kind, against=against, by=None), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_cost_is_told_with_its_interval_and_a_gain_as_a_gain(language: str) -> None:
    said = cost_in_words(COST, language, kroner)
    assert all(amount in said for amount in ("1234 kr.", "-56 kr.", "2345 kr."))
    gain = cost_in_words(replace(COST, per_month=-50.0, low=-90.0, high=-10.0), language, kroner)
    assert gain.index("50 kr.") < gain.index("10 kr.") < gain.index("90 kr.")
    assert "-" not in gain
    assert gain.partition("50")[0] != said.partition("1234")[0]
    assert "1234 kr." in note_of(COST, language, kroner)


def test_cost_without_money_is_told_in_conversions() -> None:
    cost = replace(COST, in_money=False, value=None, per_month=3.25, low=1.0, high=12.4)
    assert cost_in_words(cost, "en", kroner) == ("That costs about 3.2 conversions a month (between 1.0 and 12).")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_worded_in_each_language(language: str) -> None:
    reasons = (FEW_PASSED, NO_BREAKDOWN, NO_CONVERSIONS, NO_PEERS, NOTHING_BEFORE, NOTHING_NOW)
    for reason in (*reasons, NOBODY_GOT_ON, NO_VALUES):
        assert reason in words(language).reasons
        assert language == "en" or words(language).reason(reason) != reason
