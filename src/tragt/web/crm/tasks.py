"""What is done about deals and the lifecycle in the background."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tragt.web.crm.actions.lifecycle import apply_rules as lead
from tragt.web.crm.actions.removing import take_out_of_log
from tragt.web.jobs.actions.asking import enqueue
from tragt.web.jobs.progress import Progress, TryAgain
from tragt.web.jobs.registry import find, job
from tragt.web.outbox.queries import UnderWay, under_way
from tragt.web.people.models import Person
from tragt.web.shell.acting import SYSTEM

__all__ = ["apply_rules", "take_out"]

_AT_ONCE = 1000
_LATER = timedelta(seconds=30)


@job("crm.apply_rules", retries=3, label=_("Applying the rules of the lifecycle"), upkeep=True)
def apply_rules(progress: Progress) -> None:
    """Look at every person by the rules as they are now. Half done, it begins again and finds less to do."""
    persons = Person.objects.filter(struck=None).order_by("pk").values_list("pk", flat=True)
    number, done, last = persons.count(), 0, 0
    while part := list(persons.filter(pk__gt=last)[:_AT_ONCE]):
        lead(part)
        last, done = part[-1], done + len(part)
        progress.report(done, max(number, done))


@job("crm.take_out", retries=20, label=_("Taking a removed deal out of the event log"))
def take_out(
    progress: Progress, *, deals: Sequence[str], delivery: int = 0, own: int | None = None, batch: int | None = None
) -> None:
    """Remove the events of deals that are gone, once all that was told of them before has arrived.

    It waits for nothing while it runs, for a long job may stand behind it: it is done again later. What it waits for is
    handed on, so that it does not wait for what came since.

    Args:
        progress: Of the job.
        deals: What the log calls them.
        delivery: As `UnderWay` has it, when the deals went.
        own: As `UnderWay` has it; None means what is under way by now.
        batch: As `UnderWay` has it, once that is known.
    """
    progress.report(0, None)
    waited_for = under_way() if own is None else UnderWay(delivery, own, batch)
    if waited_for.arrived():
        take_out_of_log(deals)
        return
    if waited_for.batch == batch:
        raise TryAgain(
            "crm.events_under_way",
            "Events that came before are not in the event log yet. A settler must run (tragt up starts one).",
            after=_LATER,
        )
    enqueue(
        find("crm.take_out"),
        SYSTEM,
        subject=progress.job.subject,
        unique=False,
        run_after=timezone.now() + _LATER,
        deals=list(deals),
        delivery=waited_for.delivery,
        own=waited_for.own,
        batch=waited_for.batch,
    )
