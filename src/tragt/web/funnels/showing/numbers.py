"""Every figure of a funnel, opened: what it means, how it adds up, and the lines of Python that give it again.

The unit of observation is the figure: a column of the funnel's table at one of its steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tragt.errors import NotFound, TragtError
from tragt.funnel.step_report import StepReport
from tragt.funnel.table import ABSENT
from tragt.stats.intervals import Rate
from tragt.web.funnels.counting.behind import asked_of_file
from tragt.web.funnels.counting.comparing import Beside
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.showing.as_python import Shown, report_as_python
from tragt.web.funnels.showing.downloads import file_name
from tragt.web.funnels.showing.presenting import Page
from tragt.web.shell import formats

__all__ = ["COUNTS", "Figure", "Number", "Part", "events_file", "number_of", "python_of"]


class Figure(StrEnum):
    """Which figure of a step."""

    ENTERED = "entered"
    PASSED = "passed"
    LOST = "lost"
    EXCLUDED = "excluded"
    EXPIRED = "expired"
    OPEN = "open"
    FROM_PREVIOUS = "from_previous"
    FROM_FIRST = "from_first"
    EXPECTED_FROM_PREVIOUS = "expected_from_previous"
    EXPECTED_FROM_FIRST = "expected_from_first"
    MEDIAN_TIME = "median_time"


COUNTS = (Figure.PASSED, Figure.LOST, Figure.EXCLUDED, Figure.EXPIRED, Figure.OPEN)
"""What those who entered a step add up from."""

_CALLED: Mapping[Figure, Promise] = {
    Figure.ENTERED: _("Entered"),
    Figure.PASSED: _("Passed"),
    Figure.LOST: _("Lost"),
    Figure.EXCLUDED: _("Excluded"),
    Figure.EXPIRED: _("Expired"),
    Figure.OPEN: _("Open"),
    Figure.FROM_PREVIOUS: _("From the step before"),
    Figure.FROM_FIRST: _("From the first step"),
    Figure.EXPECTED_FROM_PREVIOUS: _("From the step before, expected"),
    Figure.EXPECTED_FROM_FIRST: _("From the first step, expected"),
    Figure.MEDIAN_TIME: _("Time from the step before"),
}
_MEANT: Mapping[Figure, Promise] = {
    Figure.ENTERED: _("How many reached this step, in the order of the funnel, among those who entered in the period."),
    Figure.PASSED: _("How many of those who reached this step went on to the next one; at the last step, everyone."),
    Figure.LOST: _("How many stopped here because an event said that it was over."),
    Figure.EXCLUDED: _("How many stopped here because something happened that this funnel rules out."),
    Figure.EXPIRED: _("How many stopped here because the time of the window ran out."),
    Figure.OPEN: _("How many stand here and may still go on."),
    Figure.FROM_PREVIOUS: _(
        "Of those who reached the step before, early enough to have had their whole time, the share that reached this "
        "one."
    ),
    Figure.FROM_FIRST: _(
        "Of those who entered the funnel, early enough to have had their whole time, the share that reached this step."
    ),
    Figure.EXPECTED_FROM_PREVIOUS: _(
        "Of those who reached the step before, the share that will have reached this one once those still under way "
        "have had their time, if they behave as the others did. It is an estimate, and no quotient of two counts."
    ),
    Figure.EXPECTED_FROM_FIRST: _(
        "Of those who entered the funnel, the share that will have reached this step once those still under way have "
        "had their time, if they behave as the others did. It is an estimate, and no quotient of two counts."
    ),
    Figure.MEDIAN_TIME: _(
        "Half of those who come from the step before take no longer than this. Those still under way are allowed for."
    ),
}
_FIRST: Mapping[Figure, Promise] = {
    Figure.MEDIAN_TIME: _(
        "Half of those who have come from the step before took no longer than this. Those still under way are not "
        "allowed for yet: they may take longer."
    ),
}
_SO_FAR: Mapping[Figure, Promise] = {
    Figure.FROM_PREVIOUS: _("Of all who reached the step before, the share that has reached this one so far."),
    Figure.FROM_FIRST: _("Of all who entered the funnel, the share that has reached this step so far."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sum.

    Attributes:
        words: What it is.
        count: How many.
        outcome: The list of those people, as the page of the step calls it.
    """

    words: str
    count: int
    outcome: str


