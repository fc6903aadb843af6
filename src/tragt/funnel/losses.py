"""Why attempts were lost, step by step: the reasons that the events give that lost them.

The unit of observation is the attempt that was lost. Those who simply stayed away are no losses; the report counts them
as expired, or as open.
"""

from tragt.funnel.attempt import Outcome
from tragt.funnel.attempts import Attempts
from tragt.funnel.postings import Layered, Source
from tragt.funnel.question import Question
from tragt.funnel.reading import values_at
from tragt.funnel.selection import REASON, chooser_of
from tragt.stats.arrays import BoolArray

__all__ = ["losses_on"]


def losses_on(question: Question, log: Layered, step: int, *, units: BoolArray | None = None) -> dict[str | None, int]:
    """The reasons of those lost at a step, as the report counts them there.

    Args:
        question: What is asked.
        log: The postings, which know the property `tragt.funnel.selection.REASON`; as for `tragt.funnel.run.report_on`.
        step: A required step, counted from 0 over all steps.
        units: Which units of ``log.clean`` may enter, shape (units,); None is all. Those of ``log.fresh`` all may.

    Returns:
        How many for each reason, most frequent first; None where the event gives none.
    """
    found: dict[str | None, int] = {}
    depth = question.funnel.required.index(step) + 1
    for layer, counted in log.layers(units):
        attempts = chooser_of(question, Layered(layer), units=counted)(question.period).counted.attempts
        for reason, count in _reasons(question, layer, attempts, depth).items():
            found[reason] = found.get(reason, 0) + count
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0] or "")))


def _reasons(question: Question, layer: Source, attempts: Attempts, depth: int) -> dict[str | None, int]:
    lost = attempts.of(Outcome.LOST) & (attempts.depth == depth)
    names = {name for match in question.funnel.lost for name in match.names}
    read = values_at(layer, names, attempts.loss[lost], REASON)
    found: dict[str | None, int] = {}
    for code in read.codes.tolist():
        value = read.values[code]
        reason = None if value is None or value == "" else str(value)
        found[reason] = found.get(reason, 0) + 1
    return found
