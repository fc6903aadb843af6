"""What the pages of forms read. The unit of observation is the form, or the submission."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from tragt.errors import NotFound
from tragt.web.webforms.models import Standing, Submission, WebForm, Wording

__all__ = ["Listed", "form", "form_names", "kept", "listed", "old", "source_names", "turned_away", "wordings"]

_IN = [Standing.TAKEN, Standing.WAITING, Standing.CONFIRMED]


@dataclass(frozen=True, slots=True)
class Listed:
    """A form and what came by it.

    Attributes:
        form: The form.
        sent: How many submissions were taken, those that wait included.
        waiting: How many of them wait for a confirmation.
        confirmed: How many of them were confirmed.
        turned: How many more were turned away and are kept.
        last: When the last was taken, UTC; None where none was.
        confirms: Whether its latest saved draft asks for a confirmation.
    """

    form: WebForm
    sent: int
    waiting: int
    confirmed: int
    turned: int
    last: datetime | None
    confirms: bool


def listed(only: int | None = None) -> list[Listed]:
    """The forms, those that take something first; one query however many they are.

    Args:
        only: Key of the one that is asked for; None means all.
    """
    taken = Q(submissions__standing__in=_IN)
    rows = WebForm.objects.annotate(
        sent=Count("submissions", filter=taken),
        waiting=Count("submissions", filter=Q(submissions__standing=Standing.WAITING)),
        confirmed=Count("submissions", filter=Q(submissions__standing=Standing.CONFIRMED)),
        turned=Count("submissions", filter=Q(submissions__standing=Standing.TURNED_AWAY)),
        last=Max("submissions__at", filter=taken),
    )
    rows = rows if only is None else rows.filter(pk=only)
    found = [
        Listed(row, row.sent, row.waiting, row.confirmed, row.turned, row.last, row.definition.double_opt_in)
        for row in rows
    ]
    order = {"published": 0, "draft": 1, "closed": 2}
    return sorted(found, key=lambda one: (order[one.form.state], one.form.name.casefold(), one.form.pk))


def form(key: int) -> WebForm:
    """A form.

    Raises:
        NotFound: There is none of this key.
    """
    found = WebForm.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("webforms.no_form", f"There is no form {key}.", form=key)
    return found


def wordings(of: WebForm) -> QuerySet[Wording]:
    """The wordings of a form, the latest first."""
    return of.wordings.order_by("-number")


def turned_away(of: WebForm) -> QuerySet[Submission]:
    """What a form turned away, the latest first."""
    rows = of.submissions.filter(standing=Standing.TURNED_AWAY).order_by("-at", "-pk")
    return rows.select_related("wording__form")


def kept(key: str) -> Submission | None:
    """A submission, with its form and its wording; None where nothing is kept of it."""
    return Submission.objects.filter(key=key).select_related("wording__form").first()


def old(before: datetime) -> QuerySet[Submission]:
    """What nobody confirmed, and what was turned away, before a moment; the oldest first.

    Args:
        before: The moment, UTC.
    """
    waits = [Standing.WAITING, Standing.TURNED_AWAY]
    rows = Submission.objects.filter(standing__in=waits, at__lt=before)
    # What somebody rescued lately waits for the link of a mail that has just been sent.
    return rows.exclude(mail__created__gte=before).order_by("at", "pk")


def form_names(keys: Iterable[int]) -> Mapping[int, str]:
    """The names of forms, for the audit."""
    return dict(WebForm.objects.filter(pk__in=keys).values_list("pk", "name"))


def source_names() -> Mapping[str, str]:
    """What people call each form, by what the log calls it."""
    return {f"form-{key}": name for key, name in WebForm.objects.values_list("pk", "name")}