@dataclass(frozen=True)
class Number:
    """A figure of a funnel, opened.

    Attributes:
        saved: The funnel.
        page: Its figures in words.
        place: Which step, from 0.
        figure: Which of its figures.
    """

    saved: SavedFunnel
    page: Page
    place: int
    figure: Figure

    @property
    def line(self) -> StepReport:
        """The step."""
        return self.page.report.steps[self.place]

    @property
    def step(self) -> str:
        """What the step is called."""
        return self.page.step_names[self.place]

    @property
    def title(self) -> str:
        """What the figure is called."""
        return str(_CALLED[self.figure])

    @property
    def meaning(self) -> str:
        """What it means, in a sentence."""
        if self.page.report.observed_so_far and self.figure in _SO_FAR:
            return str(_SO_FAR[self.figure])
        if self.page.figures.first and self.figure in _FIRST:
            return str(_FIRST[self.figure])
        return str(_MEANT[self.figure])

    @property
    def value(self) -> str:
        """The figure; a dash where there is none."""
        if self.figure is Figure.MEDIAN_TIME:
            time = self.line.time_from_previous
            return ABSENT if time is None else self.page.said.calendar.about(time.median)
        if self.rate is not None:
            return formats.share(self.rate.rate)
        return formats.number(self.count) if self.count is not None else ABSENT

    @property
    def count(self) -> int | None:
        """How many, where the figure is a count."""
        found = getattr(self.line, self.figure) if self.figure in (Figure.ENTERED, *COUNTS) else None
        return found if isinstance(found, int) else None

    @property
    def rate(self) -> Rate | None:
        """The share with its interval, where the figure is one and there is one."""
        found = getattr(self.line, self.figure, None)
        return found if isinstance(found, Rate) else None

    @property
    def reason(self) -> str:
        """Why there is no figure; empty where there is one."""
        if self.value != ABSENT:
            return ""
        expected = self.figure in (Figure.EXPECTED_FROM_PREVIOUS, Figure.EXPECTED_FROM_FIRST)
        said = self.page.said.reason(self.line.expected_reason if expected else self.line.reason)
        if said:
            return f"{said[:1].upper()}{said[1:]}."
        return gettext("There is nothing before the first step.") if not self.place else ""

    @property
    def interval(self) -> str:
        """The interval of a share in a sentence; empty where there is none."""
        rate = self.rate
        if rate is None:
            return ""
        told = {"low": formats.share(rate.low), "high": formats.share(rate.high), "level": round(100 * rate.level)}
        return (
            gettext(
                "It lies between %(low)s and %(high)s: in %(level)s of 100 cases like this, the true share is in such "
                "a range."
            )
            % told
        )

    @property
    def quotient(self) -> str:
        """A share as what it divides by what; empty where it divides nothing."""
        rate = self.rate
        if rate is None or rate.numerator is None or rate.denominator is None:
            return ""
        told = {"part": formats.number(rate.numerator), "whole": formats.number(rate.denominator), "share": self.value}
        return gettext("%(part)s ÷ %(whole)s = %(share)s") % told

    @property
    def mature(self) -> str:
        """Why a share divides fewer than entered; empty where it does not."""
        rate = self.rate
        if rate is None or rate.denominator is None:
            return ""
        whole = self._before if self.figure is Figure.FROM_PREVIOUS else self.page.report.attempts
        if rate.denominator >= whole:
            return ""
        told = {"all": formats.number(whole), "whole": formats.number(rate.denominator)}
        return gettext("Of the %(all)s, %(whole)s entered early enough to have had their whole time.") % told

    @property
    def _before(self) -> int:
        """How many entered the required step before."""
        before = [place for place in self.page.report.funnel.required if place < self.place]
        return self.page.report.steps[before[-1]].entered if before else self.line.entered

    @property
    def parts(self) -> list[Part]:
        """What those who entered the step add up from, those that are none left out."""
        if self.figure not in (Figure.ENTERED, *COUNTS):
            return []
        return [
            Part(str(_CALLED[one]), count, str(one)) for one in COUNTS if (count := getattr(self.line, one, 0) or 0)
        ]

    @property
    def entered(self) -> int:
        """How many entered the step."""
        return self.line.entered

    @property
    def outcome(self) -> str:
        """The list of the people behind a count; empty where there is none."""
        return str(self.figure) if self.count else ""

    @property
    def spread(self) -> str:
        """The middle half of times, in a sentence; empty where there is none."""
        time = self.line.time_from_previous
        if self.figure is not Figure.MEDIAN_TIME or time is None:
            return ""
        low, high = (self.page.said.calendar.about(one) for one in (time.quarter, time.three_quarters))
        return gettext("A quarter took less than %(low)s, a quarter more than %(high)s.") % {"low": low, "high": high}


def number_of(saved: SavedFunnel, page: Page, number: int, what: str) -> Number:
    """A figure of a step.

    Args:
        saved: The funnel.
        page: Its figures in words.
        number: Number of the step, from 1.
        what: Which figure.

    Raises:
        NotFound: There is no such step or figure.
    """
    if what not in list(Figure) or not 1 <= number <= len(page.report.steps):
        raise NotFound(
            "funnels.no_figure",
            f"There is no figure '{what[:40]}' of step {number}; known are {', '.join(Figure)} of steps 1 to "
            f"{len(page.report.steps)}.",
        )
    return Number(saved, page, number - 1, Figure(what))


def events_file(saved: SavedFunnel) -> str:
    """Name of the file that holds the events behind a funnel."""
    return file_name(f"{saved.name} events", "parquet")


def python_of(saved: SavedFunnel, asked: Asked, figures: Figures, beside: Beside | None = None) -> str:
    """The lines of Python that give the figures of a page again, from the file of the events behind them.

    Args:
        saved: The funnel.
        asked: What was asked.
        figures: The answer.
        beside: What they stand beside; of a segment the lines tell nothing, for the file does not know who is in it.
    """
    other = beside.report if beside is not None and not beside.part else None
    try:
        targets = {place: share for place, share in enumerate(saved.step_targets) if share is not None}
    except TragtError:
        targets = {}
    return report_as_python(
        Shown(
            funnel=asked_of_file(figures.report.funnel),
            period=asked.period,
            zone=asked.zone,
            as_of=figures.report.as_of,
            file=events_file(saved),
            targets=targets,
            compared=None if other is None else other.period,
        )
    )
