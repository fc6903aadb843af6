"""What is done about deals and the lifecycle in the background."""

from django.utils.translation import gettext_lazy as _

from tragt.web.crm.actions.lifecycle import apply_rules as lead
from tragt.web.jobs.progress import Progress
from tragt.web.jobs.registry import job
from tragt.web.people.models import Person

__all__ = ["apply_rules"]

_AT_ONCE = 1000


@job("crm.apply_rules", retries=3, label=_("Applying the rules of the lifecycle"))
def apply_rules(progress: Progress) -> None:
    """Look at every person by the rules as they are now. Half done, it begins again and finds less to do."""
    persons = Person.objects.filter(struck=None).order_by("pk").values_list("pk", flat=True)
    number, done, last = persons.count(), 0, 0
    while part := list(persons.filter(pk__gt=last)[:_AT_ONCE]):
        lead(part)
        last, done = part[-1], done + len(part)
        progress.report(done, max(number, done))
