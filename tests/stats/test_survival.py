"""Kaplan-Meier and Aalen-Johansen on exact times: published tables, lifelines, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from tragt.errors import InvalidDefinition, NotEnoughData, NotFound
from tragt.stats import aalen_johansen, kaplan_meier, wilson
from tragt.stats.arrays import FloatArray, IntArray

REMISSION_WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def random_spells(seed: int) -> tuple[FloatArray, IntArray, FloatArray]:
    """Durations, causes (0 censored) and entries of 300 spells with no ties, late entries among them."""
    dice = np.random.default_rng(seed)
    entry = np.where(dice.random(300) < 0.5, 0.0, dice.uniform(0, 1, 300))
    return entry + dice.exponential(2, 300), dice.integers(0, 3, 300), entry


# ---------------------------------------------------------------- Kaplan-Meier


def test_kaplan_meier_of_kaplan_and_meier_1958_section_2_is_reproduced() -> None:
    durations = [0.8, 1.0, 2.7, 3.1, 5.4, 7.0, 9.2, 12.1]
    curve = kaplan_meier(durations, [True, False, False, True, True, False, True, False])
    assert curve.times.tolist() == [0.8, 3.1, 5.4, 9.2]
    assert curve.survival.tolist() == pytest.approx([0.875, 0.7, 0.525, 0.2625])


def test_kaplan_meier_of_freireich_1963_equals_klein_and_moeschberger_table_4_1() -> None:
    curve = kaplan_meier(REMISSION_WEEKS, RELAPSED)
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.events.tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert curve.survival.round(3).tolist() == [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]
    assert curve.standard_error.round(3).tolist() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kaplan_meier_with_late_entries_weights_and_ties_equals_lifelines(seed: int) -> None:
    durations, causes, entry = random_spells(seed)
    durations, entry = np.ceil(durations * 4), np.floor(entry * 4)
    weights = np.random.default_rng(seed).integers(1, 4, len(durations))
    curve = kaplan_meier(durations, causes > 0, entry, weights)
    peer = KaplanMeierFitter().fit(durations, causes > 0, entry=entry, weights=weights)
    for time in [0.5, 1, 3, 8, 20, durations.max()]:
        rate = curve.at(time)
        low, high = limits(peer, time)
        assert rate is not None
        assert rate.rate == pytest.approx(peer.predict(time), abs=1e-12)
        if 0 < rate.rate < 1:
            assert (rate.low, rate.high) == pytest.approx((low, high))


def limits(peer: KaplanMeierFitter, time: float) -> list[float]:
    """The confidence limits at the last step not after a time."""
    table = peer.confidence_interval_
    return [float(value) for value in table.iloc[table.index.searchsorted(time, side="right") - 1]]


def test_kaplan_meier_at_an_age_says_the_step_and_nothing_beyond_the_last_duration() -> None:
    curve = kaplan_meier(REMISSION_WEEKS, RELAPSED)
    before, at, after = curve.at(5.9), curve.at(6), curve.at(35)
    assert before is not None
    assert at is not None
    assert after is not None
    assert (before.rate, before.low, before.high) == pytest.approx((1, wilson(21, 21).low, 1))
    assert at.rate == pytest.approx(18 / 21)
    assert at.low < at.rate < at.high
    assert after.rate == pytest.approx(curve.survival[-1])
    assert curve.at(35.1) is None


def test_kaplan_meier_quantile_is_the_first_age_with_that_probability() -> None:
    curve = kaplan_meier(REMISSION_WEEKS, RELAPSED)
    assert curve.quantile(0.5) == 23
    assert curve.quantile(3 / 21) == 6
    assert curve.quantile(0.6) is None


def test_kaplan_meier_where_all_ended_has_wilsons_interval_at_0() -> None:
    end = kaplan_meier([1, 2, 3], [True] * 3).at(3)
    assert end is not None
    assert (end.rate, end.low, end.high) == pytest.approx((0, 0, wilson(0, 3).high))


def test_kaplan_meier_with_weights_equals_repeated_spells() -> None:
    weighted = kaplan_meier([1, 2, 4], [True, False, True], weights=[2, 3, 1])
    repeated = kaplan_meier([1, 1, 2, 2, 2, 4], [True, True, False, False, False, True])
    assert weighted.survival.tolist() == repeated.survival.tolist()
    assert weighted.standard_error.tolist() == repeated.standard_error.tolist()


def test_kaplan_meier_with_a_late_entry_counts_it_only_from_then() -> None:
    curve = kaplan_meier([1, 2, 3], [True, True, True], entry=[0, 0, 1])
    assert curve.at_risk.tolist() == [2, 2, 1]


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40))
def test_kaplan_meier_equals_one_minus_the_incidence_of_a_single_cause(
    spells: list[tuple[int, bool]],
) -> None:
    durations, observed = zip(*spells, strict=True)
    curve, incidence = kaplan_meier(durations, observed), aalen_johansen(durations, observed)
    if any(observed):
        np.testing.assert_allclose(curve.survival, 1 - incidence.incidence[0], atol=1e-12)
        np.testing.assert_allclose(curve.standard_error, incidence.standard_error[0], atol=1e-7)


# ---------------------------------------------------------------- Aalen-Johansen


def test_aalen_johansen_of_satagopan_2004_table_2_is_reproduced() -> None:
    """British Journal of Cancer 91, 1229: nine of 305 patients in full, the others seen for longer.

    The table adds up rounded increments, hence the increments are compared.
    """
    months = [7, 10, 14, 16, 18, 23, 24, 26, 27] + [28] * 296
    status = [0, 1, 0, 1, 2, 1, 0, 2, 1] + [0] * 296
    ours = aalen_johansen(months, status)
    assert ours.times.tolist() == [10, 16, 18, 23, 26, 27]
    assert ours.at_risk.tolist() == [304, 302, 301, 300, 298, 297]
    alive = 100 * (1 - ours.incidence.sum(axis=0))
    assert alive.round(1).tolist() == [99.7, 99.3, 99.0, 98.7, 98.3, 98.0]
    increments = np.diff(100 * ours.incidence[0], prepend=0)
    assert increments.round(1).tolist() == [0.3, 0.3, 0.0, 0.3, 0.0, 0.3]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("cause", [1, 2])
def test_aalen_johansen_with_late_entries_equals_lifelines(seed: int, cause: int) -> None:
    durations, causes, entry = random_spells(seed)
    durations = np.append(durations, 99.0)
    causes, entry = np.append(causes, 0), np.append(entry, 0.0)
    ours = aalen_johansen(durations, causes, entry)
    peer = AalenJohansenFitter().fit(durations, causes, event_of_interest=cause, entry=entry)
    row = ours.causes.index(cause)
    theirs = peer.cumulative_density_.iloc[:, 0].loc[ours.times]
    np.testing.assert_allclose(ours.incidence[row], theirs, atol=1e-12)
    np.testing.assert_allclose(ours.standard_error[row] ** 2, peer.variance_.loc[ours.times], rtol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3)), min_size=1, max_size=40))
def test_aalen_johansen_of_ended_spells_is_plain_proportions(spells: list[tuple[int, int]]) -> None:
    durations, causes = zip(*spells, strict=True)
    incidence = aalen_johansen(durations, causes)
    assert incidence.incidence[:, -1].sum() == pytest.approx(1)
    for row, cause in enumerate(incidence.causes):
        share = causes.count(cause) / len(causes)
        assert incidence.incidence[row, -1] == pytest.approx(share)
        assert incidence.standard_error[row, -1] ** 2 == pytest.approx(share * (1 - share) / len(causes), abs=1e-12)


def test_aalen_johansen_at_an_age_says_the_step_and_nothing_beyond_the_last_duration() -> None:
    incidence = aalen_johansen([1, 2, 3, 4], [1, 2, 0, 1])
    start, middle = incidence.at(0.5, 2), incidence.at(2.5, 2)
    assert start is not None
    assert middle is not None
    assert (start.rate, start.high) == (0, wilson(0, 4).high)
    assert middle.rate == 0.25
    assert 0 < middle.low < 0.25 < middle.high
    assert incidence.at(4.5, 2) is None
    assert incidence.quantile(0.25, 1) == 1
    assert incidence.quantile(0.3, 1) == 4
    assert incidence.quantile(0.3, 2) is None


def test_aalen_johansen_of_a_cause_that_did_not_occur_is_refused() -> None:
    with pytest.raises(NotFound, match="cause 3; the causes are 1, 2"):
        aalen_johansen([1, 2], [1, 2]).at(1, 3)


# ---------------------------------------------------------------- what is refused, what is empty


def test_survival_where_everything_is_censored_has_no_steps() -> None:
    curve, incidence = kaplan_meier([1, 2], [False, False]), aalen_johansen([1, 2], [0, 0])
    assert curve.times.tolist() == []
    assert curve.quantile(0.1) is None
    rate = curve.at(1)
    assert rate is not None
    assert rate.rate == 1
    assert incidence.causes == ()


def test_survival_of_no_spells_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="no spells"):
        kaplan_meier([], [])


@pytest.mark.parametrize(
    ("durations", "entry", "weights"),
    [([-1.0], None, None), ([np.nan], None, None), ([1.0], [1.0], None), ([1.0], None, [0.0])],
)
def test_survival_of_an_impossible_spell_is_refused(
    durations: list[float], entry: list[float] | None, weights: list[float] | None
) -> None:
    with pytest.raises(InvalidDefinition, match="must be"):
        kaplan_meier(durations, [True], entry, weights)


def test_survival_of_arrays_of_different_lengths_is_refused() -> None:
    with pytest.raises(InvalidDefinition, match="differ in length"):
        aalen_johansen([1, 2], [1])
