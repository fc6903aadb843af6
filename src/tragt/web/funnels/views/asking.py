"""What every page of a funnel begins with: which one, over which period, and its figures, if they are at hand."""

import logging
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from polars.exceptions import PanicException

from tragt.errors import NotFound, TragtError
from tragt.web.funnels import queries
from tragt.web.funnels.figures import Asked, Figures
from tragt.web.funnels.mistakes import Mistake, mistake_of, unexpected
from tragt.web.funnels.models import SavedFunnel
from tragt.web.funnels.periods import PeriodKind, SavedPeriod
from tragt.web.funnels.presenting import period_in_words
from tragt.web.funnels.tasks import reckon
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.queries import job_of
from tragt.web.shell.acting import Who

__all__ = ["Question", "choices_of_period", "saved_or_404"]

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


@dataclass
class Question:
    """A saved funnel as a request asks for it.

    Attributes:
        request: The request; ``?period=`` looks at another period than the saved one.
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
    def period(self) -> SavedPeriod:
        """The period that is looked at."""
        wanted = self.request.GET.get("period", "")
        if wanted in PeriodKind.values and wanted != PeriodKind.FIXED:
            return SavedPeriod(PeriodKind(wanted))
        return self.saved.saved_period

    @property
    def other_period(self) -> str:
        """What links within the funnel carry along: the period, where it is not the saved one; else empty."""
        return "" if self.period == self.saved.saved_period else str(self.period.kind)

    @cached_property
    def asked(self) -> Asked:
        """What is asked of the log.

        Raises:
            InvalidDefinition: The definition cannot be read by this version.
        """
        return queries.ask(self.saved.funnel, self.period)

    @property
    def period_words(self) -> str:
        """The period for a chip."""
        return period_in_words(self.period, self.asked.period)

    @cached_property
    def answer(self) -> Figures | Job | Mistake:
        """The figures; or the job that works them out, where that takes long; or why there are none."""
        try:
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


def choices_of_period() -> list[tuple[str, str]]:
    """The periods that a page offers beside the saved one."""
    return [(str(kind.value), str(kind.label)) for kind in PeriodKind if kind != PeriodKind.FIXED]
