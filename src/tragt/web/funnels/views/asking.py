"""What every page of a funnel begins with: which one, over which period, and its figures, if they are at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, gettext_lazy

from tragt.errors import NotFound, TragtError
from tragt.funnel.words import words
from tragt.web.accounts.models import User
from tragt.web.accounts.reach import visible_owners
from tragt.web.crm.queries.segments import offered_segments, segment_names
from tragt.web.funnels import queries
from tragt.web.funnels.counting.answering import Asking
from tragt.web.funnels.counting.comparing import Beside, Comparison
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.counting.one_age import at_one_age
from tragt.web.funnels.definition import to_json
from tragt.web.funnels.models import Compared, SavedFunnel
from tragt.web.funnels.periods import Days, PeriodKind, SavedPeriod, read_days
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of
from tragt.web.funnels.showing.presenting import language, period_in_words
from tragt.web.jobs.models import Job
from tragt.web.shell import formats
from tragt.web.shell.acting import Who

__all__ = ["Question", "saved_or_404"]

_NO_STRETCH = gettext_lazy(
    "A period without a beginning or an end has no stretch before it. Choose a period with both, or compare with other "
    "days."
)
_ONE_AGE = gettext_lazy(
    "Those who entered last have had less time than the others. So the two are compared as they stood %(age)s after "
    "the entry, with those who entered at least so long ago: %(here)s now, %(there)s then."
)
_NOT_ONE_AGE = gettext_lazy(
    "Those who entered last have had less time than the others, so their shares are not compared. Look again once all "
    "is counted, or choose an earlier period."
)
_KINDS_OF_SEGMENTS = ("person", "company", "deal")


def saved_or_404(key: int) -> SavedFunnel:
    """A saved funnel.

    Raises:
        Http404: There is none of this key.
    """
    try:
        return queries.saved_funnel(key)
    except NotFound as absent:
        raise Http404(absent.message) from None


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """A period that the page offers.

    Attributes:
        kind: Which.
        days: Its days, in words.
    """

    kind: PeriodKind
    days: str


@dataclass
class Question:
    """A saved funnel as a request asks for it.

    Attributes:
        request: The request; ``?period=`` looks at another period than the saved one, with ``fixed`` at the days
            ``from`` and ``to``; ``?compare=`` says what the figures stand beside.
        saved: The funnel.
        at_once: Whether figures of the log as it was, or the first of them, are better than none for now.
    """

    request: HttpRequest
    saved: SavedFunnel
    at_once: bool = False

    @classmethod
    def of(cls, request: HttpRequest, key: int, *, at_once: bool = False) -> "Question":
        """The question of a request.

        Args:
            request: The request.
            key: Of the funnel.
            at_once: Whether figures of the log as it was, or the first of them, are better than none for now.

        Raises:
            Http404: There is no such funnel.
        """
        return cls(request, saved_or_404(key), at_once)

    @cached_property
    def _days(self) -> Days | None:
        """The first and the last day that the request names; None where it names none."""
        given = self.request.GET
        if given.get("period") != PeriodKind.FIXED:
            return None
        return read_days(given.get("from", "").strip(), given.get("to", "").strip())

    @property
    def wrong(self) -> Mapping[str, Promise]:
        """What is wrong with the days that the request names, at ``from`` or ``to``."""
        return self._days.wrong if self._days else {}

    @cached_property
    def period(self) -> SavedPeriod:
        """The period that is looked at; where the request names none that can be, the saved one."""
        wanted = self.request.GET.get("period", "")
        if self._days is not None:
            days = self._days
            return self.saved.saved_period if days.wrong else SavedPeriod(PeriodKind.FIXED, days.start, days.end)
        return SavedPeriod(PeriodKind(wanted)) if wanted in PeriodKind.values else self.saved.saved_period

    @property
    def first(self) -> str:
        """What stands in the field of the first day."""
        return self._written("from", self.asked.period.start)

    @property
    def last(self) -> str:
        """What stands in the field of the last day."""
        end = self.asked.period.end
        return self._written("to", end and end - timedelta(days=1))

    def _written(self, field: str, day: date | None) -> str:
        return self.request.GET.get(field, "") if self.wrong else day.isoformat() if day else ""

    @cached_property
    def query(self) -> str:
        """What links within the funnel carry along: period and comparison, where they are not the saved ones."""
        compared = "" if self.comparison == Comparison.of(self.saved) else self.comparison.query
        return "&".join(part for part in (self.period_query, compared) if part)

    @cached_property
    def period_query(self) -> str:
        """The period as an address says it, where it is not the saved one; else empty."""
        if self.period == self.saved.saved_period:
            return ""
        days = {"from": self.period.start, "to": self.period.end}
        return urlencode({"period": str(self.period.kind), **{name: str(day) for name, day in days.items() if day}})

    @property
    def address(self) -> str:
        """Of the funnel's page, with what the request says of the period."""
        said = {name: self.request.GET[name] for name in ("period", "from", "to") if name in self.request.GET}
        return reverse("funnel", args=[self.saved.pk]) + (f"?{urlencode(said)}" if said else "")

    @cached_property
    def choices(self) -> list["PeriodChoice"]:
        """The periods that the page offers beside the saved one, those that end with the data with their days."""
        calendar = queries.calendar(self.asked.funnel, self.asked.version)
        said = words(language()).calendar
        found = []
        for kind in PeriodKind:
            days = SavedPeriod(kind).resolve(calendar)
            if days.start and days.end:
                found.append(PeriodChoice(kind, said.span(days.start, days.end - timedelta(days=1))))
        return found

    @property
    def data_until(self) -> date:
        """The day of the last event, from which periods are counted back."""
        return queries.calendar(self.asked.funnel, self.asked.version).today

    @property
    def absent(self) -> list[str]:
        """The steps that the log has no event of any more."""
        return self.asking.absent

    @property
    def asked(self) -> Asked:
        """What is asked of the log.

        Raises:
            InvalidDefinition: The definition cannot be read by this version.
        """
        return self.asking.asked

    @property
    def period_words(self) -> str:
        """The period in words."""
        return period_in_words(self.period, self.asked.period)

    @cached_property
    def asking(self) -> Asking:
        """The funnel over the period, as it is asked of the log."""
        return self._asked_of(self.saved.definition, self.period)

    @property
    def who(self) -> Who:
        """Who asks."""
        return Who.of(self.request.user)  # type: ignore[arg-type]

    def _asked_of(self, definition: str, period: SavedPeriod) -> Asking:
        return Asking(definition, period, self.saved.name, self.who, again="again" in self.request.GET)

    @cached_property
    def answer(self) -> Figures | Job | Mistake:
        """The figures; or the job that works them out, where that takes long; or why there are none."""
        return self.asking.at_once() if self.at_once else self.asking.exactly()

    def job(self) -> Job:
        """The job that works the figures out and who stands where: the one that failed lately, else one that runs."""
        return self.asking.job()

    @cached_property
    def comparison(self) -> Comparison:
        """What the figures stand beside: as the request says it, else as the funnel is saved."""
        read = Comparison.read(self.request.GET)
        saved = Comparison.of(self.saved)
        if read is None or read == saved:
            return saved
        if read.segment is None or self._segment(read.segment):
            return read
        return saved

    @cached_property
    def beside(self) -> Beside | None:
        """What the figures stand beside; None where that is nothing."""
        chosen = self.comparison
        if chosen.kind == Compared.NOTHING:
            return None
        try:
            period = chosen.period(self.period, self.asked.period)
            funnel = chosen.funnel(self.saved.funnel)
            other = self._asked_of(to_json(funnel), period)
            called = self._beside_words(chosen, other)
        except TragtError as error:
            return Beside("", why=_NO_STRETCH if error.code == "compare.no_stretch" else mistake_of(error).text)
        answer = other.at_once() if self.at_once else other.exactly()
        match answer:
            case Figures() if answer.report.attempts:
                return self._beside(Beside(called, answer.shown, part=chosen.segment is not None), other.asked, answer)
            case Figures():
                return Beside(called, why=gettext("Nobody entered there: %(what)s.") % {"what": called})
            case Mistake():
                return Beside(called, why=answer.text)
        return Beside(called, why=gettext("It is being counted; look again in a moment."))

    def _beside(self, beside: Beside, other: Asked, figures: Figures) -> Beside:
        """What the figures stand beside; where that had longer, both at one age."""
        mine = self.answer
        if not isinstance(mine, Figures) or not mine.report.attempts or beside.even(mine.report):
            return beside
        aged = at_one_age(self.asked, mine, other, figures)
        if aged is None:
            return replace(beside, why=_NOT_ONE_AGE)
        told = {"age": formats.duration(aged.age), "here": aged.entered, "there": aged.entered_there}
        return replace(beside, aged=aged, why=_ONE_AGE % told)

    def _beside_words(self, chosen: Comparison, other: Asking) -> str:
        if chosen.segment is not None:
            seen = dict(self.segments).get(str(chosen.segment))
            return seen or segment_names([chosen.segment]).get(chosen.segment, gettext("the segment"))
        return period_in_words(other.period, other.asked.period)

    def _segment(self, key: int) -> bool:
        """Whether there is such a segment, of the funnel's kind of unit, for whoever asks."""
        return any(str(key) == str(one) for one, _name in self.segments)

    @cached_property
    def segments(self) -> Sequence[tuple[str, str]]:
        """The segments that may stand beside the funnel: their keys and names.

        None for whoever sees not all records: figures are of everybody's, and whom a segment holds would tell of those.
        """
        user: User = self.request.user  # type: ignore[assignment]
        kind = str(self.saved.funnel.unit)
        if kind not in _KINDS_OF_SEGMENTS or visible_owners(user) is not None:
            return ()
        return offered_segments(kind)(user)

    @property
    def compared_and(self) -> str:
        """The comparison as links to other periods carry it along, where it is not the saved one; else empty."""
        return "" if self.comparison == Comparison.of(self.saved) else f"&{self.comparison.query}"

    @property
    def period_and(self) -> str:
        """The period as links to other comparisons carry it along, where it is not the saved one; else empty."""
        return f"{self.period_query}&" if self.period_query else ""

    @property
    def comparison_words(self) -> str:
        """What the figures stand beside, for a chip."""
        if self.beside is not None and self.beside.words:
            return self.beside.words
        return str(self.comparison.kind.label)

    @property
    def comparisons(self) -> Sequence[Compared]:
        """What figures may stand beside without days or a segment."""
        return (Compared.NOTHING, Compared.BEFORE, Compared.YEAR)

    @property
    def compared_days(self) -> tuple[str, str]:
        """What stands in the fields of the days to compare with."""
        days = self.comparison.days
        return (days[0].isoformat(), days[1].isoformat()) if days else ("", "")

    @property
    def compared_segment(self) -> str:
        """The key of the segment that figures stand beside; empty where it is none."""
        return "" if self.comparison.segment is None else str(self.comparison.segment)

    @property
    def carried(self) -> Sequence[tuple[str, str]]:
        """What a form that chooses something else carries along of what the request says."""
        names = ("period", "from", "to") if not self.wrong else ()
        return [(name, self.request.GET[name]) for name in names if name in self.request.GET]

    @property
    def live(self) -> str:
        """Where the page hears that there are newer figures."""
        return reverse("funnel_live", args=[self.saved.pk]) + (f"?{self.query}" if self.query else "")
