"""Array types of the statistics, and the checks every estimator makes of its input.

The statistics see arrays only; what the rows stand for is said by each estimator.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tragt.errors import InvalidDefinition

__all__ = ["BoolArray", "FloatArray", "IntArray", "check_between", "check_equal_lengths"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def check_equal_lengths(**arrays: ArrayLike | None) -> None:
    """Refuse arrays that do not have one entry per row each.

    Args:
        **arrays: The arrays by their argument names; None is an argument left out.

    Raises:
        InvalidDefinition: Two of them differ in length.
    """
    lengths = {name: len(np.asarray(array)) for name, array in arrays.items() if array is not None}
    if len(set(lengths.values())) > 1:
        given = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidDefinition(
            "stats.lengths_differ",
            f"The arrays differ in length: {given}. Give each one entry per row.",
            **lengths,
        )


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside an open interval.

    Args:
        name: What the number is, as the caller's argument is called.
        value: The number.
        low: It must be greater than this.
        high: It must be smaller than this.

    Raises:
        InvalidDefinition: The number is not between the two, or is not a number.
    """
    if not low < value < high:
        raise InvalidDefinition(
            f"stats.{name}_out_of_range",
            f"{name} is {value}; it must be greater than {low} and smaller than {high}.",
            **{name: value},
        )
