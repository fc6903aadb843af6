"""Many tests at once: published examples, formulas by hand, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from tragt.errors import InvalidDefinition
from tragt.stats.arrays import FloatArray
from tragt.stats.multiplicity import (
    benjamini_bogomolov,
    benjamini_hochberg,
    benjamini_yekutieli,
    e_benjamini_hochberg,
    power_weights,
    simes,
)

NEUHAUS = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
NEUHAUS += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_benjamini_hochberg_of_their_1995_example_rejects_four() -> None:
    assert (benjamini_hochberg(NEUHAUS) <= 0.05).sum() == 4
    assert (np.array(NEUHAUS) * 15 <= 0.05).sum() == 3


def test_benjamini_yekutieli_multiplies_by_the_harmonic_sum() -> None:
    harmonic = (1 / np.arange(1, 16)).sum()
    expected = np.minimum(benjamini_hochberg(NEUHAUS) * harmonic, 1)
    assert benjamini_yekutieli(NEUHAUS) == pytest.approx(expected)


def test_adjusted_p_values_leave_out_what_was_not_tested() -> None:
    adjusted = benjamini_hochberg([[0.01, np.nan], [0.04, 0.03]])
    assert adjusted.shape == (2, 2)
    assert np.isnan(adjusted[0, 1])
    assert adjusted[[0, 1, 1], [0, 0, 1]] == pytest.approx(false_discovery_control([0.01, 0.04, 0.03]))


def test_adjusted_p_values_of_nothing_are_nothing() -> None:
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()
    assert np.isnan(simes([np.nan]))


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_p_value_that_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(InvalidDefinition, match="outside 0 to 1"):
        benjamini_hochberg([0.5, wrong])


def test_weighted_benjamini_hochberg_divides_each_p_value_by_its_weight() -> None:
    weights = [2.0, 0.0, 1.0]
    expected = false_discovery_control([0.02, 1.0, 0.5])
    assert benjamini_hochberg([0.04, 0.0001, 0.5], weights) == pytest.approx(expected)


@given(P_VALUES)
def test_equal_weights_change_nothing(values: list[float]) -> None:
    assert benjamini_hochberg(values, np.ones(len(values))) == pytest.approx(benjamini_hochberg(values))


@given(P_VALUES)
def test_simes_is_the_smallest_of_the_ordered_p_values_times_m_over_rank(values: list[float]) -> None:
    ordered = np.sort(values)
    assert simes(values) == pytest.approx(min(1, (ordered * len(values) / np.arange(1, len(values) + 1)).min()))


def test_benjamini_bogomolov_tests_inside_at_the_share_of_families_selected() -> None:
    families = [[0.001, 0.03], [0.9, 0.6], [0.5, 0.8], [0.7, 0.2]]
    found = benjamini_bogomolov(families, 0.1)
    assert [part.tolist() for part in found] == [[True, False], [False, False], [False, False], [False, False]]
    both = benjamini_bogomolov([[0.001, 0.03], [0.002, 0.6]], 0.1)
    assert [part.tolist() for part in both] == [[True, True], [True, False]]


def test_e_benjamini_hochberg_by_hand() -> None:
    assert e_benjamini_hochberg([40, 1, 1, 1], 0.1).tolist() == [True, False, False, False]
    assert e_benjamini_hochberg([39, 1, 1, 1], 0.1).tolist() == [False] * 4
    assert e_benjamini_hochberg([20, 21, np.nan, 0, 1], 0.1).tolist() == [True, True, False, False, False]


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=20), st.floats(0.01, 0.5))
def test_e_benjamini_hochberg_is_benjamini_hochberg_of_the_inverse(values: list[float], level: float) -> None:
    """e-BH rejects where BH does on 1 / e (Wang and Ramdas 2022, section 2)."""
    e = np.array(values)
    adjusted = false_discovery_control(np.minimum(1 / e, 1))
    clear = np.abs(adjusted - level) > 1e-9
    assert (e_benjamini_hochberg(e, level)[clear] == (adjusted <= level)[clear]).all()


@given(st.lists(st.floats(0, 40), min_size=1, max_size=20))
def test_power_weights_have_mean_one_and_a_floor(precision: list[float]) -> None:
    weights = power_weights(precision, (0.1, 0.2), 0.004)
    assert weights.mean() == pytest.approx(1, abs=1e-9)
    assert (weights >= 0.3 - 1e-12).all()


def test_power_weights_favour_what_can_just_be_found() -> None:
    hopeless, promising, sure = power_weights([1.0, 17.0, 100.0], (0.2,), 0.01)
    assert promising > sure
    assert promising > 1 > hopeless


def test_power_weights_hold_the_false_discovery_rate() -> None:
    dice = np.random.default_rng(3)
    precision = np.repeat([5.0, 15.0, 30.0], 24)
    weights = power_weights(precision, (0.1, 0.2), 0.004)

    def one_world() -> tuple[float, float, float]:
        leaking = dice.permutation(72) < 4
        z = dice.standard_normal(72) - 0.2 * precision * leaking
        p = normal_tail(z)
        found, plain = benjamini_hochberg(p, weights) <= 0.1, benjamini_hochberg(p) <= 0.1
        wrong = (found & ~leaking).sum() / max(found.sum(), 1)
        return wrong, found[leaking].mean(), plain[leaking].mean()

    wrong, power, plain = np.mean([one_world() for _ in range(400)], axis=0)
    assert wrong < 0.125
    assert power > plain - 0.01


def test_power_weights_with_what_is_known_besides_find_more_and_hold_the_false_discovery_rate() -> None:
    dice = np.random.default_rng(5)
    precision, besides = np.repeat([5.0, 12.0, 18.0], 24), 0.5
    drift = besides * precision[:, None] * np.array([0.1, 0.2])

    def one_world() -> tuple[float, float, float, bool]:
        leaking = dice.permutation(72) < 4
        z, other = dice.standard_normal((2, 72)) - np.array([[1.0], [besides]]) * 0.2 * precision * leaking
        odds = np.exp(-other[:, None] * drift - drift**2 / 2)
        known, plain = (power_weights(precision, (0.1, 0.2), 0.004, one) for one in (odds, None))
        found, without = (benjamini_hochberg(normal_tail(z), weights) <= 0.1 for weights in (known, plain))
        wrong = (found & ~leaking).sum() / max(found.sum(), 1)
        nothing = benjamini_hochberg(normal_tail(dice.standard_normal(72)), known) <= 0.1
        return wrong, found[leaking].mean(), without[leaking].mean(), bool(nothing.any())

    wrong, power, plain, alarm = np.mean([one_world() for _ in range(150)], axis=0)
    assert wrong < 0.15
    assert alarm < 0.17
    assert power > plain + 0.03


def test_power_weights_move_to_what_is_likelier_by_what_is_known_besides() -> None:
    weights = power_weights([17.0, 17.0, 17.0], (0.1, 0.2), 0.01, np.array([[1.0, 1.0], [3.0, 3.0], [0.2, 0.2]]))
    assert weights[1] > weights[0] > weights[2]
    assert weights.mean() == pytest.approx(1, abs=1e-9)


def normal_tail(z: FloatArray) -> FloatArray:
    from scipy.special import ndtr  # noqa: PLC0415

    return np.asarray(ndtr(z))
