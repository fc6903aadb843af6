"""Funnels that someone saved."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tragt.funnel import Funnel
from tragt.web.funnels.definition import from_json
from tragt.web.funnels.periods import PeriodKind, SavedPeriod

__all__ = ["SavedFunnel"]


class SavedFunnel(models.Model):
    """A funnel's definition under a name, with the period it is usually looked at over.

    The definition alone says what is counted and within which window. A deleted funnel keeps its row for a while,
    so that the deletion can be undone. One with a ``pipeline`` follows its stages, until somebody changes its steps.
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
    def saved_period(self) -> SavedPeriod:
        """The period it is usually looked at over."""
        return SavedPeriod(PeriodKind(self.period), self.start, self.end)
