"""How many entries of a real path stand in the order of the ideal one: what an optimal alignment keeps.

The unit of observation is the path. The ideal one is sequential and has every stage once, so that the longest common
subsequence of the two is the longest strictly ascending subsequence of the stages' numbers.
"""

import numpy as np

from tragt.stats.arrays import IntArray

__all__ = ["longest_in_order"]


def longest_in_order(stage: IntArray, length: IntArray, stages: int) -> IntArray:
    """The length of the longest strictly ascending subsequence of each path.

    Args:
        stage: Stages entered, path after path, 0 to `stages` − 1, shape (sum of lengths,).
        length: How many entries each path has, shape (n,).
        stages: How many stages there are.

    Returns:
        Whole numbers from 0 to `stages`, shape (n,); 0 for a path without entries.

    Example:
        >>> longest_in_order(np.array([0, 2, 1, 3, 0]), np.array([4, 1]), 4).tolist()
        [3, 1]
    """
    starts = np.cumsum(length) - length
    longest = np.zeros((len(length), stages), dtype=np.int64)
    going = np.arange(len(length))
    for place in range(int(length.max(initial=0))):
        going = going[length[going] > place]
        entered = stage[starts[going] + place]
        so_far = np.maximum.accumulate(longest[going], axis=1)
        rows = np.arange(len(going))
        before = np.where(entered > 0, so_far[rows, np.maximum(entered - 1, 0)], 0)
        longest[going, entered] = np.maximum(longest[going, entered], before + 1)
    return np.asarray(longest.max(axis=1, initial=0), dtype=np.int64)
