"""Logistic regression against published tables and independent packages, and where it must keep its head."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from tragt.errors import DidNotConverge, InvalidDefinition
from tragt.stats.arrays import FloatArray
from tragt.stats.logistic import Guard, fit_logistic, likelihood_ratio, score_test

# Crowder, M. J. (1978). Beta-binomial anova for proportions. Applied Statistics 27, 34-37: seeds germinated of those
# on each of 21 plates, by kind of seed and root extract.
GERMINATED = np.array([10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3])
SEEDS = np.array([39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7])
SEED = np.array([0] * 11 + [1] * 10)
EXTRACT = np.array([0] * 5 + [1] * 6 + [0] * 5 + [1] * 5)
PLATES = np.column_stack([np.ones(21), SEED, EXTRACT, SEED * EXTRACT])

# fmt: off
# Spector, L. C. and Mazzeo, M. (1980). Probit analysis and economic education. Journal of Economic Education 11,
# 37-44: grade average, test score, whether the course was taught a new way, and whether the grade rose.
COURSES = np.array([
    2.66, 20, 0, 0, 2.89, 22, 0, 0, 3.28, 24, 0, 0, 2.92, 12, 0, 0,
    4.00, 21, 0, 1, 2.86, 17, 0, 0, 2.76, 17, 0, 0, 2.87, 21, 0, 0,
    3.03, 25, 0, 0, 3.92, 29, 0, 1, 2.63, 20, 0, 0, 3.32, 23, 0, 0,
    3.57, 23, 0, 0, 3.26, 25, 0, 1, 3.53, 26, 0, 0, 2.74, 19, 0, 0,
    2.75, 25, 0, 0, 2.83, 19, 0, 0, 3.12, 23, 1, 0, 3.16, 25, 1, 1,
    2.06, 22, 1, 0, 3.62, 28, 1, 1, 2.89, 14, 1, 0, 3.51, 26, 1, 0,
    3.54, 24, 1, 1, 2.83, 27, 1, 1, 3.39, 17, 1, 1, 2.67, 24, 1, 0,
    3.65, 21, 1, 1, 4.00, 23, 1, 1, 3.10, 21, 1, 0, 2.39, 19, 1, 1,
]).reshape(-1, 4)

# Heinze, G. and Schemper, M. (2002). A solution to the problem of separation in logistic regression. Statistics in
# Medicine 21, 2409-2419: of 79 patients those with neovascularisation, the pulsatility index, the height of the
# endometrium, and those of high grade.
NEOVASCULARISATION = [21, 22, 23, 24, 25, 47, 48, 49, 50, 70, 74, 75, 77]
PULSATILITY = [
    13, 16, 8, 34, 20, 5, 17, 10, 26, 17, 8, 7, 20, 10, 18, 16, 18, 8, 29, 12, 20, 38, 22, 7, 25, 15, 7, 28, 11, 19,
    10, 10, 18, 14, 21, 11, 17, 25, 16, 19, 15, 33, 24, 48, 12, 19, 2, 22, 40, 5, 0, 21, 15, 29, 15, 12, 3, 20, 23,
    12, 22, 42, 15, 13, 14, 19, 12, 13, 10, 12, 49, 6, 5, 17, 11, 21, 5, 19, 33,
]
HEIGHT = [
    1.64, 2.26, 3.14, 2.68, 1.28, 2.31, 1.8, 1.68, 1.56, 2.31, 2.01, 1.89, 3.15, 1.23, 1.27, 1.76, 2, 2.64, 0.88,
    1.27, 1.37, 0.97, 1.14, 0.88, 0.91, 0.58, 0.97, 1.5, 1.33, 2.37, 1.82, 3.13, 1.31, 1.92, 1.64, 2.01, 1.88, 1.93,
    2.11, 1.29, 1.72, 0.75, 1.92, 1.84, 1.11, 1.61, 1.18, 1.44, 1.18, 0.93, 1.17, 1.19, 1.06, 2.02, 2.29, 2.33, 2.9,
    1.7, 1.41, 2.25, 1.54, 1.97, 1.75, 2.16, 2.57, 1.37, 3.61, 2.04, 2.17, 1.69, 0.27, 1.84, 1.3, 0.96, 1.01, 0.98,
    0.35, 1.02, 0.85,
]
HIGH_GRADE = [
    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 69, 70, 71, 72, 73, 74, 75, 76,
    77, 78,
]
# fmt: on


def marked(places: list[int], number: int) -> FloatArray:
    column = np.zeros(number)
    column[places] = 1
    return column


def endometrial() -> tuple[FloatArray, FloatArray]:
    columns = [np.ones(79), marked(NEOVASCULARISATION, 79), np.array(PULSATILITY), np.array(HEIGHT)]
    return np.column_stack(columns), marked(HIGH_GRADE, 79)


def test_counts_seeds_equal_statsmodels_0_15_glm_binomial() -> None:
    """`sm.GLM(np.c_[r, n - r], X, family=sm.families.Binomial()).fit()`: deviance, pearson_chi2 / df_resid."""
    fit = fit_logistic(PLATES, GERMINATED, SEEDS)
    assert fit.coefficients == pytest.approx([-0.55817174, 0.14592695, 1.31818187, -0.7781037], abs=1e-7)
    assert fit.standard_errors == pytest.approx([0.12602126, 0.22316593, 0.17746768, 0.3064332], abs=1e-7)
    assert fit.deviance == pytest.approx(33.27778569052179, abs=1e-9)
    assert fit.dispersion == pytest.approx(1.8618320585552186, abs=1e-9)
    assert (fit.rank, fit.residual_degrees) == (4, 17)


def test_score_test_seeds_equal_statsmodels_0_15_score_test() -> None:
    """`reduced.score_test(exog_extra=…)` of one and of two columns."""
    for kept, statistic, p_value in ((3, 6.47990826, 0.01091006), (2, 61.91904563, 3.58467741e-14)):
        fit = fit_logistic(PLATES[:, :kept], GERMINATED, SEEDS)
        test = score_test(fit, PLATES[:, :kept], PLATES[:, kept:], GERMINATED, SEEDS)
        assert test.statistic == pytest.approx(statistic, abs=1e-7)
        assert test.degrees == 4 - kept
        assert test.p_value == pytest.approx(p_value, rel=1e-6)


def test_likelihood_ratio_seeds_equals_difference_of_statsmodels_0_15_deviances() -> None:
    full = fit_logistic(PLATES, GERMINATED, SEEDS)
    reduced = fit_logistic(PLATES[:, :3], GERMINATED, SEEDS)
    test = likelihood_ratio(full, reduced)
    assert test.statistic == pytest.approx(39.685889634200834 - 33.27778569052179, abs=1e-8)
    quasi = likelihood_ratio(full, reduced, full.dispersion)
    assert quasi.statistic == pytest.approx(test.statistic / 1.8618320585552186)
    assert quasi.p_value > test.p_value


def test_single_trials_spector_mazzeo_1980_equal_greene_econometric_analysis() -> None:
    """Greene, W. H. (2003). Econometric analysis, 5th edition, chapter 21 (the estimates, printed to three decimals);
    their standard errors and the log likelihood by statsmodels 0.15, `sm.Logit(endog, exog).fit()`.
    """
    design = np.column_stack([np.ones(32), COURSES[:, :3]])
    fit = fit_logistic(design, COURSES[:, 3])
    assert fit.coefficients == pytest.approx([-13.021, 2.826, 0.095, 2.379], abs=5e-4)
    assert fit.standard_errors == pytest.approx([4.931, 1.263, 0.142, 1.065], abs=6e-4)
    assert fit.log_likelihood == pytest.approx(-12.889634222131415, abs=1e-9)


def test_separated_heinze_schemper_2002_is_refused_without_a_guard() -> None:
    with pytest.raises(DidNotConverge, match=r"guard=Guard\.FIRTH"):
        fit_logistic(*endometrial())


def test_firth_heinze_schemper_2002_equals_logistf() -> None:
    """Coefficients of R's logistf, as the tests of firthlogist 0.5.0 quote them."""
    fit = fit_logistic(*endometrial(), guard=Guard.FIRTH)
    assert fit.coefficients == pytest.approx([3.77455951, 2.92927330, -0.03475175, -2.60416387], abs=1e-5)


