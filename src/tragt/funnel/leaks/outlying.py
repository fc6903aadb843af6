"""Which values of one property do worse, or better, than the others at one step. The unit of observation is the value.

The search for leaks judges all steps, values and comparisons together; who looks at one step by one property asks less,
so the share of false alarms holds for that list alone.
"""

import numpy as np

from tragt.funnel.leaks import judging
from tragt.funnel.leaks.choosing import Choosing
from tragt.funnel.leaks.judging import Arena
from tragt.funnel.leaks.rules import Rules
from tragt.funnel.leaks.search import Search
from tragt.funnel.postings import Layered
from tragt.funnel.question import Breakdown, Question
from tragt.stats.arrays import BoolArray
from tragt.stats.multiplicity import benjamini_hochberg

__all__ = ["outlying"]


def outlying(
    question: Question, log: Layered, by: Breakdown, step: int, *, units: BoolArray | None = None
) -> dict[object, bool] | None:
    """Which values differ from the others by more than values usually do and days vary.

    Args:
        question: What is asked; its breakdown plays no part.
        log: The postings, which know the property; as for `tragt.funnel.leaks.leaks_on`.
        by: The breakdown.
        step: The required step that should be reached, counted from 0 over all steps; not the first.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.

    Returns:
        The values that do worse (True) or better (False); at most one in ten of each is by chance. None where nothing
        can be judged.
    """
    rules, row = Rules(), question.funnel.required.index(step) - 1
    search = Search(question, (by,), rules, Choosing(question, log, (by,), units=units, fast=True))
    found: dict[object, bool] = {}
    judged = False
    for arena in search.drifted():
        if not isinstance(arena, Arena) or arena.before is not None or arena.grouping.by is None:
            continue
        cells = judging.others(arena)
        values = arena.grouping.values[:-1] if arena.grouping.other else arena.grouping.values
        for p_values, worse in ((cells.p_better[row], False), (cells.p_worse[row], True)):
            judged = judged or not bool(np.isnan(p_values).all())
            adjusted = benjamini_hochberg(p_values)[: len(values)]
            found |= {value: worse for value, q in zip(values, adjusted, strict=True) if q <= rules.false_share}
    return found if judged else None
