"""Funnels that someone saved."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Funnel
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.periods import PeriodKind, SavedPeriod

__all__ = ["Compared", "SavedFunnel"]


class Compared(models.TextChoices):
    """What the figures of a funnel stand beside."""

    NOTHING = "nothing", _("Nothing")
    BEFORE = "before", _("The stretch before")
    YEAR = "year", _("The same stretch a year before")
    DAYS = "days", _("Other days")
    SEGMENT = "segment", _("A segment")


class SavedFunnel(models.Model):
    """A funnel's definition under a name, with the period it is usually looked at over.

    The definition alone says what is counted and within which window. A deleted funnel keeps its row for a while,
    so that the deletion can be undone. One with a ``pipeline`` follows its stages, until somebody changes its steps.
    ``targets`` say what share of those at the step before should come to a step, 0 to 1, by the title of the step.
    ``value`` names the property that says what reaching the end is worth, and ``breakdowns`` the properties by which
    leaks are looked for; where they are empty, both are guessed from the events. ``compare`` says what its figures
    stand beside: the stretch before, the same stretch a year before, days of its own, or a segment by its key.
    ``version`` rises with every change, so that of two people who edit it, the second is told.
    """

    name = models.CharField(_("Name"), max_length=150)
    definition = models.TextField()
    period = models.CharField(_("Period"), max_length=16, choices=PeriodKind, default=PeriodKind.ALL)
    start = models.DateField(_("From"), null=True, blank=True)
    end = models.DateField(_("To"), null=True, blank=True)
    proposed = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pipeline = models.ForeignKey(
        "tragt_crm.Pipeline", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    targets = models.JSONField(default=dict, blank=True)
    value = models.CharField(max_length=200, blank=True, default="")
    breakdowns = models.JSONField(default=list, blank=True)
    compare = models.CharField(_("Compared with"), max_length=16, choices=Compared, default=Compared.NOTHING)
    compare_start = models.DateField(_("From"), null=True, blank=True)
    compare_end = models.DateField(_("To"), null=True, blank=True)
    compare_segment = models.ForeignKey(
        "tragt_crm.Segment", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    deleted = models.DateTimeField(null=True, blank=True)

    class Meta:
        """In the order they were made."""

        verbose_name = _("Saved funnels")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def funnel(self) -> Funnel:
        """The definition.

        Raises:
            InvalidDefinition: It was written by a newer Tragt.
        """
        return from_json(self.definition)

    @property
    def step_targets(self) -> list[float | None]:
        """What share should come to each step, 0 to 1, in the order of the steps; None where nobody said.

        Raises:
            InvalidDefinition: The definition was written by a newer Tragt.
        """
        return [self.targets.get(step.title) for step in self.funnel.steps]

    @property
    def saved_period(self) -> SavedPeriod:
        """The period it is usually looked at over."""
        return SavedPeriod(PeriodKind(self.period), self.start, self.end)
