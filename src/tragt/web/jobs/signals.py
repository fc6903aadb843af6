"""What other apps may hear of jobs."""

from collections.abc import Iterable

from django.dispatch import Signal

from tragt.web.jobs.models import Job

__all__ = ["ended", "tell_ended"]

ended = Signal()
"""Sent with ``job`` when a job was cancelled or failed for good, whether it ever ran or not.

It is sent in the transaction that ends the job, by whatever thread does that: a receiver does little, and does it in
the database.
"""


def tell_ended(jobs: Iterable[Job]) -> None:
    """Send `ended` for each of some jobs."""
    for job in jobs:
        ended.send(Job, job=job)
