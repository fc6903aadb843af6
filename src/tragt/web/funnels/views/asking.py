"""What every page of a funnel begins with: which one, over which period, and its figures, if they are at hand."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db import DatabaseError
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from polars.exceptions import PanicException

from tragt.errors import NotFound, TragtError
from tragt.funnel.words import words
from tragt.web.funnels import queries
from tragt.web.funnels.figures import Asked, Figures
from tragt.web.funnels.mistakes import Mistake, mistake_of, nothing_left, unexpected
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import Days, PeriodKind, SavedPeriod, read_days
from tragt.web.funnels.presenting import language, period_in_words
from tragt.web.funnels.tasks import reckon
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.queries import job_of
from tragt.web.shell.acting import Who

__all__ = ["Question", "saved_or_404"]

log = logging.getLogger(__name__)


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
            ``from`` and ``to``.
        saved: The funnel.
    """

    request: HttpRequest
    saved: SavedFunnel

    @classmethod
    def of(cls, request: HttpRequest, key: int) -> "Question":
        """The question of a request.

        Raises:
            Http404: There is no such funnel.
        """
        return cls(request, saved_or_404(key))

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
        """What links within the funnel carry along: the period, where it is not the saved one; else empty."""
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

    @cached_property
    def absent(self) -> list[str]:
        """The steps that the log has no event of any more."""
        titles = self.asked.names.titles(self.asked.funnel)
        return [titles[name] for name in queries.absent_events(self.asked.funnel, self.asked.version)]

    @cached_property
    def asked(self) -> Asked:
        """What is asked of the log.

        Raises:
            InvalidDefinition: The definition cannot be read by this version.
        """
        return queries.ask(self.saved.funnel, self.period)

    @property
    def period_words(self) -> str:
        """The period in words."""
        return period_in_words(self.period, self.asked.period)

    @cached_property
    def answer(self) -> Figures | Job | Mistake:
        """The figures; or the job that works them out, where that takes long; or why there are none."""
        try:
            if len(self.absent) == len(self.asked.funnel.required):
                return nothing_left(self.absent)
            kept = queries.figures(self.asked)
            if kept is not None:
                return kept
            if queries.is_quick(self.asked):
                return queries.reckoned(self.asked)
            return self.job()
        except TragtError as error:
            return mistake_of(error)
        except DatabaseError:
            raise
        except (Exception, PanicException):
            log.exception("Funnel %s cannot be counted.", self.saved.pk)
            return unexpected()

    def job(self) -> Job:
        """The job that works the figures out and who stands where: the one that failed lately, else one that runs."""
        subject = f"funnel:{self.asked.key[-40:]}"
        last = job_of(subject)
        if last is not None and last.state in ("failed", "cancelled") and "again" not in self.request.GET:
            return last
        saved = self.period
        return enqueue(
            reckon,
            Who.of(self.request.user),  # type: ignore[arg-type]
            title=self.saved.name,
            subject=subject,
            definition=self.saved.definition,
            period=str(saved.kind),
            start=saved.start.isoformat() if saved.start else "",
            end=saved.end.isoformat() if saved.end else "",
        )
