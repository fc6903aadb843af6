"""The table of the attempts that compiled code chooses: a row holds an attempt's facts, then its steps."""

import numpy as np

from tragt.funnel.engine.compiling import part
from tragt.funnel.engine.relations import ENTRY, ROLE, UNIT, Scratch
from tragt.funnel.engine.rules import Rules
from tragt.stats.arrays import IntArray

__all__ = ["COUNTED", "EXPECTED", "MATURE", "merged", "of_optional", "of_steps", "rows_for", "write"]

COUNTED, MATURE, EXPECTED = 1, 2, 4
"""What an attempt is chosen for."""

FACTS, OF_STEP, OF_OPTIONAL = 10, 4, 2
"""Numbers of columns: facts, then four of each required step, then two of each optional one."""


def rows_for(rules: Rules, number: int) -> IntArray:
    """Room for so many attempts."""
    return np.empty((number, FACTS + OF_STEP * len(rules.step) + OF_OPTIONAL * len(rules.optional)), dtype=np.int64)


def of_steps(rules: Rules, rows: IntArray, column: int) -> IntArray:
    """One of the first four columns of the required steps, shape (n, k)."""
    return rows[:, FACTS + column : FACTS + OF_STEP * len(rules.step) : OF_STEP]


def of_optional(rules: Rules, rows: IntArray, column: int) -> IntArray:
    """One of the columns of the optional steps, shape (n, m)."""
    return rows[:, FACTS + OF_STEP * len(rules.step) + column :: OF_OPTIONAL]


@part
def write(rows: IntArray, row: int, unit: int, entry: int, role: int, s: Scratch) -> None:
    """Put an attempt into a row."""
    s.facts[UNIT], s.facts[ENTRY], s.facts[ROLE] = unit, entry, role
    for place in range(FACTS):
        rows[row, place] = s.facts[place]
    column = FACTS
    for position in range(len(s.step)):
        for place in range(OF_STEP):
            rows[row, column] = s.step[position, place]
            column += 1
    for number in range(len(s.optional)):
        for place in range(OF_OPTIONAL):
            rows[row, column] = s.optional[number, place]
            column += 1


@part
def merged(rows: IntArray, row: int, number: int) -> int:
    """Join rows of one attempt among up to three; the row after those that remain."""
    after = row
    for place in range(row, row + number):
        same = row
        while same < after and rows[same, ENTRY] != rows[place, ENTRY]:
            same += 1
        if same < after:
            rows[same, ROLE] |= rows[place, ROLE]
        else:
            for column in range(rows.shape[1]):
                rows[after, column] = rows[place, column]
            after += 1
    return after
