"""What a reader asks of a funnel, answered at once with what is known, exactly, or by a job. The unit is a question."""

import logging
from dataclasses import dataclass

from django.db import DatabaseError
from django.utils.functional import cached_property
from polars.exceptions import PanicException

from tragt.errors import TragtError
from tragt.web.funnels import queries
from tragt.web.funnels.counting.failing import failed, failed_lately
from tragt.web.funnels.counting.figures import Asked, Figures
from tragt.web.funnels.counting.glancing import glimpse, waits_for_properties
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.periods import SavedPeriod
from tragt.web.funnels.showing.mistakes import Mistake, mistake_of, nothing_left, unexpected
from tragt.web.funnels.tasks import reckon
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.models import Job
from tragt.web.jobs.queries import worker_alive
from tragt.web.shell.acting import Who

__all__ = ["Asking"]

_UNNOTICED_MS = 250
"""Figures that took no longer are computed anew at once when the log has changed."""

log = logging.getLogger(__name__)


@dataclass
class Asking:
    """A definition over a period, and who asks.

    Attributes:
        definition: The definition as it was saved.
        period: The period.
        title: What the funnel is called.
        who: Who asks.
        again: Whether a job that failed is to be tried again.
    """

    definition: str
    period: SavedPeriod
    title: str
    who: Who
    again: bool = False

    @cached_property
    def asked(self) -> Asked:
        """What is asked of the log.

        Raises:
            InvalidDefinition: The definition cannot be read by this version.
        """
        return queries.ask(from_json(self.definition), self.period)

    @cached_property
    def absent(self) -> list[str]:
        """The steps that the log has no event of any more."""
        titles = self.asked.names.titles(self.asked.funnel)
        return [titles[name] for name in queries.absent_events(self.asked.funnel, self.asked.version)]

    def exactly(self) -> Figures | Job | Mistake:
        """The figures of the log as it is; or the job that works them out, where that takes long; or what is wrong."""
        return self._answered(at_once=False)

    def at_once(self) -> Figures | Job | Mistake:
        """The same, but rather figures of the log as it was, or the first of them, than none: a job works them out."""
        return self._answered(at_once=True)

    def _answered(self, *, at_once: bool) -> Figures | Job | Mistake:
        try:
            if len(self.absent) == len(self.asked.funnel.required):
                return nothing_left(self.absent)
            kept = queries.figures(self.asked)
            if kept is not None:
                return kept
            if at_once and not queries.at_a_glance(self.asked):
                return self._meanwhile()
            return queries.reckoned(self.asked) if queries.is_quick(self.asked) else self.job()
        except TragtError as error:
            return mistake_of(error)
        except DatabaseError:
            raise
        except (Exception, PanicException):
            log.exception("The funnel %s cannot be counted.", self.title)
            return unexpected()

    def _meanwhile(self) -> Figures | Job:
        """What can be shown while a job counts; without a worker there is no use in waiting for it."""
        newest = queries.newest_figures(self.asked)
        if newest is not None:
            return self._older(newest)
        if not worker_alive():
            return queries.reckoned(self.asked) if queries.is_quick(self.asked) else self.job()
        first = None if waits_for_properties(self.asked) else glimpse(self.asked)
        job = self.job(f"funnel:{self.asked.lasting[-40:]}")
        return job if first is None or failed(job) else first

    def _older(self, newest: Figures) -> Figures:
        if newest.took_ms <= _UNNOTICED_MS and queries.is_quick(self.asked):
            return queries.reckoned(self.asked)
        if not worker_alive() and queries.is_quick(self.asked):
            return queries.reckoned(self.asked)
        self.renew(newest)
        return newest

    def renew(self, newest: Figures) -> None:
        """Have figures counted anew, unless they were a moment ago, or a job failed at it within the hour.

        Args:
            newest: Those that are known.
        """
        subject = f"funnel:{self.asked.lasting[-40:]}"
        if queries.may_renew(newest) and failed_lately(subject) is None:
            self._enqueued(subject, people=False)

    def job(self, subject: str = "") -> Job:
        """The job that works the figures out and who stands where: one that failed within the hour, else one that runs.

        Args:
            subject: What it works on; empty is the log as it is.
        """
        subject = subject or f"funnel:{self.asked.key[-40:]}"
        last = None if self.again else failed_lately(subject)
        return self._enqueued(subject, people=True) if last is None else last

    def _enqueued(self, subject: str, *, people: bool) -> Job:
        period = self.period
        return enqueue(
            reckon,
            self.who,
            title=self.title,
            subject=subject,
            definition=self.definition,
            period=str(period.kind),
            start=period.start.isoformat() if period.start else "",
            end=period.end.isoformat() if period.end else "",
            people=people,
        )
