"""What the lines of a report are called, and which of their rates leads.

Pictures, tables and sentences share these, so that they never call one thing by two names.
"""

from enum import StrEnum

from tragt.funnel.definition import Count, Entry, Funnel, Order
from tragt.funnel.report import Report
from tragt.funnel.step_report import StepReport
from tragt.funnel.steps import Step
from tragt.funnel.words import Noun, Words
from tragt.stats.intervals import Rate

__all__ = ["Kind", "kind", "leading_rate", "line_names", "noun", "step_name"]


class Kind(StrEnum):
    """What a rate rests on."""

    OBSERVED = "observed"
    SO_FAR = "so_far"
    EXPECTED = "expected"

    def label(self, said: Words) -> str:
        """The word for it."""
        return {
            Kind.OBSERVED: said.table.observed,
            Kind.SO_FAR: said.table.so_far,
            Kind.EXPECTED: said.table.expected,
        }[self]


def kind(report: Report) -> Kind:
    """Which rates the report shows first."""
    if report.expected_leads:
        return Kind.EXPECTED
    return Kind.SO_FAR if report.observed_so_far else Kind.OBSERVED


def leading_rate(report: Report, line: StepReport) -> tuple[Rate | None, str | None]:
    """The rate from the previous step that leads on a line, or why there is none.

    An optional step has observed rates only.
    """
    if report.expected_leads and not line.optional:
        return line.expected_from_previous, line.expected_reason
    return line.from_previous, line.reason


def noun(funnel: Funnel, said: Words) -> Noun:
    """What one of the counted things is called: the unit, or an attempt where every one counts."""
    return said.nouns["attempt" if funnel.count is Count.EVERY else funnel.unit]


def step_name(step: Step, said: Words) -> str:
    """What a step is called: its label, or the names that reach it."""
    return said.any_of(step.names) if step.label == " or ".join(step.names) else step.label


def line_names(funnel: Funnel, said: Words) -> tuple[str, ...]:
    """What each line of the report is called.

    With any order a line stands for a number of steps done, not for the step in its place.
    """
    names = [step_name(step, said) for step in funnel.steps]
    if funnel.order is not Order.ANY:
        return tuple(names)
    done = [said.picture.steps_done.format(done=k, steps=len(names)) for k in range(1, len(names) + 1)]
    return tuple(done if funnel.entry is Entry.ANY else [names[0], *done[1:]])