def test_firth_two_by_two_equals_half_added_to_every_count() -> None:
    """Firth (1993): in a saturated model the penalty adds half a trial to both outcomes."""
    fit = fit_logistic([[1, 0], [1, 1]], [0, 7], [20, 30], guard=Guard.FIRTH)
    control, treated = np.log(0.5 / 20.5), np.log(7.5 / 23.5)
    assert fit.coefficients == pytest.approx([control, treated - control], abs=1e-6)


def test_score_test_two_by_two_equals_pearson_chi_square() -> None:
    fit = fit_logistic(np.ones((2, 1)), [12, 30], [80, 90])
    test = score_test(fit, np.ones((2, 1)), [[0.0], [1.0]], [12, 30], [80, 90])
    expected = chi2_contingency([[12, 30], [68, 60]], correction=False)
    assert test.statistic == pytest.approx(expected.statistic)
    assert test.p_value == pytest.approx(expected.pvalue)


def test_one_sided_two_by_two_halves_the_p_value_on_the_side_that_is_sought() -> None:
    fit = fit_logistic(np.ones((2, 1)), [12, 30], [80, 90])
    both = score_test(fit, np.ones((2, 1)), [[0.0], [1.0]], [12, 30], [80, 90])
    one = both.one_sided(upwards=True)
    assert (one.p_value, one.upwards) == (both.p_value / 2, True)


