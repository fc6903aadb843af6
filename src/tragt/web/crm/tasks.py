"""What is done about deals and the lifecycle in the background."""

import time
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from tragt.web.crm.actions.lifecycle import apply_rules as lead
from tragt.web.crm.actions.removing import take_out_of_log
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import job
from tragt.web.outbox.queries import under_way
from tragt.web.people.models import Person

__all__ = ["apply_rules", "take_out"]

_AT_ONCE = 1000
_PATIENCE_SECONDS, _PAUSE_SECONDS = 20.0, 0.2


@job("crm.apply_rules", retries=3, label=_("Applying the rules of the lifecycle"))
def apply_rules(progress: Progress) -> None:
    """Look at every person by the rules as they are now. Half done, it begins again and finds less to do."""
    persons = Person.objects.filter(struck=None).order_by("pk").values_list("pk", flat=True)
    number, done, last = persons.count(), 0, 0
    while part := list(persons.filter(pk__gt=last)[:_AT_ONCE]):
        lead(part)
        last, done = part[-1], done + len(part)
        progress.report(done, max(number, done))


@job("crm.take_out", retries=20, label=_("Taking a removed deal out of the event log"))
def take_out(progress: Progress, *, deals: Sequence[str]) -> None:
    """Remove the events of deals that are gone, once all that was told of them before has arrived."""
    progress.report(0, None)
    waited_for, end = under_way(), time.monotonic() + _PATIENCE_SECONDS
    while not waited_for.arrived():
        if time.monotonic() > end:
            raise TryAgain(
                "crm.events_under_way",
                "Events that came before are not in the event log yet. A settler must run (tragt up starts one).",
                after=timedelta(minutes=2),
            )
        time.sleep(_PAUSE_SECONDS)
    take_out_of_log(deals)
