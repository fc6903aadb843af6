"""How much more the passing rate moves than chance would have it: by the day, and by the day within a value.

The unit of observation is one day, or one day of one value of a property. Rates move from day to day for reasons
nobody recorded, so a difference between two values counts as much as their days agree on it, and not as much as
their attempts are many. Why a day was bad is not answered here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tragt.stats.arrays import BoolArray, FloatArray, IntArray

__all__ = ["Clusters", "View", "clusters_of", "variances"]


@dataclass(frozen=True, slots=True)
class View:
    """What a fitted model says of its lines.

    Attributes:
        chances: Chance of success of one attempt on each line, shape (lines,).
        design: The lines, shape (lines, p).
        covariance: Inverse of the model's information, shape (p, p).
    """

    chances: FloatArray
    design: FloatArray
    covariance: FloatArray

    @property
    def weights(self) -> FloatArray:
        """Binomial variance of one attempt on each line, shape (lines,)."""
        return np.asarray(self.chances * (1 - self.chances))


@dataclass(frozen=True, slots=True)
class Clusters:
    """Attempts that share something unseen.

    Attributes:
        labels: Cluster of each attempt, counted from 0, shape (n,).
        counts: How many attempts of each cluster are on each line, sparse, shape (clusters, lines).
        passed: How many attempts of each cluster succeeded, shape (clusters,).
    """

    labels: IntArray
    counts: Any
    passed: FloatArray

    def sums(self, view: View, columns: FloatArray) -> FloatArray:
        """Weighted sums of columns over the attempts of each cluster, shape (clusters, columns)."""
        return np.asarray(self.counts @ (view.weights[:, None] * columns))


def clusters_of(labels: IntArray, pattern: IntArray, passed: BoolArray) -> Clusters:
    """Clusters of attempts.

    Args:
        labels: What each attempt shares with others, any whole numbers, shape (n,).
        pattern: Line of each attempt, shape (n,).
        passed: Which attempts succeeded, shape (n,).
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - it takes long to load, and few processes need it

    _, numbered = np.unique(labels, return_inverse=True)
    shape = (int(numbered.max()) + 1, int(pattern.max()) + 1)
    counts = csr_array((np.ones(len(numbered)), (numbered, pattern)), shape=shape)
    return Clusters(numbered, counts, np.bincount(numbered, weights=passed).astype(np.float64))


def variances(view: View, pattern: IntArray, clusters: list[Clusters]) -> FloatArray:
    """Variances of the log odds between clusters, beyond binomial variation.

    By moments: for each kind of cluster the squares of the residuals summed by cluster are set to what they should be
    in the mean, where the fit has taken its part of them; variances that would be negative are 0.

    Args:
        view: What the model, with everything in it that may be found to matter, says.
        pattern: Line of each attempt, shape (n,).
        clusters: The kinds of cluster, such as days, and days within a value.

    Returns:
        One variance for each kind of cluster, at least 0.

    References:
        Williams, D. A. (1982). Extra-binomial variation in logistic linear models. Applied Statistics 31, 144-148
        (one kind of cluster). Rao, C. R. (1972). Estimation of variance and covariance components in linear models.
        Journal of the American Statistical Association 67, 112-115 (several).
    """
    weights = view.weights[pattern]
    sums = [kind.sums(view, view.design) for kind in clusters]
    crossed = [view.covariance @ (one.T @ one) for one in sums]
    excess = np.array(
        [
            np.sum((kind.passed - kind.counts @ view.chances) ** 2) - weights.sum() + np.trace(product)
            for kind, product in zip(clusters, crossed, strict=True)
        ]
    )
    expected = np.empty((len(clusters), len(clusters)))
    for a, one in enumerate(clusters):
        for b, other in enumerate(clusters):
            size = len(sums[b])
            pairs, place = np.unique(one.labels * size + other.labels, return_inverse=True)
            shared = np.bincount(place, weights=weights)
            fitted = np.einsum("ij,ij->i", sums[a][pairs // size] @ view.covariance, sums[b][pairs % size])
            expected[a, b] = np.sum(shared**2) - 2 * shared @ fitted + np.trace(crossed[a] @ crossed[b])
    return _not_negative(expected, excess)


def _not_negative(expected: FloatArray, excess: FloatArray) -> FloatArray:
    """The solution of a few equations in which what would be negative is 0."""
    kept = list(range(len(excess)))
    found = np.zeros(len(excess))
    while kept:
        solved = np.linalg.lstsq(expected[np.ix_(kept, kept)], excess[kept], rcond=None)[0]
        if solved.min() >= 0:
            found[kept] = solved
            break
        kept.pop(int(np.argmin(solved)))
    return found