def test_score_test_term_that_the_model_already_says_has_no_degrees() -> None:
    design = np.column_stack([np.ones(21), SEED])
    fit = fit_logistic(design, GERMINATED, SEEDS)
    test = score_test(fit, design, (1 - SEED)[:, None], GERMINATED, SEEDS)
    assert (test.statistic, test.degrees, test.p_value) == (0.0, 0, 1.0)


def test_ridge_pulls_towards_no_effect_and_keeps_separated_estimates_finite() -> None:
    design, grade = endometrial()
    weak, strong = (fit_logistic(design, grade, ridge=[0, size, size, size]).coefficients for size in (0.1, 10.0))
    assert 0 < strong[1] < weak[1] < 10


def test_columns_that_depend_on_each_other_give_the_same_chances() -> None:
    once = fit_logistic(PLATES, GERMINATED, SEEDS)
    twice = fit_logistic(np.column_stack([PLATES, 1 - SEED]), GERMINATED, SEEDS)
    assert twice.rank == 4
    assert twice.probabilities == pytest.approx(once.probabilities, abs=1e-9)


def test_wrong_shapes_and_counts_are_refused() -> None:
    with pytest.raises(InvalidDefinition, match="1 dimensions"):
        fit_logistic([1.0, 1.0], [0, 1])
    with pytest.raises(InvalidDefinition, match="at most the trials"):
        fit_logistic([[1.0], [1.0]], [3, 1], [2, 2])
    with pytest.raises(InvalidDefinition, match="differ in length"):
        fit_logistic([[1.0], [1.0]], [1], [2])


COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=4)


@given(COUNTS)
def test_firth_any_counts_estimates_are_finite_and_rows_may_be_split(counts: list[tuple[int, int]]) -> None:
    passed, failed = np.array(counts, dtype=float).T
    design = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1]], dtype=float)
    whole = fit_logistic(design, passed, passed + failed, guard=Guard.FIRTH)
    split = fit_logistic(
        np.vstack([design, design]),
        np.concatenate([passed, np.zeros(4)]),
        np.concatenate([passed, failed]),
        guard=Guard.FIRTH,
    )
    assert np.isfinite(whole.coefficients).all()
    assert split.coefficients == pytest.approx(whole.coefficients, abs=1e-5)
