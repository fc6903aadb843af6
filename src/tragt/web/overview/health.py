"""How each saved funnel does, from what is kept of it; nothing is counted here. The unit is the funnel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from tragt.errors import TragtError
from tragt.funnel import Report
from tragt.funnel.figures import Kind, kind, leading_rate
from tragt.funnel.step_report import StepReport
from tragt.funnel.words import words
from tragt.stats.intervals import Rate
from tragt.web.accounts.models import User
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.counting.sources import log_version
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.queries import figures_at_hand
from tragt.web.funnels.showing.numbers import Figure
from tragt.web.funnels.showing.presenting import language
from tragt.web.funnels.trends.attainment import Verdict as Reached
from tragt.web.funnels.trends.attainment import verdict_of
from tragt.web.leaks.models import Found
from tragt.web.leaks.presenting import Entry, entries
from tragt.web.leaks.queries import dearest_of
from tragt.web.lexicon.bars import bars
from tragt.web.lexicon.queries import lexicon
from tragt.web.reports.changes import Said, said
from tragt.web.reports.weeks import Weeks, state_of, weeks_of

__all__ = ["MOST", "Health", "health_of"]

MOST = 8
"""How many funnels the first page tells of."""

_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a funnel stands to its targets.

    Attributes:
        text: In words.
        kind: ``good``, ``bad`` or empty.
    """

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Health:
    """How a funnel does.

    Attributes:
        saved: The funnel.
        figures: What is kept of it; None where nothing is.
        weeks: What happened week by week; None where that is not kept.
        leak: Its dearest leak that the reader may be told of; None where none is open.
        weeks_older: Whether something came in since the weeks were counted, or a day went by.
    """

    saved: SavedFunnel
    figures: Figures | None
    weeks: Weeks | None
    leak: Entry | None
    weeks_older: bool = False

    @property
    def url(self) -> str:
        """Of its page."""
        return reverse("funnel", args=[self.saved.pk])

    @cached_property
    def _report(self) -> Report | None:
        return None if self.figures is None else self.figures.shown

    @property
    def figure(self) -> Figure:
        """Which figure of the last step it is that is told."""
        expected = self._report is not None and kind(self._report) is Kind.EXPECTED
        return Figure.EXPECTED_FROM_FIRST if expected else Figure.FROM_FIRST

    @property
    def _last(self) -> StepReport | None:
        return None if self._report is None else self._report.steps[self._report.funnel.required[-1]]

    @property
    def _rate(self) -> Rate | None:
        """The share of those who entered that reaches the end."""
        rate = None if self._last is None else getattr(self._last, self.figure)
        return rate if isinstance(rate, Rate) else None

    @property
    def reason(self) -> str:
        """Why a funnel that was counted has no such share; empty where it was not counted, or has one."""
        if self._report is None or self._last is None or self._rate is not None:
            return ""
        if not self._report.attempts:
            return gettext("Nobody entered in this period.")
        expected = self.figure is Figure.EXPECTED_FROM_FIRST
        said = words(language()).reason(self._last.expected_reason if expected else self._last.reason)
        return f"{said[:1].upper()}{said[1:]}." if said else gettext("Too few have entered it to tell a share.")

    @cached_property
    def conversion(self) -> str:
        """That share with its interval; empty where there is none."""
        return "" if self._rate is None else words(language()).numbers.rate(self._rate)

    @property
    def last_number(self) -> int:
        """Number of its last required step, from 1."""
        return 1 if self._report is None else self._report.funnel.required[-1] + 1

    @property
    def rates(self) -> str:
        """What kind of share it is: expected, observed, so far."""
        return "" if self._report is None else kind(self._report).label(words(language()))

    @property
    def computed(self) -> datetime | None:
        """When it was counted."""
        return None if self.figures is None else self.figures.computed

    @cached_property
    def target(self) -> Verdict | None:
        """How its steps stand to their targets; None where it has none."""
        if self._report is None:
            return None
        try:
            targets = self.saved.step_targets
        except TragtError:
            return None
        judged = list(_against(self._report, targets))
        if not judged:
            return None
        missed = judged.count(Reached.MISSED)
        number = len(judged)
        if missed:
            told = {"missed": missed, "number": number}
            text = ngettext("%(missed)s of %(number)s target missed", "%(missed)s of %(number)s targets missed", number)
            return Verdict(text % told, "bad")
        if judged.count(Reached.MET) == number:
            text = ngettext("The target is met", "All %(number)s targets are met", number)
            return Verdict(text % {"number": number}, "good")
        return Verdict(gettext("No target missed beyond chance"))

    @property
    def weeks_computed(self) -> datetime | None:
        """When the weeks were counted, where they are not those of now."""
        return self.weeks.computed if self.weeks is not None and self.weeks_older else None

    @cached_property
    def entered(self) -> Said | None:
        """How many entered this week, against the week before."""
        return None if self.weeks is None else said(self.weeks.entered)

    @cached_property
    def finished(self) -> Said | None:
        """How many reached the end this week, against the week before."""
        return None if self.weeks is None else said(self.weeks.finished)

    @property
    def line(self) -> SafeString | None:
        """How many reached the end in each of the last weeks, drawn."""
        return None if self.weeks is None else bars(self.weeks.steps[-1], _HEIGHT)

    @property
    def line_in_words(self) -> str:
        """The same for those who do not see it."""
        if self.weeks is None:
            return ""
        counts = self.weeks.steps[-1]
        return gettext("By week, the oldest first: %(counts)s") % {"counts": ", ".join(map(str, counts))}


def _against(report: Report, targets: Sequence[float | None]) -> list[Reached]:
    """How each step with a target stands to it."""
    found = []
    for place in report.funnel.required[1:]:
        rate, _reason = leading_rate(report, report.steps[place])
        target = targets[place] if place < len(targets) else None
        if rate is not None and target is not None:
            found.append(verdict_of(rate.rate, rate.high, target))
    return found


def health_of(funnels: Sequence[SavedFunnel], asked: Asked | None, user: User) -> list[Health]:
    """How some funnels do, those with the dearest leaks first, the others in their order.

    Args:
        funnels: Saved funnels.
        asked: What was asked of one of them, by which the log and its names are known; None where nothing was.
        user: Who reads.
    """
    if not funnels:
        return []
    version, names = (log_version(), lexicon()) if asked is None else (asked.version, asked.names)
    weeks = weeks_of(funnels)
    dear: Mapping[int, Found] = dearest_of(funnels, user) if user.has_perm("leaks.see") else {}
    shown = {entry.row.funnel_id: entry for entry in entries(dear.values())}
    found = []
    for saved in funnels:
        try:
            figures = figures_at_hand(saved.funnel, saved.saved_period, version, names)
        except TragtError:
            figures = None
        kept = weeks.get(saved.pk)
        older = kept is not None and kept.state != state_of(saved, version)
        found.append(Health(saved, figures, kept, shown.get(saved.pk), weeks_older=older))
    return sorted(found, key=_rank)


def _rank(health: Health) -> tuple[int, int, float]:
    row = health.leak.row if health.leak else None
    return (1, 0, 0.0) if row is None else (0, int(row.rank), -row.least)
