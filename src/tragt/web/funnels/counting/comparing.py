"""What the figures of a funnel stand beside: the same funnel over other days, or of those in a segment.

The unit of observation is the step. Both sides are counted by the same definition; a segment is a part of what it
stands beside, and is compared as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils.functional import Promise

from tragt.errors import InvalidDefinition
from tragt.funnel import AllOf, Funnel, Member, Period, Report
from tragt.funnel.figures import Kind, kind, leading_rate
from tragt.funnel.step_report import StepReport
from tragt.stats.intervals import Difference, Rate, difference, difference_from_part
from tragt.web.funnels.counting.one_age import AtAge, uneven
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod, read_days

__all__ = ["Beside", "Comparison", "Step", "steps_of"]

_MONTHS = {
    PeriodKind.THIS_MONTH: 1,
    PeriodKind.LAST_MONTH: 1,
    PeriodKind.THIS_QUARTER: 3,
    PeriodKind.LAST_QUARTER: 3,
    PeriodKind.THIS_YEAR: 12,
    PeriodKind.LAST_YEAR: 12,
}
_KEY_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Comparison:
    """What figures stand beside.

    Attributes:
        kind: Which.
        days: With other days, the first and the last, included.
        segment: With a segment, its key.
    """

    kind: Compared = Compared.NOTHING
    days: tuple[date, date] | None = None
    segment: int | None = None

    @classmethod
    def of(cls, saved: SavedFunnel) -> "Comparison":
        """As the funnel is saved; one whose segment is gone stands beside nothing."""
        start, end = saved.compare_start, saved.compare_end
        match Compared(saved.compare):
            case Compared.DAYS if start is not None and end is not None:
                return cls(Compared.DAYS, (start, end))
            case Compared.SEGMENT if saved.compare_segment_id is not None:
                return cls(Compared.SEGMENT, segment=saved.compare_segment_id)
            case Compared.BEFORE | Compared.YEAR as chosen:
                return cls(chosen)
        return cls()

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Comparison | None":
        """As an address says it; None where it says nothing that can be.

        Args:
            given: Its parameters: ``compare``, with days ``compare_from`` and ``compare_to``, with a segment its key.
        """
        match given.get("compare", ""):
            case Compared.NOTHING | Compared.BEFORE | Compared.YEAR as chosen:
                return cls(Compared(chosen))
            case Compared.DAYS:
                days = read_days(given.get("compare_from", "").strip(), given.get("compare_to", "").strip())
                return cls(Compared.DAYS, (days.start, days.end)) if days.start and days.end else None
            case Compared.SEGMENT:
                key = given.get("compare_segment", "")
                if key.isascii() and key.isdigit() and len(key) <= _KEY_DIGITS:
                    return cls(Compared.SEGMENT, segment=int(key))
        return None

    @property
    def query(self) -> str:
        """As an address says it."""
        said = {"compare": str(self.kind)}
        if self.days is not None:
            said |= {"compare_from": self.days[0].isoformat(), "compare_to": self.days[1].isoformat()}
        if self.segment is not None:
            said["compare_segment"] = str(self.segment)
        return urlencode(said)

    def funnel(self, funnel: Funnel) -> Funnel:
        """The definition that figures of another funnel stand beside.

        Args:
            funnel: The definition of that one.
        """
        if self.segment is None:
            return funnel
        member = Member(str(self.segment))
        return replace(funnel, where=member if funnel.where is None else AllOf((funnel.where, member)))

    def period(self, shown: SavedPeriod, days: Period) -> SavedPeriod:
        """The period that figures stand beside.

        Args:
            shown: The period of the figures.
            days: The same in days.

        Raises:
            InvalidDefinition: There is no such stretch, because theirs has no beginning or no end.
        """
        match self.kind:
            case Compared.DAYS if self.days is not None:
                return SavedPeriod(PeriodKind.FIXED, *self.days)
            case Compared.BEFORE | Compared.YEAR:
                first, after = _bounds(days)
                try:
                    start, end = _before(shown, first, after) if self.kind == Compared.BEFORE else _years(first, after)
                    return SavedPeriod(PeriodKind.FIXED, start, end - timedelta(days=1))
                except (OverflowError, ValueError):  # before the first year that there is
                    raise _no_stretch() from None
        return shown


def _bounds(days: Period) -> tuple[date, date]:
    if days.start is None or days.end is None:
        raise _no_stretch()
    return days.start, days.end


def _no_stretch() -> InvalidDefinition:
    return InvalidDefinition(
        "compare.no_stretch",
        "A period without a beginning or an end has no stretch before it; choose a period with both, or compare "
        "with days of your own.",
    )


def _before(shown: SavedPeriod, start: date, end: date) -> tuple[date, date]:
    months = _MONTHS.get(PeriodKind(shown.kind))
    if months is None:
        return start - (end - start), start
    return _moved(start, months), start


def _years(start: date, end: date) -> tuple[date, date]:
    return _moved(start, 12), _moved(end, 12)


def _moved(day: date, months: int) -> date:
    """The same day so many months before, or the last there is in that month."""
    number = day.year * 12 + day.month - 1 - months
    first = date(number // 12, number % 12 + 1, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside figures.

    Attributes:
        words: What it is: days, or the name of a segment.
        report: Its report, for readers; None while there is none.
        part: Whether it is a part of what it stands beside.
        why: Why there is none, or by what else than their own shares the two are compared.
        aged: Both at one age, where their own shares rest on different times; None where that is not known.
    """

    words: str
    report: Report | None = None
    part: bool = False
    why: str | Promise = ""
    aged: AtAge | None = None

    def even(self, report: Report) -> bool:
        """Whether it can be looked at side by side: what is younger has had no less time.

        Args:
            report: The report of the figures that it stands beside.
        """
        return self.report is not None and (self.part or not uneven(report, self.report))


@dataclass(frozen=True, slots=True)
class Step:
    """A step beside the same step.

    Attributes:
        entered: How many entered it there.
        rate: The share there that leads here; None where it is not known.
        change: How much the share here exceeds that one; None where one of them is not known.
        aged: The share here at the age that the two are compared at; None where they are compared as they are.
        age: That age.
    """

    entered: int
    rate: Rate | None
    change: Difference | None
    aged: Rate | None = None
    age: timedelta | None = None


def steps_of(report: Report, beside: Report, *, part: bool, aged: AtAge | None = None) -> list[Step]:
    """The steps of a report, each beside the same step of another report by the same definition.

    Other days are compared by their own shares only where all have had their full time.

    Args:
        report: The report.
        beside: The other one.
        part: Whether the other is of some of the same units.
        aged: Both at one age, where they are compared by that.
    """
    if not part and uneven(report, beside):
        return [_at_age(there.entered, place, aged) for place, there in enumerate(beside.steps)]
    return [_step(report, here, there, part=part) for here, there in zip(report.steps, beside.steps, strict=True)]


def _at_age(entered: int, place: int, aged: AtAge | None) -> Step:
    if aged is None:
        return Step(entered, None, None)
    now, then = aged.here[place], aged.there[place]
    return Step(entered, then, None if now is None or then is None else difference(now, then), now, aged.age)


def _step(report: Report, here: StepReport, there: StepReport, *, part: bool) -> Step:
    now, _reason = leading_rate(report, here)
    expected = kind(report) is Kind.EXPECTED and not here.optional
    then = there.expected_from_previous if expected else there.from_previous
    if now is None or then is None:
        return Step(there.entered, then, None)
    return Step(there.entered, then, difference_from_part(now, then) if part else difference(now, then))
