"""Logistic regression on counts: how the chance of success depends on several things at once.

The unit of observation is a row: a number of independent trials that share one line of the design, and how many
of them succeeded. What the coefficients mean for the units behind the rows, and whether anything causes anything,
is not answered here.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from tragt.errors import DidNotConverge, InvalidDefinition
from tragt.stats.arrays import FloatArray, check_equal_lengths

__all__ = ["Guard", "LogisticFit", "TermTest", "fit_logistic", "likelihood_ratio", "score_test", "symmetric_inverse"]

SMALLEST_GAIN = 1e-10
"""Of the log likelihood: a step that gains less is the last one."""

MOST_ITERATIONS = 200
MOST_HALVINGS = 30
SEPARATED = 1e-9
"""A fitted probability this close to 0 or 1 has no finite estimate behind it."""

RANK_TOLERANCE = 1e-9


class Guard(StrEnum):
    """What keeps estimates finite where a value of a term always, or never, succeeds."""

    NONE = "none"
    FIRTH = "firth"


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A fitted model; n rows, p columns of the design.

    Attributes:
        coefficients: Changes of the log odds, shape (p,). Where columns depend on each other, those of least size.
        covariance: Inverse of the information, shape (p, p), for binomial variation.
        probabilities: Fitted chance of success of each row, shape (n,).
        leverages: Share that each row has in its own fit, 0 to 1, shape (n,).
        log_likelihood: At the estimate, without its constant and without any penalty.
        deviance: Twice the distance to the log likelihood of a model with a parameter for every row.
        pearson: Pearson's statistic over the rows.
        rank: Number of independent columns.
        residual_degrees: Rows with trials, less the rank.
        guard: What kept the estimates finite.
        iterations: Steps until nothing was gained.
    """

    coefficients: FloatArray
    covariance: FloatArray
    probabilities: FloatArray
    leverages: FloatArray
    log_likelihood: float
    deviance: float
    pearson: float
    rank: int
    residual_degrees: int
    guard: Guard
    iterations: int

    @property
    def standard_errors(self) -> FloatArray:
        """Of the coefficients, for binomial variation, shape (p,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))

    @property
    def dispersion(self) -> float | None:
        """Quasi-binomial dispersion: Pearson's statistic over its degrees; 1 is binomial, None without degrees.

        It tells of variation between rows of several trials only; rows of one trial each have about 1 whatever
        varies.

        References:
            McCullagh, P. and Nelder, J. A. (1989). Generalized linear models, 2nd edition, equation 4.23.
        """
        return self.pearson / self.residual_degrees if self.residual_degrees > 0 else None


@dataclass(frozen=True, slots=True)
class TermTest:
    """Whether a term of one or several degrees of freedom matters.

    Attributes:
        statistic: Chi-square, already divided by the dispersion.
        degrees: Its degrees of freedom; 0 where the other terms already say all that the term could say.
        p_value: 0 to 1; 1 with 0 degrees.
        upwards: Of a one-sided test whether the estimate is an increase; None of any other.
    """

    statistic: float
    degrees: int
    p_value: float
    upwards: bool | None = None

    def one_sided(self, upwards: bool) -> "TermTest":
        """The test of one degree of freedom against the side on which its estimate lies.

        Args:
            upwards: Whether that is an increase.
        """
        if self.degrees != 1:
            return self
        return TermTest(self.statistic, 1, self.p_value / 2, upwards)

    @classmethod
    def of(cls, statistic: float, degrees: int, residual_degrees: float | None = None) -> "TermTest":
        """The test of a chi-square, or of an F where the dispersion was estimated.

        Args:
            statistic: Chi-square, divided by the dispersion.
            degrees: Its degrees of freedom.
            residual_degrees: Those the dispersion was estimated with; None where it is known.
        """
        from scipy.special import chdtrc, fdtrc  # noqa: PLC0415 - it takes long to load, and few processes need it

        if degrees == 0:
            return cls(0.0, 0, 1.0)
        known = max(statistic, 0.0)
        if residual_degrees is None:
            return cls(known, degrees, float(chdtrc(degrees, known)))
        return cls(known, degrees, float(fdtrc(degrees, residual_degrees, known / degrees)))


@dataclass(frozen=True, slots=True)
class _State:
    """One step of the iteration."""

    coefficients: FloatArray
    probabilities: FloatArray
    information: FloatArray
    covariance: FloatArray
    leverages: FloatArray
    rank: int
    objective: float


@dataclass(frozen=True, slots=True)
class _Problem:
    design: FloatArray
    successes: FloatArray
    trials: FloatArray
    ridge: FloatArray
    guard: Guard

    def at(self, coefficients: FloatArray) -> _State:
        from scipy.special import expit  # noqa: PLC0415 - it takes long to load, and few processes need it

        predictor = self.design @ coefficients
        probabilities = np.asarray(expit(predictor))
        weights = self.trials * probabilities * (1 - probabilities)
        half = self.design * np.sqrt(weights)[:, None]
        information = half.T @ half + np.diag(self.ridge)
        covariance, rank, log_determinant = symmetric_inverse(information)
        likelihood = self.successes @ predictor - self.trials @ np.logaddexp(0, predictor)
        objective = float(likelihood - self.ridge @ coefficients**2 / 2)
        leverages = np.einsum("ij,ij->i", half @ covariance, half)
        if self.guard is Guard.FIRTH:
            objective += log_determinant / 2
        return _State(coefficients, probabilities, information, covariance, leverages, rank, objective)

    def score(self, state: _State) -> FloatArray:
        residuals = self.successes - self.trials * state.probabilities
        if self.guard is Guard.FIRTH:
            residuals = residuals + state.leverages * (0.5 - state.probabilities)
        return np.asarray(self.design.T @ residuals - self.ridge * state.coefficients)


def fit_logistic(
    design: ArrayLike,
    successes: ArrayLike,
    trials: ArrayLike | None = None,
    *,
    guard: Guard = Guard.NONE,
    ridge: ArrayLike = 0.0,
) -> LogisticFit:
    """Fit logit P(success) = design · coefficients by Fisher scoring.

    Args:
        design: Shape (n, p), with a column of ones where an intercept is meant. Columns may depend on each other.
        successes: Successes of each row, 0 to `trials`, shape (n,); need not be whole.
        trials: Trials of each row, at least 0, shape (n,); None is one each.
        guard: `Guard.FIRTH` maximises the likelihood times Jeffreys' prior, which always has a finite maximum and
            takes the first-order bias away.
        ridge: Penalty on half the square of each coefficient, at least 0: one number, or shape (p,).

    Returns:
        The fit.

    Raises:
        InvalidDefinition: Shapes differ, or there are more successes than trials.
        DidNotConverge: A value of a term always, or never, succeeds, so that there is no finite estimate without
            a guard or a ridge.

    References:
        McCullagh and Nelder (1989), section 4.4 (scoring on counts).
        Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika 80, 27-38.

    Example:
        >>> fit = fit_logistic([[1, 0], [1, 1]], [10, 30], [100, 100])
        >>> [round(float(b), 3) for b in fit.coefficients]
        [-2.197, 1.35]
    """
    problem = _problem(design, successes, trials, guard, ridge)
    state, iterations = _climb(problem)
    rows = problem.trials > 0
    residuals = problem.successes - problem.trials * state.probabilities
    variances = problem.trials * state.probabilities * (1 - state.probabilities)
    edge = np.minimum(state.probabilities, 1 - state.probabilities)[rows] < SEPARATED
    if guard is Guard.NONE and not problem.ridge.any() and edge.any():
        raise DidNotConverge(
            "logistic.separated",
            "A value of a term always, or never, succeeds, so its coefficient has no finite estimate; "
            "fit with guard=Guard.FIRTH or a ridge.",
        )
    likelihood, saturated = _likelihoods(problem, state)
    return LogisticFit(
        coefficients=state.coefficients,
        covariance=state.covariance,
        probabilities=state.probabilities,
        leverages=state.leverages,
        log_likelihood=likelihood,
        deviance=2 * (saturated - likelihood),
        pearson=float(np.sum(residuals[rows] ** 2 / np.maximum(variances[rows], np.finfo(float).tiny))),
        rank=state.rank,
        residual_degrees=int(rows.sum()) - state.rank,
        guard=guard,
        iterations=iterations,
    )


def likelihood_ratio(full: LogisticFit, reduced: LogisticFit, dispersion: float | None = None) -> TermTest:
    """Test of the terms that one model has and another, fitted to the same rows, has not.

    Args:
        full: The larger model, fitted without guard and ridge, as the smaller one.
        reduced: The smaller model.
        dispersion: None is binomial variation (chi-square); else the test is the F of quasi-likelihood.

    References:
        McCullagh and Nelder (1989), sections 4.4.3 and 4.5.2.
    """
    if Guard.FIRTH in (full.guard, reduced.guard):
        raise InvalidDefinition(
            "logistic.guarded_ratio",
            "A likelihood ratio compares unguarded fits; these have guard=Guard.FIRTH: use score_test.",
        )
    statistic = reduced.deviance - full.deviance
    degrees = full.rank - reduced.rank
    if dispersion is None:
        return TermTest.of(statistic, degrees)
    return TermTest.of(statistic / dispersion, degrees, full.residual_degrees)


def score_test(
    fit: LogisticFit,
    design: ArrayLike,
    term: ArrayLike,
    successes: ArrayLike,
    trials: ArrayLike | None = None,
) -> TermTest:
    """Rao's test of a term that the fitted model has not; the larger model need not be fitted.

    It also works where the term's own estimates would not be finite.

    Args:
        fit: The model without the term.
        design: Its design, shape (n, p).
        term: The columns of the term, shape (n, q).
        successes: As the model was fitted to.
        trials: As the model was fitted to.

    References:
        Rao, C. R. (1948). Large sample tests of statistical hypotheses concerning several parameters.
        Proceedings of the Cambridge Philosophical Society 44, 50-57.
    """
    problem = _problem(design, successes, trials, Guard.NONE, 0.0)
    columns = np.asarray(term, dtype=np.float64)
    check_equal_lengths(design=problem.design, term=columns)
    weights = problem.trials * fit.probabilities * (1 - fit.probabilities)
    weighted = columns * weights[:, None]
    efficient = columns - problem.design @ (fit.covariance @ (problem.design.T @ weighted))
    score = efficient.T @ (problem.successes - problem.trials * fit.probabilities)
    inverse, rank, _ = symmetric_inverse(weighted.T @ efficient, np.sum(weighted * columns, axis=0))
    return TermTest.of(float(score @ inverse @ score), rank)


def symmetric_inverse(matrix: FloatArray, scale: FloatArray | None = None) -> tuple[FloatArray, int, float]:
    """The inverse of a positive semidefinite matrix on the space where it is not singular.

    Args:
        matrix: Shape (p, p).
        scale: What each diagonal element would be if nothing else explained its column, shape (p,); parts that are
            a rounding error of it are taken to be 0. None is the diagonal itself.

    Returns:
        The Moore-Penrose inverse of the matrix scaled to a unit diagonal, scaled back; the rank; the logarithm of
        the determinant over the regular space.
    """
    size = np.sqrt(np.maximum(np.diag(matrix) if scale is None else scale, 0))
    unit = np.divide(1, size, out=np.zeros_like(size), where=size > 0)
    values, vectors = np.linalg.eigh((matrix * unit[:, None]) * unit)
    regular = values > RANK_TOLERANCE * max(len(values), 1)
    half = vectors[:, regular] * unit[:, None]
    inverse = (half / values[regular]) @ half.T
    determinant = float(np.sum(np.log(values[regular])) + 2 * np.sum(np.log(size[size > 0])))
    return np.asarray(inverse), int(regular.sum()), determinant


def _problem(
    design: ArrayLike, successes: ArrayLike, trials: ArrayLike | None, guard: Guard, ridge: ArrayLike
) -> _Problem:
    columns = np.asarray(design, dtype=np.float64)
    passed = np.asarray(successes, dtype=np.float64)
    tried = np.ones_like(passed) if trials is None else np.asarray(trials, dtype=np.float64)
    if columns.ndim != 2:
        raise InvalidDefinition(
            "logistic.design_shape",
            f"The design has {columns.ndim} dimensions; give it 2: rows and columns.",
        )
    check_equal_lengths(design=columns, successes=passed, trials=tried)
    if np.any(passed < 0) or np.any(passed > tried):
        raise InvalidDefinition(
            "stats.successes_out_of_range",
            "Successes must be at least 0 and at most the trials; check that both count the same rows.",
        )
    penalty = np.broadcast_to(np.asarray(ridge, dtype=np.float64), columns.shape[1:])
    return _Problem(columns, passed, tried, penalty, guard)


def _climb(problem: _Problem) -> tuple[_State, int]:
    """Fisher scoring from no effect at all; a step that gains nothing is halved."""
    state = problem.at(np.zeros(problem.design.shape[1]))
    for iteration in range(1, MOST_ITERATIONS + 1):
        score = problem.score(state)
        direction = state.covariance @ score
        if score @ direction < SMALLEST_GAIN:
            return problem.at(state.coefficients + direction), iteration
        for halving in range(MOST_HALVINGS):
            moved = problem.at(state.coefficients + direction / 2**halving)
            if moved.objective >= state.objective:
                break
        else:
            return state, iteration
        state = moved
    raise DidNotConverge(
        "logistic.no_maximum",
        f"The likelihood still grew after {MOST_ITERATIONS} steps; fit with guard=Guard.FIRTH or a ridge.",
    )


def _likelihoods(problem: _Problem, state: _State) -> tuple[float, float]:
    """The log likelihood of the fit, and that of a model with a parameter for every row."""
    from scipy.special import xlogy  # noqa: PLC0415 - it takes long to load, and few processes need it

    passed, failed = problem.successes, problem.trials - problem.successes
    chances = state.probabilities
    share = np.divide(passed, problem.trials, out=np.zeros_like(passed), where=problem.trials > 0)
    fitted = np.sum(xlogy(passed, chances) + xlogy(failed, 1 - chances))
    return float(fitted), float(np.sum(xlogy(passed, share) + xlogy(failed, 1 - share)))
