"""What a weekly report says, in its reader's language. The unit of observation is the funnel.

Counts of a week are of what happened in it, whenever those people entered; shares are those of the funnel's page, of
everyone who entered in its period. The two are never in one figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import cached_property
from django.utils.translation import gettext

from tragt.funnel.figures import leading_rate
from tragt.funnel.picture.palette import Theme
from tragt.funnel.words import words
from tragt.stats.intervals import Rate
from tragt.web.accounts.models import User
from tragt.web.funnels.counting.figures import Figures
from tragt.web.funnels.marks import marks_of
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import ask, reckoned
from tragt.web.funnels.showing.downloads import picture_png, picture_svg
from tragt.web.funnels.showing.presenting import Page, language, period_in_words
from tragt.web.funnels.trends.attainment import Verdict, verdict_of
from tragt.web.leaks.presenting import Entry, entries
from tragt.web.leaks.queries import dearest_of
from tragt.web.reports.changes import Said, said
from tragt.web.reports.weeks import Weeks, weeks_now
from tragt.web.shell import formats

__all__ = ["PICTURE", "Letter", "Line", "letter_of"]

PICTURE = "funnel"
"""By what a mail names the picture in it."""

WIDTH = 600


@dataclass(frozen=True, slots=True)
class Line:
    """A step in the table of a report.

    Attributes:
        name: What it is called.
        week: How many reached it this week, against the week before.
        share: Which share of those at the step before comes to it, with its interval; empty at the first.
        target: Which share should; empty where nobody said.
        verdict: How the share stands to the target, in words; empty where there is none.
        missed: Whether the target is missed by more than chance explains.
    """

    name: str
    week: Said
    share: str
    target: str = ""
    verdict: str = ""
    missed: bool = False


@dataclass(frozen=True)
class Letter:
    """A weekly report of a funnel.

    Attributes:
        saved: The funnel.
        figures: Its figures over its own period.
        period: That period, in words.
        weeks: What happened week by week.
        leak: Its dearest leak that the reader may be told of; None where none is known.
        reader: Who reads it; None is somebody outside.
    """

    saved: SavedFunnel
    figures: Figures
    period: str
    weeks: Weeks
    leak: Entry | None
    reader: User | None = None

    @cached_property
    def page(self) -> Page:
        """The figures in words."""
        return Page(self.figures, self.saved.step_targets, marks_of([self.saved], self.reader).get(self.saved.pk))

    @property
    def week(self) -> str:
        """The days of the week, in words."""
        return _span(self.weeks.starts[-1])

    @property
    def week_before(self) -> str:
        """The days of the week before, in words."""
        return _span(self.weeks.starts[-2])

    @property
    def finding(self) -> str:
        """The most notable thing: the dearest leak with its cost, else where most stop."""
        return f"{self.leak.sentence} {self.leak.cost_sentence}" if self.leak else self.page.finding

    @property
    def headline(self) -> str:
        """How many came in and how many reached the end this week, for the subject of a mail."""
        first, last = self.lines[0], self.lines[-1]
        return gettext("%(entered)s entered, %(finished)s reached “%(step)s”") % {
            "entered": first.week.now,
            "finished": last.week.now,
            "step": last.name,
        }

    @cached_property
    def lines(self) -> list[Line]:
        """The required steps."""
        return list(self._lines())

    def _lines(self) -> Iterator[Line]:
        report, names, targets = self.page.report, self.page.step_names, self.saved.step_targets
        for number, place in enumerate(report.funnel.required):
            rate, _reason = leading_rate(report, report.steps[place])
            target = targets[place] if place < len(targets) else None
            yield _line(names[place], said(self.weeks.change(number)), rate if number else None, target)

    @property
    def has_targets(self) -> bool:
        """Whether the table has targets."""
        return any(line.target for line in self.lines)

    def picture(self) -> str:
        """The funnel as SVG, which says and marks what its page does."""
        return picture_svg(self.page, theme=Theme.LIGHT, width=WIDTH)

    def picture_png(self) -> bytes:
        """The same as PNG, for programs that show no SVG."""
        return picture_png(self.page, width=WIDTH)


def _line(name: str, week: Said, rate: Rate | None, target: float | None) -> Line:
    written = "" if rate is None else words(language()).numbers.rate(rate)
    if target is None or rate is None:
        return Line(name, week, written)
    reached = verdict_of(rate.rate, rate.high, target)
    return Line(name, week, written, formats.share(target), _reached(reached), missed=reached is Verdict.MISSED)


def _reached(verdict: Verdict) -> str:
    return {
        Verdict.MET: gettext("on target"),
        Verdict.SHORT: gettext("not told apart from the target"),
        Verdict.MISSED: gettext("below target"),
    }[verdict]


def _span(start: date) -> str:
    return words(language()).calendar.span(start, start + timedelta(days=6))


def letter_of(saved: SavedFunnel, reader: User | None) -> Letter:
    """The report of a funnel as it is now, worked out where it is not kept.

    Args:
        saved: The funnel.
        reader: Who reads it; None is somebody outside, who is told of no colleague.

    Raises:
        TragtError: The funnel cannot be counted.
    """
    asked = ask(saved.funnel, saved.saved_period)
    figures = reckoned(asked)
    weeks = weeks_now(saved, asked.version)
    found = dearest_of([saved], reader).get(saved.pk)
    leak = entries([found])[0] if found else None
    return Letter(saved, figures, period_in_words(saved.saved_period, asked.period), weeks, leak, reader)
